import type { ClockSample } from '../../core/execute/clock-skew.ts';
import type { InfoAnswer } from './hyperliquid-info.ts';

/** The header has whole seconds. */
const DATE_STEP_MS = 1_000;

/**
 * The venue's clock against ours by one answer: its Date header, else the `time` some answers carry (the state's, which
 * may be a block or two old). Null when it says neither.
 */
export function clockSampleOf({
  serverDateMs,
  sentAtMs,
  receivedAtMs,
  body,
}: InfoAnswer): ClockSample | null {
  const [venueMs, stepMs] = serverDateMs === null ? [timeOf(body), 0] : [serverDateMs, DATE_STEP_MS];
  if (venueMs === null) return null;
  return {
    skewMs: venueMs + stepMs / 2 - (sentAtMs + receivedAtMs) / 2,
    uncertaintyMs: (stepMs + receivedAtMs - sentAtMs) / 2,
    atMs: receivedAtMs,
  };
}

const timeOf = (body: unknown): number | null =>
  typeof body === 'object' && body !== null && 'time' in body && Number.isSafeInteger(body.time)
    ? Number(body.time)
    : null;
