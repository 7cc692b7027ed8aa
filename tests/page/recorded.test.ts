// Recorded candles played through the whole bridge, and the page over it in a real browser: what stands on the page is what
// the API says, and that is what the venue and the recording gave.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { scoredDaysInMemory } from '../../src/app/score-map-port.ts';
import { createMapScores } from '../../src/app/score-map.ts';
import type { MapScores } from '../../src/app/score-map.ts';
import type { Candle } from '../../src/core/shared/candle.ts';
import { hyperliquidTiers } from '../../src/core/zones/maintenance-tiers.ts';
import type { Liquidation } from '../../src/core/zones/realised/types.ts';
import { Accuracy } from '../../src/shell/http/accuracy-schemas.ts';
import { MarketAnswer } from '../../src/shell/http/market-routes.ts';
import { Trade } from '../../src/shell/http/schemas.ts';
import { CoinReport } from '../../src/shell/http/zone-schemas.ts';
import { playDemo } from '../../src/shell/runtime/play-demo.ts';
import { recordedMaterial, venueCoinOf } from '../../src/shell/runtime/play-material.ts';
import { loadLiquidationFills } from '../../src/shell/runtime/recorded-liquidations.ts';
import { READ_TOKEN } from '../shell/http/world.ts';
import { CHROMIUM, hasBrowser, openAt, shoot, useBrowser } from './visit.ts';

useBrowser();
const DATA = join(import.meta.dirname, '../../../shared/data');
const [CANDLES, FILLS] = [join(DATA, 'hl-freqtrade'), join(DATA, 'finm33150')];
const hasData = existsSync(CANDLES) && existsSync(FILLS);
const quiet = () => undefined;
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };
/** Six hours in which HYPE is bought once; on the day before, DOGE's liquidations are in the record. */
const FROM_MS = Date.UTC(2025, 4, 31, 12);
const TO_MS = Date.UTC(2025, 4, 31, 18);
const SCORED_DAY_MS = Date.UTC(2025, 4, 30);

/** The record names no side: what was closed below its bar's open was long. */
function fillsOf(coin: string, bars: readonly Candle[]): Liquidation[] {
  const opens = new Map(bars.map((b) => [b.t, b.o]));
  return (loadLiquidationFills(FILLS).get(coin) ?? []).flatMap(({ t, px, usd }): Liquidation[] => {
    const open = opens.get(Math.floor(t / 300_000) * 300_000);
    if (open === undefined) return [];
    const side = px < open ? 'long' : 'short';
    return [{ venue: 'hyperliquid', coin, side, px, sz: usd / px, notionalUsd: usd, timeMs: t }];
  });
}

/** The day before, scored from the recordings as a bridge scores what it kept. */
async function recordedScores(): Promise<MapScores> {
  const material = recordedMaterial(CANDLES, { coins: ['DOGE'], days: Number.POSITIVE_INFINITY });
  const bars = material.candles.get('DOGE') ?? [];
  const fills = fillsOf('DOGE', bars);
  const scores = createMapScores({
    clock: { nowMs: () => TO_MS, sleep: () => Promise.resolve() },
    log: silent,
    coins: () => ['DOGE'],
    venues: ['hyperliquid'],
    tiersOf: (_, coin) => hyperliquidTiers(coin),
    past: {
      bars: (_, __, fromMs, toMs) => Promise.resolve(bars.filter((b) => b.t >= fromMs && b.t < toMs)),
      marks: () => Promise.resolve([]),
      liquidations: (_, sinceMs) => Promise.resolve(fills.filter((f) => f.timeMs >= sinceMs)),
      spans: () => Promise.resolve([{ venue: 'hyperliquid', fromMs: SCORED_DAY_MS, toMs: TO_MS }]),
      samples: () => Promise.resolve([]),
    },
    store: scoredDaysInMemory(),
    isMadeUp: false,
  });
  await scores.scoreMissing();
  return scores;
}

const Trades = z.object({ items: z.array(Trade) });
const text = async (page: Page, at: string): Promise<string> =>
  (await page.locator(at).first().textContent()) ?? '';
const price = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });
const rough = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = (x: number): string => `${Math.abs(x * 100).toFixed(Math.abs(x) < 0.1 ? 2 : 1)} %`;

