import type { EntryAlert } from '../alert/schema.ts';
import { sign } from '../shared/coin.ts';
import type { Washout } from '../zones/realised/types.ts';
import type { CascadeFacts } from './decide-input.ts';
import type { Numbers } from './gate-result.ts';

export type CascadePhase = 'before' | 'during' | 'after' | 'unclear';

export interface PhaseFound {
  phase: CascadePhase;
  why: string;
  /** What the answer rests on, in words, for people: "open-interest", "liquidations", "bars", "alert". */
  used: string[];
  numbers: Numbers;
}

/** Liquidations still running above this share of their fastest five minutes: forced flow is not over, 0..1. */
export const VELOCITY_SHARE_MAX = 0.6;
/** Open interest that lost more than this in five minutes is still falling, fraction. */
export const OI_FALLING_FRACTION = 0.005;
/** Price must have left the extreme by this share of the leg: nearer, the next print may be the next extreme. */
export const LEFT_EXTREME_FRACTION = 0.02;
/** Our own bars must have seen at least this share of the move that the alert reports. */
export const MOVE_SHARE_MIN = 0.5;
/** Fall of open interest by the alert's own chart that stands in for ours when nothing else is known, percent. */
export const ALERT_OI_DROP_PCT = 1;

const knownOf = (washout: Washout | null, alertOiChangePct: number | null): string =>
  washout !== null
    ? 'leverage is washed out, whether open interest still falls is not known'
    : `open interest is ${alertOiChangePct === null ? 'not known' : "known from the alert's chart alone"}`;

/** Open interest in coins that stands still to this fraction is a feed that does not tell: somebody always trades. */
const STILL_FRACTION = 1e-6;

const doesTell = (w: Washout | null): boolean =>
  w !== null && (w.dropFraction > STILL_FRACTION || Math.abs(w.recentChangeFraction ?? 0) > STILL_FRACTION);

/**
 * Where the cascade stands (mission §4): before, leverage has not been washed out; during, forced flow still runs;
 * after, it is spent. What is known is used in the order of its worth, and a missing piece never speaks for `after`:
 *  1. the mark: at or beyond the extreme is during
 *  2. realised liquidations, when heard: near their peak is during
 *  3. open interest, when sampled: still falling is during; not down by the coin's threshold is before; stopped falling
 *     is after; whether it still falls not known is as without it
 *  4. without it, the alert's own open interest: risen is before; and Hyperliquid's own bars: less than half of the
 *     move is before (the cascade was elsewhere); the move, left behind by the mark, is after
 *  5. neither bars nor a fall of the alert's open interest: unclear, which is refused like during
 * @param o.extremePx, markPx USD per coin on Hyperliquid
 */
export function cascadePhase(o: {
  alert: EntryAlert;
  extremePx: number;
  markPx: number;
  cascade: CascadeFacts;
}): PhaseFound {
  const { velocity, bars } = o.cascade;
  const washout = doesTell(o.cascade.washout) ? o.cascade.washout : null;
  const { movePct, oiChangePct } = o.alert.cascade;
  const originPx = o.extremePx / (1 + movePct / 100);
  const leftFraction = (sign(o.alert.side) * (o.markPx - o.extremePx)) / Math.abs(originPx - o.extremePx);
  const velocityShare =
    velocity === null || velocity.peakUsdPerMinute === 0
      ? null
      : velocity.usdPerMinute / velocity.peakUsdPerMinute;
  const numbers: Numbers = {
    leftFraction,
    velocityShare,
    velocityState: velocity?.state ?? null,
    oiDropFraction: washout?.dropFraction ?? null,
    oiDropMin: washout?.thresholdFraction ?? null,
    oiRecentFraction: washout?.recentChangeFraction ?? null,
    funding: washout?.funding ?? null,
    alertOiChangePct: oiChangePct,
    barsMoveFraction: bars?.moveFraction ?? null,
  };
  const used = ['mark'];
  const found = (phase: CascadePhase, why: string): PhaseFound => ({ phase, why, used, numbers });

  if (!(leftFraction >= LEFT_EXTREME_FRACTION)) return found('during', 'price is at the extreme again');
  if (velocity !== null && velocityShare !== null) {
    used.push('liquidations');
    if (velocity.state !== 'quiet' && velocityShare > VELOCITY_SHARE_MAX)
      return found('during', 'liquidations run near their fastest');
  }
  if (washout !== null) {
    used.push('open-interest');
    if (washout.recentChangeFraction !== null && washout.recentChangeFraction < -OI_FALLING_FRACTION)
      return found('during', 'open interest is still falling');
    if (!washout.isWashedOut)
      return found('before', 'open interest has not fallen enough: leverage is not washed out');
    if (washout.recentChangeFraction !== null)
      return found('after', 'leverage is washed out and open interest has stopped falling');
  }
  if (oiChangePct !== null) {
    used.push('alert');
    if (oiChangePct > 0) return found('before', 'open interest rose through the fall: nothing is washed out');
  }
  if (bars !== null) {
    used.push('bars');
    return bars.moveFraction >= MOVE_SHARE_MIN * Math.abs(movePct / 100)
      ? found(
          'after',
          `${knownOf(washout, oiChangePct)}; our own bars show the move and price has left its extreme`,
        )
      : found('before', 'our own bars have not seen this cascade');
  }
  return oiChangePct !== null && oiChangePct <= -ALERT_OI_DROP_PCT
    ? found('after', "only the alert's own chart is known: its open interest fell")
    : found('unclear', 'neither open interest nor bars tell whether the cascade is over');
}
