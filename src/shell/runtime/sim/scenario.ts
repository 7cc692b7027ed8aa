// What happens in one run, drawn from its seed before it starts: alerts, prices, people, faults, crashes.
import type { Side } from '../../../core/shared/coin.ts';
import { opposite } from '../../../core/shared/coin.ts';
import type { TradingState } from '../../../core/decide/types.ts';
import type { RiskLimits } from '../../../core/decide/risk-limits.ts';
import { RISK_LIMITS } from '../../../core/decide/risk-limits.ts';
import { createDraws, type Draws } from './draws.ts';
import { drawFades, type Fade } from './fade.ts';
import { BAR_MS, SCALES, SIM_COINS, START_MS } from './market.ts';

/** Probabilities per opportunity, 0..1, while faults are on. */
export interface Faults {
  /** A request that never arrives; an answer that never comes back although it was applied. */
  lostRequest: number;
  lostReply: number;
  /** The connection never came up: proven not sent. */
  notConnected: number;
  /** 429 or 502 before, or 502 with HTML after the action was applied. */
  httpBefore: number;
  httpAfter: number;
  /** The venue's answer to an action comes as words nobody knows. */
  garbled: number;
  /** The request wanders for up to `lateMsMax` and lands then. */
  late: number;
  lateMsMax: number;
  /** Reads are answered as of up to this long ago, ms. */
  lagMsMax: number;
  lag: number;
  partialFill: number;
  noFill: number;
  refusedStop: number;
  feedLost: number;
  feedTwice: number;
  feedLate: number;
  /** A write the store refuses (disk full), and one after which it cannot be trusted. */
  storeFull: number;
  storeFatal: number;
  /** The process dies, per I/O point. */
  crash: number;
}

export const NO_FAULTS: Faults = {
  lostRequest: 0,
  lostReply: 0,
  notConnected: 0,
  httpBefore: 0,
  httpAfter: 0,
  garbled: 0,
  late: 0,
  lateMsMax: 0,
  lagMsMax: 0,
  lag: 0,
  partialFill: 0,
  noFill: 0,
  refusedStop: 0,
  feedLost: 0,
  feedTwice: 0,
  feedLate: 0,
  storeFull: 0,
  storeFatal: 0,
  crash: 0,
};

export interface PlannedAlert {
  atMs: number;
  coin: string;
  side: Side;
  /** Sends the alert of that place in the list once more: the same body, or another one under the same key. */
  repeats: { index: number; how: 'same' | 'other-body' } | null;
  /** How long ago its bar had closed when it was sent, ms. */
  ageMs: number;
}

export type HumanAct =
  | 'open'
  | 'close'
  | 'half'
  | 'flip'
  | 'cancel-stops'
  | 'tight-stop'
  | 'loose-stop'
  | 'cancel-targets';

export interface Outage {
  fromMs: number;
  toMs: number;
  /** Nothing answers; connections are refused; or everything answers 502 although it is applied (July 2025). */
  how: 'silent' | 'refusing' | 'erring';
}

export interface Scenario {
  seed: number;
  startMs: number;
  /** Faults and people end here; prices stand still from `stillMs` on; the run ends at `endMs`. */
  calmMs: number;
  stillMs: number;
  endMs: number;
  coins: readonly string[];
  scale: number;
  limits: RiskLimits;
  faults: Faults;
  alerts: PlannedAlert[];
  shocks: { atMs: number; coin: string; moveFraction: number }[];
  human: { atMs: number; coin: string; act: HumanAct }[];
  skews: { atMs: number; skewMs: number }[];
  outages: Outage[];
  feedGaps: { fromMs: number; toMs: number }[];
  states: { atMs: number; state: TradingState }[];
  crashes: number[];
  /** Positions that are carried to their targets, and the market that spends itself there. */
  fades: Fade[];
  /** Size of a coin's outside book, USD per basis point: thin books fill in part. */
  depthUsdPerBps: number;
}

const MINUTE_MS = 60_000;
export const CHAOS_MS = 20 * MINUTE_MS;
export const CALM_MS = MINUTE_MS;

/** A run in which nothing goes wrong: one alert, quiet prices. What the others are made from. */
export function calmScenario(seed: number): Scenario {
  const calmMs = START_MS + CHAOS_MS;
  return {
    seed,
    startMs: START_MS,
    calmMs,
    stillMs: calmMs + CALM_MS - 20_000,
    endMs: calmMs + CALM_MS,
    coins: ['BTC'],
    scale: 1,
    limits: RISK_LIMITS,
    faults: NO_FAULTS,
    alerts: [{ atMs: START_MS + MINUTE_MS + 400, coin: 'BTC', side: 'long', repeats: null, ageMs: 400 }],
    shocks: [],
    human: [],
    skews: [],
    outages: [],
    feedGaps: [],
    states: [],
    crashes: [],
    fades: [],
    depthUsdPerBps: 100_000,
  };
}

