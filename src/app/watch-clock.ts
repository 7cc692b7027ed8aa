import type { Desk } from './desk.ts';

/** Beyond this somebody should look at the machine's clock, ms. Entries stop at twice that (the clock-skew gate). */
const WARN_MS = 1_000;

/**
 * Takes over what the venue's answers say of its clock. Decisions on alerts' ages and `expiresAfter` rest on ours; nonces
 * do not: they follow the venue's (see nonce-source).
 */
export function watchClock(desk: Desk): void {
  const sample = desk.reader.clockSkew();
  const before = desk.clockSkewMs;
  desk.clockSkewMs = sample === null ? null : sample.skewMs;
  const isOff = sample !== null && Math.abs(sample.skewMs) > WARN_MS;
  const wasOff = before !== null && Math.abs(before) > WARN_MS;
  if (isOff === wasOff && (sample === null) === (before === null)) return;
  if (sample === null) desk.log.warn('clock.unknown', {});
  else if (isOff)
    desk.log.warn('clock.skewed', { skewMs: sample.skewMs, uncertaintyMs: sample.uncertaintyMs });
  else if (wasOff) desk.log.info('clock.in-step', { skewMs: sample.skewMs });
}
