import { expect, test } from 'vitest';
import type { Desk } from '../../src/app/desk.ts';
import { UNHEARD } from '../../src/app/market-book.ts';
import { signalFacts } from '../../src/app/signal-book.ts';
import type { CoinParams } from '../../src/core/shared/coin-params.ts';
import { paramsOf } from '../../src/core/shared/coin-params.ts';
import type { MinuteBars } from '../../src/core/zones/signals/minutes.ts';
import type { ZoneMap } from '../../src/core/zones/types.ts';
import { mapOf, T0, zone } from '../core/zones/signals/example-map.ts';

const UP = [zone('short', 50, 500_000)];
const DOWN = [zone('long', 50, 500_000)];

function desk(mode: NonNullable<CoinParams['signalMode']> = 'day', minutes: MinuteBars | null = null) {
  let nowMs = T0;
  let map: ZoneMap | null = null;
  const params = paramsOf('BTC');
  if (params === undefined) throw new Error('BTC has parameters');
  const made: Partial<Desk> = {
    clock: { nowMs: () => nowMs, sleep: async () => undefined },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    params: [{ ...params, signalMode: mode }],
    market: {
      ...UNHEARD,
      minutes: () => minutes,
      mark: () => null,
      zones: () => null,
      candles: () => [],
      refresh: async () => undefined,
      feeds: () => [],
      zoneMap: () => map,
    },
  };
  return {
    /** A new map so many seconds after the start, and what the 5m timeframe says of it. */
    look(afterS: number, zones: ZoneMap['zones']) {
      nowMs = T0 + afterS * 1_000;
      map = mapOf(zones, { asOfMs: T0 + Math.floor(afterS / 300) * 300_000 });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what signals ask of a desk
      const facts = signalFacts(made as Desk, 'BTC');
      const five = facts?.timeframes.find((f) => f.timeframe === '5m');
      if (facts === null || five === undefined) throw new Error('no signals');
      return { facts, direction: five.direction, turned: five.turned, peakBias: five.peakBias };
    },
  };
}

test('a turn is told as soon as it is seen, from what was before the running cycle, and once', () => {
  const d = desk();
  expect(d.look(0, DOWN)).toMatchObject({ direction: 'down', turned: null });
  expect(d.look(10, UP)).toMatchObject({ direction: 'up', turned: { from: 'down', atMs: T0 } });
  // Four minutes later it is the same turn still.
  for (const s of [20, 70, 140, 310]) expect(d.look(s, UP).turned).toEqual({ from: 'down', atMs: T0 });
});

test.each([
  ['scalp', 30],
  ['day', 60],
  ['swing', 300],
] as const)(
  '%s: what comes and goes within %d s leaves no trace; what lasts until then does',
  (mode, cycleS) => {
    const brief = desk(mode);
    brief.look(0, DOWN);
    brief.look(1, UP);
    expect(brief.look(cycleS - 1, DOWN)).toMatchObject({ direction: 'down', turned: null });
    expect(brief.look(cycleS + 1, DOWN).turned).toBeNull();
    const lasting = desk(mode);
    lasting.look(0, DOWN);
    lasting.look(1, UP);
    lasting.look(cycleS + 1, UP);
    expect(lasting.look(cycleS + 2, DOWN)).toMatchObject({ turned: { from: 'up' } });
  },
);

test('the peak of a direction is kept from cycle to cycle', () => {
  const d = desk();
  const strong = Math.abs(d.look(0, UP).peakBias);
  const weaker = [zone('short', 90, 500_000), zone('long', 280, 100_000)];
  for (const s of [61, 122, 183]) {
    const { facts, direction, peakBias } = d.look(s, weaker);
    expect(direction).toBe('up');
    expect(facts.timeframes[0]?.bias).toBeLessThan(strong);
    expect(peakBias).toBeCloseTo(strong, 4);
  }
});

test('1m is among the facts when its minutes are known, and named with why when not', () => {
  expect(desk().look(0, UP).facts).toMatchObject({
    timeframes: [{ timeframe: '5m' }, { timeframe: '1h' }],
    unknown: [{ timeframe: '1m', why: 'no one-minute bars are read' }],
  });
  const { facts } = desk('day', { fromMs: T0 - 3_600_000, toMs: T0, bars: [] }).look(5, UP);
  expect(facts.timeframes.map((f) => f.timeframe)).toEqual(['1m', '5m', '1h']);
  expect(facts.unknown).toEqual([]);
});
