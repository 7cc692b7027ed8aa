// Signals of what price took away: the map's estimate of liquidations, not the venues' own reports of them.
import type { Side } from '../../shared/coin.ts';
import type { Sweep, ZoneMap } from '../types.ts';
import { card, clamp01 } from './card.ts';
import type { Lookback, SignalThresholds } from './thresholds.ts';
import type { SignalCard } from './types.ts';

const BAR_MS = 300_000;
/** Sweeps of one side no farther apart than this belong to one event, in bars. */
const EVENT_GAP_BARS = 3;

const sweptIn = (map: ZoneMap, look: Lookback): Sweep[] =>
  map.sweeps.filter((s) => s.t >= map.asOfMs - look.windowMs);

const usdOf = (sweeps: readonly Sweep[], side: Side): number =>
  sweeps.reduce((sum, s) => (s.side === side ? sum + s.notionalUsd : sum), 0);

/** Swept ÷ (swept + left within reach) of both sides, 0..1: whether there was anything at all. */
function consumed(map: ZoneMap, sweptUsd: number): number {
  const all = sweptUsd + map.reachUsd.long + map.reachUsd.short;
  return all > 0 ? sweptUsd / all : 0;
}

/** ΔL = long − short swept, and their ratio. Longs swept is selling: bearish flow while it lasts. */
export function sweptDelta(map: ZoneMap, look: Lookback, t: SignalThresholds, quality: number): SignalCard {
  const sweeps = sweptIn(map, look);
  const [longUsd, shortUsd] = [usdOf(sweeps, 'long'), usdOf(sweeps, 'short')];
  const total = longUsd + shortUsd;
  const score = total > 0 ? (shortUsd - longUsd) / total : 0;
  const state =
    total === 0
      ? 'none'
      : longUsd > t.squeezeRatio * shortUsd
        ? 'longs-squeezed'
        : shortUsd > t.squeezeRatio * longUsd
          ? 'shorts-squeezed'
          : 'balanced';
  const share = consumed(map, total);
  return card('swept-delta', score, share, total > 0 ? quality : 0, state, {
    longUsd,
    shortUsd,
    deltaUsd: longUsd - shortUsd,
    ratio: shortUsd > 0 ? longUsd / shortUsd : null,
    share,
  });
}

/**
 * Speed of the last two bars against the fastest bar of the window, for the side that was swept more. Fading: the flow
 * has spent itself, which speaks against its direction; running: it has not.
 */
export function sweepVelocity(
  map: ZoneMap,
  look: Lookback,
  t: SignalThresholds,
  quality: number,
): SignalCard {
  const sweeps = sweptIn(map, look);
  const [longUsd, shortUsd] = [usdOf(sweeps, 'long'), usdOf(sweeps, 'short')];
  const side: Side = longUsd >= shortUsd ? 'long' : 'short';
  const own = sweeps.filter((s) => s.side === side);
  const perMinute = (usd: number, bars: number): number => usd / ((bars * look.barMs) / 60_000);
  const peak = perMinute(Math.max(0, ...own.map((s) => s.notionalUsd)), 1);
  const now = perMinute(
    usdOf(
      own.filter((s) => s.t >= map.asOfMs - 2 * look.barMs),
      side,
    ),
    2,
  );
  const share = consumed(map, Math.max(longUsd, shortUsd));
  const numbers = { usdPerMinute: now, peakUsdPerMinute: peak, share };
  if (share < t.eventShare || peak === 0)
    return card('sweep-velocity', 0, 0, peak > 0 ? quality : 0, 'none', numbers);
  const isFading = now < t.fadingShare * peak;
  // Flow of swept longs is down; once it fades the sign turns.
  const flow = side === 'long' ? -1 : 1;
  const score = isFading ? -flow * (1 - now / peak) : flow * (now / peak);
  return card('sweep-velocity', score, share, quality, isFading ? 'fading' : 'running', numbers);
}

