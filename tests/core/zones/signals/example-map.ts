import type { Candle } from '../../../../src/core/shared/candle.ts';
import type { Side } from '../../../../src/core/shared/coin.ts';
import type { Sweep, Zone, ZoneMap } from '../../../../src/core/zones/types.ts';

export const BAR = 300_000;
/** Midnight, so that hours and days end on bars. */
export const T0 = 1_760_054_400_000;
const MARK = 100;

/** A band `bps` away from the mark, 10 bp wide. */
export const zone = (side: Side, bps: number, notionalUsd: number, share = 0.2): Zone => {
  const near = MARK * (1 + ((side === 'short' ? 1 : -1) * bps) / 10_000);
  const far = near + (side === 'short' ? 1 : -1) * MARK * 0.001;
  return {
    side,
    loPx: Math.min(near, far),
    hiPx: Math.max(near, far),
    peakPx: (near + far) / 2,
    notionalUsd,
    share,
    distanceBps: bps,
  };
};

/** A sweep by the bar that closed `barsAgo` bars before the newest close. */
export const sweep = (side: Side, barsAgo: number, notionalUsd: number, px = MARK): Sweep => ({
  t: T0 - (barsAgo + 1) * BAR,
  side,
  notionalUsd,
  loPx: px - 0.1,
  hiPx: px + 0.1,
});

const largest = (zones: readonly Zone[], side: Side): Zone | null =>
  zones.filter((z) => z.side === side).sort((a, b) => b.notionalUsd - a.notionalUsd)[0] ?? null;

export const mapOf = (zones: readonly Zone[], over: Partial<ZoneMap> = {}): ZoneMap => ({
  coin: 'BTC',
  asOfMs: T0,
  markPx: MARK,
  sources: [
    { venue: 'hyperliquid', bars: 1_500, weight: 0.4, scaledBy: 'open-interest' },
    { venue: 'binance', bars: 1_500, weight: 0.6, scaledBy: 'open-interest' },
  ],
  leftOut: [],
  zones: [...zones],
  maxPain: { long: largest(zones, 'long'), short: largest(zones, 'short') },
  totalUsd: { long: 1_000_000, short: 1_000_000 },
  reachUsd: { long: 100_000, short: 100_000 },
  sweeps: [],
  bins: { px: [], longUsd: [], shortUsd: [] },
  ...over,
});

/** `n` bars that end at T0, closes and volumes by index. */
export const bars = (
  n: number,
  closeAt: (i: number) => number,
  volumeAt: (i: number) => number = () => 1,
): Candle[] =>
  Array.from({ length: n }, (_, i) => {
    const c = closeAt(i);
    return { t: T0 - (n - i) * BAR, o: c, h: c, l: c, c, v: volumeAt(i) };
  });
