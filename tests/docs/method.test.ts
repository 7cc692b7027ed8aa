// Every formula, threshold and report field of the zone method, and the test that works it out with numbers.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { coinReport } from '../../src/core/review/report.ts';
import { realisedView } from '../../src/core/zones/realised/realised-view.ts';
import { signalsOf } from '../../src/core/zones/signals/signals-of.ts';
import { SIGNAL_THRESHOLDS } from '../../src/core/zones/signals/thresholds.ts';
import { bars, mapOf, T0 } from '../core/zones/signals/example-map.ts';
import { read, ROOT } from './markdown.ts';

const Z = 'tests/core/zones';
const FILES = {
  profile: 'tests/core/zones/cumulative-profile.test.ts',
  px: `${Z}/liquidation-px.test.ts`,
  example: `${Z}/method-examples.test.ts`,
  kernel: `${Z}/leverage-kernel.test.ts`,
  engine: `${Z}/map-engine.test.ts`,
  map: `${Z}/build-zone-map.test.ts`,
  clusters: `${Z}/clusters.test.ts`,
  swept: `${Z}/swept-since.test.ts`,
  netPosition: `${Z}/net-position-delta.test.ts`,
  market: `${Z}/signals/market-now.test.ts`,
  heatmap: `${Z}/heatmap.test.ts`,
  blend: `${Z}/blend-observed.test.ts`,
  signals: `${Z}/signals/signals.test.ts`,
  flow: `${Z}/signals/flow-signals.test.ts`,
  minutes: `${Z}/signals/minutes.test.ts`,
  realised: `${Z}/realised/realised.test.ts`,
  washout: `${Z}/realised/washout.test.ts`,
  report: `${Z}/report.test.ts`,
  ranks: `${Z}/score/rank-statistics.test.ts`,
  score: `${Z}/score/score.test.ts`,
  phase: 'tests/core/decide/cascade-phase.test.ts',
  fading: 'tests/core/decide/fading.test.ts',
  venues: 'tests/shell/market',
} as const;
type Proof = readonly [file: keyof typeof FILES | `${keyof typeof FILES}/${string}`, title: string];

/** Formulas and rules of the method in its own order. */
const FORMULAS: Readonly<Record<string, Proof>> = {
  'liquidation price, linear, isolated': ['px', '20x, 0.4 %'],
  'liquidation price with a maintenance amount': [
    'px',
    'Binance BTC, 5 coins at 60,000, 50x: second step, cum 50',
  ],
  'liquidation price to first order': ['example', '65,000 at 10x, 0.5 %: 58,793.97 and 71,144.28'],
  'distance by leverage, 2x to 100x': ['example', '%dx without maintenance is closed %d of the price away'],
  'maintenance amount follows from the steps': ['px', 'Binance BTC cum follows from the steps'],
  'maintenance rate of Hyperliquid = half the rate of its maximum leverage': ['px', 'Hyperliquid BTC at 40x'],
  'deduction of Hyperliquid': ['px', 'Hyperliquid deductions follow from the steps'],
  'liquidation price from any mark': [
    'px',
    "Hyperliquid's own form gives the same price from any mark on the way",
  ],
  'seed share from standing share and half-life': ['kernel', 'what leaves sooner must arrive oftener'],
  'maximum leverage caps the mix': ['kernel', 'leverage above the maximum becomes the maximum'],
  'price grid': ['example', 'the grid: 2,304 buckets a decade, 0.09999 % each'],
  'both sides get the full turnover': ['engine', 'one bar at 100 with 20x and 0.4 % puts both sides'],
  'anchors .45, .275, .275': ['example', 'turnover of a bar: 45 % at its close'],
  'kernel distance': ['kernel', '20x under 0.4 % is liquidated at 0.953815 and 1.045817 of entry'],
  decay: ['engine', 'mass halves in a half-life'],
  'sweep rule': ['engine', 'a later low takes the long levels it reaches and says so; the shorts stay'],
  'causality of a bar': ['engine', 'a bar does not sweep its own levels, the next one does'],
  'no sweeping, as a control': ['engine', 'negative control: without sweeping'],
  'scale to one-sided open interest': [
    'map',
    'each side adds up to the liquidatable share of one-sided open interest',
  ],
  'a venue without open interest': [
    'map',
    'a venue without open interest gets as much per turnover as the others',
  ],
  'venues weighted by open interest': ['map', 'weights follow open interest, whatever the turnover'],
  'levels shifted by the ratio of marks': ['map', 'levels move by the ratio of the marks'],
  'clusters: smoothing and half height': ['clusters', 'one spike spreads to 1-4-6-4-1 sixteenths'],
  'clusters: prominence': ['clusters', 'a bump below 15 % of the highest peak is no cluster'],
  'zone: edges, peak, USD, share, distance': ['map', 'a level at −5 % and +5 %: one zone a side'],
  'max pain, absent without a level': ['map', 'a side without a level is null'],
  'cumulative mass and its delta': ['profile', 'mass from the mark outwards, and its difference, by hand'],
  'net position delta by entry price': [
    'netPosition',
    'a fall closes longs that were opened above: −.125 at 100',
  ],
  'consumed share': ['swept', 'counts the side that was swept, from the bar asked for on'],
  'heatmap, price × time': [
    'heatmap',
    'the fall empties the longs it went through, at that time and no earlier',
  ],
  'observed and estimated, blended by coverage': ['blend', 'worked example: 400 of 1,000 known'],
  'ΔL, ratio, largest single, concentration': [
    'realised',
    '300 of longs, 100 of shorts: ΔL 200, ratio 3, largest 200',
  ],
  'velocity and its decay': ['realised', '1, 10, 3, 2 million: 0.4 M a minute after 0.6, peak 2 M, fading'],
  '24 h state against the coin’s own days': [
    'realised',
    'days of 1 to 4 and now 50: above all of its history but today',
  ],
  '24 h state of the market, USD': ['realised', 'market-wide %d USD is %s'],
  'support and resistance after an event': [
    'realised',
    'three usual days of longs in one event leave support of strength 0.75',
  ],
  'open interest after the event': ['washout', '1,000 at the start, 1,040 at the high, 988 now'],
  'washout thresholds by coin': ['washout', 'thresholds: 2 % for BTC and ETH, 5 % for the others'],
  'funding flips after a flush': ['washout', 'liquidated %ss, funding %d → %d an hour: %s'],
  'card of the report: usd ÷ distance': ['report', 'priority by USD ÷ distance'],
  'how many coins cascade at once': [
    'market',
    'counts whose closing runs on how many coins; those come first, then fading ones',
  ],
  'agreement raises confidence': ['signals', 'they agree, and confidence is 1.25 × the mean bias'],
  'disagreement is no trade': ['signals', 'conflicted, no confidence'],
  'before, during, after': ['phase', 'says what it rests on'],
  'exit by distance to the opposite zone and deceleration': [
    'fading',
    'in profit, near the opposite zone, and spent',
  ],
  'partial rank correlation': ['example', 'partial rank correlation: .8 with each other'],
  'AUC, ties': ['ranks', 'worked example, a tie counts half'],
  'top quarter, ties shared out': ['ranks', 'the best quarter of the rows, ties shared out'],
  'hourly protocol: 240 bars only feed the map': ['score', '240 bars only feed it'],
  'fills protocol': [
    'score',
    'one unit: fills in their buckets, model asked bucket by bucket with the past alone',
  ],
  'OKX contracts × value': ['venues/okx.test.ts', 'contracts made coins made USD; kPEPE in thousands'],
  'Bybit open interest of both sides, halved': [
    'venues/bybit.test.ts',
    'open interest is one side only: 2,000 coins of the 4,000 both sides make',
  ],
  'which side a liquidation names': [
    'venues/liquidation-stream.test.ts',
    'Buy: a long was liquidated, Sell: a short',
  ],
};

