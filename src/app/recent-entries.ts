import type { RecentEntry } from '../core/decide/decide-input.ts';
import type { Decision } from '../core/decide/types.ts';
import type { Desk } from './desk.ts';

const known = new WeakMap<Desk, RecentEntry[]>();
const PAGE = 500;

/**
 * Entries approved within the window of one cascade, oldest first: read from the store once, so that a restart gives a
 * cascade no second budget, and kept in memory from then on.
 */
export async function recentEntries(desk: Desk): Promise<RecentEntry[]> {
  const sinceMs = desk.clock.nowMs() - desk.limits.cascadeWindowMs;
  const list = known.get(desk) ?? (await readEntries(desk, sinceMs));
  const recent = list.filter((r) => r.decidedAtMs >= sinceMs);
  known.set(desk, recent);
  return recent;
}

/** Counts an entry that has been committed. */
export function noteEntry(desk: Desk, d: Decision): void {
  const entry = entryOf(d);
  if (entry !== null) known.set(desk, [...(known.get(desk) ?? []), entry]);
}

async function readEntries(desk: Desk, sinceMs: number): Promise<RecentEntry[]> {
  const entries: RecentEntry[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await desk.store.listDecisions({ sinceMs, limit: PAGE, cursor });
    entries.push(...page.items.flatMap((d) => entryOf(d) ?? []));
    cursor = page.nextCursor;
  }
  return entries.toReversed();
}

/** Null for anything but an approved entry. */
export const entryOf = ({ status, plan, decidedAtMs }: Decision): RecentEntry | null =>
  status === 'approved' && plan !== null
    ? { coin: plan.coin, side: plan.side, riskUsd: plan.riskUsd, decidedAtMs }
    : null;
