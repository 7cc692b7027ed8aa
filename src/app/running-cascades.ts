import type { AnyAlert } from '../core/alert/schema.ts';
import type { Desk } from './desk.ts';

/** How long a cascade is taken to run after its start was alerted, ms. */
const RUNS_MS = 1_800_000;

/** Stops and liquidation prices move within minutes while a cascade runs, and coins that fall together turn together. */
export function noteCascade({ cascades, clock }: Desk, { kind, ticker, sentAt }: AnyAlert): void {
  if (kind !== 'cascade.start') return;
  // A chart's clock that is ahead of ours does not make it longer.
  const untilMs = Math.min(sentAt, clock.nowMs()) + RUNS_MS;
  cascades.set(ticker, Math.max(cascades.get(ticker) ?? 0, untilMs));
}

/** On how many charts a cascade has started within the last half hour. */
export function runningCascades({ cascades, clock }: Desk): number {
  const nowMs = clock.nowMs();
  for (const [ticker, untilMs] of cascades) if (untilMs <= nowMs) cascades.delete(ticker);
  return cascades.size;
}
