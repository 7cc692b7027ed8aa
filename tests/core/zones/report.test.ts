import type { MarketWide } from '../../../src/core/zones/realised/types.ts';
import { describe, expect, test } from 'vitest';
import type { ReportInput } from '../../../src/core/review/report.ts';
import { coinReport } from '../../../src/core/review/report.ts';
import { reportMarkdown } from '../../../src/core/review/report-markdown.ts';
import type { CoinAccuracy } from '../../../src/core/review/report-accuracy.ts';
import { accuracyDay } from '../../../src/core/review/report-accuracy.ts';
import { realisedView } from '../../../src/core/zones/realised/realised-view.ts';
import type { ScoredDay, ScoreSums } from '../../../src/core/zones/score/score-day.ts';
import { scoreAllDays } from '../../../src/core/zones/score/score-days.ts';
import { signalsOf } from '../../../src/core/zones/signals/signals-of.ts';
import type { ZoneMap } from '../../../src/core/zones/types.ts';
import { bars, mapOf, sweep, T0, zone } from './signals/example-map.ts';

const NOW = T0 + 30_000;
const ZONES = [
  zone('short', 109, 112_800_000),
  zone('short', 400, 20_000_000),
  zone('long', 60, 30_000_000),
  zone('long', 200, 30_000_000),
  zone('long', 521, 226_900_000),
];

function input(map: ZoneMap, over: Partial<ReportInput> = {}): ReportInput {
  const candles = over.candles ?? bars(1_000, (i) => 90 + i / 100);
  return {
    map,
    signals: signalsOf({ map, candles, fundingHourlyFraction: 0, nowMs: NOW }),
    candles,
    feeds: [
      { venue: 'hyperliquid', lastOkMs: NOW - 4_000, message: null },
      { venue: 'binance', lastOkMs: NOW - 5_000, message: null },
      { venue: 'okx', lastOkMs: null, message: 'okx marks: HTTP 451' },
    ],
    dataSource: 'test',
    nowMs: NOW,
    accuracy: null,
    realised: null,
    ratios: [],
    openInterest: [],
    ...over,
  };
}
const utc = (ms: number): string => new Date(ms).toISOString();

describe('key levels', () => {
  test('both sides, highest price first, max pain named, distance signed, priority by USD ÷ distance', () => {
    const { keyLevels } = coinReport(input(mapOf(ZONES)));
    expect(keyLevels.map((l) => [l.kind, Math.round(l.distanceFraction * 10_000), l.priority])).toEqual([
      ['short zone', 400, 'low'],
      // 112.8M ÷ 109 bp is the strongest: 1.03M a bp.
      ['short max pain', 109, 'high'],
      // 30M ÷ 60 bp = 0.5M: 48 % of it.
      ['long zone', -60, 'medium'],
      // 30M ÷ 200 bp = 0.15M: 14 %.
      ['long zone', -200, 'low'],
      // 226.9M ÷ 521 bp = 0.44M: 42 %.
      ['long max pain', -521, 'medium'],
    ]);
  });

  test('at most five a side within 10 %, and max pain wherever it lies', () => {
    const many = [100, 200, 300, 400, 500, 600, 700].map((bps) => zone('long', bps, 1_000));
    const { keyLevels } = coinReport(input(mapOf([...many, zone('long', 2_000, 5_000)])));
    expect(keyLevels.map((l) => Math.round(l.distanceFraction * 10_000))).toEqual([
      -100, -200, -300, -400, -500, -2_000,
    ]);
  });
});

test('magnets and asymmetry', () => {
  const map = mapOf(ZONES, { reachUsd: { long: 50_000_000, short: 100_000_000 } });
  const { magnets } = coinReport(input(map));
  expect(magnets.above).toMatchObject({ kind: 'short max pain' });
  expect(magnets.below).toMatchObject({ kind: 'long zone', notionalUsd: 30_000_000 });
  expect(magnets.asymmetry).toBe(2);
  const empty = coinReport(input(mapOf([], { reachUsd: { long: 0, short: 0 } })));
  expect(empty.magnets).toEqual({ above: null, below: null, asymmetry: null });
});

