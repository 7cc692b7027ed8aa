import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Alert } from '../../../src/core/alert/schema.ts';
import { createDetector } from '../../../src/core/detect/create-detector.ts';
import type { CascadeEvent, DetectorEvent } from '../../../src/core/detect/types.ts';
import {
  DEFAULT_DETECTOR_PARAMS,
  DetectorParams,
  type DetectorParams as Params,
} from '../../../src/core/detect/params.ts';
import { rsi } from '../../../src/core/detect/pine-ta.ts';
import { roundToMintick } from '../../../src/core/detect/round-to-mintick.ts';
import { toAlert } from '../../../src/core/detect/to-alert.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { syntheticTape, T0, TF_MS } from './synthetic.ts';

const CHART = { intervalMs: TF_MS, mintick: 0.1 };
const HEAD = {
  script: 'cascade-exhaustion@1.1.0',
  strategy: 'max-pain',
  exchange: 'BINANCE',
  ticker: 'BTCUSDT.P',
  interval: '5',
  sentAt: T0 + TF_MS,
};
/** A short warm-up, so that scenes fit on the page. */
const QUICK: Params = {
  ...DEFAULT_DETECTOR_PARAMS,
  atrLength: 5,
  volumeBaselineBars: 10,
  legBars: 4,
  heartbeatBars: 0,
};
const NO_WEIGHTS: Params['weights'] = {
  volume: 0,
  wick: 0,
  reclaim: 0,
  rsi: 0,
  oi: 0,
  leg: 0,
  climax: 0,
  close: 0,
  higher: 0,
  funding: 0,
};
type Row = [o: number, h: number, l: number, c: number, v: number];
const bars = (rows: readonly Row[]): Candle[] =>
  rows.map(([o, h, l, c, v], i) => ({ t: T0 + i * TF_MS, o, h, l, c, v }));
const events = (
  params: Params,
  candles: readonly Candle[],
  oi?: readonly (number | null)[],
): DetectorEvent[] => {
  const detector = createDetector(params, CHART);
  return candles.flatMap((candle, i) => [...detector.push(candle, oi?.[i] ?? null)]);
};
const cascadesOf = (all: readonly DetectorEvent[]): CascadeEvent[] =>
  all.filter((e): e is CascadeEvent => e.kind !== 'heartbeat');

const known = (x: number | null | undefined): number => x ?? NaN;

/** Twenty quiet bars with a range of 1 (so the ATR is 1) and a volume of 10. */
const QUIET: Row[] = Array.from({ length: 20 }, (_, i) =>
  i % 2 === 0 ? [100, 100.5, 99.5, 100.2, 10] : [100.2, 100.6, 99.6, 100, 10],
);
/** Down 8 on rising volume, a long lower wick, then back up. */
const FLUSH: Row[] = [
  [100, 100, 97, 97, 30],
  [97, 97, 92, 95, 80],
  [95, 96, 93, 95.5, 20],
  [95.5, 98, 95, 97.5, 15],
];
const flip = (x: number): number => Number((200 - x).toFixed(6));
const mirror = (rows: readonly Row[]): Row[] =>
  rows.map(([o, h, l, c, v]) => [flip(o), flip(l), flip(h), flip(c), v]);
const kindsOf = (params: Partial<Params>, rows: Row[] = [...QUIET, ...FLUSH]): string[] =>
  cascadesOf(events({ ...QUICK, ...params }, bars(rows))).map((e) => e.kind.slice(8));
/** Heartbeats as bar numbers. */
const beatsOf = (candles: readonly Candle[], heartbeatBars: number): number[] =>
  events({ ...QUICK, heartbeatBars }, candles)
    .filter((e) => e.kind === 'heartbeat')
    .map((e) => (e.barTime - T0) / TF_MS);

