// The Store port on plain Maps: what a database would hold after its last commit. Passes the contract suite of the
// real drivers (tests/sim/memory-store.test.ts).
import type { DeadLetter, GuardRun, StoredAlert } from '../../../app/ports.ts';
import type { Decision } from '../../../core/decide/types.ts';
import type { Intent } from '../../../core/execute/types.ts';
import type { Fill, Trade } from '../../../core/review/types.ts';
import { type BridgeStore, QUIET_GUARD_RUN_KEPT_MS } from '../../store/create-store.ts';
import { listVerbs, tradeMs } from './memory-lists.ts';

/** Every verb commits at once and whole, before its promise is returned. */
export interface MemoryStore extends BridgeStore {
  readonly rows: {
    alerts: Map<string, StoredAlert>;
    decisions: Map<string, Decision>;
    intents: Map<string, Intent>;
    fills: Map<number, Fill>;
    trades: Map<string, Trade>;
    guardRuns: Map<string, GuardRun>;
    deadLetters: Map<string, DeadLetter>;
    nonces: Map<string, number>;
    settings: Map<string, string>;
  };
}

const refuse = (why: string): never => {
  throw new Error(`constraint failed: ${why}`);
};
const isOpen = (i: Intent): boolean => i.state === 'sending' || i.state === 'unknown';

function emptyRows(): MemoryStore['rows'] {
  return {
    alerts: new Map(),
    decisions: new Map(),
    intents: new Map(),
    fills: new Map(),
    trades: new Map(),
    guardRuns: new Map(),
    deadLetters: new Map(),
    nonces: new Map(),
    settings: new Map(),
  };
}

type Verbs<K extends keyof BridgeStore> = Pick<BridgeStore, K>;

export function createMemoryStore(): MemoryStore {
  const rows = emptyRows();
  return {
    rows,
    ...alertVerbs(rows),
    ...decisionVerbs(rows),
    ...intentVerbs(rows),
    ...fillVerbs(rows),
    ...keepingVerbs(rows),
    ...listVerbs(rows),
    close: async () => {},
  };
}

function finish({ alerts }: MemoryStore['rows'], id: string, outcome: StoredAlert['outcome']): void {
  const alert = alerts.get(id);
  if (alert !== undefined && alert.state !== 'done') Object.assign(alert, { state: 'done', outcome });
}

function alertVerbs(
  rows: MemoryStore['rows'],
): Verbs<'receiveAlert' | 'recordDeadLetter' | 'openAlerts' | 'alert' | 'finishAlert'> {
  const { alerts, deadLetters } = rows;
  const byKey = new Map<string, StoredAlert>();
  return {
    async receiveAlert(a) {
      const known = byKey.get(a.key);
      if (known !== undefined)
        return { was: known.bodySha === a.bodySha ? 'same' : 'other', alertId: known.id };
      if (alerts.has(a.id)) refuse(`alert id ${a.id} belongs to another key`);
      if (!Number.isFinite(a.receivedAtMs)) refuse('receivedAtMs is no number');
      const row = { ...a };
      alerts.set(a.id, row);
      byKey.set(a.key, row);
      return { was: 'new', alertId: a.id };
    },
    async recordDeadLetter(d) {
      if (deadLetters.has(d.id)) refuse('id');
      deadLetters.set(d.id, { ...d });
    },
    async openAlerts() {
      const open: StoredAlert[] = [];
      for (const a of alerts.values()) if (a.state !== 'done') open.push({ ...a });
      return open;
    },
    async alert(id) {
      const a = alerts.get(id);
      return a && { ...a };
    },
    async finishAlert(id, outcome) {
      finish(rows, id, outcome);
    },
  };
}

function decisionVerbs(
  rows: MemoryStore['rows'],
): Verbs<'commitDecision' | 'decision' | 'decisionOfAlert' | 'usage'> {
  const { alerts, decisions } = rows;
  const ofAlert = new Map<string, Decision>();
  return {
    async commitDecision({ decision, intents, alertState, outcome }) {
      if (ofAlert.has(decision.alertId)) return false;
      const alert = alerts.get(decision.alertId) ?? refuse('alert of decision');
      if (decisions.has(decision.id)) refuse('id of another decision');
      add(rows, intents);
      Object.assign(alert, { state: alertState, outcome });
      decisions.set(decision.id, decision);
      ofAlert.set(decision.alertId, decision);
      return true;
    },
    decision: async (id) => decisions.get(id),
    decisionOfAlert: async (id) => ofAlert.get(id),
    async usage(alertsSinceMs, riskSinceMs) {
      let entryAlerts = 0;
      let riskUsd = 0;
      for (const a of alerts.values())
        if (a.alert.kind === 'cascade.exhaustion' && a.receivedAtMs >= alertsSinceMs) entryAlerts += 1;
      for (const d of decisions.values())
        if (d.status === 'approved' && d.decidedAtMs >= riskSinceMs) riskUsd += d.plan?.riskUsd ?? 0;
      return { entryAlerts, riskUsd };
    },
  };
}

