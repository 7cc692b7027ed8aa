// The lists of the in-memory store: newest first, in pages.
import type { ListQuery, Page, StoredAlert } from '../../../app/ports.ts';
import { tickerCoin } from '../../../core/alert/coin-of-ticker.ts';
import type { Trade } from '../../../core/review/types.ts';
import type { BridgeStore } from '../../store/create-store.ts';
import { BadCursor, LIST_LIMIT_MAX } from '../../store/lists.ts';
import type { MemoryStore } from './memory-store.ts';

interface Facts {
  atMs: number;
  coins?: readonly (string | null | undefined)[];
  strategy?: string | null | undefined;
}

export const tradeMs = (t: Trade): number => t.closedAtMs ?? t.openedAtMs;

function placeOf(cursor: string): number {
  const place = /^[1-9a-z][0-9a-z]{0,10}$/.test(cursor) ? Number.parseInt(cursor, 36) : Number.NaN;
  if (!Number.isSafeInteger(place)) throw new BadCursor('cursor: not one of ours');
  return place - 1;
}

/** Newest first, narrowed. The cursor is the place of the page's last row, base 36, from 1. */
function pageOf<T extends object>(rows: Iterable<T>, q: ListQuery, facts: (row: T) => Facts): Page<T> {
  const all = [...rows];
  const before = q.cursor === undefined ? all.length : placeOf(q.cursor);
  const limit = Math.min(LIST_LIMIT_MAX, Math.max(1, Math.trunc(q.limit) || 1));
  const items: T[] = [];
  let lastPlace = 0;
  for (let i = Math.min(before, all.length) - 1; i >= 0; i--) {
    const row = all[i];
    if (row === undefined || !fits(q, facts(row))) continue;
    if (items.length === limit) return { items, nextCursor: (lastPlace + 1).toString(36) };
    items.push({ ...row });
    lastPlace = i;
  }
  return { items, nextCursor: null };
}

const fits = (q: ListQuery, f: Facts): boolean =>
  (q.coin === undefined || f.coins?.includes(q.coin) === true) &&
  (q.strategy === undefined || f.strategy === q.strategy) &&
  f.atMs >= (q.sinceMs ?? Number.NEGATIVE_INFINITY) &&
  f.atMs < (q.untilMs ?? Number.POSITIVE_INFINITY);

type Lists = Pick<BridgeStore, Extract<keyof BridgeStore, `list${string}`>>;

export function listVerbs({
  alerts,
  deadLetters,
  decisions,
  fills,
  guardRuns,
  intents,
  trades,
}: MemoryStore['rows']): Lists {
  const ofAlert = (id: string | null | undefined): Omit<Facts, 'atMs'> => {
    const a = id == null ? undefined : alerts.get(id);
    return { coins: [a && tickerCoin(a.alert.ticker)?.coin], strategy: a?.alert.strategy };
  };
  const alertFacts = (a: StoredAlert) => ({ atMs: a.receivedAtMs, ...ofAlert(a.id) });
  return {
    listAlerts: async (q) => pageOf(alerts.values(), q, alertFacts),
    listDeadLetters: async (q) =>
      pageOf(deadLetters.values(), q, (d) => ({ atMs: d.receivedAtMs, ...ofAlert(d.alertId) })),
    async listDecisions(q) {
      const { items, nextCursor } = pageOf(decisions.values(), q, (d) => ({
        atMs: d.decidedAtMs,
        coins: [d.coin],
        strategy: d.strategy,
      }));
      return { items: items.map((d) => ({ ...d, inputs: null })), nextCursor };
    },
    listIntents: async (q) =>
      pageOf(intents.values(), q, (i) => ({ atMs: i.createdAtMs, ...ofAlert(i.alertId), coins: [i.coin] })),
    listFills: async (q) =>
      pageOf(fills.values(), q, (f) => ({
        atMs: f.timeMs,
        ...ofAlert(f.cloid === null ? null : intents.get(f.cloid)?.alertId),
        coins: [f.coin],
      })),
    listTrades: async (q) =>
      pageOf(trades.values(), q, (t) => ({ atMs: tradeMs(t), coins: [t.coin], strategy: t.strategy })),
    listGuardRuns: async (q) =>
      pageOf(guardRuns.values(), q, (r) => ({ atMs: r.startedAtMs, coins: r.findings.map((f) => f.coin) })),
  };
}
