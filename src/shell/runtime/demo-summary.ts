import type { Store } from '../../app/ports.ts';
import { exitOf } from '../../core/decide/exit-for.ts';
import { performanceOf } from '../../core/review/performance.ts';
import type { AccountState } from '../../core/guard/types.ts';
import type { Observation } from './observe-venue.ts';

/** What a demo prints; docs/demo.md explains each field. Names are fixed. */
export interface DemoSummary {
  dataSource: string;
  /** Alerts the webhook answered 202. */
  alerts: number;
  approved: number;
  refused: Record<string, number>;
  /** Alerts that ended a position of ours, by why. */
  exits: Record<string, number>;
  /** Approved entries that filled. */
  entries: number;
  /** Of these, how many had their stop accepted in the same signed action. */
  stopsWithEntry: number;
  trades: number;
  openPositions: number;
  netPnlUsd: number;
  feesUsd: number;
  fundingUsd: number;
  /** Of the sum of closed trades, from its highest point. */
  maxDrawdownUsd: number;
  equityUsd: number | null;
  /** Longest time a position stood without a full valid stop, as the venue saw it. */
  unprotectedMsMax: number;
  /** Orders the venue accepted more than once. */
  duplicates: number;
  /** Accepted alerts without a final state at the end. */
  lost: number;
  byCoin: Record<string, { approved: number; refused: number; trades: number; netPnlUsd: number }>;
}

/** Everything the store and the venue say about a finished demo. */
export async function summarizeDemo(o: {
  dataSource: string;
  store: Store;
  account: AccountState | null;
  seen: Observation;
  answers: number;
}): Promise<DemoSummary> {
  const decisions = await all((cursor) => o.store.listDecisions({ limit: 500, cursor }));
  const trades = await all((cursor) => o.store.listTrades({ limit: 500, cursor }));
  const intents = await all((cursor) => o.store.listIntents({ limit: 500, cursor }));
  const lost = await o.store.openAlerts();
  const refused: DemoSummary['refused'] = {};
  const exits: DemoSummary['exits'] = {};
  const byCoin: DemoSummary['byCoin'] = {};
  const of = (coin: string | null) =>
    (byCoin[coin ?? 'unmapped'] ??= { approved: 0, refused: 0, trades: 0, netPnlUsd: 0 });
  for (const d of decisions) {
    const exit = exitOf(d)?.code;
    if (exit !== undefined) exits[exit] = (exits[exit] ?? 0) + 1;
    else {
      of(d.coin)[d.status] += 1;
      for (const reason of d.reasons) refused[reason] = (refused[reason] ?? 0) + 1;
    }
  }
  for (const t of trades) {
    of(t.coin).trades += 1;
    of(t.coin).netPnlUsd = cents(of(t.coin).netPnlUsd + t.netPnlUsd);
  }
  const filled = intents.filter((i) => i.role === 'entry' && (i.filledSz ?? 0) > 0);
  const withStop = filled.filter((entry) =>
    intents.some(
      (i) => i.role === 'stop' && i.nonce === entry.nonce && i.signer === entry.signer && i.oid !== null,
    ),
  );
  const total = (pick: (t: (typeof trades)[number]) => number): number =>
    cents(trades.reduce((sum, t) => sum + pick(t), 0));
  return {
    dataSource: o.dataSource,
    alerts: o.answers,
    approved: decisions.filter((d) => d.plan !== null).length,
    refused,
    exits,
    entries: filled.length,
    stopsWithEntry: withStop.length,
    trades: trades.filter((t) => t.closedAtMs !== null).length,
    openPositions: o.account?.positions.length ?? 0,
    netPnlUsd: total((t) => t.netPnlUsd),
    feesUsd: total((t) => t.feesUsd),
    fundingUsd: total((t) => t.fundingUsd),
    maxDrawdownUsd: cents(performanceOf(trades, []).total.maxDrawdownUsd),
    equityUsd: o.account === null ? null : cents(o.account.equityUsd),
    unprotectedMsMax: o.seen.unprotectedMsMax(),
    duplicates: [...o.seen.acceptedByCloid.values()].filter((n) => n > 1).length,
    lost: lost.length,
    byCoin,
  };
}

const cents = (usd: number): number => Math.round(usd * 100) / 100;

async function all<T>(
  page: (cursor?: string) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const next = await page(cursor);
    items.push(...next.items);
    cursor = next.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
