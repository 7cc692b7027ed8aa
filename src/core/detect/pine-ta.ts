// Pine's built-in averages and ranges, one value at a time, seeded and warmed up exactly as TradingView does it
// (Pine v6 reference: ta.sma, ta.rma, ta.rsi, ta.atr, ta.highest, ta.lowest). `na` is NaN, so that every comparison
// with a value that is not known yet is false, as in Pine. Inputs are finite unless a function says otherwise.

/** Takes the newest value of a series and returns the function's value on that bar. */
export type Step = (value: number) => number;

/** `series[bars]`: the value of `bars` bars ago, na before there was one. `bars` ≥ 1; na passes through. */
export function history(bars: number): Step {
  const ring = new Float64Array(bars).fill(NaN);
  let at = 0;
  return (value) => {
    const old = ring[at] ?? NaN;
    ring[at] = value;
    at = at + 1 === bars ? 0 : at + 1;
    return old;
  };
}

/** Mean of the last `length` values, na for the first length − 1. The running sum is compensated (Neumaier). */
export function sma(length: number): Step {
  const ring = new Float64Array(length);
  let at = 0;
  let seen = 0;
  let sum = 0;
  let lost = 0;
  const add = (x: number): void => {
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  };
  return (value) => {
    add(value);
    if (seen < length) seen += 1;
    else add(-(ring[at] ?? NaN));
    ring[at] = value;
    at = at + 1 === length ? 0 : at + 1;
    return seen < length ? NaN : (sum + lost) / length;
  };
}

/** Wilder's average, alpha = 1/length, seeded with the plain mean of the first `length` values. */
export function rma(length: number): Step {
  let seen = 0;
  let value = 0;
  return (x) => {
    seen += 1;
    value = seen > length ? x / length + (1 - 1 / length) * value : value + x / length;
    return seen < length ? NaN : value;
  };
}

/** Average true range, quote currency. The first bar's true range is high − low. */
export function atr(length: number): (high: number, low: number, close: number) => number {
  const smooth = rma(length);
  let previous = NaN;
  return (high, low, close) => {
    const range = high - low;
    const trueRange = Number.isNaN(previous)
      ? range
      : Math.max(range, Math.abs(high - previous), Math.abs(low - previous));
    previous = close;
    return smooth(trueRange);
  };
}

/** 0..100; na for the first `length` bars, because the first change is on the second bar. 100 when nothing fell. */
export function rsi(length: number): Step {
  const up = rma(length);
  const down = rma(length);
  let previous = NaN;
  return (value) => {
    const change = value - previous;
    previous = value;
    if (Number.isNaN(change)) return NaN;
    const gain = up(Math.max(change, 0));
    const loss = down(Math.max(-change, 0));
    if (loss === 0) return 100;
    return gain === 0 ? 0 : 100 - 100 / (1 + gain / loss);
  };
}

/** Largest of the last `length` values; na for length − 1 bars; na inside the window is skipped. */
export function highest(length: number): Step {
  const ring = new Float64Array(length).fill(NaN);
  let at = 0;
  let seen = 0;
  return (value) => {
    ring[at] = value;
    at = at + 1 === length ? 0 : at + 1;
    if (seen < length) seen += 1;
    if (seen < length) return NaN;
    let best = NaN;
    for (const x of ring) if (!(x <= best) && !Number.isNaN(x)) best = x;
    return best;
  };
}

/** Smallest of the last `length` values; na for length − 1 bars; na inside the window is skipped. */
export function lowest(length: number): Step {
  const inverse = highest(length);
  return (value) => -inverse(-value);
}
