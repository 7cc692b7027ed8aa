import type { Candle } from '../core/shared/candle.ts';

const MINUTE_MS = 60_000;

/**
 * The running minute of each coin, from the prices it is given: what the `candle` channel pushes between two closed bars.
 * No part of the venue's state: it begins anew with the process. Its volume is known once it has closed.
 */
export class FormingMinutes {
  readonly #bars = new Map<string, Candle>();

  /** @param atMs the market's time; the end of a minute belongs to it, as in the bars that markets make */
  price(coin: string, px: number, atMs: number): void {
    const t = Math.ceil(atMs / MINUTE_MS - 1) * MINUTE_MS;
    const bar = this.#bars.get(coin);
    if (bar === undefined || bar.t < t) {
      const o = bar?.c ?? px;
      this.#bars.set(coin, { t, o, h: Math.max(o, px), l: Math.min(o, px), c: px, v: 0 });
    } else if (bar.t === t) {
      bar.h = Math.max(bar.h, px);
      bar.l = Math.min(bar.l, px);
      bar.c = px;
    }
  }

  of(coin: string): Candle | undefined {
    return this.#bars.get(coin);
  }
}
