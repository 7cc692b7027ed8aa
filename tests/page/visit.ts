// The page's surroundings for tests: the real app and store with example data, behind a real browser.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { FeedbackView } from '../../src/app/feedback.ts';
import { feedbackOf } from '../../src/core/review/feedback.ts';
import { createEventStream } from '../../src/shell/http/event-stream.ts';
import type { EventStream } from '../../src/shell/http/event-stream.ts';
import { bars, mapOf, zone } from '../core/zones/signals/example-map.ts';
import { exampleData } from '../shell/http/example-data.ts';
import { seed } from '../shell/http/seed.ts';
import { health, READ_TOKEN, world } from '../shell/http/world.ts';
import type { World } from '../shell/http/world.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const hasBrowser = existsSync(CHROMIUM);
const WEB = join(import.meta.dirname, '../../web');
const SHOTS = process.env['SCREENSHOT_DIR'];

let browser: Browser | undefined;
/** One browser for all tests of a file. */
export function useBrowser(): void {
  beforeAll(async () => {
    if (!hasBrowser) return;
    const args =
      '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
    browser = await chromium.launch({ executablePath: CHROMIUM, args: args.split(' ') });
  }, 60_000);
  afterAll(() => browser?.close());
}

const NOTHING_LEARNED: FeedbackView = {
  versions: [],
  applied: null,
  handSetVersion: 1,
  feedback: feedbackOf([]),
};

export interface Visit {
  page: Page;
  w: World;
  events: EventStream;
  origin: string;
  /** Everything that must not happen: script errors, console errors, policy violations, requests elsewhere. */
  complaints: string[];
}

async function serveWorld(isEmpty: boolean): Promise<{ w: World; origin: string; events: EventStream }> {
  const nowMs = Date.now();
  const events = createEventStream('page');
  onTestFinished(() => events.close());
  const w = await world({
    events,
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
  w.bridge.feedback = { view: () => Promise.resolve(NOTHING_LEARNED), apply: () => Promise.resolve(false) };
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
  return { w, origin: `http://127.0.0.1:${port}`, events };
}

interface Look {
  colorScheme?: 'light' | 'dark';
  width?: number;
  hash?: string;
  /** The browser's clock, ms; default now. */
  nowMs?: number;
}

/** The page at an address, with everything it should not do written down. */
export async function openAt(origin: string, o: Look = {}): Promise<Pick<Visit, 'page' | 'complaints'>> {
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
  await page.clock.install(o.nowMs === undefined ? {} : { time: o.nowMs });
  await page.goto(`${origin}/${o.hash ?? `#token=${READ_TOKEN}`}`);
  return { page, complaints };
}

export async function visit(o: Look & { isEmpty?: boolean } = {}): Promise<Visit> {
  const { w, origin, events } = await serveWorld(o.isEmpty ?? false);
  return { w, events, origin, ...(await openAt(origin, o)) };
}

export const shoot = async (page: Page, name: string): Promise<void> => {
  if (SHOTS === undefined) return;
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
};

/** BTC with bars, a map and a report. */
export const withMarket = (w: World): void => {
  const map = mapOf([zone('long', 100, 2_000_000), zone('short', 150, 1_000_000)]);
  w.bridge.map = map;
  w.bridge.coinMarket = {
    map,
    candles: bars(900, (i) => 99 + (i % 50) / 50),
    fundingHourlyFraction: 0.0000125,
    marginTiers: [{ lowerBoundUsd: 0, maxLeverage: 40 }],
    realised: null,
    ratios: [],
    openInterest: [],
  };
};
