import type { Finding } from './plan-protection.ts';

/** What a guard beside a running bridge knows when it decides whether to act. */
export interface BesideBridge {
  /** When each finding was first read, by `findingKey`; it stood in every reading since. Ms since the epoch. */
  seenSinceMs: ReadonlyMap<string, number>;
  /** For how long the bridge has shown no sign of a working guard, ms; null while it shows one. */
  silentForMs: number | null;
  nowMs: number;
}

/**
 * A working bridge repairs within seconds. What still stands after this long it is not repairing, ms. Several times the
 * lag of the venue's readings.
 */
export const STANDS_FOR_MS = 8_000;

/** A gap stays the same gap while its cause changes (missing, then too small): only "does it protect" counts. */
export const findingKey = (f: Finding): string =>
  `${f.coin}|${f.action.kind === 'cancel' ? 'cancel' : 'gap'}`;

/**
 * Which findings a second guard on the account acts on now, so that two guards never fight:
 * - a gap at once while the bridge is silent, else only when it has stood for STANDS_FOR_MS: two stops too many are
 *   swept, none is not an option;
 * - a surplus stop only when the bridge has been silent for as long as well. Two guards that both sweep could each keep
 *   another stop and leave none; with a bridge at work the sweeping is the bridge's alone.
 */
export function dueFindings(findings: readonly Finding[], o: BesideBridge): Finding[] {
  return findings.filter((f) => {
    const stoodForMs = o.nowMs - (o.seenSinceMs.get(findingKey(f)) ?? o.nowMs);
    if (f.action.kind === 'cancel')
      return o.silentForMs !== null && Math.min(stoodForMs, o.silentForMs) >= STANDS_FOR_MS;
    return o.silentForMs !== null || stoodForMs >= STANDS_FOR_MS;
  });
}
