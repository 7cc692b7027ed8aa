import type { Candle } from '../../core/shared/candle.ts';

/**
 * Joins price steps to bars of one length and keeps the newest `capacity` closed ones. Columns of numbers instead of
 * objects: 18 coins × 13,000 bars stay at 12 MB.
 */
export class BarBuilder {
  readonly intervalMs: number;
  readonly #capacity: number;
  readonly #columns: Float64Array;
  #closed = 0;
  #openMs = Number.NaN;
  #o = 0;
  #h = 0;
  #l = 0;
  #v = 0;

  constructor(intervalMs: number, capacity: number) {
    this.intervalMs = intervalMs;
    this.#capacity = capacity;
    this.#columns = new Float64Array(capacity * 6);
  }

  /**
   * A step that ended at `endMs` and lies within one bar: it began at `fromPx`, saw everything in [loPx, hiPx] and
   * ended at `px`; `v` coins traded. True when it closed its bar.
   */
  add(endMs: number, fromPx: number, px: number, loPx: number, hiPx: number, v: number): boolean {
    const openMs = Math.ceil(endMs / this.intervalMs - 1) * this.intervalMs;
    if (openMs === this.#openMs) {
      if (hiPx > this.#h) this.#h = hiPx;
      if (loPx < this.#l) this.#l = loPx;
      this.#v += v;
    } else {
      this.#openMs = openMs;
      this.#o = fromPx;
      this.#h = hiPx > fromPx ? hiPx : fromPx;
      this.#l = loPx < fromPx ? loPx : fromPx;
      this.#v = v;
    }
    if (endMs !== openMs + this.intervalMs) return false;
    const at = (this.#closed % this.#capacity) * 6;
    const columns = this.#columns;
    columns[at] = openMs;
    columns[at + 1] = this.#o;
    columns[at + 2] = this.#h;
    columns[at + 3] = this.#l;
    columns[at + 4] = px;
    columns[at + 5] = this.#v;
    this.#closed += 1;
    return true;
  }

  /** Closed bars kept. */
  get length(): number {
    return Math.min(this.#closed, this.#capacity);
  }

  /** The bar closed `back` bars before the newest (0 = the newest), or undefined when it is not kept. */
  closedBar(back: number): Candle | undefined {
    if (back < 0 || back >= this.length) return undefined;
    const at = ((this.#closed - 1 - back) % this.#capacity) * 6;
    const columns = this.#columns;
    return {
      t: columns[at] ?? 0,
      o: columns[at + 1] ?? 0,
      h: columns[at + 2] ?? 0,
      l: columns[at + 3] ?? 0,
      c: columns[at + 4] ?? 0,
      v: columns[at + 5] ?? 0,
    };
  }

  /** The newest `count` closed bars, oldest first. */
  last(count: number): Candle[] {
    const bars: Candle[] = [];
    for (let back = Math.min(count, this.length) - 1; back >= 0; back--) {
      const bar = this.closedBar(back);
      if (bar !== undefined) bars.push(bar);
    }
    return bars;
  }
}
