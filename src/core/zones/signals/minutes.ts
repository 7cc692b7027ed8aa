// What one-minute bars add to a map: whether they can be gone by, and which minute swept what.
import type { Candle } from '../../shared/candle.ts';
import { gridPosition } from '../log-grid.ts';
import type { Sweep, ZoneMap } from '../types.ts';
import type { Lookback } from './thresholds.ts';

export const MINUTE_MS = 60_000;
const BAR_MS = 300_000;
/** From the end of the newest known minute: beyond this the last minutes are not known, ms. */
export const MINUTES_STALE_MS = 150_000;

/** Hyperliquid's one-minute bars as far as they are known: within [fromMs, toMs) a minute without a bar had no trade. */
export interface MinuteBars {
  fromMs: number;
  /** End of the newest minute known, ms. */
  toMs: number;
  /** Closed, oldest first. */
  bars: readonly Candle[];
}

/** Why the 1m timeframe cannot be told, in words; null when it can. */
export function whyMinutesUnknown(
  minutes: MinuteBars | null,
  look: Pick<Lookback, 'windowMs'>,
  nowMs: number,
): string | null {
  if (minutes === null) return 'no one-minute bars are read';
  const ageMs = nowMs - minutes.toMs;
  if (ageMs > MINUTES_STALE_MS) return `the newest minute known ended ${Math.round(ageMs / 1_000)} s ago`;
  const knownMs = minutes.toMs - minutes.fromMs;
  return knownMs < look.windowMs
    ? `only ${Math.floor(knownMs / MINUTE_MS)} of ${look.windowMs / MINUTE_MS} minutes are known`
    : null;
}

/**
 * The map with its sweeps of the look-back told by the minute, as of the newest minute: those of closed five-minute bars
 * are spread over the minutes whose price first went there, those since come by the minute already.
 */
export function mapByMinute(
  map: ZoneMap,
  { bars, toMs }: MinuteBars,
  look: Pick<Lookback, 'windowMs'>,
): ZoneMap {
  const sinceMs = toMs - look.windowMs - BAR_MS;
  const closed = map.sweeps
    .filter((s) => s.t >= sinceMs)
    .flatMap((s) =>
      minutesOf(
        s,
        bars.filter((b) => b.t >= s.t && b.t < s.t + BAR_MS),
      ),
    );
  const running = (map.runningSweeps ?? []).filter((s) => s.t < toMs);
  return { ...map, asOfMs: Math.max(map.asOfMs, toMs), sweeps: [...closed, ...running] };
}

/**
 * One five-minute sweep as what each of its minutes took: mass is taken to lie evenly (in log price) between the two
 * ends of what was swept, and a minute takes what no minute before it had reached. Adds up to the whole. Where no minute
 * reached it (another venue's price did), the first one stands for all.
 */
function minutesOf(s: Sweep, minutes: readonly Candle[]): Sweep[] {
  const isLong = s.side === 'long';
  const [near, far] = isLong ? [s.hiPx, s.loPx] : [s.loPx, s.hiPx];
  /** How far into the range a price is, 0 at its near end … 1 at its far one. */
  const depthOf = (px: number): number => {
    const width = Math.abs(gridPosition(far) - gridPosition(near));
    const depth = (gridPosition(px) - gridPosition(near)) * (isLong ? -1 : 1);
    return width > 0 ? Math.max(0, Math.min(1, depth / width)) : depth >= 0 ? 1 : 0;
  };
  let reached = 0;
  const parts = minutes.flatMap((b) => {
    const depth = depthOf(isLong ? b.l : b.h);
    const from = reached;
    reached = Math.max(reached, depth);
    return reached > from ? [{ t: b.t, from, to: reached }] : [];
  });
  if (reached === 0) return [{ ...s, t: minutes[0]?.t ?? s.t }];
  const pxAt = (depth: number): number => near * (far / near) ** depth;
  return parts.map(({ t, from, to }) => {
    const [a, b] = [pxAt(from), pxAt(to)];
    return {
      ...s,
      t,
      notionalUsd: (s.notionalUsd * (to - from)) / reached,
      loPx: Math.min(a, b),
      hiPx: Math.max(a, b),
    };
  });
}