describe('one cascade', () => {
  const found = cascadesOf(events(QUICK, bars([...QUIET, ...FLUSH])));

  test('starts, is exhausted and snaps back on the bars it should', () => {
    expect(found.map((e) => [e.kind, e.side, (e.barTime - T0) / TF_MS])).toEqual([
      ['cascade.start', 'long', 21],
      ['cascade.exhaustion', 'long', 22],
      ['cascade.snapback', 'long', 23],
    ]);
  });

  test('carries the numbers, worked out by hand', () => {
    const origin = 100.6; // highest high of the last four bars when it started
    expect(found[1]).toMatchObject({ close: 95.5, high: 96, low: 93, atr: 1 });
    expect(found[1]?.cascade).toMatchObject({
      startTime: T0 + 21 * TF_MS,
      extreme: 92,
      bars: 1,
      oiChangePct: null,
    });
    expect(found[1]?.cascade.movePct).toBeCloseTo((100 * (92 - origin)) / origin, 9);
    // Busiest bar: 80 against nine bars of 10 and one of 30.
    expect(found[1]?.cascade.volumeRatio).toBeCloseTo(80 / 12, 9);
  });

  test('scores as the formula says', () => {
    const fRsi = Math.min(1, Math.max(0, (35 - known(found[1]?.cascade.rsi)) / 20));
    // volume 20 of a peak of 80 has decayed past 0.6; the wick is 3 of 5; 3.5 of 8.6 is won back: all full.
    expect(found[1]?.score).toBeCloseTo((100 * (25 + 20 + 30 + 10 * fRsi)) / 85, 9);
    expect(found[0]?.score).toBeNull();
    expect(found[2]?.score).toBe(found[1]?.score);
  });

  test('mirrored, is the mirrored cascade', () => {
    const mirrored = cascadesOf(events(QUICK, bars(mirror([...QUIET, ...FLUSH]))));
    expect(mirrored.map((e) => [e.kind, e.side, e.barTime])).toEqual(
      found.map((e) => [e.kind, 'short', e.barTime]),
    );
    expect(mirrored[1]?.cascade.extreme).toBe(108);
    expect(mirrored[1]?.score).toBeCloseTo(known(found[1]?.score), 6);
  });
});

describe('each part of the score, alone', () => {
  // A leg of 8.6 ATR; the busiest bar 80 / 12 of the baseline, the exhaustion's bar 20 of 80; wick 3 of 5; won back
  // 3.5 of 8.6; the exhaustion's bar closes 2.5 above its low of a range of 3.
  const scene = [...QUIET, ...QUIET, ...QUIET, ...FLUSH];
  const score = (part: keyof Params['weights'], params: Partial<Params>): number => {
    const detector = createDetector(
      { ...QUICK, scoreMin: 0, ...params, weights: { ...NO_WEIGHTS, [part]: 7 } },
      CHART,
    );
    const all = bars(scene).flatMap((k, i) => [...detector.push(k, i < 58 ? 1000 : 994, -0.012)]);
    return known(cascadesOf(all).find((e) => e.kind === 'cascade.exhaustion')?.score);
  };
  /** Closes of the 15 minute bars that are closed when the exhaustion's bar is (bar 62: in the 21st of them). */
  const higherCloses = bars(scene)
    .filter((_, i) => i % 3 === 2 && i < 60)
    .map((k) => k.c);
  const step = rsi(14);
  const higherRsi = higherCloses.map((c) => step(c)).at(-1) ?? NaN;

  test.each<[keyof Params['weights'], Partial<Params>, number]>([
    ['volume', { volumeDecay: 0 }, 0.75],
    ['wick', { rejectionWick: 0.8 }, 0.75],
    ['reclaim', { reclaimMin: 0.25 }, 1],
    ['oi', { oiDropPct: 1.2 }, 0.5],
    ['leg', { legAtrMin: 6 }, 8.6 / 6 - 1],
    ['climax', { volumeSurgeMin: 5 }, 80 / 12 / 5 - 1],
    ['close', {}, 2.5 / 3],
    ['higher', { higherInterval: '15' }, Math.min(1, Math.max(0, (50 - higherRsi) / 20))],
    ['funding', { fundingExtreme: 0.03 }, 0.4],
  ])('%s', (part, params, expected) => {
    expect(score(part, params)).toBeCloseTo(100 * expected, 6);
  });
  test('the scene tells the higher timeframe apart', () => {
    expect(higherRsi).toBeGreaterThan(30);
    expect(higherRsi).toBeLessThan(50);
  });
  test('a higher timeframe that is not known yet leaves no part to weigh', () =>
    expect(score('higher', { higherInterval: '240' })).toBe(0));
});

