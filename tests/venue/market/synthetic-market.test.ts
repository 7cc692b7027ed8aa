import { describe, expect, test } from 'vitest';
import { createDetector } from '../../../src/core/detect/create-detector.ts';
import { DEFAULT_DETECTOR_PARAMS } from '../../../src/core/detect/params.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import type { Side } from '../../../src/core/shared/coin.ts';
import { COIN_PARAMS } from '../../../src/core/shared/coin-params.ts';
import { roundPx } from '../../../src/core/shared/round.ts';
import { seededRandom } from '../../../src/core/shared/seeded-random.ts';
import { BAR_MS } from '../../../src/venue/market/market-sink.ts';
import { MarketRegime } from '../../../src/venue/market/market-regime.ts';
import { SyntheticCoin } from '../../../src/venue/market/synthetic-coin.ts';
import { SYNTHETIC_COINS, type SyntheticCoinSpec } from '../../../src/venue/market/synthetic-coins.ts';
import {
  createSyntheticMarket,
  type SyntheticMarket,
  type SyntheticMarketOptions,
} from '../../../src/venue/market/synthetic-market.ts';
import { recordingSink } from './recording-sink.ts';

const BAR = BAR_MS['5m'];
const HOUR = 3_600_000;
/** A round half hour. */
const T0 = 1_795_003_200_000;
const only = (...coins: string[]): readonly SyntheticCoinSpec[] =>
  SYNTHETIC_COINS.filter(({ coin }) => coins.includes(coin));

const market = (o: Partial<SyntheticMarketOptions> = {}): SyntheticMarket =>
  createSyntheticMarket({ seed: 1, startMs: T0, historyBars: 600, ...o });

/** Exhaustions the Pine twin sees with its default inputs. */
function exhaustions(bars: readonly Candle[]): { side: Side; barTime: number; startTime: number }[] {
  const detector = createDetector(DEFAULT_DETECTOR_PARAMS, { intervalMs: BAR, mintick: null });
  return bars.flatMap((bar) =>
    detector
      .push(bar)
      .flatMap((e) =>
        e.kind === 'cascade.exhaustion'
          ? [{ side: e.side, barTime: e.barTime, startTime: e.cascade.startTime }]
          : [],
      ),
  );
}

const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;

const fingerprint = (m: SyntheticMarket): string =>
  JSON.stringify([
    m.coins.map(({ coin }) => [
      m.history(coin, '5m'),
      m.history(coin, '1m').slice(-100),
      m.openInterest(coin),
      m.funding(coin),
      m.population(coin).length,
    ]),
    m.liquidations(0),
  ]);

describe('what is listed', () => {
  test('the 18 coins of max-pain, with tiers that start at zero and shrink', () => {
    expect(SYNTHETIC_COINS.map(({ coin }) => coin)).toEqual(COIN_PARAMS.map(({ coin }) => coin));
    for (const { marginTiers, maxLeverage, startPx, szDecimals } of SYNTHETIC_COINS) {
      expect(marginTiers[0]).toEqual({ lowerBoundUsd: 0, maxLeverage });
      expect(marginTiers[1]!.maxLeverage).toBeLessThan(maxLeverage);
      expect(roundPx(startPx, szDecimals, 'down')).toBe(startPx);
    }
  });

  test('an unknown coin is our own mistake', () => {
    expect(() => market({ coins: only('BTC') }).mark('ETH')).toThrow(/has no ETH/);
    expect(() => market({ coins: only('BTC'), flushBeforeMs: T0, flushCoin: 'ETH' })).toThrow(/has no ETH/);
  });
});

describe('determinism of the market', () => {
  test('same seed, same market; another seed, another one', () => {
    const coins = only('BTC', 'WIF');
    expect(fingerprint(market({ coins }))).toBe(fingerprint(market({ coins })));
    expect(fingerprint(market({ coins, seed: 2 }))).not.toBe(fingerprint(market({ coins })));
  });

  test('how time is cut into calls, and who listens, changes nothing', () => {
    const coins = only('BTC', 'WIF');
    const atOnce = market({ coins });
    atOnce.advanceTo(T0 + HOUR);
    const inPieces = market({ coins, sink: recordingSink() });
    const random = seededRandom('pieces');
    for (let ms = T0; ms < T0 + HOUR; ms += Math.floor(40_000 * random.next())) inPieces.advanceTo(ms);
    inPieces.advanceTo(T0 + HOUR);
    inPieces.advanceTo(T0);
    expect(inPieces.nowMs()).toBe(T0 + HOUR);
    expect(fingerprint(inPieces)).toBe(fingerprint(atOnce));
  });

  test('a coin moves the same whoever else is listed', () => {
    const alone = market({ coins: only('SOL') }).history('SOL', '5m');
    const among = market({ coins: only('SOL', 'WIF') }).history('SOL', '5m');
    expect(among).toEqual(alone);
  });
});