describe('the last day', () => {
  test('price, turnover, what was swept and the largest of it', () => {
    const sweeps = [sweep('long', 100, 3_000_000), sweep('short', 50, 1_000_000)];
    const { overview } = coinReport(input(mapOf(ZONES, { sweeps })));
    expect(overview.sweptUsd).toEqual({ long: 3_000_000, short: 1_000_000 });
    expect(overview.sweptLongShare).toBe(0.75);
    expect(overview.largestSweep).toEqual({ atMs: T0 - 100 * 300_000, side: 'long', notionalUsd: 3_000_000 });
    // Bar 712 of 0…999 opens the last day, at 97.12; the mark is 100.
    expect(overview.priceChangeFraction).toBeCloseTo(100 / 97.12 - 1, 12);
    expect(overview.turnoverUsd).toBeCloseTo(288 * (97.12 + 99.99) * 0.5, 6);
    expect(overview.state).toBe('normal');
  });

  test('with less than a day of bars it is unknown, not small', () => {
    const { overview } = coinReport(input(mapOf(ZONES), { candles: bars(287, () => 100) }));
    expect(overview).toMatchObject({
      priceChangeFraction: null,
      turnoverUsd: null,
      state: null,
      sweptLongShare: null,
    });
  });
});

describe('cascade risk and the key level', () => {
  test('longs 130 bp apart: high; shorts 281 bp apart: moderate. The level is the near edge of the first long cluster', () => {
    const r = coinReport(input(mapOf(ZONES)));
    expect(r.cascadeRisk.down).toMatchObject({ level: 'high', clusters: 3 });
    expect((r.cascadeRisk.down.gap ?? 0) * 10_000).toBeCloseTo(130, 6);
    expect(r.cascadeRisk.up).toMatchObject({ level: 'moderate', clusters: 2 });
    expect(r.keyLevel?.direction).toBe('down');
    expect(r.keyLevel?.px).toBeCloseTo(99.4, 9);
  });

  test('alike both ways: the nearer one; none stacked: no level', () => {
    const alike = [zone('short', 30, 1), zone('short', 100, 1), zone('long', 60, 1), zone('long', 130, 1)];
    const level = coinReport(input(mapOf(alike))).keyLevel;
    expect(level?.direction).toBe('up');
    expect(level?.px).toBeCloseTo(100.3, 9);
    expect(coinReport(input(mapOf([zone('long', 60, 1)]))).keyLevel).toBeNull();
  });
});

test('sources: in the map with their weight, or why not, and how long ago they were read', () => {
  const map = mapOf(ZONES, { leftOut: [{ venue: 'bybit', why: 'last closed bar is 20 min old' }] });
  expect(coinReport(input(map)).sources).toEqual([
    {
      venue: 'hyperliquid',
      weight: 0.4,
      bars: 1_500,
      scaledBy: 'open-interest',
      ageMs: 4_000,
      problem: null,
    },
    { venue: 'binance', weight: 0.6, bars: 1_500, scaledBy: 'open-interest', ageMs: 5_000, problem: null },
    {
      venue: 'bybit',
      weight: 0,
      bars: 0,
      scaledBy: null,
      ageMs: null,
      problem: 'last closed bar is 20 min old',
    },
    { venue: 'okx', weight: 0, bars: 0, scaledBy: null, ageMs: null, problem: 'okx marks: HTTP 451' },
  ]);
});

