/** Samples are kept this close for a day, then one in five minutes, ms. */
const FINE_MS = 60_000;
const COARSE_MS = 300_000;
const FINE_KEPT_MS = 86_400_000;
/** Room for samples beside what thinning keeps, so that it happens rarely. */
const SLACK = 512;

/** One moment of one coin on one venue. Null is unknown. */
export interface MarketSample {
  tMs: number;
  /** One-sided. */
  openInterestUsd: number | null;
  /** In Hyperliquid's coins. */
  openInterestCoins: number | null;
  /** Per hour, fraction. */
  fundingHourlyFraction: number | null;
}

/** A bounded history of one coin on one venue: numbers in typed arrays, since there are dozens of these. */
export interface SampleSeries {
  /** The sample if it begins a new minute, else nothing happens. @returns whether it was taken */
  push(s: MarketSample): boolean;
  /** Puts in what a venue or a file remembers of earlier; where both know a moment, what is here already stays. */
  merge(samples: readonly MarketSample[]): void;
  /** From `sinceMs` on, oldest first. */
  since(sinceMs: number): MarketSample[];
  /** The newest sample at or before `atMs`. */
  at(atMs: number): MarketSample | undefined;
  /** Time of the oldest and the newest, ms; null when empty. */
  range(): { fromMs: number; toMs: number } | null;
}

const orNaN = (x: number | null): number => x ?? Number.NaN;
const orNull = (x: number | undefined): number | null => (x === undefined || Number.isNaN(x) ? null : x);

/** @param keepMs older samples are dropped */
export function createSampleSeries(keepMs: number): SampleSeries {
  // Four numbers a sample: time, USD, coins, funding.
  let data = new Float64Array(4 * SLACK);
  let count = 0;
  const time = (i: number): number => data[4 * i] ?? Number.NaN;
  const sample = (i: number): MarketSample => ({
    tMs: time(i),
    openInterestUsd: orNull(data[4 * i + 1]),
    openInterestCoins: orNull(data[4 * i + 2]),
    fundingHourlyFraction: orNull(data[4 * i + 3]),
  });
  /** Index of the first sample after `atMs`. */
  const after = (atMs: number): number => {
    let [lo, hi] = [0, count];
    while (lo < hi) {
      const middle = (lo + hi) >>> 1;
      if (time(middle) <= atMs) lo = middle + 1;
      else hi = middle;
    }
    return lo;
  };
  const put = (s: MarketSample): void => {
    data.set(
      [s.tMs, orNaN(s.openInterestUsd), orNaN(s.openInterestCoins), orNaN(s.fundingHourlyFraction)],
      4 * count,
    );
    count += 1;
  };
  const replace = (samples: readonly MarketSample[]): void => {
    const kept = thin(samples, keepMs);
    data = new Float64Array(4 * (kept.length + SLACK));
    count = 0;
    for (const s of kept) put(s);
  };
  const all = (): MarketSample[] => Array.from({ length: count }, (_, i) => sample(i));

  return {
    push(s) {
      if (count > 0 && Math.floor(s.tMs / FINE_MS) <= Math.floor(time(count - 1) / FINE_MS)) return false;
      if (4 * count >= data.length) replace(all());
      put(s);
      return true;
    },
    merge: (samples) => replace([...all(), ...samples].sort((a, b) => a.tMs - b.tMs)),
    since: (sinceMs) =>
      Array.from({ length: count - after(sinceMs - 1) }, (_, i) => sample(after(sinceMs - 1) + i)),
    at: (atMs) => (after(atMs) === 0 ? undefined : sample(after(atMs) - 1)),
    range: () => (count === 0 ? null : { fromMs: time(0), toMs: time(count - 1) }),
  };
}

/**
 * One sample a minute for the last day, one in five minutes before, none older than `keepMs`: the first of each, with
 * what it did not know from those after it. Open interest and funding come from different histories.
 */
function thin(sorted: readonly MarketSample[], keepMs: number): MarketSample[] {
  const newestMs = sorted.at(-1)?.tMs ?? 0;
  const out: MarketSample[] = [];
  for (const s of sorted) {
    if (newestMs - s.tMs > keepMs) continue;
    const stepMs = newestMs - s.tMs > FINE_KEPT_MS ? COARSE_MS : FINE_MS;
    const last = out.at(-1);
    if (last === undefined || Math.floor(s.tMs / stepMs) > Math.floor(last.tMs / stepMs)) out.push(s);
    else out[out.length - 1] = completed(last, s);
  }
  return out;
}

const completed = (first: MarketSample, later: MarketSample): MarketSample => ({
  tMs: first.tMs,
  openInterestUsd: first.openInterestUsd ?? later.openInterestUsd,
  openInterestCoins: first.openInterestCoins ?? later.openInterestCoins,
  fundingHourlyFraction: first.fundingHourlyFraction ?? later.fundingHourlyFraction,
});