describe('each condition is needed', () => {
  const all = ['start', 'exhaustion', 'snapback'];

  test('as it stands', () => expect(kindsOf({})).toEqual(all));
  test('a leg too short in ATR', () => expect(kindsOf({ legAtrMin: 9 })).toEqual([]));
  test('a leg too short in percent', () => expect(kindsOf({ legPctMin: 8.6 })).toEqual([]));
  test('a leg long enough in percent', () => expect(kindsOf({ legPctMin: 8.5 })).toEqual(all));
  test('too little volume', () => expect(kindsOf({ volumeSurgeMin: 7 })).toEqual([]));
  test('a score too low', () =>
    expect(kindsOf({ scoreMin: 100, weights: { ...QUICK.weights, rsi: 100 } })).toEqual(['start']));
  test('too little won back', () => expect(kindsOf({ reclaimMin: 0.7 })).toEqual(['start']));
  test('too little won back at first', () =>
    expect(kindsOf({ reclaimMin: 0.5 })).toEqual(['start', 'exhaustion']));
  test('no snap-back yet', () => expect(kindsOf({ snapbackMin: 0.7 })).toEqual(['start', 'exhaustion']));
  test('start not asked for', () =>
    expect(kindsOf({ alertOnStart: false })).toEqual(['exhaustion', 'snapback']));
  test('snap-back not asked for', () =>
    expect(kindsOf({ alertOnSnapback: false })).toEqual(['start', 'exhaustion']));
  test('a bar that has not turned', () => {
    const rows = FLUSH.map((r, i): Row => (i === 2 ? [96, 96, 93, 95.5, 20] : r));
    expect(kindsOf({}, [...QUIET, ...rows])).toEqual(['start', 'exhaustion']);
  });
  test('all weights off: never exhausted', () => expect(kindsOf({ weights: NO_WEIGHTS })).toEqual(['start']));
});

test('a cascade is forgotten so many bars after its extreme, and never fires after that', () => {
  const idle: Row[] = Array.from({ length: QUICK.forgetBars }, () => [93, 93.5, 92.5, 92.9, 20]);
  const late: Row = [93, 98, 93, 97.5, 15];
  const kinds = (rows: Row[]): string[] =>
    cascadesOf(events(QUICK, bars([...QUIET, ...FLUSH.slice(0, 2), ...rows]))).map((e) => e.kind);
  expect(kinds([...idle.slice(1), late])).toEqual(['cascade.start', 'cascade.exhaustion']);
  expect(kinds([...idle, late])).toEqual(['cascade.start']);
});

test('however price runs, what is after an exhaustion lasts the bars it is given, and no longer', () => {
  let longest = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 2, max: 20 }), (seed, forgetBars) => {
      const detector = createDetector({ ...DEFAULT_DETECTOR_PARAMS, forgetBars }, CHART);
      let since: number | null = null;
      syntheticTape(seed, 400, false).candles.forEach((k, i) => {
        const fired = detector.push(k).some((e) => e.kind === 'cascade.exhaustion');
        if (fired) since = i;
        if (detector.current()?.phase !== 'after') since = null;
        const lasted = since === null ? 0 : i - since;
        expect(lasted).toBeLessThanOrEqual(forgetBars);
        longest = Math.max(longest, lasted / forgetBars);
      });
    }),
    { numRuns: 40 },
  );
  expect(longest).toBe(1);
});