describe('candles', () => {
  const m = market({ startMs: T0 + 123_456, historyBars: 1_200 });
  m.advanceTo(T0 + 3 * HOUR);

  test.each(SYNTHETIC_COINS.map((spec) => [spec.coin, spec.szDecimals] as const))(
    '%s: every bar is whole, legal, and opens where the one before closed',
    (coin, szDecimals) => {
      for (const interval of ['1m', '5m'] as const) {
        const bars = m.history(coin, interval);
        const wrong = bars.filter((bar, i) => {
          const before = bars[i - 1];
          const follows =
            before === undefined || (bar.t - before.t === BAR_MS[interval] && bar.o === before.c);
          const isWhole = bar.l <= Math.min(bar.o, bar.c) && bar.h >= Math.max(bar.o, bar.c) && bar.v > 0;
          const isLegal = [bar.h, bar.l, bar.c].every((px) => roundPx(px, szDecimals, 'up') === px);
          return !follows || !isWhole || !isLegal;
        });
        expect(wrong).toEqual([]);
        expect(bars.at(-1)!.t + BAR_MS[interval]).toBe(T0 + 3 * HOUR);
      }
    },
  );

  test('five minute bars make one five-minute bar, over the border from history to live', () => {
    for (const coin of ['BTC', 'kPEPE']) {
      const minutes = m.history(coin, '1m');
      const joined = m
        .history(coin, '5m')
        .filter((bar) => bar.t >= minutes[0]!.t)
        .map((bar) => {
          const part = minutes.filter(({ t }) => t >= bar.t && t < bar.t + BAR);
          expect(part).toHaveLength(5);
          expect([part[0]!.o, part.at(-1)!.c]).toEqual([bar.o, bar.c]);
          expect(Math.max(...part.map(({ h }) => h))).toBe(bar.h);
          expect(Math.min(...part.map(({ l }) => l))).toBe(bar.l);
          expect(part.reduce((sum, { v }) => sum + v, 0) / bar.v).toBeCloseTo(1, 9);
          return bar;
        });
      expect(joined.length).toBeGreaterThan(900);
    }
  });
});

describe('the shape of five-minute returns', () => {
  // Measured on Hyperliquid, six coins, March to June 2025: range/sd 1.13..1.27, kurtosis 8..21, lag-1 correlation of
  // absolute returns 0.19..0.30. The synthetic market is held near these, not fitted to any coin.
  const shapes = [4, 5].flatMap((seed) => {
    const m = market({ seed, historyBars: 4_000 });
    return m.coins.map(({ coin, dailyVol }) => {
      const bars = m.history(coin, '5m');
      const r = bars.map((bar) => Math.log(bar.c / bar.o));
      const size = r.map(Math.abs);
      const sd = Math.sqrt(mean(r.map((x) => x * x)));
      const spread = mean(size.map((x) => x * x)) - mean(size) ** 2;
      const lagged = mean(size.slice(1).map((x, i) => x * size[i]!));
      return {
        range: mean(bars.map((bar) => (bar.h - bar.l) / bar.c)) / sd,
        kurtosis: mean(r.map((x) => x ** 4)) / sd ** 4,
        clustering: (lagged - mean(size) ** 2) / spread,
        vol: (sd * Math.sqrt(288)) / dailyVol,
      };
    });
  });

  test.each([
    ['range', 1.1, 1.4],
    ['kurtosis', 5, 40],
    ['clustering', 0.12, 0.4],
    ['vol', 0.7, 1.5],
  ] as const)('mean %s over coins is between %d and %d', (name, least, most) => {
    const value = mean(shapes.map((shape) => shape[name]));
    expect(value).toBeGreaterThan(least);
    expect(value).toBeLessThan(most);
  });
});

