import type { HeldFacts } from '../core/decide/fading.ts';
import type { Desk } from './desk.ts';

/** The position of ours on a coin; null when there is none, when it is another one, or when its plan is not known. */
export function heldFacts(desk: Desk, coin: string): HeldFacts | null {
  const position = desk.account?.positions.find((p) => p.coin === coin);
  const { side, riskPx, decidedAtMs } = desk.plans.get(coin) ?? {};
  if (position === undefined || side !== position.side) return null;
  if (riskPx === undefined || !(riskPx > 0) || decidedAtMs === undefined) return null;
  return { side, entryPx: position.entryPx, riskPx, decidedAtMs };
}