const raise = ({ nonces }: MemoryStore['rows'], signer: string, nonce: number): void =>
  void nonces.set(signer, Math.max(nonce, nonces.get(signer) ?? nonce));

/** All or none. */
function add(rows: MemoryStore['rows'], list: readonly Intent[]): void {
  const { alerts, intents } = rows;
  const cloids = new Set(list.map((i) => i.cloid));
  if (cloids.size < list.length || list.some((i) => intents.has(i.cloid))) refuse('cloid is taken');
  if (list.some((i) => i.alertId !== null && !alerts.has(i.alertId))) refuse('alert of intent');
  for (const i of list) {
    intents.set(i.cloid, { ...i });
    raise(rows, i.signer, i.nonce);
  }
}

function intentVerbs(
  rows: MemoryStore['rows'],
): Verbs<
  | 'commitIntents'
  | 'intent'
  | 'advanceIntent'
  | 'recordOutcome'
  | 'unresolvedIntents'
  | 'intentsOf'
  | 'lastNonce'
  | 'commitNonce'
> {
  const { intents, nonces } = rows;
  const swap = (cloid: string, from: readonly Intent['state'][], change: Partial<Intent>): boolean => {
    const i = intents.get(cloid);
    if (i === undefined || !from.includes(i.state)) return false;
    // An undefined value leaves the column as it is.
    for (const [key, value] of Object.entries(change))
      if (value !== undefined) Object.assign(i, { [key]: value });
    return true;
  };
  const those = (test: (i: Intent) => boolean): Intent[] => {
    const found: Intent[] = [];
    for (const i of intents.values()) if (test(i)) found.push({ ...i });
    return found;
  };
  return {
    commitIntents: async (list) => add(rows, list),
    advanceIntent: async (cloid, from, change) => swap(cloid, from, change),
    async recordOutcome(legs, alert) {
      for (const l of legs) swap(l.cloid, l.from, l.change);
      if (alert !== null) finish(rows, alert.id, alert.outcome);
    },
    async intent(cloid) {
      const i = intents.get(cloid);
      return i && { ...i };
    },
    unresolvedIntents: async () => those(isOpen),
    intentsOf: async (alertId) => those((i) => i.alertId === alertId),
    lastNonce: async (signer) => nonces.get(signer) ?? 0,
    commitNonce: async (signer, nonce) => raise(rows, signer, nonce),
  };
}

function fillVerbs({
  fills,
  trades,
}: MemoryStore['rows']): Verbs<
  'recordFills' | 'fillsOf' | 'newestFillMs' | 'saveTrade' | 'openTrades' | 'tradesSince'
> {
  return {
    async recordFills(list) {
      const fresh = [...list]
        .sort((a, b) => a.timeMs - b.timeMs)
        .filter((f) => {
          if (fills.has(f.tid)) return false;
          fills.set(f.tid, { ...f });
          return true;
        });
      return fresh;
    },
    fillsOf: async (coin, sinceMs) =>
      [...fills.values()]
        .filter((f) => f.coin === coin && f.timeMs >= sinceMs)
        .sort((a, b) => a.timeMs - b.timeMs)
        .map((f) => ({ ...f })),
    async newestFillMs() {
      let newest: number | null = null;
      for (const f of fills.values()) if (newest === null || f.timeMs > newest) newest = f.timeMs;
      return newest;
    },
    async saveTrade(t) {
      trades.set(t.id, { ...t });
    },
    async openTrades() {
      const open: Trade[] = [];
      for (const t of trades.values()) if (t.closedAtMs === null) open.push({ ...t });
      return open;
    },
    async tradesSince(sinceMs) {
      const found: Trade[] = [];
      for (const t of trades.values()) if (tradeMs(t) >= sinceMs) found.push({ ...t });
      return found.length < 2 ? found : found.sort((a, b) => tradeMs(a) - tradeMs(b));
    },
  };
}

function keepingVerbs({
  guardRuns,
  settings,
}: MemoryStore['rows']): Verbs<'recordGuardRun' | 'pruneGuardRuns' | 'setting' | 'setSetting'> {
  return {
    async recordGuardRun(r) {
      if (guardRuns.has(r.id)) refuse('id');
      guardRuns.set(r.id, r);
    },
    async pruneGuardRuns(nowMs) {
      const before = guardRuns.size;
      for (const r of guardRuns.values())
        if (r.verdict === 'protected' && r.startedAtMs < nowMs - QUIET_GUARD_RUN_KEPT_MS)
          guardRuns.delete(r.id);
      return before - guardRuns.size;
    },
    setting: async (name) => settings.get(name) ?? null,
    setSetting: async (name, value) => void settings.set(name, value),
  };
}
