// Situations for the decision pipeline, each a change of one that passes. What decide says of them is in
// decisions.json, reviewed by eye; `UPDATE_GOLDEN=1 npx vitest run tests/golden && npx oxfmt tests/golden` writes it anew after a change that
// means to alter decisions, and the difference is then reviewed.
import type { DecideInput, RecentEntry } from '../../src/core/decide/decide-input.ts';
import type { Alert } from '../../src/core/alert/schema.ts';
import type { CoinMeta, Side } from '../../src/core/shared/coin.ts';
import { paramsOf } from '../../src/core/shared/coin-params.ts';
import type { Washout } from '../../src/core/zones/realised/types.ts';
import { exhaustion } from '../support/alerts.ts';
import { BTC_META, decideInput, market, signalFacts, zone, zoneMap } from '../support/decide-input.ts';

export interface GoldenCase {
  name: string;
  input: DecideInput;
}

const base = decideInput();
const account = base.account!;
const exposure = base.exposure;
const params = base.params!;
const sample = exhaustion();
const NOW = base.nowMs;

const held = (coin: string, side: Side, notionalUsd = 1_000) => ({ coin, side, notionalUsd });
const recent = (riskUsd: number, side: Side = 'long', agoMs = 1_000): RecentEntry => ({
  coin: 'SOL',
  side,
  riskUsd,
  decidedAtMs: NOW - agoMs,
});
const washout = (change: Partial<Washout> = {}): Washout => ({
  sinceMs: NOW - 3_600_000,
  dropFraction: 0.031,
  recentChangeFraction: 0.0004,
  thresholdFraction: 0.02,
  isWashedOut: true,
  funding: 'flipped',
  venues: ['hyperliquid', 'binance'],
  ...change,
});
const cascade = (change: Partial<DecideInput['cascade']>): DecideInput['cascade'] => ({
  ...base.cascade,
  ...change,
});
const withCascade = (change: Partial<typeof sample.cascade>) =>
  exhaustion({ cascade: { ...sample.cascade, ...change } });
/** The sample's words with another kind. */
const kind = (k: 'cascade.start' | 'cascade.snapback', side: Side = 'long'): Alert => ({
  ...exhaustion({ side }),
  kind: k,
});

/** The mirror image of the sample: shorts were flushed up to 107,648. */
const SHORT: Partial<DecideInput> = {
  alert: exhaustion({
    side: 'short',
    close: 104_617.1,
    low: 103_990,
    high: 107_683.5,
    cascade: { ...sample.cascade, extreme: 107_683.5, movePct: 4.21, rsi: 78.6 },
  }),
  zones: zoneMap({
    zones: [zone('short', 108_900, 109_300), zone('long', 102_100, 102_600), zone('long', 99_900, 100_300)],
    sweeps: [{ t: 1_760_129_400_000, side: 'short', notionalUsd: 2e7, loPx: 104_200, hiPx: 107_684 }],
    reachUsd: { long: 2e7, short: 5e6 },
  }),
  signals: signalFacts(-0.5),
};

/** A long of ours, 0.7 R in profit and 47 bp below the next zone of shorts; 5m has lost most of its peak. */
const FADING: Partial<DecideInput> = {
  alert: {
    kind: 'signal.fading',
    v: 1,
    script: 'snapback@1.0.0',
    strategy: 'max-pain',
    exchange: 'SNAPBACK',
    ticker: 'BTCUSDC.P',
    interval: '5',
    barTime: sample.barTime,
    sentAt: NOW - 300,
    side: 'long',
    close: 106_000,
    sinceMs: NOW - 70_000,
  },
  market: market(106_000),
  signals: {
    isTooHot: false,
    timeframes: signalFacts(0.2, 0.05).timeframes.map((f) => ({
      ...f,
      peakBias: f.timeframe === '5m' ? 0.6 : 0.05,
    })),
  },
  account: { ...account, positions: [held('BTC', 'long')] },
  exposure: { ...exposure, plannedCoins: ['BTC'] },
  held: { side: 'long', entryPx: 104_600, riskPx: 2_000, decidedAtMs: NOW - 900_000 },
};

