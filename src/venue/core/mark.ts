// The mark as the venue makes it (docs, robust price indices): the median of the oracle with a slow basis, the book,
// and other venues' perps. A wick of the book alone hardly moves it.
import type { CoinState, MarkState } from './types.ts';

/** A new mark every three seconds. */
const EVERY_MS = 3_000;
const BASIS_MS = 150_000;
const BOOK_MS = 30_000;

export const freshMark = (): MarkState => ({
  basis: { sum: 0, weight: 0 },
  book: { sum: 0, weight: 0 },
  sampledAtMs: 0,
  dueAtMs: 0,
});

/** num ← num·e^(−t/τ) + sample·t, den ← den·e^(−t/τ) + t. */
function sample(e: MarkState['basis'], value: number, elapsedMs: number, tauMs: number): void {
  const keep = Math.exp(-elapsedMs / tauMs);
  e.sum = e.sum * keep + value * elapsedMs;
  e.weight = e.weight * keep + elapsedMs;
}

const average = (e: MarkState['basis'], fallback: number): number =>
  e.weight > 0 ? e.sum / e.weight : fallback;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((x, y) => x - y);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
};

/**
 * Takes the coin's present book and oracle into the averages. @returns the new mark in price units, or null while the
 * last one still stands. `externalPx`: median of other venues' perps in price units; without it the book's own 30 s
 * average is the third input.
 */
export function modelMark(c: CoinState, nowMs: number, externalPx: number | null): number | null {
  const m = c.mark;
  const mid = (c.bidPx + c.askPx) / 2;
  const book = median([c.bidPx, c.askPx, c.trades.at(-1)?.px ?? mid]);
  const elapsed = m.sampledAtMs === 0 ? 0 : Math.max(0, nowMs - m.sampledAtMs);
  sample(m.basis, mid - c.oraclePx, elapsed, BASIS_MS);
  sample(m.book, book, elapsed, BOOK_MS);
  m.sampledAtMs = nowMs;
  if (c.markPx > 0 && nowMs < m.dueAtMs) return null;
  m.dueAtMs = nowMs + EVERY_MS;
  const third = externalPx ?? average(m.book, book);
  return Math.max(1, Math.round(median([c.oraclePx + average(m.basis, mid - c.oraclePx), book, third])));
}
