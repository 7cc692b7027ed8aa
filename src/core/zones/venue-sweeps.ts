// What price took away of all venues' levels, in one list at Hyperliquid's prices.
import type { Candle } from '../shared/candle.ts';
import type { Side } from '../shared/coin.ts';
import type { ScaledVenue } from './build-zone-map.ts';
import { gridPosition, gridPx } from './log-grid.ts';
import type { Sweep } from './types.ts';

/** Buckets to add to a venue's own to be at Hyperliquid's prices. */
export const shiftOf = (v: Pick<ScaledVenue, 'markPx'>, markPx: number): number =>
  Math.round(gridPosition(markPx / v.markPx));

/** Those by closed five-minute bars that opened at or after `sinceMs`. */
export const closedSweeps = (used: readonly ScaledVenue[], markPx: number, sinceMs: number): Sweep[] =>
  merged(
    used.flatMap((v) => {
      const shift = shiftOf(v, markPx);
      return v.engine.sweeps(sinceMs).map((s) => ({
        t: s.t,
        side: s.side,
        notionalUsd: s.mass * v.usdPerMass[s.side],
        loPx: gridPx(s.loBucket + shift),
        hiPx: gridPx(s.hiBucket + shift),
      }));
    }),
  );

/**
 * Those that Hyperliquid's one-minute bars since each venue's newest closed bar make of what its engine still holds:
 * nothing of it is in `closedSweeps`, and the engine stays as it is.
 * @param minutes closed, oldest first
 */
export const runningSweeps = (
  used: readonly ScaledVenue[],
  markPx: number,
  minutes: readonly Candle[],
): Sweep[] =>
  merged(
    used.flatMap((v) => {
      const since = minutes.filter((b) => b.t >= v.engine.asOfMs());
      return (['long', 'short'] as const).flatMap((side) => runningOf(v, side, shiftOf(v, markPx), since));
    }),
  );

function runningOf(v: ScaledVenue, side: Side, shift: number, minutes: readonly Candle[]): Sweep[] {
  const close = gridPosition(v.engine.lastClosePx());
  /** Buckets [lo, hi] that the minutes so far have been at; one beyond the close either way, for rounding. */
  let [lo, hi] = [Math.floor(close) + 2, Math.ceil(close) - 2];
  return minutes.flatMap((b): Sweep[] => {
    const to = side === 'long' ? Math.ceil(gridPosition(b.l)) - shift : Math.floor(gridPosition(b.h)) - shift;
    const [from, count] = side === 'long' ? [to, lo - to] : [hi + 1, to - hi];
    if (!(count > 0)) return [];
    if (side === 'long') lo = to;
    else hi = to;
    const usd = new Float64Array(count);
    v.engine.addTo(usd, side, from, v.usdPerMass[side]);
    const first = usd.findIndex((x) => x > 0);
    if (first < 0) return [];
    return [
      {
        t: b.t,
        side,
        notionalUsd: usd.reduce((a, x) => a + x, 0),
        loPx: gridPx(from + first + shift),
        hiPx: gridPx(from + usd.findLastIndex((x) => x > 0) + shift),
      },
    ];
  });
}

/** Sweeps of one bar and side in one entry, oldest first. Those given are not used any more. */
function merged(sweeps: readonly Sweep[]): Sweep[] {
  const byBar = { long: new Map<number, Sweep>(), short: new Map<number, Sweep>() };
  for (const s of sweeps) {
    const known = byBar[s.side].get(s.t);
    if (known === undefined) {
      byBar[s.side].set(s.t, s);
      continue;
    }
    known.notionalUsd += s.notionalUsd;
    known.loPx = Math.min(s.loPx, known.loPx);
    known.hiPx = Math.max(s.hiPx, known.hiPx);
  }
  return [...byBar.long.values(), ...byBar.short.values()].sort(
    (a, b) => a.t - b.t || (a.side < b.side ? -1 : 1),
  );
}
