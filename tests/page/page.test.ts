// The page in a real browser, over the real app and store with example data. Screenshots go to SCREENSHOT_DIR when it is set.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Alert } from '../../src/core/alert/schema.ts';
import { exampleData } from '../shell/http/example-data.ts';
import { seed } from '../shell/http/seed.ts';
import { alertBody, health, READ_TOKEN, world } from '../shell/http/world.ts';
import type { World } from '../shell/http/world.ts';

const CHROMIUM = '/usr/bin/chromium';
const hasBrowser = existsSync(CHROMIUM);
const WEB = join(import.meta.dirname, '../../web');
const SHOTS = process.env['SCREENSHOT_DIR'];

let browser: Browser | undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  const args =
    '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
  browser = await chromium.launch({ executablePath: CHROMIUM, args: args.split(' ') });
}, 60_000);
afterAll(() => browser?.close());

interface Visit {
  page: Page;
  w: World;
  origin: string;
  /** Everything that must not happen: script errors, console errors, policy violations, requests elsewhere. */
  complaints: string[];
}

async function serveWorld(isEmpty: boolean): Promise<{ w: World; origin: string }> {
  const nowMs = Date.now();
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
  w.bridge.view = health({
    guardLastOkMs: nowMs - 12_000,
    startedAtMs: nowMs - 86_400_000,
    feeds: [
      { venue: 'hyperliquid', lastOkMs: nowMs - 900, message: null },
      { venue: 'binance', lastOkMs: nowMs - 2_100, message: null },
    ],
  });
  if (!isEmpty) {
    const data = exampleData(nowMs);
    await seed(w.store, data);
    w.bridge.read = { readAtMs: nowMs, equityUsd: 10_214.5, items: data.positions };
  }
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: w.app.fetch, hostname: '127.0.0.1', port: 0 }, (info) =>
      resolve(info.port),
    );
    onTestFinished(() => void server.close());
  });
  return { w, origin: `http://127.0.0.1:${port}` };
}