const PEPE_META: CoinMeta = { ...BTC_META, coin: 'kPEPE', assetId: 15, szDecimals: 0, maxLeverage: 10 };
/** PEPE on the chart is a thousandth of kPEPE here. */
const PEPE: Partial<DecideInput> = {
  alert: exhaustion({
    ticker: 'PEPEUSDT.P',
    close: 0.0000071,
    high: 0.00000714,
    low: 0.00000689,
    atr: 0.00000006,
    cascade: { ...sample.cascade, extreme: 0.00000689, movePct: -4.5 },
  }),
  mapped: { coin: 'kPEPE', multiplier: 0.001 },
  params: paramsOf('kPEPE')!,
  meta: PEPE_META,
  market: market(0.0071),
  zones: zoneMap({
    zones: [zone('long', 0.0066, 0.00663), zone('short', 0.00725, 0.0073)],
    sweeps: [{ t: 1_760_129_400_000, side: 'long', notionalUsd: 3e6, loPx: 0.00689, hiPx: 0.0072 }],
    reachUsd: { long: 1e6, short: 2e6 },
  }),
};

const CHANGES: [name: string, change: Partial<DecideInput>][] = [
  // Entries
  ['entry: a long after a flush of longs', {}],
  ['entry: a short after a flush of shorts', SHORT],
  ['entry: without a score half the risk', { alert: exhaustion({ score: null }) }],
  ['entry: a low score is a small entry', { alert: exhaustion({ score: 12 }) }],
  ['entry: a coin counted in thousands', PEPE],
  ['entry: open interest washed out and funding flipped', { cascade: cascade({ washout: washout() }) }],
  [
    'entry: open interest washed out, funding back at its mean',
    { cascade: cascade({ washout: washout({ funding: 'reset' }) }) },
  ],
  [
    'entry: open interest washed out, but its side pays what it did: smaller',
    { cascade: cascade({ washout: washout({ funding: 'unchanged' }) }) },
  ],
  [
    'entry: liquidations fading',
    {
      cascade: cascade({
        washout: washout(),
        velocity: {
          usdPerMinute: 40_000,
          previousUsdPerMinute: 300_000,
          peakUsdPerMinute: 900_000,
          percentile: 0.8,
          state: 'fading',
        },
      }),
    },
  ],
  [
    "entry: only the alert's own open interest is known",
    { cascade: { washout: null, velocity: null, bars: null } },
  ],
  ['entry: one timeframe neutral, so a wider stop and a smaller size', { signals: signalFacts(0.5, 0) }],
  ['entry: both timeframes neutral', { signals: signalFacts(0, 0) }],
  ['entry: 1m points up as well', { signals: signalFacts(0.5, 0.5, 0.5) }],
  ['entry: 1m has no direction yet', { signals: signalFacts(0.5, 0.5, 0) }],
  [
    'entry: 1m alone still points down, so a wider stop and a smaller size',
    { signals: signalFacts(0.5, 0.5, -0.5) },
  ],
  ['entry: 1m alone points down where nothing else points anywhere', { signals: signalFacts(0, 0, -0.5) }],
  ['entry: a short, 1m alone still points up', { ...SHORT, signals: signalFacts(-0.5, -0.5, 0.5) }],
  [
    'entry: 1m is not known, and says so',
    {
      signals: { ...signalFacts(), unknown: [{ timeframe: '1m', why: 'no one-minute bars are read' }] },
    },
  ],
  [
    'entry: a timeframe has just turned up',
    {
      signals: {
        ...signalFacts(),
        timeframes: signalFacts().timeframes.map((f) => ({
          ...f,
          turned: { from: 'neutral' as const, atMs: NOW - 600_000 },
        })),
      },
    },
  ],
  [
    'entry: still up, but fading',
    {
      signals: {
        ...signalFacts(0.3),
        timeframes: signalFacts(0.3).timeframes.map((f) => ({ ...f, peakBias: 0.9 })),
      },
    },
  ],
  ['entry: both sides dense, half the size', { signals: { ...signalFacts(), isTooHot: true } }],
  [
    'entry: a heavy zone beyond shrinks it, and the stop goes behind it',
    { zones: zoneMap({ zones: [zone('long', 100_700, 101_000, 3e7), zone('short', 106_500, 107_000)] }) },
  ],
  ['entry: bound by the notional of the coin', { params: { ...params, notionalUsdMax: 5_000 } }],
  ['entry: bound by the free margin', { account: { ...account, withdrawableUsd: 500 } }],
  ['entry: bound by gross leverage', { account: { ...account, positions: [held('ETH', 'short', 199_000)] } }],
  [
    'entry: bound by the leverage of its side',
    { account: { ...account, positions: [held('SOL', 'long', 80_000), held('LINK', 'long', 69_000)] } },
  ],
  [
    'entry: bound by its group of coins',
    { account: { ...account, positions: [held('ETH', 'long', 99_200)] } },
  ],
  [
    'entry: bound by the margin tier',
    {
      meta: {
        ...BTC_META,
        marginTiers: [
          { lowerBoundUsd: 0, maxLeverage: 40 },
          { lowerBoundUsd: 4_000, maxLeverage: 3 },
        ],
      },
    },
  ],
  [
    "entry: bound by what is left of the cascade's risk",
    { exposure: { ...exposure, recent: [recent(1_900)] } },
  ],
  ["entry: bound by what is left of the day's risk", { exposure: { ...exposure, dayRiskUsd: 5_900 } }],
  [
    'entry: the other side of a cascade has its own budget',
    { exposure: { ...exposure, recent: [recent(2_000, 'short')] } },
  ],
  [
    'entry: a cascade of a quarter of an hour ago is over',
    { exposure: { ...exposure, recent: [recent(2_000, 'long', 900_000)] } },
  ],
  ['entry: no opposite zone, targets by multiples of the stop', { zones: zoneMap({ zones: [] }) }],
  ['entry: funding is not known', { market: { ...market(104_600), fundingHourlyFraction: null } }],
  ['entry: funding is received', { market: { ...market(104_600), fundingHourlyFraction: -0.002 } }],
  [
    'entry: one target where two would be too small',
    { account: { ...account, equityUsd: 150, withdrawableUsd: 150 } },
  ],

  // Refusals, in the order of the gates
  ['refused: reducing', { tradingState: 'REDUCING' }],
  ['refused: a cascade has started', { alert: kind('cascade.start') }],
  ['refused: a snap-back without a position', { alert: kind('cascade.snapback') }],
  ['refused: another strategy', { alert: exhaustion({ strategy: 'zones' }) }],
  ['refused: too many alerts', { exposure: { ...exposure, alertsLastHour: 61 } }],
  ['refused: clocks apart', { clock: { skewMs: 2_500, isUnknownForLong: false } }],
  ["refused: the venue's clock unknown for long", { clock: { skewMs: null, isUnknownForLong: true } }],
  ['refused: stale', { nowMs: NOW + 120_000 }],
  ['refused: from the future', { nowMs: NOW - 7_000 }],
  ['refused: unmapped', { mapped: null }],
  ['refused: disabled', { params: { ...params, enabled: false } }],
  ['refused: delisted', { meta: { ...BTC_META, isDelisted: true } }],
  ['refused: an old mark', { market: { ...market(104_600), markAtMs: NOW - 31_000 } }],
  ['refused: an old account', { account: { ...account, readAtMs: NOW - 121_000 } }],
  ['refused: a late guard', { guard: { lastOkMs: null, lateAfterMs: 90_000 } }],
  ['refused: no map', { zones: null }],
  ['refused: quota kept for protection', { quota: { isLow: true, actionsLeft: 150, openOrders: 12 } }],
  ['refused: the zone was not swept', { zones: zoneMap({ sweeps: [] }) }],
  ['refused: back at the extreme', { market: market(101_550), alert: exhaustion({ close: 101_560 }) }],
  [
    'refused: liquidations near their fastest',
    {
      cascade: cascade({
        velocity: {
          usdPerMinute: 800_000,
          previousUsdPerMinute: 500_000,
          peakUsdPerMinute: 800_000,
          percentile: 0.99,
          state: 'accelerating',
        },
      }),
    },
  ],
  [
    'refused: open interest still falls',
    { cascade: cascade({ washout: washout({ recentChangeFraction: -0.012 }) }) },
  ],
  [
    'refused: open interest hardly fell',
    { cascade: cascade({ washout: washout({ dropFraction: 0.004, isWashedOut: false }) }) },
  ],
  ["refused: open interest rose by the alert's chart", { alert: withCascade({ oiChangePct: 1.2 }) }],
  [
    'refused: our bars saw no such move',
    { cascade: cascade({ bars: { bars: 11, moveFraction: 0.011, extremePx: 103_400, toMs: NOW } }) },
  ],
  [
    'refused: nothing tells whether it is over',
    { alert: withCascade({ oiChangePct: null }), cascade: { washout: null, velocity: null, bars: null } },
  ],
  [
    'refused: several times the mass waits beyond',
    { zones: zoneMap({ zones: [zone('long', 100_800, 101_000, 7e7)] }) },
  ],
  ['refused: the context says down', { signals: signalFacts(0.5, -0.2) }],
  ['refused: the filter says down', { signals: signalFacts(-0.2, 0.5) }],
  ['refused: the filter says down, though 1m points up', { signals: signalFacts(-0.2, 0.5, 1) }],
  ['refused: funding too dear', { market: { ...market(104_600), fundingHourlyFraction: 0.0008 } }],
  ['refused: the price has run away', { market: market(105_200) }],
  ['refused: stopped out half an hour ago', { exposure: { ...exposure, lastStopAtMs: NOW - 1_800_000 } }],
  ['refused: a position is open', { account: { ...account, positions: [held('BTC', 'long')] } }],
  ['refused: an entry is on its way', { exposure: { ...exposure, pending: [held('BTC', 'long')] } }],
  ['refused: an order in doubt', { exposure: { ...exposure, unresolvedCoins: ['BTC'] } }],
  [
    'refused: as many positions as allowed',
    {
      account: {
        ...account,
        positions: ['SOL', 'XRP', 'DOGE', 'LINK', 'ARB', 'LTC'].map((c) => held(c, 'long')),
      },
    },
  ],
  ['refused: the loss of the day', { exposure: { ...exposure, dayLossUsd: 3_100 } }],
  ['refused: the loss of the week', { exposure: { ...exposure, weekLossUsd: 8_100 } }],
  ['refused: the risk of the day', { exposure: { ...exposure, dayRiskUsd: 6_000 } }],
  ['refused: the risk of this cascade', { exposure: { ...exposure, recent: [recent(1_200), recent(800)] } }],
  [
    'refused: no room under gross leverage',
    { account: { ...account, positions: [held('ETH', 'short', 199_995)] } },
  ],
  ['refused: no free margin', { account: { ...account, withdrawableUsd: 2 } }],
  [
    'refused: no place for a stop',
    {
      alert: withCascade({ extreme: 99_200, movePct: -8 }),
      cascade: cascade({ bars: { bars: 11, moveFraction: 0.08, extremePx: 99_200, toMs: NOW } }),
    },
  ],
  [
    'refused: the stop would be too near liquidation',
    { params: { ...params, leverage: 20, stopDistanceBpsMin: 400 }, zones: zoneMap({ zones: [] }) },
  ],
  ['refused: nothing to trade with', { account: { ...account, equityUsd: 0, withdrawableUsd: 0 } }],
  ['refused: too small for the venue', { account: { ...account, equityUsd: 30 } }],

  // Exits
  [
    'exit: price snapped back',
    {
      alert: kind('cascade.snapback'),
      account: { ...account, positions: [held('BTC', 'long')] },
      exposure: { ...exposure, plannedCoins: ['BTC'] },
    },
  ],
  [
    'exit: the other side is exhausted',
    {
      account: { ...account, positions: [held('BTC', 'short')] },
      exposure: { ...exposure, plannedCoins: ['BTC'] },
    },
  ],
  [
    'exit: also while reducing',
    {
      tradingState: 'REDUCING',
      alert: kind('cascade.snapback'),
      account: { ...account, positions: [held('BTC', 'long')] },
      exposure: { ...exposure, plannedCoins: ['BTC'] },
    },
  ],
  ['exit: the signals fade near the opposite zone', FADING],
  ['no exit: they faded, and price has fallen back since', { ...FADING, market: market(105_200) }],
  ['no exit: halted while they fade', { ...FADING, tradingState: 'HALTED' }],
  [
    'no exit: halted',
    {
      tradingState: 'HALTED',
      alert: kind('cascade.snapback'),
      account: { ...account, positions: [held('BTC', 'long')] },
      exposure: { ...exposure, plannedCoins: ['BTC'] },
    },
  ],
  [
    'no exit: a person opened it',
    { alert: kind('cascade.snapback'), account: { ...account, positions: [held('BTC', 'long')] } },
  ],
  [
    'no exit: a snap-back of the other side',
    {
      alert: kind('cascade.snapback', 'short'),
      account: { ...account, positions: [held('BTC', 'long')] },
      exposure: { ...exposure, plannedCoins: ['BTC'] },
    },
  ],
];

export const GOLDEN_CASES: readonly GoldenCase[] = CHANGES.map(([name, change]) => ({
  name,
  input: decideInput(change),
}));