async function checkPage(origin: string): Promise<void> {
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const res = await fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${READ_TOKEN}` } });
    expect([path, res.status]).toEqual([path, 200]);
    return schema.parse(await res.json());
  };
  const { page, complaints } = await openAt(origin, { nowMs: TO_MS });
  const market = await get('/api/v1/market', MarketAnswer);
  await page.locator('#market tbody tr').first().waitFor();
  expect(await text(page, '#source')).toBe('RECORDED: HL-FREQTRADE DATA');
  expect(market.coins.map((c) => c.coin)).toEqual(['HYPE']);
  expect(await text(page, '#market .sum')).toContain('17 coins without a map');

  // Coin
  const report = await get('/api/v1/report/HYPE', CoinReport);
  expect(report.markPx).toBeGreaterThan(20); // HYPE stood at 32 to 34 USD
  expect(report.markPx).toBeLessThan(50);
  await page.goto(`${origin}/#/coin/HYPE`);
  await page.locator('#levels tbody tr').first().waitFor();
  const rows = page.locator('#levels tbody tr');
  expect(await rows.count()).toBe(report.keyLevels.length);
  for (const [i, level] of report.keyLevels.entries()) {
    const cells = await rows.nth(i).locator('td').allTextContents();
    expect(cells.slice(0, 2)).toEqual([level.kind, price.format(level.px)]);
    expect(cells[3]).toBe(`${level.distanceFraction < 0 ? '−' : ''}${percent(level.distanceFraction)}`);
  }
  expect(await text(page, '#report')).toContain(`Mark${price.format(report.markPx)}`);
  const net = report.netPosition;
  expect(net?.bars).toBe(1_500);
  expect(await text(page, '#net-position')).toContain(
    `Longs were opened at ${rough.format(net?.longEntryPx ?? 0)} in the mean and ${percent(net?.longUnderWaterShare ?? 0)} of them are under water`,
  );
  await page.locator('.chart canvas').first().waitFor();
  await shoot(page, 'recorded-coin');

  // Trades
  const { items: trades } = await get('/api/v1/trades', Trades);
  expect(trades.map((t) => t.coin)).toEqual(['HYPE']);
  await page.goto(`${origin}/#/trades`);
  await page.locator('#view tbody tr').first().waitFor();
  const row = page.locator('#view tbody tr');
  expect(await row.count()).toBe(trades.length);
  const [trade] = trades;
  const told = (await row.first().textContent()) ?? '';
  expect(told).toContain(`${price.format(trade?.entryPx ?? 0)} → ${price.format(trade?.exitPx ?? 0)}`);
  const netUsd = trade?.netPnlUsd ?? 0;
  expect(told).toContain(`${netUsd < 0 ? '−' : '+'}$${cents.format(Math.abs(netUsd))}`);
  await page.getByRole('link', { name: 'HYPE' }).press('Enter');
  await page.locator('.story-chart canvas').first().waitFor();
  expect(await text(page, '#orders')).toContain('stop');
  await shoot(page, 'recorded-trade');

  // Accuracy
  const accuracy = await get('/api/v1/accuracy', Accuracy);
  const four = accuracy.coins[0]?.windows['4h'];
  expect(accuracy.coins.map((c) => c.coin)).toEqual(['DOGE']);
  expect(four?.scores.model.units ?? 0).toBeGreaterThan(2);
  await page.goto(`${origin}/#/accuracy`);
  const doge = page.locator('section[aria-labelledby="accuracy-title"] tbody tr');
  await doge.first().waitFor();
  await page.getByRole('button', { name: 'AUC' }).press('Enter');
  const cells = await doge.first().locator('td').allTextContents();
  expect(cells.slice(0, 6)).toEqual([
    'DOGE',
    ...(['model', 'heat', 'distance', 'unswept', 'uniform'] as const).map(
      (e) => four?.scores[e].auc?.toFixed(3) ?? '–',
    ),
  ]);
  expect(await page.locator('#made-up').count()).toBe(0);
  expect(await text(page, 'section[aria-labelledby="days-title"]')).toContain('2025-05-30');
  await shoot(page, 'recorded-accuracy');
  expect(complaints).toEqual([]);
}

test.skipIf(!hasBrowser || !hasData)(
  `the page on recorded candles of 2025-05-31 (skipped without ${CHROMIUM} or ../shared/data)`,
  { timeout: 120_000 },
  async () => {
    const material = recordedMaterial(CANDLES, { coins: ['HYPE'], fromMs: FROM_MS, toMs: TO_MS, days: 1 });
    let isLookedAt = false;
    const summary = await playDemo({
      ...material,
      coins: [...material.candles].map(([coin, candles]) => venueCoinOf(coin, candles)),
      equityUsd: 10_000,
      log: silent,
      onProgress: quiet,
      look: {
        readToken: READ_TOKEN,
        scores: await recordedScores(),
        async atEnd(url) {
          await checkPage(url);
          isLookedAt = true;
        },
      },
    });
    expect(isLookedAt).toBe(true);
    expect(summary).toMatchObject({ dataSource: 'recorded: hl-freqtrade', trades: 1, unprotectedMsMax: 0 });
  },
);