describe('what the sink is told', () => {
  test('history first, then a price every five seconds, each closed bar once and after its last price', () => {
    const sink = recordingSink();
    const coins = only('BTC', 'ETH');
    const m = market({ coins, sink });
    const history = sink.said.length;
    m.advanceTo(T0 + HOUR);
    for (const coin of ['BTC', 'ETH']) {
      const given = (interval: string): Candle[] =>
        sink.said.flatMap((s) =>
          s.what === 'bars' && s.coin === coin && s.interval === interval ? [...s.candles] : [],
        );
      expect(given('5m')).toEqual(m.history(coin, '5m').slice(-612));
      expect(given('1m')).toEqual(m.history(coin, '1m'));
    }
    const live = sink.said.slice(history);
    const prices = live.flatMap((s) => (s.what === 'price' ? [s] : []));
    expect(prices.map((s) => [s.coin, s.atMs])).toEqual(
      Array.from({ length: 1_440 }, (_, i) => [['BTC', 'ETH'][i % 2], T0 + 5_000 * (1 + Math.floor(i / 2))]),
    );
    for (const s of prices) expect(Math.abs(s.oraclePx! / s.px - 1)).toBeLessThan(0.05);
    // A closed bar comes right when the prices have come to its end.
    let nowMs = T0;
    const late: unknown[] = [];
    for (const s of live) {
      if (s.what === 'price') nowMs = s.atMs;
      if (s.what === 'bars' && s.candles.some((bar) => bar.t + BAR_MS[s.interval] !== nowMs)) late.push(s);
    }
    expect(late).toEqual([]);
    for (const s of sink.said.flatMap((said) => (said.what === 'context' ? [said] : []))) {
      expect(s.openInterest).toBeGreaterThan(0);
      expect(Math.abs(s.fundingHourly!)).toBeLessThan(0.04);
    }
    expect(sink.said.filter((s) => s.what === 'context')).toHaveLength(2 * 61);
  });

  test('at most 5,000 bars of each length', () => {
    const sink = recordingSink();
    market({ coins: only('BTC'), historyBars: 6_000, sink });
    const lengths = sink.said.flatMap((s) => (s.what === 'bars' ? [s.candles.length] : []));
    expect(lengths).toEqual([5_000, 5_000]);
  });

  test('as many minute bars as wanted, and the five-minute bars of all of the history', () => {
    const m = market({ coins: only('BTC'), minuteBars: 720 });
    const [minutes, fives] = [m.history('BTC', '1m'), m.history('BTC', '5m')];
    expect([minutes.length, fives.length]).toEqual([720, 600]);
    expect(minutes[0]?.t).toBe(T0 - 12 * HOUR);
    // The same prices, where both are known.
    const since = fives.filter((bar) => bar.t >= T0 - 12 * HOUR);
    expect(since.map((bar) => bar.c)).toEqual(minutes.flatMap((bar, i) => (i % 5 === 4 ? [bar.c] : [])));
    expect(() => market({ coins: only('BTC'), minuteBars: 721 })).toThrow(/721 minute bars/);
  });
});

describe('the leveraged population', () => {
  const m = market({ historyBars: 3_000 });

  test.each(SYNTHETIC_COINS.map((spec) => [spec.coin, spec] as const))(
    '%s: liquidation prices follow the venue formula and none is behind the mark',
    (coin, { maxLeverage }) => {
      const mark = m.mark(coin);
      const people = m.population(coin);
      expect(people.length).toBeGreaterThan(1_000);
      const mmr = 1 / (2 * maxLeverage);
      const wrong = people.filter((p) => {
        const s = p.side === 'long' ? 1 : -1;
        const px = (p.entryPx * (1 - s / p.leverage)) / (1 - s * mmr);
        const isAhead = s * (mark - p.liquidationPx) > 0;
        const isSized = p.sz > 0 && Math.abs(p.notionalUsd / (p.sz * mark) - 1) < 1e-12;
        const isLevered = p.leverage > 1 && p.leverage <= maxLeverage;
        return Math.abs(p.liquidationPx / px - 1) > 1e-9 || !isAhead || !isSized || !isLevered;
      });
      expect(wrong).toEqual([]);
      for (const side of ['long', 'short'] as const) {
        const own = people.filter((p) => p.side === side);
        expect(new Set(own.map((p) => p.id)).size).toBe(own.length);
        const share = own.reduce((sum, p) => sum + p.sz, 0) / m.openInterest(coin);
        expect(share).toBeGreaterThan(0.02);
        expect(share).toBeLessThanOrEqual(1);
      }
    },
  );

  test('everybody price passed is gone: no liquidation price lies inside the range since the entry', () => {
    const bars = m.history('SOL', '5m');
    const dayAgo = bars.slice(-288);
    const lo = Math.min(...dayAgo.map((bar) => bar.l));
    const hi = Math.max(...dayAgo.map((bar) => bar.h));
    const hit = m.liquidations(dayAgo[0]!.t).filter(({ coin }) => coin === 'SOL');
    expect(hit.length).toBeGreaterThan(0);
    for (const l of hit) {
      expect(l.px).toBeGreaterThanOrEqual(lo);
      expect(l.px).toBeLessThanOrEqual(hi);
      const bar = bars.find(({ t }) => l.t > t && l.t <= t + BAR)!;
      expect(l.side === 'long' ? bar.l <= l.px : bar.h >= l.px).toBe(true);
    }
  });
});