describe('a cascade does not outlive its welcome', () => {
  /** Creeps down 0.01 a bar after the exhaustion: new extremes for ever, on little volume. */
  const creep = (n: number): Row[] =>
    Array.from({ length: n }, (_, i): Row => {
      const low = 91.9 - i / 100;
      return [low + 0.3, low + 0.6, low, low + 0.2, 10];
    });
  const second: Row[] = [
    [91, 91, 86, 86, 60],
    [86, 86, 78, 82, 160],
    [82, 84, 80, 83.5, 20],
  ];
  const sent = (rows: readonly Row[]): [kind: string, side: string, bar: number][] =>
    cascadesOf(events(QUICK, bars([...QUIET, ...FLUSH.slice(0, 3), ...rows]))).map((e) => [
      e.kind.slice(8),
      e.side,
      (e.barTime - T0) / TF_MS - QUIET.length,
    ]);
  const first = [
    ['start', 'long', 1],
    ['exhaustion', 'long', 2],
  ];

  test('an exhausted one ends even while it creeps to new extremes: the next flush is seen', () => {
    expect(sent([...creep(30), ...second])).toEqual([
      ...first,
      ['start', 'long', 33],
      ['exhaustion', 'long', 35],
    ]);
  });
  test('it ends that many bars after the exhaustion, not a bar sooner', () => {
    const startOn = (quiet: number): unknown => sent([...creep(quiet), ...second])[2]?.slice(0, 3);
    // The first bar of the second flush is bar 3 + quiet: in force up to bar 2 + forgetBars.
    expect(startOn(QUICK.forgetBars)).toEqual(['start', 'long', 3 + QUICK.forgetBars]);
    expect(startOn(QUICK.forgetBars - 1)).toEqual(['start', 'long', 3 + QUICK.forgetBars]);
    expect(startOn(QUICK.forgetBars - 3)).toBeUndefined();
  });
  test('a squeeze past its origin ends it, and is a cascade of the other side', () => {
    const squeeze: Row[] = [
      [95.5, 98, 95, 97.5, 60],
      [97.5, 109, 97.5, 108, 160],
    ];
    expect(sent(squeeze)).toEqual([...first, ['snapback', 'long', 3], ['start', 'short', 4]]);
  });
  test('a snap-back that stays below the origin does not', () => {
    const rebound: Row[] = [
      [95.5, 98, 95, 97.5, 60],
      [97.5, 100.5, 97.5, 100.4, 160],
    ];
    expect(sent(rebound)).toEqual([...first, ['snapback', 'long', 3]]);
  });
  test('the exit hint comes before the squeeze that gives it', () => {
    const jump: Row[] = [
      [95.5, 109, 95, 108, 160],
      [108, 112, 108, 111, 160],
    ];
    expect(sent(jump)).toEqual([...first, ['snapback', 'long', 3], ['start', 'short', 4]]);
  });
});

test('open interest raises or lowers the score, and only when it is used', () => {
  const rows = [...QUIET, ...FLUSH];
  const oi = rows.map((_, i) => (i < 20 ? 1000 : 990 - i));
  const score = (params: Params, series?: number[]): number =>
    known(cascadesOf(events(params, bars(rows), series))[1]?.score);
  const without = score(QUICK);
  expect(score(QUICK, oi)).toBeGreaterThan(without);
  expect(
    score(
      QUICK,
      oi.map((x) => 2000 - x),
    ),
  ).toBeLessThan(without);
  expect(score({ ...QUICK, useOi: false }, oi)).toBe(without);
  const event = cascadesOf(events(QUICK, bars(rows), oi))[1];
  expect(event?.cascade.oiChangePct).toBeCloseTo((100 * (990 - 22 - 1000)) / 1000, 9);
});

describe('heartbeat', () => {
  test('comes on the first bar of each slot of UTC time', () =>
    expect(beatsOf(bars(QUIET), 6)).toEqual([6, 12, 18]));
  test('is not lost with a missing bar, nor doubled', () =>
    expect(
      beatsOf(
        bars(QUIET).filter((_, i) => i !== 12),
        6,
      ),
    ).toEqual([6, 13, 18]));
  test('can be off', () => expect(beatsOf(bars(QUIET), 0)).toEqual([]));
});

test('a bar that is not one is ignored', () => {
  const good = bars([...QUIET, ...FLUSH]);
  const spoilt = good.flatMap((k) => [
    k,
    k,
    { ...k, t: k.t - TF_MS },
    { ...k, t: k.t + 1, h: NaN },
    { ...k, t: k.t + 1, l: 0 },
    { ...k, t: k.t + 1, h: Infinity },
    { ...k, t: k.t + 1, c: k.h + 1 },
    { ...k, t: k.t + 1, v: -1 },
    { ...k, t: k.t + 1, v: NaN },
    { ...k, t: NaN },
  ]);
  expect(events(QUICK, spoilt)).toEqual(events(QUICK, good));
});

test('the default parameters keep their own bounds', () => {
  expect(DetectorParams.safeParse(DEFAULT_DETECTOR_PARAMS).success).toBe(true);
});

/** Anything within a hundredfold range of prices and a thousandfold one of open interest: beyond that is no market. */
const anyCandle = fc
  .record({
    o: fc.double({ min: 200, max: 5000, noNaN: true }),
    c: fc.double({ min: 200, max: 5000, noNaN: true }),
    up: fc.double({ min: 0, max: 1, noNaN: true }),
    down: fc.double({ min: 0, max: 0.5, noNaN: true }),
    v: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1e5, noNaN: true })),
    oi: fc.oneof(fc.constantFrom(null, NaN, 0, -1, Infinity), fc.double({ min: 1e3, max: 1e6, noNaN: true })),
  })
  .map(({ o, c, up, down, v, oi }) => ({
    o,
    c,
    h: Math.max(o, c) * (1 + up),
    l: Math.min(o, c) * (1 - down),
    v,
    oi,
  }));

