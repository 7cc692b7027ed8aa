import { dueFindings, findingKey } from '../core/guard/due-findings.ts';
import type { Finding } from '../core/guard/plan-protection.ts';
import { planProtection, protectingStop } from '../core/guard/plan-protection.ts';
import { isStopLike } from '../core/guard/check-stop.ts';
import type { AccountState } from '../core/guard/types.ts';
import { applyFinding, REFUSED_FOR_NOW } from './apply-finding.ts';
import { observeRefusals } from './close-refused.ts';
import type { Desk } from './desk.ts';
import { policyOf } from './guard-policy.ts';
import { readAccount } from './guard-positions.ts';
import type { GuardRun } from './ports.ts';

/** Readings per look: the first, and one after each round of repairs. */
const ROUNDS_MAX = 4;
const STOPS_SETTING = 'stops-seen';

/** Where a position's only stop stood when it was last seen. */
type SeenStop = { side: 'long' | 'short'; entryPx: number; triggerPx: number };

/** A guard in a process of its own, on the account of a bridge that may be alive or dead. */
export interface SecondGuard {
  desk: Desk;
  /** Whether the bridge says that its own guard works; anything else, no answer included, is false. */
  isBridgeProtecting: () => Promise<boolean>;
  /** Kept from look to look. */
  seenSinceMs: Map<string, number>;
  silentSinceMs: number | null;
  stops: Map<string, SeenStop>;
}

export interface Look {
  /** 'left-to-bridge': something is wrong, and the bridge gets its time to repair it. */
  verdict: GuardRun['verdict'] | 'left-to-bridge';
  /** Null when the account could not be read. */
  positions: number | null;
  /** Null when nothing was wrong: then nobody asked. */
  isBridgeProtecting: boolean | null;
  findings: GuardRun['findings'];
}

/** With what an earlier run of the guard knew. Without a store that remembers, nothing. */
export async function createSecondGuard(
  desk: Desk,
  isBridgeProtecting: () => Promise<boolean>,
): Promise<SecondGuard> {
  const saved = await desk.store.setting(STOPS_SETTING);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by us, below
  const stops = saved === null ? [] : (JSON.parse(saved) as [string, SeenStop][]);
  return {
    desk,
    isBridgeProtecting,
    seenSinceMs: new Map(),
    silentSinceMs: null,
    stops: new Map(stops),
  };
}

/**
 * One look: read the whole account, plan as the bridge's guard does, do what is due beside a bridge, and read again
 * until nothing is due. Never throws; a reading that fails leads to no action.
 */
export async function lookBesideBridge(g: SecondGuard): Promise<Look> {
  const { desk } = g;
  const startedAtMs = desk.clock.nowMs();
  const look: Look = { verdict: 'unprotected', positions: null, isBridgeProtecting: null, findings: [] };
  /** Closes the venue has refused in this look: saying it again at once would not help. */
  const refused = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const reading = await readAccount(desk);
    if (reading === null) {
      look.verdict = 'unreadable';
      break;
    }
    const { account } = reading;
    look.positions = account.positions.length;
    await rememberStops(g, account);
    await observeRefusals(desk, account);
    const findings = planProtection(account, { ...policyOf(desk), plannedStopPx: plannedBy(g) });
    note(g, findings, account.readAtMs);
    if (findings.length === 0) {
      // Nobody asks the bridge while all is well: an old silence says nothing about the next time.
      g.silentSinceMs = null;
      look.verdict = look.findings.length === 0 ? 'protected' : 'repaired';
      break;
    }
    look.isBridgeProtecting = await askBridge(g);
    const nowMs = desk.clock.nowMs();
    const silentForMs = g.silentSinceMs === null ? null : nowMs - g.silentSinceMs;
    const due = dueFindings(findings, { seenSinceMs: g.seenSinceMs, silentForMs, nowMs }).filter(
      (f) => !(f.action.kind === 'close' && refused.has(f.coin)),
    );
    if (due.length === 0) {
      look.verdict = look.isBridgeProtecting ? 'left-to-bridge' : verdictOf(findings, look);
      break;
    }
    // Coins do not wait for each other: one hung reply must not hold up another position's stop.
    const done = await Promise.all(due.map((f) => applyFinding(desk, f)));
    for (const f of done) if (f.action.startsWith(REFUSED_FOR_NOW)) refused.add(f.coin);
    look.findings.push(...done);
  }
  await record(g, look, startedAtMs);
  return look;
}