/** Coins a five-minute bar, lately. */
const volumeOf = (m: SyntheticMarket, coin: string): number =>
  m
    .history(coin, '5m')
    .slice(-100)
    .reduce((sum, bar) => sum + bar.v / 100, 0);

/** A large sell order in a market without chance moves; with and without the leveraged longs. */
function fallOf(hasLeverage: boolean, side: Side = 'long'): { extreme: number; after: number } {
  const spec = { ...SYNTHETIC_COINS.find(({ coin }) => coin === 'SOL')!, dailyVol: 0.04 };
  const history = { fromMs: T0, bars: 10, minuteBarsFromMs: T0 };
  const coin = new SyntheticCoin(spec, seededRandom(5), history, () => undefined);
  if (!hasLeverage) coin.population.touch(0, Infinity, T0);
  const still = new MarketRegime(seededRandom(1));
  still.vol = 0;
  const s = side === 'long' ? -1 : 1;
  coin.orders.start(T0, s * 0.05, 8 * 60_000);
  let extreme = 0;
  for (let ms = 5_000; ms <= 2 * HOUR; ms += 5_000) {
    coin.step(T0 + ms, 5_000, still, 0);
    extreme = Math.max(extreme, s * Math.log(coin.px / spec.startPx));
  }
  return { extreme, after: s * Math.log(coin.px / spec.startPx) };
}

describe('cascades', () => {
  test.each(['long', 'short'] as const)(
    '%s liquidations deepen the same order, and part of it reverts',
    (side) => {
      const without = fallOf(false, side);
      const with_ = fallOf(true, side);
      expect(without.extreme).toBeGreaterThan(0.03);
      expect(with_.extreme).toBeGreaterThan(1.15 * without.extreme);
      expect(with_.extreme).toBeLessThan(0.5);
      for (const { extreme, after } of [without, with_]) {
        const reclaimed = 1 - after / extreme;
        expect(reclaimed).toBeGreaterThan(0.3);
        expect(reclaimed).toBeLessThan(0.8);
      }
    },
  );

  test.each([
    ['BTC', 'long'],
    ['BTC', 'short'],
    ['ETH', 'long'],
    ['DOGE', 'short'],
    ['WIF', 'long'],
  ] as const)('a steered one on %s (%s) shows in price, volume, open interest and funding', (coin, side) => {
    const m = market({ flushBeforeMs: T0 + HOUR, flushCoin: coin, flushSide: side });
    m.advanceTo(T0 + HOUR - 35 * 60_000);
    const before = { oi: m.openInterest(coin), funding: m.funding(coin), volume: volumeOf(m, coin) };
    const since = m.nowMs();
    let fundingExtreme = before.funding;
    const s = side === 'long' ? -1 : 1;
    for (let ms = since; ms <= T0 + HOUR; ms += 60_000) {
      m.advanceTo(ms);
      fundingExtreme = s * Math.max(s * fundingExtreme, s * m.funding(coin));
    }
    const forced = m.liquidations(since).filter((l) => l.coin === coin);
    const usd = (of: Side): number =>
      forced.filter((l) => l.side === of).reduce((sum, l) => sum + l.notionalUsd, 0);
    expect(usd(side)).toBeGreaterThan(0.002 * before.oi * m.mark(coin));
    expect(usd(side)).toBeGreaterThan(5 * usd(side === 'long' ? 'short' : 'long'));
    expect(m.openInterest(coin)).toBeLessThan(0.99 * before.oi);
    expect(s * (fundingExtreme - before.funding)).toBeGreaterThan(0);
    const peak = Math.max(
      ...m
        .history(coin, '5m')
        .slice(-8)
        .map((bar) => bar.v),
    );
    expect(peak).toBeGreaterThan(4 * before.volume);
    const events = exhaustions(m.history(coin, '5m')).filter((e) => e.barTime > since);
    expect(events.map((e) => e.side)).toContain(side);
  });

  test('steered in the history or live, the detector sees the exhaustion shortly before the time asked for', () => {
    let seen = 0;
    const asked = 40;
    for (let seed = 0; seed < asked; seed++) {
      const coin = ['BTC', 'ETH', 'SOL', 'kPEPE'][seed % 4]!;
      const side = seed % 8 < 4 ? 'long' : 'short';
      const startMs = seed % 3 === 0 ? T0 - 2 * HOUR : T0;
      const m = market({ seed, startMs, coins: only(coin), flushBeforeMs: T0, flushSide: side });
      m.advanceTo(T0);
      const late = exhaustions(m.history(coin, '5m')).filter((e) => e.barTime >= T0 - 30 * 60_000);
      if (late.some((e) => e.side === side)) seen += 1;
    }
    expect(seen).toBeGreaterThanOrEqual(0.9 * asked);
  });

  test('stressNow starts one at once', () => {
    const m = market({ coins: only('SOL') });
    const mark = m.mark('SOL');
    m.stressNow('SOL', 'short');
    m.advanceTo(T0 + 15 * 60_000);
    expect(m.mark('SOL') / mark).toBeGreaterThan(1.012);
    expect(m.liquidations(T0).some((l) => l.side === 'short')).toBe(true);
  });
});

