import type { ObservedSide } from './observed-sides.ts';
import { LIQUIDATABLE_SHARE } from './side-grid.ts';

/**
 * What is known at this coverage weighs as much as the guess LIQUIDATABLE_SHARE in saying how much of the rest can be
 * liquidated. A guess itself; it only has to keep a handful of positions from deciding over all of a map.
 */
const PRIOR_COVERAGE = 0.05;

/**
 * One side's mass by bucket from positions that are known and an estimate for those that are not. With coverage c =
 * known ÷ open interest and s = the part of the known that has a liquidation price:
 *
 *     blend = others + observed + (1 − c) · (share ÷ LIQUIDATABLE_SHARE) · own
 *     share = (PRIOR_COVERAGE · LIQUIDATABLE_SHARE + c · s) ÷ (PRIOR_COVERAGE + c)
 *
 * The known stand as they are; the unknown part of open interest, 1 − c, lies where the estimate says. `own`, which is
 * scaled to LIQUIDATABLE_SHARE of all open interest, is scaled anew to what the known positions say about that share.
 * c = 0 gives the estimate exactly, c = 1 the observed and other venues' estimate exactly. Own derivation: a mixture of
 * a census of one part with a model of the other; no published source.
 * @param all estimate of all venues, USD by bucket
 * @param own the part of it that is of the venue whose positions are known, same buckets
 */
export function blendObserved(all: Float64Array, own: Float64Array, side: ObservedSide): Float64Array {
  const { coverage, knownUsd, liquidatableUsd } = side;
  const known = knownUsd > 0 ? liquidatableUsd / knownUsd : 0;
  const share = (PRIOR_COVERAGE * LIQUIDATABLE_SHARE + coverage * known) / (PRIOR_COVERAGE + coverage);
  const change = (1 - coverage) * (share / LIQUIDATABLE_SHARE) - 1;
  return all.map((usd, i) => Math.max(0, usd + change * (own[i] ?? 0)) + (side.grid.usd[i] ?? 0));
}
