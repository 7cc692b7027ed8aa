import type { Candle } from '../../core/shared/candle.ts';

/** t, o, h, l, c, v */
const FIELDS = 6;

/**
 * Bars of one coin and interval in time order, one number after the other: as objects the bars of a venue's coins would
 * be a tenth of the process's memory.
 */
export class CandleSeries {
  #data = new Float64Array(64 * FIELDS);
  #length = 0;

  /** @param bars in any order; of two with the same open the later one counts */
  static of(bars: readonly Candle[]): CandleSeries {
    const series = new CandleSeries();
    for (const bar of bars) series.put(bar);
    return series;
  }

  get length(): number {
    return this.#length;
  }

  /** Takes a bar to its place; one with the same open is replaced. */
  put(bar: Candle): void {
    const at = this.indexOf(bar.t);
    const replaces = at < this.#length && this.#data[at * FIELDS] === bar.t;
    if (!replaces) this.#makeRoom(at);
    this.#data.set([bar.t, bar.o, bar.h, bar.l, bar.c, bar.v], at * FIELDS);
  }

  /** Index of the first bar that opens at or after `ms`. */
  indexOf(ms: number): number {
    let [lo, hi] = [0, this.#length];
    // Nearly always it is the next bar.
    if (hi > 0 && this.#data[(hi - 1) * FIELDS]! < ms) return hi;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.#data[mid * FIELDS]! < ms) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  slice(from = 0, to = this.#length): Candle[] {
    const bars: Candle[] = [];
    for (let i = Math.max(0, from); i < Math.min(to, this.#length); i++) {
      const [t, o, h, l, c, v] = this.#data.subarray(i * FIELDS, (i + 1) * FIELDS);
      bars.push({ t: t!, o: o!, h: h!, l: l!, c: c!, v: v! });
    }
    return bars;
  }

  last(): Candle | undefined {
    return this.slice(this.#length - 1)[0];
  }

  /** Forgets the oldest bars beyond the newest `keep`. */
  trim(keep: number): void {
    const gone = this.#length - keep;
    if (gone <= 0) return;
    this.#data.copyWithin(0, gone * FIELDS, this.#length * FIELDS);
    this.#length = keep;
  }

  /** Opens a gap of one bar at an index. */
  #makeRoom(at: number): void {
    const used = this.#length * FIELDS;
    if (used === this.#data.length) {
      const grown = new Float64Array(2 * used);
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data.copyWithin((at + 1) * FIELDS, at * FIELDS, used);
    this.#length++;
  }
}