test('whatever the market does, what is sent is a valid alert', () => {
  const wild: Params = {
    ...QUICK,
    legAtrMin: 0.5,
    volumeSurgeMin: 0,
    scoreMin: 0,
    reclaimMin: 0.05,
    heartbeatBars: 5,
  };
  let seen = 0;
  fc.assert(
    fc.property(
      fc.array(anyCandle, { minLength: 20, maxLength: 60 }),
      fc.constantFrom(1e-4, 1, 1e4),
      fc.constantFrom(null, 0.001, 0.5),
      (ks, scale, mintick) => {
        const detector = createDetector(wild, { intervalMs: TF_MS, mintick });
        ks.forEach(({ o, h, l, c, v, oi }, i) => {
          const candle = { t: T0 + i * TF_MS, o: o * scale, h: h * scale, l: l * scale, c: c * scale, v };
          for (const event of detector.push(candle, oi)) {
            const alert = toAlert(event, HEAD);
            const parsed = Alert.safeParse(alert);
            expect(parsed.error?.issues).toBeUndefined();
            expect(parsed.data).toEqual(alert);
            seen += 1;
          }
        });
      },
    ),
  );
  expect(seen).toBeGreaterThan(100);
});

test('both sides and every kind of its own occur on a synthetic tape', () => {
  const { candles, oi } = syntheticTape(7, 1500, true);
  const kinds = new Set(
    events({ ...DEFAULT_DETECTOR_PARAMS }, candles, oi ?? undefined).map(
      (e) => `${e.kind} ${'side' in e ? e.side : ''}`,
    ),
  );
  expect([...kinds].sort()).toEqual([
    'cascade.exhaustion long',
    'cascade.exhaustion short',
    'cascade.snapback long',
    'cascade.snapback short',
    'cascade.start long',
    'cascade.start short',
    'heartbeat ',
  ]);
});

test('current() tells the phase: nothing before, during until exhaustion, after until forgotten', () => {
  const detector = createDetector(QUICK, CHART);
  const phases = bars([...QUIET, ...FLUSH]).map((k) => {
    detector.push(k);
    return detector.current()?.phase ?? 'before';
  });
  expect(phases.slice(-5)).toEqual(['before', 'before', 'during', 'after', 'after']);
});

test('roundToMintick rounds half a step up and leaves no binary dust', () => {
  expect([
    roundToMintick(104582.94, 0.1),
    roundToMintick(0.25, 0.1),
    roundToMintick(3.3, 0.5),
    roundToMintick(1e-7, 1e-8),
    roundToMintick(0.004, 0.01),
    roundToMintick(1.23456789, null),
  ]).toEqual([104582.9, 0.3, 3.5, 1e-7, 0, 1.23456789]);
});

test('a price that would be sent as 0 sends nothing', () => {
  const tiny = bars([...QUIET, ...FLUSH]).map((k) => ({
    ...k,
    o: k.o / 1e4,
    h: k.h / 1e4,
    l: k.l / 1e4,
    c: k.c / 1e4,
  }));
  const detector = createDetector({ ...QUICK, heartbeatBars: 1 }, { intervalMs: TF_MS, mintick: 0.1 });
  expect(tiny.flatMap((k) => [...detector.push(k)])).toEqual([]);
});

const rounded = (all: DetectorEvent[]): unknown =>
  JSON.parse(
    JSON.stringify(all, (_key, v: unknown) =>
      typeof v === 'number' && v < 1e9 ? Number(v.toPrecision(7)) : v,
    ),
  );

test('a chart that begins elsewhere in the past soon gives the same events with the same numbers', () => {
  const { candles, oi } = syntheticTape(11, 3000, true);
  const from = (start: number): DetectorEvent[] =>
    events(DEFAULT_DETECTOR_PARAMS, candles.slice(start), oi?.slice(start)).filter(
      (e) => e.barTime >= T0 + 1000 * TF_MS,
    );
  const long = from(0);
  expect(cascadesOf(long).length).toBeGreaterThan(80);
  for (const start of [137, 401, 599]) expect(rounded(from(start))).toEqual(rounded(long));
});
