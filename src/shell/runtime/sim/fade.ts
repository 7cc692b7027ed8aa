// Two turns of a market after an entry: the snap-back that carries the position, and its end near the opposite zone.
// Which coins they happen to and when is drawn; where the price then stands follows from the position, if there is one.
import type { Side } from '../../../core/shared/coin.ts';
import { opposite, sign } from '../../../core/shared/coin.ts';
import type { Decision, Plan } from '../../../core/decide/types.ts';
import type { ZoneMap } from '../../../core/zones/types.ts';
import { createDraws } from './draws.ts';

export interface Fade {
  coin: string;
  /** The other side is swept from here on, and no longer from there on. */
  carriedAtMs: number;
  spentAtMs: number;
}

/** How a coin's map differs from the one that its flush left behind. */
export interface Stage {
  name: 'carried' | 'spent';
  /** Where the opposite zone has grown, USD; null where nobody holds anything. */
  nearPx: number | null;
}

const MINUTE_MS = 60_000;
const BAR_MS = 300_000;
/** Share of runs with one. Enough that some hundred runs have exits in every state of the bridge. */
const CHANCE = 0.35;
/** From the mark to the zone that has grown. */
const NEAR_FRACTION = 0.004;

/** On a stream of its own: what else a seed draws does not depend on it. They follow alerts that may have become entries. */
export function drawFades(
  seed: number,
  { alerts, calmMs }: { alerts: readonly { atMs: number; coin: string }[]; calmMs: number },
): Fade[] {
  const d = createDraws(seed, 5);
  if (!d.chance(CHANCE)) return [];
  return Array.from({ length: d.int(1, 2) }, () => {
    const { coin, atMs } = d.pick(alerts);
    const carriedAtMs = atMs + d.between(0.5, 4) * MINUTE_MS;
    return { coin, carriedAtMs, spentAtMs: carriedAtMs + d.between(5.5, 8) * MINUTE_MS };
  }).filter((f) => f.spentAtMs < calmMs);
}

/** Where the price of a position has run to when it is spent: between its targets, or nearly at the only one. */
export function spentPx({ plan }: Pick<Decision, 'plan'>): number | null {
  const [first, second] = plan?.takeProfits ?? [];
  if (plan === null || first === undefined) return null;
  return second === undefined ? onTheWay(plan, first.px) : (first.px + second.px) / 2;
}

/** A little before, it is short of its first target. */
export const onTheWay = ({ entryLimitPx }: Pick<Plan, 'entryLimitPx'>, firstPx: number): number =>
  entryLimitPx + 0.9 * (firstPx - entryLimitPx);

/** The map at a stage. Carried: only the other side is left to run into. Spent: only its own, and a zone just ahead. */
export function atStage(map: ZoneMap, side: Side, stage: Stage): ZoneMap {
  const other = opposite(side);
  const of = (s: Side): ZoneMap['zones'] => map.zones.filter((z) => z.side === s);
  if (stage.name === 'carried') {
    const { markPx, asOfMs, totalUsd } = map;
    const swept = {
      t: asOfMs - BAR_MS,
      side: other,
      notionalUsd: totalUsd[other],
      loPx: markPx,
      hiPx: markPx,
    };
    return { ...map, zones: of(other), maxPain: { ...map.maxPain, [side]: null }, sweeps: [swept] };
  }
  if (stage.nearPx === null) return map;
  const [near, far] = [1, 1.5].map((x) => (stage.nearPx ?? 0) * (1 + sign(side) * x * NEAR_FRACTION));
  const [loPx, hiPx] = [Math.min(near ?? 0, far ?? 0), Math.max(near ?? 0, far ?? 0)];
  const grown = {
    side: other,
    loPx,
    hiPx,
    peakPx: (loPx + hiPx) / 2,
    notionalUsd: 1_000,
    share: 0,
    distanceBps: 40,
  };
  return { ...map, zones: [...of(side), grown], maxPain: { ...map.maxPain, [other]: null }, sweeps: [] };
}