describe('where positions stand', () => {
  /** Half of the bars at 100, half at 90. */
  const fall = {
    candles: bars(1_000, (i) => (i < 500 ? 100 : 90)),
    openInterest: [{ tMs: NOW - 1_000, usd: 8_000_000, coins: 88_889 }],
    marginTiers: [{ lowerBoundUsd: 0, maxLeverage: 20 }],
  };
  const map = mapOf(ZONES, { markPx: 90 });

  test('where positions stand: after a fall the shorts of before it, and the longs of after it', () => {
    const { netPosition } = coinReport(input(map, fall));
    const rows = netPosition?.rows ?? [];
    const at = (px: number) => rows.find((r) => r.loPx <= px && px < r.hiPx);
    expect(at(100)?.netShare).toBeLessThan(-0.05);
    expect(at(90)?.netShare).toBeCloseTo(-(at(100)?.netShare ?? 0), 9);
    // Half of 8 million is taken to be liquidatable.
    expect(at(100)?.netUsd).toBeCloseTo((at(100)?.netShare ?? 0) * 4_000_000, 3);
    expect(netPosition).toMatchObject({ bars: 1_000, shortUnderWaterShare: 0, observed: null });
    expect(netPosition?.longUnderWaterShare).toBeCloseTo(at(100)?.longShare ?? 0, 9);
  });

  test('a table of leverage that allows less takes less from it; what is known stands beside', () => {
    const of = (over: Partial<ReportInput>) => coinReport(input(map, { ...fall, ...over })).netPosition;
    const least = (p: ReturnType<typeof of>) => Math.min(...(p?.rows ?? []).map((r) => r.netShare));
    const slow = of({ marginTiers: [{ lowerBoundUsd: 0, maxLeverage: 3 }] });
    expect(least(slow)).toBeGreaterThan(least(of({})) + 0.02);
    const entries = { px: [90, 100], longUsd: [3, 1], shortUsd: [0, 5] };
    const known = of({ entries });
    expect(known?.observed).toEqual({ longUsd: 4, shortUsd: 5 });
    expect(known?.rows.at(-1)?.observedNetShare).toBeCloseTo(0.25 - 1, 9);
  });

  test('is told with what it rests on: USD only with open interest, and nothing without bars', () => {
    const page = (over: Partial<ReportInput>) => reportMarkdown(coinReport(input(map, over)), utc);
    const text = page(fall);
    expect(text).toContain('an **estimate** from 1000 bars of Hyperliquid');
    expect(text).toMatch(
      /\| 99\.\d+ – 100\.\d+ \| \d+\.\d\d % \| \d+\.\d\d % \| -\d+\.\d\d % \| −\$\d+\.\dk \| – \|/,
    );
    expect(text).toContain('No entries of both sides are known');
    expect(page({ ...fall, openInterest: [] })).toMatch(/\| -\d+\.\d\d % \| – \| – \|/);
    expect(page({ candles: [] })).toContain('Not known: there are no bars of Hyperliquid.');
    expect(page({ candles: bars(9, () => 100) })).toContain('Nowhere does one side stand out');
    const entries = { px: [90], longUsd: [2_500], shortUsd: [1_000] };
    expect(page({ ...fall, entries })).toContain('Known entries: $2.5k of longs, $1.0k of shorts');
  });
});