/** Only surplus stops are left, and they wait: every position is protected. */
const verdictOf = (findings: readonly Finding[], look: Look): Look['verdict'] =>
  findings.some((f) => f.action.kind !== 'cancel')
    ? 'unprotected'
    : look.findings.length === 0
      ? 'protected'
      : 'repaired';

async function askBridge(g: SecondGuard): Promise<boolean> {
  const isProtecting = await g.isBridgeProtecting();
  if (isProtecting) g.silentSinceMs = null;
  else g.silentSinceMs ??= g.desk.clock.nowMs();
  return isProtecting;
}

/** A finding counts from the first reading that showed it; one reading without it, and it is over. */
function note(g: SecondGuard, findings: readonly Finding[], readAtMs: number): void {
  const keys = new Set(findings.map(findingKey));
  for (const key of g.seenSinceMs.keys()) if (!keys.has(key)) g.seenSinceMs.delete(key);
  for (const key of keys) if (!g.seenSinceMs.has(key)) g.seenSinceMs.set(key, readAtMs);
}

const plannedBy = (g: SecondGuard): Record<string, number> =>
  Object.fromEntries([...g.stops].map(([coin, s]) => [coin, s.triggerPx]));

/**
 * Where decisions wanted the stops is in the bridge's journal, which nobody else can open. What can be seen is where
 * they stand: a stop that was alone and valid comes back there. An entry price that changed is another position, or one
 * that was added to: its old stop says nothing, and the default is nearer than a wrong memory.
 */
async function rememberStops(g: SecondGuard, account: AccountState): Promise<void> {
  const before = JSON.stringify([...g.stops]);
  for (const coin of g.stops.keys())
    if (!account.positions.some((p) => p.coin === coin)) g.stops.delete(coin);
  for (const p of account.positions) {
    const old = g.stops.get(p.coin);
    if (old !== undefined && (old.side !== p.side || old.entryPx !== p.entryPx)) g.stops.delete(p.coin);
    const mark = g.desk.market.mark(p.coin)?.markPx ?? null;
    const szDecimals = g.desk.meta.get(p.coin)?.szDecimals ?? 0;
    const stop = protectingStop(p, account, mark, szDecimals);
    const isAlone = account.openOrders.filter((o) => o.coin === p.coin && isStopLike(o)).length === 1;
    if (isAlone && typeof stop?.triggerPx === 'number')
      g.stops.set(p.coin, { side: p.side, entryPx: p.entryPx, triggerPx: stop.triggerPx });
  }
  const after = JSON.stringify([...g.stops]);
  if (after !== before) await bestEffort(g.desk, (store) => store.setSetting(STOPS_SETTING, after));
}

/** Quiet looks leave no row: the log has them. */
async function record(g: SecondGuard, look: Look, startedAtMs: number): Promise<void> {
  const { desk } = g;
  const { verdict, findings, positions } = look;
  const isQuiet = verdict === 'protected' || verdict === 'left-to-bridge';
  const level = verdict === 'unprotected' ? 'error' : isQuiet ? 'info' : 'warn';
  desk.log[level]('guard.look', { ...look });
  if (isQuiet && findings.length === 0) return;
  await bestEffort(desk, (store) =>
    store.recordGuardRun({
      id: desk.newId(),
      startedAtMs,
      finishedAtMs: desk.clock.nowMs(),
      trigger: 'timer',
      verdict: verdict === 'left-to-bridge' ? 'unprotected' : verdict,
      positions: positions ?? 0,
      findings,
    }),
  );
}

/** The venue is the truth: what cannot be written down must not stop the protection. */
async function bestEffort(desk: Desk, write: (store: Desk['store']) => Promise<unknown>): Promise<void> {
  try {
    await write(desk.store);
  } catch (e) {
    desk.log.error('guard.not-recorded', { message: e instanceof Error ? e.message : 'unknown' });
  }
}