/** Events cluster, so twice the spread of independent tosses, at three standard deviations. */
const bound = (n: number): number => 3 * 2 * Math.sqrt(n);

describe('how often, over 30 days each of 14 seeds', () => {
  const days = 14 * 30;
  const table = ['BTC', 'SOL', 'WIF'].map((coin) => {
    const count = { coin, long: 0, short: 0, forcedLong: 0, forcedShort: 0 };
    for (let seed = 0; seed < 14; seed++) {
      const m = market({ seed: `rate-${seed}`, coins: only(coin), historyBars: 8_640 });
      const oiUsd = m.openInterest(coin) * m.mark(coin);
      const all = m.liquidations(0);
      for (const e of exhaustions(m.history(coin, '5m'))) {
        count[e.side] += 1;
        const from = e.startTime - 8 * BAR;
        const forced = all.filter((l) => l.side === e.side && l.t > from && l.t <= e.barTime + BAR);
        if (forced.reduce((sum, l) => sum + l.notionalUsd, 0) < 0.0025 * oiUsd) continue;
        count[e.side === 'long' ? 'forcedLong' : 'forcedShort'] += 1;
      }
    }
    return count;
  });
  const perDay = (n: number): string => (n / days).toFixed(2);
  console.log(
    ['exhaustions per coin-day (all / with ≥ 0.25 % of open interest liquidated), long and short:']
      .concat(
        table.map(
          (c) =>
            `  ${c.coin.padEnd(5)} ${perDay(c.long + c.short)} / ${perDay(c.forcedLong + c.forcedShort)}  long ${c.long} / ${c.forcedLong}  short ${c.short} / ${c.forcedShort}`,
        ),
      )
      .join('\n'),
  );

  test.each(table)('$coin: often enough to exercise everything, not all the time', (c) => {
    expect((c.long + c.short) / days).toBeGreaterThan(0.7);
    expect((c.long + c.short) / days).toBeLessThan(3);
    expect((c.forcedLong + c.forcedShort) / days).toBeGreaterThan(0.12);
    expect((c.forcedLong + c.forcedShort) / days).toBeLessThan(1.5);
  });

  test.each(table)('$coin: long and short cascades are equally likely', (c) => {
    expect(Math.abs(c.long - c.short)).toBeLessThan(bound(c.long + c.short));
    expect(Math.abs(c.forcedLong - c.forcedShort)).toBeLessThan(bound(c.forcedLong + c.forcedShort));
  });
});
