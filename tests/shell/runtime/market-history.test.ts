import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMarketBook } from '../../../src/app/market-book.ts';
import type { LiquidationListener, LiquidationSource } from '../../../src/app/market-ports.ts';
import type { MarketSource } from '../../../src/app/ports.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { keepMarket } from '../../../src/shell/runtime/market-history.ts';
import {
  syntheticHistory,
  syntheticLiquidations,
} from '../../../src/shell/runtime/synthetic-liquidations.ts';
import { createSyntheticMarket } from '../../../src/venue/market/synthetic-market.ts';

const MIN = 60_000;
const BAR = 5 * MIN;
const HOUR = 60 * MIN;
const T0 = 1_760_140_860_000;

const folders: string[] = [];
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'kept-'));
  folders.push(made);
  return made;
};

function logger() {
  const events: string[] = [];
  const note = (event: string) => void events.push(event);
  return { events, debug: note, info: note, warn: note, error: note };
}

/** A process on a market whose bars and marks follow the clock. Counts the bars it asks the venue for. */
function process(at: { nowMs: number }, path: string) {
  const asked = { requests: 0, bars: 0 };
  const pxAt = (t: number): number => 100 + 3 * Math.sin(t / BAR / 6);
  const source: MarketSource = {
    venue: 'hyperliquid',
    marks: async (coins) =>
      coins.map((coin) => ({ coin, markPx: pxAt(at.nowMs), openInterestUsd: 1e6, fundingHourlyFraction: 0 })),
    async candles(_, startMs, endMs) {
      const bars: Candle[] = [];
      for (let t = Math.ceil(startMs / BAR) * BAR; t < endMs; t += BAR) {
        const [o, c] = [pxAt(t), pxAt(t + BAR)];
        bars.push({ t, o, c, h: Math.max(o, c), l: Math.min(o, c), v: 1_000 });
      }
      asked.requests += 1;
      asked.bars += bars.length;
      return bars;
    },
  };
  let on: LiquidationListener | undefined;
  const stream: LiquidationSource = {
    venue: 'bybit',
    start: (listener) => {
      on = listener;
      listener.status(true, at.nowMs);
    },
    stop: async () => on?.status(false, at.nowMs),
  };
  const log = logger();
  const clock = { nowMs: () => at.nowMs, sleep: async () => undefined };
  const kept = keepMarket({ name: 'live', folder: path, sources: [source], streams: [stream], clock, log });
  const coins = ['BTC', 'ETH', 'SOL'];
  const book = createMarketBook({
    // Waiting for bars never ends before they are there.
    clock: {
      ...clock,
      sleep: (ms) => (ms === 0 ? Promise.resolve() : new Promise<void>(() => undefined)),
    },
    log,
    sources: kept.sources,
    coins,
    meta: () => new Map(),
    flow: kept.flow,
  });
  let isStopped = false;
  const stopRun = kept.run();
  const stop = async (): Promise<void> => {
    if (!isStopped) await stopRun();
    isStopped = true;
  };
  stops.push(stop);
  const liquidate = (usd: number): void =>
    on?.liquidation({
      venue: 'bybit',
      coin: 'BTC',
      side: 'long',
      px: 100,
      sz: usd / 100,
      notionalUsd: usd,
      timeMs: at.nowMs,
    });
  return { book, asked, log, stop, liquidate, started: () => on !== undefined };
}

describe('a restart', () => {
  test('asks for the bars that closed meanwhile and no other; sums, samples and gaps go on', async () => {
    const path = folder();
    const at = { nowMs: T0 };
    const first = process(at, path);
    await vi.waitFor(() => expect(first.started()).toBe(true));
    await first.book.refresh();
    expect(first.asked).toEqual({ requests: 3, bars: 3 * 1_499 });
    for (let i = 0; i < 60; i++) {
      at.nowMs += MIN;
      first.liquidate(10);
      await first.book.refresh();
    }
    const samples = first.book.openInterest('BTC');
    await first.stop();

    at.nowMs += 3 * HOUR;
    const second = process(at, path);
    await vi.waitFor(() => expect(second.started()).toBe(true));
    await second.book.refresh();
    // Three hours are 36 bars for each of three coins; the hour before is in the file.
    expect(second.asked).toEqual({ requests: 3, bars: 3 * 36 });
    expect(second.book.candles('BTC').length).toBeGreaterThanOrEqual(1_499);
    expect(second.book.zoneMap('BTC')?.sources[0]?.bars).toBe(1_499);
    expect(second.book.openInterest('BTC').slice(0, samples.length)).toEqual(samples);
    const day = second.book.realised('BTC')?.windows['24h'];
    expect(day).toMatchObject({ longUsd: 600, count: 60 });
    expect(day?.heardFraction).toBeCloseTo(1 / 24, 3);
    expect(second.log.events).toEqual([]);
  });

  test('a file that is none is said, and done without', async () => {
    const path = folder();
    writeFileSync(
      join(path, 'market-live.db'),
      'not a database at all, but long enough to be looked at as one'.repeat(20),
    );
    const p = process({ nowMs: T0 }, path);
    await vi.waitFor(() => expect(p.started()).toBe(true));
    await p.book.refresh();
    expect(p.book.zoneMap('BTC')).not.toBeNull();
    expect(p.log.events).toContain('market-history.unreadable');
  });
});

test('the made-up market tells its own liquidations: what it lived through counts as heard, what happens comes after', async () => {
  const market = createSyntheticMarket({
    seed: 7,
    startMs: T0,
    historyBars: 1_600,
    flushBeforeMs: T0,
    flushCoin: 'BTC',
    flushSide: 'long',
  });
  market.advanceTo(T0);
  const at = { nowMs: T0 };
  const made = () => market;
  const log = logger();
  const kept = keepMarket({
    name: null,
    folder: folder(),
    sources: [],
    streams: [syntheticLiquidations(made)],
    made: syntheticHistory(made),
    clock: { nowMs: () => at.nowMs, sleep: async () => undefined },
    log,
  });
  stops.push(kept.run());
  await vi.waitFor(() => expect(kept.flow.feeds()[0]?.message).toBeNull());
  const before = kept.flow.realised('BTC');
  const truth = market.liquidations(T0 - 24 * HOUR).filter((l) => l.coin === 'BTC');
  expect(before?.windows['24h']?.count).toBe(truth.length);
  expect(truth.length).toBeGreaterThan(0);
  const usd = truth.reduce((sum, l) => sum + l.notionalUsd, 0);
  expect((before?.windows['24h']?.longUsd ?? 0) + (before?.windows['24h']?.shortUsd ?? 0)).toBeCloseTo(
    usd,
    0,
  );
  expect(before?.windows['24h']?.longUsd).toBeGreaterThan(before?.windows['24h']?.shortUsd ?? 0);
  expect(before?.windows['24h']?.heardFraction).toBeGreaterThan(0.99);
  expect(before?.usualDayUsd).toBeGreaterThan(0);
  expect(before?.state?.days).toBeGreaterThanOrEqual(3);
  market.stressNow('BTC', 'long');
  market.advanceTo(T0 + HOUR);
  at.nowMs = T0 + HOUR;
  const later = market.liquidations(T0 + 1).filter((l) => l.coin === 'BTC' && l.t > T0 + 45 * MIN);
  await vi.waitFor(
    () => expect(kept.flow.liquidationsSince('BTC', T0 + 45 * MIN + 1)).toHaveLength(later.length),
    { timeout: 3_000 },
  );
  expect(log.events).toEqual([]);
});