describe('as a page', () => {
  const page = (
    over: Partial<ReportInput> = {},
    map = mapOf(ZONES, { sweeps: [sweep('long', 2, 40_000, 99)] }),
  ) => reportMarkdown(coinReport(input(map, over)), utc);

  test('has every section, and says what is estimated and what is not known', () => {
    const text = page();
    expect([...text.matchAll(/^#+ .*$/gm)].map((m) => m[0])).toEqual([
      '# BTC liquidation report, 2025-10-10T00:00:30.000Z',
      '## Last 24 hours',
      '## Realised liquidations',
      '## Key levels',
      '## From the mark outwards',
      '## Where positions stand',
      '## Magnets',
      '## Cascade risk',
      '## Recent support and resistance',
      '## Bias',
      '## Accuracy',
      '## Sources',
    ]);
    expect(text).toContain('**estimates**');
    expect(text).toContain('| short max pain | $112.8M | +1.09 % | high |');
    expect(text).toContain('- Down: **high**, 3 cluster(s) within 5.31 %, closest 1.30 % apart');
    expect(text).toContain('support 99.0000');
    expect(text).toContain('| okx | 0.00 % | 0 | – | never read | okx marks: HTTP 451 |');
    expect(text).toContain('Not known: long/short account ratio');
    expect(text).toContain('Nobody scores the map here.');
    expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
  });

  test('accuracy: the map beside every baseline, days without a score with their reason, a made-up market named', () => {
    const sums = (partial: number): ScoreSums => ({
      units: 4,
      rows: 60,
      rho: { n: 4, sum: 2 },
      partialRho: { n: 4, sum: 4 * partial },
      auc: { n: 4, sum: 3 },
      captureTop25: { n: 4, sum: 2 },
    });
    const day = (n: number, over: Partial<ScoredDay> = {}): ScoredDay => ({
      coin: 'BTC',
      dayMs: Date.UTC(2025, 9, n),
      map: 'a',
      heardFraction: 0.999,
      liquidations: 512,
      bars: { day: 288, before: 864 },
      venues: ['hyperliquid', 'binance'],
      notEnough: null,
      windows: {
        '1h': {
          model: sums(0.31),
          heat: sums(0.3),
          distance: sums(0),
          unswept: sums(-0.2),
          uniform: sums(0),
        },
      },
      ...over,
    });
    const days = [
      day(10, { notEnough: { code: 'not-heard', message: '31 % of the day' }, windows: {} }),
      ...[9, 8, 7, 6, 5].map((n) => day(n)),
      day(4, { map: 'b' }),
    ];
    const accuracy: CoinAccuracy = {
      isMadeUp: true,
      map: 'a',
      nextAtMs: Date.UTC(2025, 9, 12, 0, 10),
      windows: scoreAllDays(days.filter((d) => d.map === 'a')),
      days: days.map(accuracyDay),
    };
    const text = page({ accuracy });
    expect(text).toContain('1 h, 0.1 %: 5 day(s), 20 series, 300 prices');
    expect(text).toContain('| **this map** | 0.310 | 0.310 – 0.310 | 0.310 | 0.750 | 0.500 |');
    expect(text).toContain('| range not visited for 24 h | −0.200 |');
    expect(text).not.toContain('4 h, 0.25 %');
    expect(text).toContain('- 2025-10-10: no score (not-heard): 31 % of the day');
    expect(text).toContain(
      '- 2025-10-09: partial ρ 1h 0.310 (4 series); 512 liquidations in 99 % of the day',
    );
    expect(text).toMatch(/- 2025-10-04: .*; an earlier map, not in the means/);
    expect(text).toContain('Next day scored: 2025-10-12T00:10');
    expect(text).toContain('**A made-up market**');
    expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
    const none = page({ accuracy: { ...accuracy, isMadeUp: false, windows: scoreAllDays([]), days: [] } });
    expect(none).toContain('No day has a score yet.');
    expect(none).not.toContain('made-up');
  });

  test('an empty map is an empty page without holes', () => {
    const text = page(
      { candles: [] },
      mapOf([], { totalUsd: { long: 0, short: 0 }, reachUsd: { long: 0, short: 0 } }),
    );
    expect(text).toContain('None within reach.');
    expect(text).toContain('Key level: none');
    expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
  });
});

test('health of streams and charts is no source of the map', () => {
  const feeds = ['hyperliquid', 'bybit liquidations', 'max-pain BTC 5'].map((venue) => ({
    venue,
    lastOkMs: NOW,
    message: null,
  }));
  expect(coinReport(input(mapOf(ZONES), { feeds })).sources.map((s) => s.venue)).not.toContain(
    'bybit liquidations',
  );
});

describe('what venues reported', () => {
  const HOUR = 3_600_000;
  const view = realisedView({
    coin: 'BTC',
    nowMs: NOW,
    recent: [
      {
        venue: 'bybit',
        coin: 'BTC',
        side: 'short',
        px: 101,
        sz: 10_000,
        notionalUsd: 1_010_000,
        timeMs: NOW - 5 * HOUR,
      },
      {
        venue: 'okx',
        coin: 'BTC',
        side: 'long',
        px: 99,
        sz: 90_909,
        notionalUsd: 9_000_000,
        timeMs: NOW - 2 * 60_000,
      },
    ],
    recentFromMs: Number.NEGATIVE_INFINITY,
    buckets: [
      ...[1, 2, 3, 4].map((day) => ({
        tMs: NOW - 30_000 - day * 24 * HOUR,
        side: 'long' as const,
        usd: 2e6,
        count: 1,
        px: 90,
        loPx: 90,
        hiPx: 90,
        largestUsd: 2e6,
      })),
      { tMs: NOW - 30_000, side: 'long', usd: 9e6, count: 1, px: 99, loPx: 98, hiPx: 100, largestUsd: 9e6 },
    ],
    spans: [
      { venue: 'bybit', fromMs: NOW - 5 * 24 * HOUR, toMs: NOW },
      { venue: 'okx', fromMs: NOW - 12 * HOUR, toMs: NOW },
    ],
    openInterest: [],
  });
  const over: Partial<ReportInput> = {
    realised: view,
    ratios: [
      { venue: 'binance', tMs: NOW - HOUR, longAccountFraction: 0.5 },
      { venue: 'binance', tMs: NOW, longAccountFraction: 0.66 },
    ],
    openInterest: [
      { tMs: NOW - HOUR, usd: 200e6, coins: 2_000_000 },
      { tMs: NOW, usd: 150e6, coins: 1_900_000 },
    ],
  };

  test('stands beside the estimates, with its state, pace, level, positioning', () => {
    const r = coinReport(input(mapOf(ZONES), over));
    expect(r.realised?.windows['24h']).toMatchObject({ longUsd: 9_000_000, shortUsd: 1_010_000 });
    expect(r.realised?.velocity.long?.state).toBe('accelerating');
    expect(r.realised?.state?.state).toBe('extreme');
    expect(r.accountRatios).toEqual([{ venue: 'binance', tMs: NOW, longAccountFraction: 0.66 }]);
    expect(r.openInterest).toEqual({
      usd: 150e6,
      changeFraction: { '1h': expect.closeTo(-0.05, 9), '4h': null, '24h': null },
    });
    expect(r.notAvailable.map((n) => n.signal).join()).not.toMatch(/^realised|open-interest|long\/short/);
    const text = reportMarkdown(r, utc);
    expect(text).toContain('- 24 h: $9.0M of longs, $1.0M of shorts (89.91 % long), 2 reports; **extreme**');
    expect(text).toContain('$9.0M long at 99.0000 on okx');
    expect(text).toContain('bybit 100.00 %, okx 50.00 % of the 24 h. Sums are lower bounds');
    expect(text).toContain('- Pace of longs: $1.8M a minute (accelerating)');
    expect(text).toContain('- Realised support 99.0000 (98.0000 – 100.000)');
    expect(text).toContain('in coins -5.00 % in 1 h, unknown in 4 h');
    expect(text).toContain('- Accounts that are long: binance 66.00 % (accounts, not size)');
  });

  test('the whole market beside the coin: its state by USD, or how much of the day was heard', () => {
    const wide = { usd: 310e6, longUsd: 300e6, shortUsd: 10e6, coins: 18, heardFraction: 1, state: 'elevated' } as const;
    const of = (marketWide: MarketWide) => reportMarkdown(coinReport({ ...input(mapOf(ZONES), over), marketWide }), utc);
    expect(of(wide)).toContain('- Market-wide, 18 coins, 24 h: $300.0M of longs, $10.0M of shorts, at least; **elevated** by USD');
    expect(of({ ...wide, heardFraction: 0.25, state: null })).toContain('only 25.00 % of the day was listened to: no state is named');
    expect(coinReport(input(mapOf(ZONES), over)).marketWide).toBeNull();
  }); // prettier-ignore

  test('without it: said, never shown as calm', () => {
    const text = reportMarkdown(coinReport(input(mapOf(ZONES))), utc);
    expect(text).toContain('no liquidation stream was heard within 24 hours');
    expect(text).toContain('Not known: realised liquidations');
  });
});