/** Everything of one seed. Each tenth run has no faults but people and prices, so that a bare mistake is seen as one. */
export function drawScenario(seed: number): Scenario {
  const d = createDraws(seed, 0);
  const calm = calmScenario(seed);
  const coins = SIM_COINS.slice(0, d.int(1, SIM_COINS.length));
  const weight = d.pick([0, 0.3, 0.6, 1, 1, 1.25]);
  const drawn = {
    ...calm,
    coins,
    scale: d.pick(SCALES),
    limits: {
      ...RISK_LIMITS,
      positionsMax: d.pick([2, 3, 6]),
      grossLeverageMax: d.pick([0.3, 0.6, 2]),
      dayRiskFractionMax: d.pick([0.008, 0.06]),
    },
    faults: drawFaults(d, weight),
    alerts: drawAlerts(d, coins, calm.startMs),
    shocks: some(d, 0, 6, () => ({
      atMs: during(d),
      coin: d.pick(coins),
      moveFraction: (d.chance(0.5) ? 1 : -1) * d.between(0.008, d.chance(0.1) ? 0.3 : 0.06),
    })),
    human: some(d, 0, 5, () => ({ atMs: during(d), coin: d.pick(coins), act: d.pick(HUMAN_ACTS) })),
    skews: weight === 0 ? [] : drawSkews(d),
    outages: d.chance(0.25 * Math.min(1, weight)) ? [drawOutage(d)] : [],
    feedGaps: weight === 0 ? [] : some(d, 0, 2, () => gap(during(d), d.between(1_000, 20_000))),
    states: d.chance(0.15) ? drawStates(d) : [],
    crashes: weight === 0 ? [] : some(d, 0, 3, () => during(d)),
    depthUsdPerBps: d.pick([100_000, 100_000, 5_000, 400]),
  };
  return { ...drawn, fades: drawFades(seed, drawn) };
}

const HUMAN_ACTS: readonly HumanAct[] = [
  'open',
  'close',
  'half',
  'flip',
  'cancel-stops',
  'cancel-stops',
  'tight-stop',
  'loose-stop',
  'cancel-targets',
];

const during = (d: Draws): number => START_MS + d.between(0, CHAOS_MS);
const gap = (fromMs: number, forMs: number): { fromMs: number; toMs: number } => ({
  fromMs,
  toMs: Math.min(fromMs + forMs, START_MS + CHAOS_MS),
});
const some = <T>(d: Draws, min: number, max: number, make: () => T): T[] =>
  Array.from({ length: d.int(min, max) }, make);

function drawFaults(d: Draws, weight: number): Faults {
  if (weight === 0) return NO_FAULTS;
  // Each run has some kinds of faults, not all: a rare one alone shows what a crowd of others would hide.
  const p = (probability: number): number => (d.chance(0.5) ? probability * weight : 0);
  return {
    lostRequest: p(0.04),
    lostReply: p(0.05),
    notConnected: p(0.03),
    httpBefore: p(0.04),
    httpAfter: p(0.03),
    garbled: p(0.03),
    late: p(0.04),
    lateMsMax: d.pick([4_000, 8_000, 60_000]),
    lagMsMax: d.pick([1_000, 4_000]),
    lag: p(0.3),
    partialFill: p(0.3),
    noFill: p(0.15),
    refusedStop: p(0.15),
    feedLost: p(0.1),
    feedTwice: p(0.2),
    feedLate: p(0.2),
    storeFull: p(0.01),
    storeFatal: p(0.001),
    crash: p(0.002),
  };
}

/** Six alerts: entries at bar closes, sometimes all coins at once, and some of them late, twice, changed or opposed. */
function drawAlerts(d: Draws, coins: readonly string[], startMs: number): PlannedAlert[] {
  const isBurst = d.chance(0.35);
  const sides = new Map(coins.map((coin) => [coin, d.pick(['long', 'short'] as const)]));
  const alerts: PlannedAlert[] = [];
  for (let i = 0; i < 6; i++) {
    const before = alerts.length === 0 ? undefined : d.int(0, alerts.length - 1);
    const first = before === undefined ? undefined : alerts[before];
    if (before !== undefined && first !== undefined && first.repeats === null && d.chance(0.2)) {
      const how = d.chance(0.7) ? 'same' : 'other-body';
      const atMs = first.atMs + d.pick([d.between(0, 50), d.between(50, 5_000), d.between(5_000, 200_000)]);
      alerts.push({ ...first, atMs, repeats: { index: before, how } });
      continue;
    }
    const closeMs = startMs + MINUTE_MS + (isBurst ? 0 : d.int(0, 3)) * BAR_MS;
    const ageMs = d.chance(0.1) ? d.between(90_000, 400_000) : d.between(300, isBurst ? 600 : 20_000);
    const coin = isBurst ? (coins[i % coins.length] ?? 'BTC') : d.pick(coins);
    const side = sides.get(coin) ?? 'long';
    alerts.push({
      atMs: closeMs + ageMs,
      coin,
      side: d.chance(0.12) ? opposite(side) : side,
      repeats: null,
      ageMs,
    });
  }
  return alerts;
}

/** Steps of the bridge's clock against the venue's, both ways; mostly small, some far out of bounds. */
const drawSkews = (d: Draws): Scenario['skews'] =>
  some(d, 0, 3, () => ({
    atMs: during(d),
    skewMs: Math.round(d.pick([d.between(-900, 900), d.between(-4_000, 4_000), d.between(-40_000, 40_000)])),
  }));

function drawOutage(d: Draws): Outage {
  return {
    ...gap(during(d), d.pick([d.between(2_000, 20_000), d.between(20_000, 300_000)])),
    how: d.pick(['silent', 'refusing', 'erring']),
  };
}

function drawStates(d: Draws): Scenario['states'] {
  const fromMs = during(d);
  return [
    { atMs: fromMs, state: d.pick(['REDUCING', 'HALTED']) },
    { atMs: fromMs + d.between(10_000, 400_000), state: 'ACTIVE' },
  ];
}
