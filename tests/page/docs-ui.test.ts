// /docs in a real browser: Swagger UI under the page's own policy, over the real app.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { exampleData } from '../shell/http/example-data.ts';
import { seed } from '../shell/http/seed.ts';
import { READ_TOKEN, world } from '../shell/http/world.ts';

const CHROMIUM = '/usr/bin/chromium';
const hasBrowser = existsSync(CHROMIUM);
const WEB = join(import.meta.dirname, '../../web');

let browser: Browser | undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  const args =
    '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
  browser = await chromium.launch({ executablePath: CHROMIUM, args: args.split(' ') });
}, 60_000);
afterAll(() => browser?.close());

async function visit(hash = ''): Promise<{ page: Page; complaints: string[]; origin: string }> {
  const w = await world({
    clock: { nowMs: Date.now, sleep: () => Promise.resolve() },
    assets: async (path) => {
      try {
        return new Response(await readFile(join(WEB, path), 'utf8'));
      } catch {
        return new Response('', { status: 404 });
      }
    },
  });
  await seed(w.store, exampleData(Date.now()));
  const origin = await new Promise<string>((resolve) => {
    const server = serve({ fetch: w.app.fetch, hostname: '127.0.0.1', port: 0 }, (info) =>
      resolve(`http://127.0.0.1:${info.port}`),
    );
    onTestFinished(() => void server.close());
  });
  if (browser === undefined) throw new Error('no browser');
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (e) => complaints.push(`error: ${e.message}`));
  page.on('console', (m) => void (m.type() === 'error' && complaints.push(`console: ${m.text()}`)));
  page.on('request', (r) => void (r.url().startsWith('data:') || r.url().startsWith(origin) || complaints.push(`elsewhere: ${r.url()}`))); // prettier-ignore
  page.on('request', (r) => void (r.url().includes(READ_TOKEN) && complaints.push('the token is in an address'))); // prettier-ignore
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile + ':' + e.lineNumber));`,
  );
  await page.goto(`${origin}/docs${hash}`);
  return { page, complaints, origin };
}

describe.skipIf(!hasBrowser)(
  `/docs in Chromium (skipped when ${CHROMIUM} is absent)`,
  { timeout: 60_000 },
  () => {
    test('shows every route, with its examples, under the page’s policy and from this origin alone', async () => {
      const { page, complaints, origin } = await visit();
      await page.locator('.opblock').first().waitFor();
      const document: unknown = await (await fetch(`${origin}/openapi.json`)).json();
      const { paths } = document as { paths: Record<string, object> };
      const count = Object.values(paths).reduce((n, methods) => n + Object.keys(methods).length, 0);
      expect(await page.locator('.opblock').count()).toBe(count);
      await page
        .locator('.opblock', { hasText: '/api/v1/state' })
        .locator('.opblock-summary-control')
        .click();
      await page.getByText('travelling').first().waitFor(); // the body's example
      expect(await page.getByRole('button', { name: 'Try it out' }).count()).toBe(0); // nothing is changed from here
      expect(complaints).toEqual([]);
    });

    test('a read route is tried out with the token of the address, which is gone from it', async () => {
      const { page, complaints, origin } = await visit(`#token=${READ_TOKEN}`);
      const trades = page.locator('#operations-default-get_api_v1_trades');
      await trades.locator('.opblock-summary-control').click();
      expect(page.url().startsWith(`${origin}/docs`)).toBe(true);
      expect(page.url()).not.toContain('token');
      await trades.getByRole('button', { name: 'Try it out' }).click();
      await trades.getByRole('button', { name: 'Execute' }).click();
      await trades
        .locator('.live-responses-table .response-col_status', { hasText: '200' })
        .first()
        .waitFor();
      expect(await trades.locator('.live-responses-table').textContent()).toContain('netPnlUsd');
      expect(complaints).toEqual([]);
    });

    test('without a token it is asked for, and with it the answer comes', async () => {
      const { page } = await visit();
      const trades = page.locator('#operations-default-get_api_v1_trades');
      await trades.locator('.opblock-summary-control').click();
      await trades.getByRole('button', { name: 'Try it out' }).click();
      await trades.getByRole('button', { name: 'Execute' }).click();
      await trades
        .locator('.live-responses-table .response-col_status', { hasText: '401' })
        .first()
        .waitFor();
      await page.locator('.schemes .btn.authorize').click();
      const dialog = page.locator('.dialog-ux');
      await dialog.locator('#auth-bearer-value').first().fill(READ_TOKEN);
      await dialog.locator('.modal-btn.authorize').first().click();
      await dialog.locator('.btn-done').first().click();
      await trades.getByRole('button', { name: 'Execute' }).click();
      await trades
        .locator('.live-responses-table .response-col_status', { hasText: '200' })
        .first()
        .waitFor();
      expect(await trades.locator('.live-responses-table').textContent()).toContain('netPnlUsd');
    });
  },
);
