// The store as its port describes it, on plain arrays: what the real one is compared with.
import type {
  DeadLetter,
  DecisionCount,
  GuardRun,
  ListQuery,
  Page,
  StoredAlert,
} from '../../../src/app/ports.ts';
import { tickerCoin } from '../../../src/core/alert/coin-of-ticker.ts';
import type { Decision } from '../../../src/core/decide/types.ts';
import type { Intent } from '../../../src/core/execute/types.ts';
import type { Fill, Trade } from '../../../src/core/review/types.ts';
import { type BridgeStore, QUIET_GUARD_RUN_KEPT_MS } from '../../../src/shell/store/create-store.ts';

const refuse = (why: string): never => {
  throw new Error(why);
};
const copies = <T extends object>(rows: readonly T[]): T[] => rows.map((row) => ({ ...row }));
const copy = <T extends object>(row: T | undefined): T | undefined => row && { ...row };
const oldestFirst = (a: Fill, b: Fill) => a.timeMs - b.timeMs;
const tradeMs = (t: Trade) => t.closedAtMs ?? t.openedAtMs;

interface Facts {
  atMs: number;
  coins?: readonly (string | null | undefined)[];
  strategy?: string | null | undefined;
  fits?: boolean;
}

/** Newest first, narrowed; the cursor is the index of the row the page before ended with. */
function pageOf<T>(rows: readonly T[], q: ListQuery, facts: (row: T) => Facts): Page<T> {
  const before = q.cursor === undefined ? rows.length : Number(q.cursor);
  const fitting = rows
    .map((row, i) => ({ row, i }))
    .filter(({ row, i }) => {
      const { atMs, coins, strategy, fits = true } = facts(row);
      return (
        fits &&
        i < before &&
        (q.coin === undefined || coins?.includes(q.coin) === true) &&
        (q.strategy === undefined || strategy === q.strategy) &&
        atMs >= (q.sinceMs ?? -Infinity) &&
        atMs < (q.untilMs ?? Infinity)
      );
    })
    .toReversed();
  const shown = fitting.slice(0, Math.min(500, Math.max(1, q.limit)));
  return {
    items: shown.map(({ row }) => ({ ...row })),
    nextCursor: fitting.length > shown.length ? String(shown.at(-1)?.i) : null,
  };
}

