import type { RoundResult } from './play-round.ts';

/** Of a sorted list, the value that a share of it does not exceed; 0 of an empty one. */
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0;

/** All rounds as one result. I3: p99 at most 5 s, longest at most 15 s. */
export function sumUp(seed: string, rounds: readonly RoundResult[]) {
  const sum = (of: (r: RoundResult) => number): number => rounds.reduce((total, r) => total + of(r), 0);
  const sorted = rounds.flatMap((r) => r.unprotectedMs).sort((a, b) => a - b);
  const unprotectedMs = { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) ?? 0 };
  const starts = rounds.flatMap((r) => r.startMs).sort((a, b) => a - b);
  const killed: Record<string, number> = {};
  for (const r of rounds)
    for (const [when, n] of Object.entries(r.killed)) killed[when] = (killed[when] ?? 0) + n;
  const figures = {
    kills: sum((r) => r.kills),
    alerts: sum((r) => r.alerts),
    accepted: sum((r) => r.accepted),
    entries: sum((r) => r.entries),
    lost: sum((r) => r.lost.length),
    duplicates: sum((r) => r.duplicates.length),
    orphans: sum((r) => r.orphans.length),
    unsettled: sum((r) => r.unsettled.length),
    positions: sum((r) => r.positions),
    unprotectedMs,
    convergedMsMax: Math.max(0, ...rounds.map((r) => r.convergedMs)),
    startMs: { p50: quantile(starts, 0.5), max: starts.at(-1) ?? 0 },
    journal: rounds.every((r) => r.journal === 'ok') ? 'ok' : 'broken',
    journalEntries: sum((r) => r.journalEntries),
  };
  const isClean = figures.lost + figures.duplicates + figures.orphans + figures.unsettled === 0;
  const isProtected = unprotectedMs.p99 <= 5_000 && unprotectedMs.max <= 15_000;
  return {
    ok: isClean && isProtected && figures.journal === 'ok',
    seed,
    ...figures,
    faults: sum((r) => r.faults),
    killed,
    rounds: rounds.length,
  };
}
