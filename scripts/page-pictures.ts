// Photographs the page of a running paper bridge on the synthetic market, after some example alerts. The pictures of the
// README come from here: node scripts/page-pictures.ts [--out docs/images] [--all]; --all takes every view in every look.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import * as z from 'zod';
import { startBridge, TOKENS } from './paper-bridge.ts';

const ROOT = join(import.meta.dirname, '..');

interface Picture {
  name: string;
  hash: string;
  scheme: 'light' | 'dark';
  width: number;
  /** What has to be there first. */
  ready: string;
  isWhole?: boolean;
}

const VIEWS = {
  now: { hash: '#/', ready: '#market tbody tr' },
  coin: { hash: '#/coin/BTC', ready: '#levels tbody tr' },
  trades: { hash: '#/trades', ready: '#view tbody tr' },
  trade: { hash: '#/trades/', ready: '.chapters' },
  decisions: { hash: '#/decisions', ready: '#why tbody tr' },
  decision: { hash: '#/decisions/', ready: '#inputs-title' },
  performance: { hash: '#/performance', ready: '#view .strip' },
  accuracy: { hash: '#/accuracy', ready: '#view section' },
  settings: { hash: '#/settings', ready: '#view tbody tr' },
} as const;

/** The pictures of README and docs. */
const PICTURES: readonly Picture[] = [
  { name: 'page-now', ...VIEWS.now, scheme: 'light', width: 1440 },
  { name: 'page-coin', ...VIEWS.coin, scheme: 'light', width: 1440 },
  { name: 'page-phone', ...VIEWS.now, scheme: 'dark', width: 390 },
  { name: 'page-trade', ...VIEWS.trade, scheme: 'light', width: 1440, isWhole: true },
  { name: 'page-decisions', ...VIEWS.decisions, scheme: 'light', width: 1440 },
  { name: 'page-dark', ...VIEWS.now, scheme: 'dark', width: 1440 },
];

/** Every view, light and dark, wide and on a phone. */
const everyPicture = (): Picture[] =>
  Object.entries(VIEWS).flatMap(([view, at]) =>
    (['light', 'dark'] as const).flatMap((scheme) =>
      [1440, 390].map((width) => ({
        name: `${view}-${scheme}-${width}`,
        ...at,
        scheme,
        width,
        isWhole: true,
      })),
    ),
  );

const read = async (url: string): Promise<unknown> =>
  (await fetch(url, { headers: { authorization: `Bearer ${TOKENS.READ_TOKEN}` } })).json();

async function send(url: string, alert: unknown): Promise<void> {
  const sent = await fetch(`${url}/webhook/${TOKENS.WEBHOOK_TOKEN}`, {
    method: 'POST',
    body: JSON.stringify(alert),
  });
  if (sent.status !== 202) throw new Error(`an alert was answered with ${sent.status}`);
}

const Items = z.object({
  items: z.array(z.looseObject({ id: z.string(), coin: z.string().nullish() })),
});

/** Asks a list until it has enough, at most half a minute. */
async function until(url: string, list: string, count: number): Promise<z.infer<typeof Items>['items']> {
  for (let tries = 0; tries < 60; tries++) {
    const { items } = Items.parse(await read(`${url}/api/v1/${list}`));
    if (items.length >= count) return items;
    await new Promise((resolve) => void setTimeout(resolve, 500));
  }
  throw new Error(`${list}: fewer than ${count}`);
}

const Example = z.looseObject({ ticker: z.string(), side: z.string() });

/** An alert with today's prices; a bridge that has just started reads its candles first. */
async function exampleOf(url: string, coin: string): Promise<z.infer<typeof Example>> {
  for (let tries = 0; tries < 60; tries++) {
    const found = Example.safeParse(await read(`${url}/api/v1/example-alert?coin=${coin}`));
    if (found.success) return found.data;
    await new Promise((resolve) => void setTimeout(resolve, 500));
  }
  throw new Error(`no candles of ${coin}`);
}

/**
 * Alerts with today's prices, as TradingView would send them: some are taken, some refused, and one trade is closed
 * because the chart says that the snap-back has run its course.
 * @returns ids of that trade and of its decision
 */
async function trade(url: string): Promise<{ tradeId: string; decisionId: string }> {
  const coins = ['BTC', 'WIF', 'ETH', 'SOL', 'LTC', 'HYPE'];
  const examples = new Map<string, z.infer<typeof Example>>();
  for (const coin of coins) {
    const alert = await exampleOf(url, coin);
    examples.set(coin, alert);
    await send(url, alert);
  }
  await send(url, { ...examples.get('BTC'), ticker: 'NOSUCHUSDT.P' });
  const decided = await until(url, 'decisions', coins.length + 1);
  const open = await until(url, 'trades', 2);
  const closing = open.at(-1);
  const example = examples.get(closing?.coin ?? '');
  if (closing === undefined || example === undefined) throw new Error('nothing was traded');
  await send(url, { ...example, kind: 'cascade.snapback' });
  const sinceMs = Date.now() - 3_600_000;
  await until(url, `guard?coin=${closing.coin}&since=${sinceMs}`, 1);
  await until(url, 'trades?result=lost', 1);
  const decision = decided.find((d) => d.coin === closing.coin);
  return { tradeId: closing.id, decisionId: decision?.id ?? '' };
}

async function photograph(browser: Browser, url: string, picture: Picture, out: string): Promise<void> {
  const viewport = { width: picture.width, height: 900 };
  const context = await browser.newContext({ colorScheme: picture.scheme, viewport });
  const page = await context.newPage();
  await page.goto(`${url}/#token=${TOKENS.READ_TOKEN}`);
  await page.locator('#fresh.good').waitFor();
  await page.goto(`${url}/${picture.hash}`);
  await page.locator(picture.ready).first().waitFor();
  await page.waitForTimeout(1_000); // the chart draws in frames of its own
  await page.screenshot({ path: join(out, `${picture.name}.png`), fullPage: picture.isWhole ?? false });
  await context.close();
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'docs/images') },
    all: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'snapback-pictures-'));
/** A made-up market in which three coins have just ended a cascade: with most seeds only one has. */
const SEED = 12;
const bridge = await startBridge(folder, SEED);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const { tradeId, decisionId } = await trade(bridge.url);
  for (const picture of values.all ? everyPicture() : PICTURES) {
    const id =
      picture.hash === VIEWS.trade.hash ? tradeId : picture.hash === VIEWS.decision.hash ? decisionId : '';
    await photograph(browser, bridge.url, { ...picture, hash: picture.hash + id }, values.out);
    process.stdout.write(`${picture.name}.png\n`);
  }
} finally {
  await browser.close();
  await bridge.stop();
  rmSync(folder, { recursive: true, force: true });
}
