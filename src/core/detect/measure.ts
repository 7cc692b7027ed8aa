import { INTERVAL_MS, type Candle } from '../shared/candle.ts';
import type { DetectorParams } from './params.ts';
import { atr as atrOf, highest, history, lowest, rsi as rsiOf, sma } from './pine-ta.ts';

/** One bar with every measure of the script, na where it is not known yet. */
export interface Bar extends Candle {
  index: number;
  oi: number;
  oiBefore: number;
  atrBefore: number;
  rsi: number;
  ratio: number;
  ratioMax: number;
  volumeMax: number;
  high: number;
  low: number;
  funding: number;
  /** RSI 14 of the last closed bar of the higher timeframe. */
  higherRsi: number;
}

const RSI_LENGTH = 14;

/** Whether a candle is one: finite, above 0, with its open and close between its low and its high. */
export function isBar({ t, o, h, l, c, v }: Candle): boolean {
  return t >= 0 && l > 0 && h < Infinity && v >= 0 && v < Infinity && l <= o && l <= c && o <= h && c <= h;
}

/** Every series of the script, on every bar, whatever the state. */
export function createMeasure(
  p: DetectorParams,
  intervalMs: number,
): (candle: Candle, oi?: number | null, funding?: number | null) => Bar {
  const atr = atrOf(p.atrLength);
  const atrBefore = history(p.legBars);
  const oiBefore = history(p.legBars);
  const rsi = rsiOf(RSI_LENGTH);
  const baseline = sma(p.volumeBaselineBars);
  const ratioMax = highest(p.legBars);
  const volumeMax = highest(p.legBars);
  const high = highest(p.legBars);
  const low = lowest(p.legBars);
  const higherRsi = createHigherRsi(INTERVAL_MS[p.higherInterval] ?? 0, intervalMs);
  let index = -1;
  let baselineBefore = NaN;
  return (k, oiRaw, fundingRaw) => {
    index += 1;
    const oi = p.useOi && oiRaw != null && oiRaw > 0 && oiRaw < Infinity ? oiRaw : NaN;
    const ratio = baselineBefore > 0 ? k.v / baselineBefore : NaN;
    baselineBefore = baseline(k.v);
    return {
      t: k.t,
      o: k.o,
      h: k.h,
      l: k.l,
      c: k.c,
      v: k.v,
      index,
      oi,
      oiBefore: oiBefore(oi),
      atrBefore: atrBefore(atr(k.h, k.l, k.c)),
      rsi: rsi(k.c),
      ratio,
      ratioMax: ratioMax(ratio),
      volumeMax: volumeMax(k.v),
      high: high(k.h),
      low: low(k.l),
      funding: fundingRaw != null && Number.isFinite(fundingRaw) ? fundingRaw : NaN,
      higherRsi: higherRsi(k),
    };
  };
}

/** RSI of the bars of a higher timeframe, as known while the next one is still open. na when it is not higher. */
function createHigherRsi(higherMs: number, intervalMs: number): (candle: Candle) => number {
  if (higherMs <= intervalMs) return () => NaN;
  const rsi = rsiOf(RSI_LENGTH);
  let slot = -1;
  let close = NaN;
  let value = NaN;
  return ({ t, c }) => {
    const now = Math.floor(t / higherMs);
    if (slot >= 0 && now > slot) value = rsi(close);
    slot = now;
    close = c;
    return value;
  };
}