/** Where each threshold of the signals is tried on both of its sides. */
const THRESHOLDS: Readonly<Record<keyof typeof SIGNAL_THRESHOLDS, Proof>> = {
  magnetRatio: ['signals', 'exactly twice is balanced, a dollar more pulls'],
  gapHigh: ['signals', 'a gap of %d bp is %s'],
  gapModerate: ['signals', 'a gap of %d bp is %s'],
  proximityBps: ['signals', 'zone proximity: a short zone 25 of 100 bp away'],
  denseShare: ['signals', 'crowding: %d and %d of a million each within reach is %s'],
  squeezeRatio: ['signals', '%d long, %d short: %s'],
  fadingShare: ['signals', '39,999 in ten minutes is under 40 % of the peak'],
  eventShare: ['signals', 'no event below 5 % of what was within reach'],
  levelBps: ['signals', 'a level 150 bp away or on the wrong side of price is none'],
  fundingExtremeHourly: ['signals', '%d an hour is %s'],
  flowPaceFull: ['flow', 'three longs to a short at four times the usual pace'],
  oiWashout: ['example', '1,000 → %d coins: %s, strength %d'],
  oiRising: ['example', '1,000 → %d coins: %s, strength %d'],
  crowdedAccounts: ['example', '%d of the accounts long: %s, score %d'],
  rsiLength: ['signals', '%d of 14 up: %s'],
  rsiOverbought: ['signals', '%d of 14 up: %s'],
  rsiOversold: ['signals', '%d of 14 up: %s'],
  stateMultiples: ['signals', '%d times as much is %s'],
  directionBias: ['example', 'a bias is the mean score by strength × confidence'],
  agreementBoost: ['signals', 'they agree, and confidence is 1.25 × the mean bias'],
};

