import type { Fill } from './types.ts';

const after = (f: Fill): number => f.startPosition + (f.isBuy ? f.sz : -f.sz);
const LOT_DUST = 1e-9;

/**
 * One coin's fills in the order they happened: by time, and within one millisecond (one block fills several orders)
 * as a chain in which each starts at the position the one before left. Trade ids are hashes and say nothing.
 */
export function orderFills(fills: readonly Fill[]): Fill[] {
  const rest = [...fills].sort((a, b) => a.timeMs - b.timeMs || a.tid - b.tid);
  const out: Fill[] = [];
  while (rest.length > 0) {
    const last = out.at(-1);
    const [first] = rest;
    const together = rest.filter((f) => f.timeMs === first?.timeMs);
    const next =
      last === undefined
        ? // A group's first fill is the one no other leads to; in a round trip back to flat, the one that starts flat.
          (together.find(
            (f) => !together.some((g) => g !== f && Math.abs(after(g) - f.startPosition) < LOT_DUST),
          ) ??
          together.find((f) => f.startPosition === 0) ??
          first)
        : (together.find((f) => Math.abs(f.startPosition - after(last)) < LOT_DUST) ?? first);
    if (next === undefined) break;
    out.push(next);
    rest.splice(rest.indexOf(next), 1);
  }
  return out;
}