async function visit(
  o: { isEmpty?: boolean; colorScheme?: 'light' | 'dark'; width?: number; hash?: string } = {},
): Promise<Visit> {
  const { w, origin } = await serveWorld(o.isEmpty ?? false);
  if (browser === undefined) throw new Error('no browser');
  const context = await browser.newContext({
    colorScheme: o.colorScheme ?? 'light',
    viewport: { width: o.width ?? 1440, height: 900 },
    deviceScaleFactor: 1,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (e) => complaints.push(`error: ${e.message}`));
  page.on('console', (m) => void (m.type() === 'error' && complaints.push(`console: ${m.text()}`)));
  page.on('request', (r) => void (r.url().startsWith(origin) || complaints.push(`elsewhere: ${r.url()}`)));
  page.on(
    'request',
    (r) => void (r.url().includes(READ_TOKEN) && complaints.push('the token is in an address')),
  );
  await page.clock.install();
  await page.goto(`${origin}/${o.hash ?? `#token=${READ_TOKEN}`}`);
  return { page, w, origin, complaints };
}

/** One more decision than the seed has. */
async function addDecision(w: World): Promise<void> {
  const { alerts, decisions } = exampleData(Date.now() + 3_600_000);
  const [alert, next] = [alerts.at(-1), decisions.at(-1)];
  if (alert === undefined || next === undefined) throw new Error('no example');
  await w.store.receiveAlert(alert);
  await w.store.commitDecision({ ...next, alertState: 'done' });
}

const shoot = async (page: Page, name: string): Promise<void> => {
  if (SHOTS === undefined) return;
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
};

describe.skipIf(!hasBrowser)(`the page in Chromium (skipped when ${CHROMIUM} is absent)`, () => {
  test.each(['light', 'dark'] as const)('shows the night: %s', async (colorScheme) => {
    const { page, origin, complaints } = await visit({ colorScheme });
    await page.getByText('UNPROTECTED', { exact: true }).waitFor();
    expect(page.url()).toBe(`${origin}/`); // the token is gone from the address
    expect(await page.locator('#mode').textContent()).toBe('PAPER');
    expect(await page.locator('#source').textContent()).toBe('SYNTHETIC (SEED 7) DATA');
    expect(await page.locator('#state').textContent()).toBe('ACTIVE');
    expect(await page.locator('#guard').textContent()).toMatch(/^1\d s ago$/);
    expect(await page.locator('#equity').textContent()).toBe('$10,214.50');
    expect(await page.getByRole('heading').allTextContents()).toEqual(
      expect.arrayContaining(['snapback', 'Positions', 'Decisions', 'Trades']),
    );
    expect(await page.locator('#positions tbody tr').count()).toBe(2);
    expect(await page.locator('#decisions tr.row').count()).toBe(10);
    expect(await page.locator('#trades tr.row').count()).toBe(6);
    expect(await page.locator('#trades .sum').textContent()).toMatch(/^4 closed shown, net [+−]\$/);
    expect(await page.locator('#notices').textContent()).toContain('ETH long has no valid stop.');
    expect(await page.title()).toBe('! 1 unprotected · snapback');
    for (const name of ['Orders', 'Fills', 'Alerts', 'Dead letters', 'Guard']) {
      await page.getByRole('tab', { name }).click();
      await page.locator('#panel tr.row').first().waitFor();
    }
    await shoot(page, colorScheme);
    expect(complaints).toEqual([]);
  });

  test('a decision opens by keyboard, shows its gates, and stays open while new ones come in', async () => {
    const { page, w, complaints } = await visit();
    const refused = page.locator('#decisions .opener', { hasText: 'SOL' });
    await refused.focus();
    await page.keyboard.press('Enter');
    const gates = page.locator('#decisions .gates');
    await gates.waitFor();
    expect(await refused.getAttribute('aria-expanded')).toBe('true');
    expect(await gates.locator('li').count()).toBe(8);
    expect(await gates.textContent()).toContain('zone-not-swept');
    await shoot(page, 'expanded');
    await addDecision(w);
    await page.clock.fastForward(3_000);
    await expect.poll(() => page.locator('#decisions tr.row').count()).toBe(11);
    expect(await gates.isVisible()).toBe(true);
    expect(await page.locator('#decisions .opener:focus').textContent()).toContain('SOL');
    await page.keyboard.press('Space');
    expect(await gates.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('tabs move with the arrow keys, and the coin filter reaches every list', async () => {
    const { page, complaints } = await visit();
    await page.locator('#panel tr.row').first().waitFor();
    await page.getByRole('tab', { name: 'Orders' }).focus();
    await page.keyboard.press('ArrowLeft');
    const guard = page.getByRole('tab', { name: 'Guard' });
    expect(await guard.getAttribute('aria-selected')).toBe('true');
    await page.locator('#panel tr.row', { hasText: 'repaired' }).waitFor();
    expect(await page.locator('#panel').textContent()).toContain('ETH stop-too-small → placed');
    await page.locator('#coin').fill('HYPE');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#decisions tr.row').count()).toBe(1);
    expect(await page.locator('#trades tr.row').count()).toBe(1);
    expect(await page.locator('#positions tbody tr').count()).toBe(2);
    const saving = page.waitForEvent('download');
    await page.locator('#trades .csv').click();
    const file = await saving;
    expect(file.suggestedFilename()).toBe('snapback-trades.csv');
    expect((await readFile(await file.path(), 'utf8')).trim().split('\r\n')).toHaveLength(2);
    expect(complaints).toEqual([]);
  });

  test.each([360, 414])('fits a phone %d px wide without scrolling sideways', async (width) => {
    const { page, complaints } = await visit({ width, colorScheme: width === 360 ? 'dark' : 'light' });
    await page.getByText('UNPROTECTED', { exact: true }).waitFor();
    for (const name of ['Orders', 'Fills', 'Alerts', 'Dead letters', 'Guard']) {
      await page.getByRole('tab', { name }).click();
      await page.locator('#panel tr.row').first().waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await page.locator('#decisions .opener').first().click();
    await page.locator('#decisions .gates').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await shoot(page, `phone-${width}`);
    expect(complaints).toEqual([]);
  });

  test('says that it shows the past when the bridge is gone, and that positions are unknown when they are', async () => {
    const { page, w } = await visit();
    await page.getByText('UNPROTECTED', { exact: true }).waitFor();
    w.bridge.read = null;
    await page.clock.fastForward(3_000);
    await page.getByText('positions are unknown, not absent').waitFor();
    expect(await page.locator('#count').textContent()).toBe('unknown');
    await page.context().setOffline(true);
    await page.clock.fastForward(4_000);
    await page.clock.fastForward(5_000);
    await page.getByText(/cannot be reached. What you see is .+ s old/).waitFor();
    expect(await page.locator('#fresh').textContent()).toMatch(/ old$/);
    await shoot(page, 'stale');
    await page.context().setOffline(false);
    await page.clock.fastForward(3_000);
    await page.getByText('up to date').waitFor();
  });

  test('asks for the token, refuses a wrong one, and never shows or sends it elsewhere', async () => {
    const { page, origin } = await visit({ hash: '' });
    const field = page.locator('#token');
    await field.waitFor();
    await field.fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This is not the read token.').waitFor();
    await shoot(page, 'token');
    await field.fill(READ_TOKEN);
    await page.keyboard.press('Enter');
    await page.locator('#positions tbody tr').first().waitFor();
    expect(page.url()).toBe(`${origin}/`);
    expect(await page.content()).not.toContain(READ_TOKEN);
  });

  test('an empty bridge says what to do, and the command it gives is accepted', async () => {
    const { page, w, complaints } = await visit({ isEmpty: true });
    w.bridge.example = Alert.parse(alertBody());
    const command = (await page.locator('#decisions pre').textContent()) ?? '';
    const [example = '', webhook] = [...command.matchAll(/"http:\/\/[^/]+(\/[^"]+)"/g)].map((m) => m[1]);
    expect(webhook).toBe('/webhook/$WEBHOOK_TOKEN');
    expect((await w.post(await (await w.get(example)).text())).status).toBe(202);
    expect(await page.locator('#positions .empty').textContent()).toBe('No open positions.');
    await shoot(page, 'empty');
    expect(complaints).toEqual([]);
  });

  test('what an alert says is text, never markup', async () => {
    const { page, w, complaints } = await visit();
    await w.store.recordDeadLetter({
      id: 'x',
      receivedAtMs: Date.now(),
      code: 'malformed',
      bodyHead: '<img src=x onerror=alert(1)>',
      issues: '<script>alert(1)</script>',
      alertId: null,
    });
    await w.post(JSON.stringify(alertBody()));
    await page.getByRole('tab', { name: 'Dead letters' }).click();
    await page.getByText('<script>alert(1)</script>').waitFor();
    await page.locator('#panel .opener').first().click();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    expect(await page.locator('#panel img, #panel script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