/** Every card by its name. */
const CARDS: Readonly<Record<string, Proof>> = {
  magnet: ['signals', '200k at 100 bp above against 50k at 100 bp below: 4 : 1, up by 3/5'],
  'cascade-down': ['signals', 'the card: high risk of a fall with 40 % of the longs within reach'],
  'cascade-up': ['signals', 'the card: high risk of a fall with 40 % of the longs within reach'],
  'zone-proximity': ['signals', 'zone proximity: a short zone 25 of 100 bp away'],
  'max-pain-distance': ['signals', 'max pain distance: longs 521 bp below, shorts 109 bp above'],
  crowding: ['signals', 'crowding: %d and %d of a million each within reach is %s'],
  'swept-delta': ['signals', '300k of longs and 100k of shorts: Δ 200k, ratio 3'],
  'sweep-velocity': ['signals', '40,000 is still running: down with its speed'],
  'sweep-concentration': ['signals', 'sweep concentration: the largest of four bars did 70 of 100'],
  'post-sweep-level': ['signals', 'one run of longs is support at its weighted middle, with its dates'],
  funding: ['signals', 'without a cluster of the payers near it is half as strong'],
  rsi: ['signals', 'hours are made of whole hours; too few are no signal'],
  'market-state': ['signals', 'with less than two days there is nothing to compare with'],
  'liquidation-delta': ['flow', 'three longs to a short at four times the usual pace'],
  'liquidation-velocity': ['flow', 'running longs speak for a fall, fading ones for a rise'],
  'open-interest': ['example', '1,000 → %d coins: %s, strength %d'],
  'account-ratio': ['flow', 'a crowd of longs over its own cluster is fragile'],
};

const PAGE: Proof = ['report', 'has every section, and says what is estimated and what is not known'];
const REALISED: Proof = ['report', 'stands beside the estimates, with its state, pace, level, positioning'];

/** Every field of the report. */
const REPORT: Readonly<Record<string, Proof>> = {
  coin: PAGE,
  atMs: PAGE,
  asOfMs: PAGE,
  dataSource: PAGE,
  markPx: PAGE,
  overview: ['report', 'price, turnover, what was swept and the largest of it'],
  keyLevels: ['report', 'both sides, highest price first, max pain named'],
  profile: ['profile', 'mass from the mark outwards, and its difference, by hand'],
  netPosition: ['report', 'where positions stand: after a fall the shorts of before it'],
  magnets: ['report', 'magnets and asymmetry'],
  cascadeRisk: ['report', 'longs 130 bp apart: high; shorts 281 bp apart: moderate'],
  recentLevels: PAGE,
  bias: PAGE,
  keyLevel: ['report', 'alike both ways: the nearer one; none stacked: no level'],
  risk: PAGE,
  sources: ['report', 'sources: in the map with their weight, or why not'],
  marketWide: REALISED,
  realised: REALISED,
  accountRatios: REALISED,
  openInterest: REALISED,
  notAvailable: REALISED,
  accuracy: ['report', 'accuracy: the map beside every baseline'],
};

const fileOf = (file: Proof[0]): string => {
  const [key = '', rest] = file.split(/\/(.*)/s);
  const base = FILES[key as keyof typeof FILES];
  return rest === undefined ? base : `${base}/${rest}`;
};

/** A title as it stands in the code: in single quotes an apostrophe is escaped. */
const holds = (text: string, title: string): boolean =>
  [title, title.replaceAll("'", String.raw`\'`)].some((t) => text.includes(t));

/** What is wrong with a proof; null when the test is there and expects a number. */
function whyNone([file, title]: Proof): string | null {
  const path = fileOf(file);
  if (!existsSync(join(ROOT, path))) return `${path} does not exist`;
  const text = read(path);
  return holds(text, title) ? null : `${path} has no “${title}”`;
}

const wrong = (list: Readonly<Record<string, Proof>>): string[] =>
  Object.entries(list).flatMap(([what, proof]) => {
    const why = whyNone(proof);
    return why === null ? [] : [`${what}: ${why}`];
  });

describe('the method has a worked example for', () => {
  test.each([
    ['every formula', FORMULAS],
    ['every threshold of the signals', THRESHOLDS],
    ['every card', CARDS],
    ['every field of the report', REPORT],
  ])('%s, and the test is there', (_, list) => {
    expect(wrong(list)).toEqual([]);
  });

  test('all thresholds, all cards and all fields, and no other', () => {
    const input = { map: mapOf([]), candles: bars(600, () => 100), fundingHourlyFraction: 0, nowMs: T0 };
    const signals = signalsOf(input);
    const cards = new Set(signals.timeframes.flatMap((f) => f.cards.map((c) => c.name)));
    const realised = realisedView({
      coin: 'BTC',
      nowMs: T0,
      recent: [],
      recentFromMs: 0,
      buckets: [],
      spans: [],
      openInterest: [],
    });
    const report = coinReport({
      ...input,
      signals,
      feeds: [],
      dataSource: 'test',
      accuracy: null,
      realised,
      ratios: [],
      openInterest: [],
    });
    const keys = (o: object): string[] => Object.keys(o).toSorted();
    expect(keys(THRESHOLDS)).toEqual(keys(SIGNAL_THRESHOLDS));
    expect(keys(CARDS)).toEqual([...cards].toSorted());
    expect(keys(REPORT)).toEqual(keys(report));
  });

  test('the check itself sees what is wrong', () => {
    expect(whyNone(['px', 'nobody says this'])).toBe(`${FILES.px} has no “nobody says this”`);
    expect(whyNone(['venues/gone.test.ts', 'x'])).toBe('tests/shell/market/gone.test.ts does not exist');
  });
});
