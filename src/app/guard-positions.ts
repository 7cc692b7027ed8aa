import { isOurCloid } from '../core/execute/cloid.ts';
import { planProtection } from '../core/guard/plan-protection.ts';
import type { AccountState } from '../core/guard/types.ts';
import { withAckedStops } from './acked-stops.ts';
import type { Desk } from './desk.ts';
import type { GuardRun } from './ports.ts';
import { observeExits } from './exits.ts';
import { applyFinding } from './apply-finding.ts';
import { observeProtection } from './observe-protection.ts';
import { takeFills } from './take-fills.ts';

/** Stop distance of a position nobody planned a stop for, bps of its entry. */
const DEFAULT_STOP_BPS = 300;
const REPAIR_FAILURES_MAX = 2;
/** A lone stop younger than this may belong to an entry whose fill the reading does not show yet, ms. */
const ORPHAN_GRACE_MS = 15_000;
/** Readings per pass: the first, and one after each round of repairs. */
const ROUNDS_MAX = 4;
/** After a pass that relied on an acknowledgement instead of a reading, look again, ms. */
const RECHECK_MS = 4_000;

interface GuardSlot {
  running: Promise<void> | null;
  again: boolean;
}
const slots = new WeakMap<Desk, GuardSlot>();

/**
 * One guard pass: read the whole account, plan, repair (place → confirm → cancel), read again until nothing is left
 * to do. Single-flight: a call during a pass makes that pass run once more and resolves with it. Never throws; a
 * reading that fails leads to no action. Runs in every trading state.
 */
export async function guardPositions(desk: Desk, trigger: GuardRun['trigger']): Promise<void> {
  const slot = slots.get(desk) ?? { running: null, again: false };
  slots.set(desk, slot);
  if (slot.running !== null) {
    slot.again = true;
    return slot.running;
  }
  slot.running = (async () => {
    do {
      slot.again = false;
      await guardOnce(desk, trigger);
    } while (slot.again);
  })().finally(() => {
    slot.running = null;
  });
  return slot.running;
}

async function guardOnce(desk: Desk, trigger: GuardRun['trigger']): Promise<void> {
  const startedAtMs = desk.clock.nowMs();
  const done: GuardRun['findings'] = [];
  let verdict: GuardRun['verdict'] = 'unprotected';
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const reading = await readAccount(desk);
    if (reading === null) {
      verdict = 'unreadable';
      break;
    }
    await observeExits(desk, reading.account);
    const findings = planProtection(reading.account, policyOf(desk));
    observeProtection(desk, reading.account, findings);
    if (findings.length === 0) {
      verdict = done.length === 0 ? 'protected' : 'repaired';
      forgetClosed(desk, reading.account);
      if (reading.usedOverlay || desk.exits.size > 0) scheduleRecheck(desk);
      break;
    }
    // Coins do not wait for each other: one hung reply must not hold up another position's stop.
    done.push(...(await Promise.all(findings.map((f) => applyFinding(desk, f)))));
  }
  await finishPass(desk, { trigger, startedAtMs, verdict, done });
}

/** The whole account with our own newest stops, kept as the desk's newest reading; null when it cannot be read. */
export async function readAccount(
  desk: Desk,
): Promise<{ account: AccountState; usedOverlay: boolean } | null> {
  try {
    const read = await desk.reader.accountState();
    const account = withAckedStops(desk, read);
    desk.account = account;
    return { account, usedOverlay: account !== read };
  } catch (e) {
    desk.log.warn('guard.unreadable', { message: e instanceof Error ? e.message : 'unknown' });
    return null;
  }
}

/** What the guard judges by, from the desk's present state. */
export function policyOf(desk: Desk): Parameters<typeof planProtection>[1] {
  const marks = (desk.account?.positions ?? []).flatMap((p) => {
    const mark = desk.market.mark(p.coin);
    return mark === null ? [] : [[p.coin, mark.markPx] as const];
  });
  return {
    plannedStopPx: Object.fromEntries([...desk.plannedStops].filter(([coin]) => !isOfOtherSide(desk, coin))),
    markPx: Object.fromEntries(marks),
    szDecimals: Object.fromEntries([...desk.meta].map(([coin, m]) => [coin, m.szDecimals])),
    defaultStopBps: DEFAULT_STOP_BPS,
    repairFailures: Object.fromEntries(desk.repairFailures),
    repairFailuresMax: REPAIR_FAILURES_MAX,
    orphanGraceMs: ORPHAN_GRACE_MS,
    unresolvedCoins: [...new Set([...desk.unresolved.keys(), ...desk.pending.keys()])],
    isOurs: isOurCloid,
    exits: Object.fromEntries([...desk.exits].map(([coin, e]) => [coin, { code: e.reason, side: e.side }])),
    areEntriesOff: desk.tradingState !== 'ACTIVE',
  };
}

/** After a flip by hand the old plan says nothing about the position: its stop price would look long passed. */
function isOfOtherSide(desk: Desk, coin: string): boolean {
  const [plan, held] = [desk.plans.get(coin), desk.account?.positions.find((p) => p.coin === coin)];
  return plan !== undefined && held !== undefined && plan.side !== held.side;
}

function forgetClosed(desk: Desk, account: AccountState): void {
  const held = new Set(account.positions.map((p) => p.coin));
  for (const coin of [...desk.plannedStops.keys(), ...desk.plans.keys()]) {
    if (held.has(coin) || desk.pending.has(coin) || desk.unresolved.has(coin)) continue;
    desk.plannedStops.delete(coin);
    desk.plans.delete(coin);
  }
}

/** Not tracked as work in flight: nobody waits for it, and the timer would look again anyway. */
function scheduleRecheck(desk: Desk): void {
  void desk.clock.sleep(RECHECK_MS).then(() => guardPositions(desk, 'fill'));
}

async function finishPass(
  desk: Desk,
  o: {
    trigger: GuardRun['trigger'];
    startedAtMs: number;
    verdict: GuardRun['verdict'];
    done: GuardRun['findings'];
  },
): Promise<void> {
  const finishedAtMs = desk.clock.nowMs();
  // A pass that left a position bare is not a success: entries stop and /healthz says so when it goes on.
  if (o.verdict === 'protected' || o.verdict === 'repaired') desk.guardLastOkMs = finishedAtMs;
  const run: GuardRun = {
    id: desk.newId(),
    startedAtMs: o.startedAtMs,
    finishedAtMs,
    trigger: o.trigger,
    verdict: o.verdict,
    positions: desk.account?.positions.length ?? 0,
    findings: o.done,
  };
  const level = o.verdict === 'unprotected' ? 'error' : o.verdict === 'protected' ? 'debug' : 'warn';
  desk.log[level]('guard.pass', {
    trigger: o.trigger,
    verdict: o.verdict,
    positions: run.positions,
    findings: o.done,
    durationMs: finishedAtMs - o.startedAtMs,
  });
  // The venue is the truth and the guard's work is done: a store that cannot write must not stop it.
  try {
    await desk.store.recordGuardRun(run);
    if (o.verdict !== 'unreadable') await takeFills(desk);
  } catch (e) {
    desk.log.error('guard.not-recorded', { message: e instanceof Error ? e.message : 'unknown' });
  }
}