export function createModelStore(): BridgeStore {
  const alerts: StoredAlert[] = [];
  const deadLetters: DeadLetter[] = [];
  const decisions: Decision[] = [];
  const intents: Intent[] = [];
  const fills: Fill[] = [];
  const trades: Trade[] = [];
  const guardRuns: GuardRun[] = [];
  const settings = new Map<string, string>();
  const nonces = new Map<string, number>();

  const alertOf = (id: string | null) => alerts.find((a) => a.id === id);
  const raise = (signer: string, nonce: number) =>
    nonces.set(signer, Math.max(nonce, nonces.get(signer) ?? nonce));
  const add = (list: readonly Intent[]): void => {
    const cloids = [...intents, ...list].map((i) => i.cloid);
    if (new Set(cloids).size < cloids.length) refuse('cloid');
    if (list.some((i) => i.alertId !== null && alertOf(i.alertId) === undefined)) refuse('alert of intent');
    for (const i of list) {
      intents.push({ ...i });
      raise(i.signer, i.nonce);
    }
  };
  const ofAlert = (id: string | null) => ({
    coins: [alertOf(id) && tickerCoin(alertOf(id)?.alert.ticker ?? '')?.coin],
    strategy: alertOf(id)?.alert.strategy,
  });

  return {
    async receiveAlert(a) {
      const known = alerts.find((x) => x.key === a.key);
      if (known !== undefined)
        return { was: known.bodySha === a.bodySha ? 'same' : 'other', alertId: known.id };
      if (alertOf(a.id)) refuse('id of another key');
      alerts.push({ ...a });
      return { was: 'new', alertId: a.id };
    },
    async recordDeadLetter(d) {
      if (deadLetters.some((x) => x.id === d.id)) refuse('id');
      deadLetters.push(d);
    },
    openAlerts: async () => copies(alerts.filter((a) => a.state !== 'done')),
    alert: async (id) => copy(alertOf(id)),
    async commitDecision({ decision, intents: list, alertState, outcome }) {
      if (decisions.some((d) => d.alertId === decision.alertId)) return false;
      const alert = alertOf(decision.alertId) ?? refuse('alert');
      if (decisions.some((d) => d.id === decision.id)) refuse('id');
      add(list);
      Object.assign(alert, { state: alertState, outcome });
      decisions.push(decision);
      return true;
    },
    commitIntents: async (list) => add(list),
    async advanceIntent(cloid, from, change) {
      const found = intents.find((i) => i.cloid === cloid && from.includes(i.state));
      if (found) Object.assign(found, change);
      return found !== undefined;
    },
    intent: async (cloid) => copy(intents.find((i) => i.cloid === cloid)),
    unresolvedIntents: async () =>
      copies(intents.filter((i) => i.state === 'sending' || i.state === 'unknown')),
    intentsOf: async (id) => copies(intents.filter((i) => i.alertId === id)),
    async recordOutcome(legs, alert) {
      for (const l of legs) await this.advanceIntent(l.cloid, l.from, l.change);
      if (alert !== null) await this.finishAlert(alert.id, alert.outcome);
    },
    async finishAlert(id, outcome) {
      const alert = alertOf(id);
      if (alert && alert.state !== 'done') Object.assign(alert, { state: 'done', outcome });
    },
    decision: async (id) => decisions.find((d) => d.id === id),
    decisionOfAlert: async (id) => decisions.find((d) => d.alertId === id),
    usage: async (alertsSinceMs, riskSinceMs) => ({
      entryAlerts: alerts.filter(
        (a) => a.alert.kind === 'cascade.exhaustion' && a.receivedAtMs >= alertsSinceMs,
      ).length,
      riskUsd: decisions
        .filter((d) => d.status === 'approved' && d.decidedAtMs >= riskSinceMs)
        .reduce((usd, d) => usd + (d.plan?.riskUsd ?? 0), 0),
    }),
    lastNonce: async (signer) => nonces.get(signer) ?? 0,
    commitNonce: async (signer, nonce) => void raise(signer, nonce),
    async recordFills(list) {
      const fresh: Fill[] = [];
      for (const f of [...list].sort(oldestFirst))
        if (![...fills, ...fresh].some((x) => x.tid === f.tid)) fresh.push(f);
      fills.push(...fresh);
      return fresh;
    },
    fillsOf: async (coin, sinceMs) =>
      fills.filter((f) => f.coin === coin && f.timeMs >= sinceMs).sort(oldestFirst),
    newestFillMs: async () => (fills.length > 0 ? Math.max(...fills.map((f) => f.timeMs)) : null),
    async saveTrade(t) {
      const i = trades.findIndex((x) => x.id === t.id);
      trades[i < 0 ? trades.length : i] = t;
    },
    openTrades: async () => trades.filter((t) => t.closedAtMs === null),
    tradesSince: async (sinceMs) =>
      trades.filter((t) => tradeMs(t) >= sinceMs).sort((a, b) => tradeMs(a) - tradeMs(b)),
    async recordGuardRun(r) {
      if (guardRuns.some((x) => x.id === r.id)) refuse('id');
      guardRuns.push(r);
    },
    async pruneGuardRuns(nowMs) {
      const before = guardRuns.length;
      const kept = guardRuns.filter(
        (r) => r.verdict !== 'protected' || r.startedAtMs >= nowMs - QUIET_GUARD_RUN_KEPT_MS,
      );
      guardRuns.splice(0, before, ...kept);
      return before - kept.length;
    },
    setting: async (name) => settings.get(name) ?? null,
    setSetting: async (name, value) => void settings.set(name, value),
    listAlerts: async (q) => pageOf(alerts, q, (a) => ({ atMs: a.receivedAtMs, ...ofAlert(a.id) })),
    listDeadLetters: async (q) =>
      pageOf(deadLetters, q, (d) => ({ atMs: d.receivedAtMs, ...ofAlert(d.alertId) })),
    listDecisions: async (q) =>
      pageOf(
        decisions.map((d) => ({ ...d, inputs: null })),
        q,
        (d) => ({
          atMs: d.decidedAtMs,
          coins: [d.coin],
          strategy: d.strategy,
          fits:
            (q.status ?? d.status) === d.status &&
            (q.reason === undefined || (d.reasons.length === 1 && d.reasons[0] === q.reason)),
        }),
      ),
    listIntents: async (q) =>
      pageOf(intents, q, (i) => ({ atMs: i.createdAtMs, ...ofAlert(i.alertId), coins: [i.coin] })),
    listFills: async (q) =>
      pageOf(fills, q, (f) => {
        const order = intents.find((i) => i.cloid === f.cloid);
        return { atMs: f.timeMs, ...ofAlert(order?.alertId ?? null), coins: [f.coin] };
      }),
    listTrades: async (q) =>
      pageOf(trades, q, (t) => {
        const result = t.closedAtMs === null ? 'open' : t.netPnlUsd > 0 ? 'won' : 'lost';
        const fits =
          (q.side ?? t.side) === t.side &&
          (q.result ?? result) === result &&
          (q.decisionId ?? t.decisionId) === t.decisionId;
        return { atMs: tradeMs(t), coins: [t.coin], strategy: t.strategy, fits };
      }),
    trade: async (id) => copy(trades.find((t) => t.id === id)),
    async recordOf({ coin, sinceMs, untilMs, limit }) {
      const cut = <T extends object>(rows: readonly T[], ms: (row: T) => number) =>
        copies(rows.filter((r) => ms(r) >= sinceMs && ms(r) < untilMs))
          .sort((a, b) => ms(a) - ms(b))
          .slice(0, limit);
      const ofCoin = <T extends { coin: string | null }>(rows: readonly T[]) =>
        rows.filter((r) => r.coin === coin);
      return {
        decisions: cut(ofCoin(decisions), (d) => d.decidedAtMs).map((d) => ({ ...d, inputs: null })),
        intents: cut(ofCoin(intents), (i) => i.createdAtMs),
        fills: cut(ofCoin(fills), (f) => f.timeMs),
        guardRuns: cut(
          guardRuns.filter((r) => ofCoin(r.findings).length > 0),
          (r) => r.startedAtMs,
        ),
      };
    },
    async countDecisions(q) {
      const inTime = decisions
        .map((d, i) => ({ d, i }))
        .filter(
          ({ d }) => d.decidedAtMs >= (q.sinceMs ?? -Infinity) && d.decidedAtMs < (q.untilMs ?? Infinity),
        )
        .sort((a, b) => b.d.decidedAtMs - a.d.decidedAtMs || b.i - a.i);
      const from = Number(q.cursor ?? 0);
      const counts: DecisionCount[] = [];
      for (const { d } of inTime.slice(from, from + q.limit)) {
        if ((q.coin ?? d.coin) !== d.coin || (q.strategy ?? d.strategy) !== d.strategy) continue;
        const known = counts.find((c) => c.status === d.status && String(c.reasons) === String(d.reasons));
        if (known) known.n += 1;
        else counts.push({ status: d.status, reasons: d.reasons, n: 1, newestMs: d.decidedAtMs });
      }
      return { items: counts, nextCursor: from + q.limit < inTime.length ? String(from + q.limit) : null };
    },
    listGuardRuns: async (q) =>
      pageOf(guardRuns, q, (r) => ({ atMs: r.startedAtMs, coins: r.findings.map((f) => f.coin) })),
    close: async () => {},
  };
}
