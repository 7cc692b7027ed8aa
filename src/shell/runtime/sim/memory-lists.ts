// The lists of the in-memory store: newest first, in pages.
import type { DecisionCount, ListQuery, Page, StoredAlert, TradeQuery } from '../../../app/ports.ts';
import { tickerCoin } from '../../../core/alert/coin-of-ticker.ts';
import type { Decision } from '../../../core/decide/types.ts';
import type { Trade } from '../../../core/review/types.ts';
import type { BridgeStore } from '../../store/create-store.ts';
import { BadCursor, LIST_LIMIT_MAX } from '../../store/lists.ts';
import type { MemoryStore } from './memory-store.ts';

interface Facts {
  atMs: number;
  coins?: readonly (string | null | undefined)[];
  strategy?: string | null | undefined;
  /** False: a filter that only this list has says no. */
  fits?: boolean;
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
  f.fits !== false &&
  (q.coin === undefined || f.coins?.includes(q.coin) === true) &&
  (q.strategy === undefined || f.strategy === q.strategy) &&
  f.atMs >= (q.sinceMs ?? Number.NEGATIVE_INFINITY) &&
  f.atMs < (q.untilMs ?? Number.POSITIVE_INFINITY);

const isResult = (t: Trade, result: NonNullable<TradeQuery['result']>): boolean =>
  t.closedAtMs === null ? result === 'open' : result === (t.netPnlUsd > 0 ? 'won' : 'lost');

/** The cursor is the place of the last decision looked at, newest decided first, base 36, from 1. */
function countOf(rows: Iterable<Decision>, q: ListQuery): Page<DecisionCount> {
  const { coin: _coin, strategy: _strategy, cursor: _cursor, ...range } = q;
  const ordered = [...rows]
    .filter((d) => fits(range, { atMs: d.decidedAtMs }))
    .toReversed()
    .sort((a, b) => b.decidedAtMs - a.decidedAtMs);
  const from = q.cursor === undefined ? 0 : placeOf(q.cursor) + 1;
  const to = from + Math.max(1, q.limit);
  const counts = new Map<string, DecisionCount>();
  for (const d of ordered.slice(from, to)) {
    if (!fits(q, { atMs: d.decidedAtMs, coins: [d.coin], strategy: d.strategy })) continue;
    const key = `${d.status} ${d.reasons.join(' ')}`;
    const known = counts.get(key) ?? { status: d.status, reasons: d.reasons, n: 0, newestMs: d.decidedAtMs };
    counts.set(key, { ...known, n: known.n + 1 });
  }
  return { items: [...counts.values()], nextCursor: to < ordered.length ? to.toString(36) : null };
}

type Lists = Pick<
  BridgeStore,
  Extract<keyof BridgeStore, `list${string}`> | 'trade' | 'recordOf' | 'countDecisions'
>;

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
        fits:
          (q.status === undefined || d.status === q.status) &&
          (q.reason === undefined || String(d.reasons) === q.reason),
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
      pageOf(trades.values(), q, (t) => ({
        atMs: tradeMs(t),
        coins: [t.coin],
        strategy: t.strategy,
        fits:
          (q.side === undefined || t.side === q.side) &&
          (q.decisionId === undefined || t.decisionId === q.decisionId) &&
          (q.result === undefined || isResult(t, q.result)),
      })),
    trade: async (id) => {
      const found = trades.get(id);
      return found && { ...found };
    },
    async recordOf({ coin, sinceMs, untilMs, limit }) {
      const within = <T extends object>(rows: Iterable<T>, ms: (row: T) => number, of: (row: T) => boolean) =>
        [...rows]
          .filter((row) => of(row) && ms(row) >= sinceMs && ms(row) < untilMs)
          .sort((a, b) => ms(a) - ms(b))
          .slice(0, limit)
          .map((row) => ({ ...row }));
      const isOf = (row: { coin: string | null }): boolean => row.coin === coin;
      return {
        decisions: within(decisions.values(), (d) => d.decidedAtMs, isOf).map((d) => ({
          ...d,
          inputs: null,
        })),
        intents: within(intents.values(), (i) => i.createdAtMs, isOf),
        fills: within(fills.values(), (f) => f.timeMs, isOf),
        guardRuns: within(
          guardRuns.values(),
          (r) => r.startedAtMs,
          (r) => r.findings.some(isOf),
        ),
      };
    },
    countDecisions: async (q) => countOf(decisions.values(), q),
    listGuardRuns: async (q) =>
      pageOf(guardRuns.values(), q, (r) => ({ atMs: r.startedAtMs, coins: r.findings.map((f) => f.coin) })),
  };
}