/** Share of the window's sweeping that its largest quarter of bars did. Without a direction. */
export function sweepConcentration(map: ZoneMap, look: Lookback, quality: number): SignalCard {
  const usd = sweptIn(map, look)
    .map((s) => s.notionalUsd)
    .sort((a, b) => b - a);
  const total = usd.reduce((a, b) => a + b, 0);
  const top = usd.slice(0, Math.ceil(usd.length / 4)).reduce((a, b) => a + b, 0);
  const share = total > 0 ? top / total : 0;
  return card(
    'sweep-concentration',
    0,
    share,
    total > 0 ? quality : 0,
    share > 0.75 ? 'one-burst' : 'spread',
    { topQuarterShare: share, largestUsd: usd[0] ?? null },
  );
}

/** Prices where one run of sweeps happened. Longs wiped out leave support, shorts wiped out resistance, so it is said. */
export interface SweptLevel {
  kind: 'support' | 'resistance';
  /** Middle of the range swept, weighted by USD. */
  px: number;
  loPx: number;
  hiPx: number;
  notionalUsd: number;
  /** Share of that side's mass that was within reach, 0..1: how large an event it was. */
  share: number;
  fromMs: number;
  /** Close of its last bar, ms. */
  toMs: number;
}

/**
 * Runs of sweeps of the last 24 h that took at least `eventShare` of a side's mass within reach, newest first.
 * @param barMs length of the bars that swept
 */
export function sweptLevels(
  map: ZoneMap,
  t: Pick<SignalThresholds, 'eventShare'>,
  barMs = BAR_MS,
): SweptLevel[] {
  return (['long', 'short'] as const)
    .flatMap((side) =>
      runsOf(
        map.sweeps.filter((s) => s.side === side),
        barMs,
      ).map((run) => levelOf(map, side, run, barMs)),
    )
    .filter((l) => l.share >= t.eventShare)
    .sort((a, b) => b.toMs - a.toMs);
}

function runsOf(sweeps: readonly Sweep[], barMs: number): Sweep[][] {
  const runs: Sweep[][] = [];
  for (const s of sweeps) {
    const last = runs.at(-1);
    if (last !== undefined && s.t - (last.at(-1)?.t ?? 0) <= EVENT_GAP_BARS * barMs) last.push(s);
    else runs.push([s]);
  }
  return runs;
}

function levelOf(map: ZoneMap, side: Side, run: readonly Sweep[], barMs: number): SweptLevel {
  const notionalUsd = usdOf(run, side);
  const weighted = run.reduce((sum, s) => sum + s.notionalUsd * ((s.loPx + s.hiPx) / 2), 0);
  const all = notionalUsd + map.reachUsd[side];
  return {
    kind: side === 'long' ? 'support' : 'resistance',
    px: notionalUsd > 0 ? weighted / notionalUsd : map.markPx,
    loPx: Math.min(...run.map((s) => s.loPx)),
    hiPx: Math.max(...run.map((s) => s.hiPx)),
    notionalUsd,
    share: all > 0 ? notionalUsd / all : 0,
    fromMs: run[0]?.t ?? map.asOfMs,
    toMs: (run.at(-1)?.t ?? map.asOfMs) + barMs,
  };
}

/** The nearest level of a past event that price stands on (support below) or under (resistance above). */
export function postSweepLevel(
  map: ZoneMap,
  look: Lookback,
  t: SignalThresholds,
  quality: number,
): SignalCard {
  const near = sweptLevels(map, t, look.barMs)
    .filter((l) => l.toMs > map.asOfMs - look.windowMs)
    .map((l) => ({ ...l, bps: ((map.markPx - l.px) / map.markPx) * 10_000 }))
    .filter((l) => (l.kind === 'support' ? l.bps >= 0 : l.bps <= 0) && Math.abs(l.bps) <= t.levelBps)
    .sort((a, b) => Math.abs(a.bps) - Math.abs(b.bps))[0];
  if (near === undefined) return card('post-sweep-level', 0, 0, 0, 'none', { px: null, bps: null });
  const strength = clamp01(near.share) * clamp01(1 - Math.abs(near.bps) / t.levelBps);
  const score = near.kind === 'support' ? strength : -strength;
  return card('post-sweep-level', score, strength, quality, near.kind, { px: near.px, bps: near.bps });
}
