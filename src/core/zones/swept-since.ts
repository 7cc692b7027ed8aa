import type { Side } from '../shared/coin.ts';
import type { ZoneMap } from './types.ts';

/** How far from the mark what is left counts as within the cascade's reach, fraction of the mark. */
export const REACH_FRACTION = 0.03;

export interface Swept {
  /** Estimated mass of the side that bars took since then, USD. */
  notionalUsd: number;
  /** Swept ÷ (swept + what is left within reach), 0..1; 0 when nothing was swept. */
  share: number;
}

/**
 * How much of one side's mass was consumed by bars that opened at or after `sinceMs`: the cascade's fuel that has
 * burnt, against the fuel that still lies within REACH_FRACTION of the mark. What lies farther away is not counted:
 * this cascade will not get there. Looks back no farther than the map's sweeps do, 24 h.
 */
export function sweptSince(map: Pick<ZoneMap, 'sweeps' | 'reachUsd'>, side: Side, sinceMs: number): Swept {
  const notionalUsd = map.sweeps
    .filter((s) => s.side === side && s.t >= sinceMs)
    .reduce((sum, s) => sum + s.notionalUsd, 0);
  return { notionalUsd, share: notionalUsd > 0 ? notionalUsd / (notionalUsd + map.reachUsd[side]) : 0 };
}
