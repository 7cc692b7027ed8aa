import type { Finding } from '../core/guard/plan-protection.ts';
import { planProtection } from '../core/guard/plan-protection.ts';
import type { AccountState } from '../core/guard/types.ts';
import { withAckedStops } from './acked-stops.ts';
import { applyFinding, REFUSED_FOR_NOW } from './apply-finding.ts';
import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { observeExits } from './exits.ts';
import { bookPass } from './guard-books.ts';
import { guardPaceMs } from './guard-pace.ts';
import { policyOf } from './guard-policy.ts';
import { observeRefusals } from './close-refused.ts';
import { observeProtection } from './observe-protection.ts';
import type { GuardRun } from './ports.ts';
import { hedged } from './hedged.ts';
import { hasPassed } from './has-passed.ts';
import { forgetOthersPlans } from './remember-plans.ts';
import { createSingleFlight } from './single-flight.ts';
import { watchClock } from './watch-clock.ts';
import { watchMargin } from './watch-margin.ts';

/** Readings per pass: the first, and one after each round of repairs. */
const ROUNDS_MAX = 4;
/** A reading without an answer for this long is asked for a second time beside the first, ms. */
const HEDGE_MS = 1_000;
/** A repair without an answer for this long does not hold up the next reading, ms: its own coin waits, others do not. */
const ROUND_MS_MAX = 1_000;
/** An entry is counted as on its way until a reading this much younger than its answer can show it, ms. */
const READ_LAG_MS = 4_000;

interface Guard {
  /** When the venue last told of a change, ms: readings of the next seconds may not show it. */
  toldAtMs: number;
  /** Coins with a plan, and when a reading last showed a position there. */
  heldAtMs: Map<string, number>;
  trigger: GuardRun['trigger'];
  pass: () => Promise<void>;
  /** Coins with a repair whose answer is not there yet. */
  inRepair: Set<string>;
}
const guards = new WeakMap<Desk, Guard>();

/**
 * One guard pass: read the whole account, plan, repair (place → confirm → cancel), read again until nothing is left
 * to do. Single-flight: a call during a pass makes that pass run once more and resolves with it. Never throws; a
 * reading that fails leads to no action. Runs in every trading state. A reply that hangs holds up its own coin alone.
 * Resolves when the pass is on record as well.
 * @param toldAtMs when the venue told of what it is called for, if that was not now
 */
export async function guardPositions(
  desk: Desk,
  trigger: GuardRun['trigger'],
  toldAtMs?: number,
): Promise<void> {
  await guardPass(desk, trigger, toldAtMs);
  await bookPass(desk);
}

/** The same without its record: for a timer, which must go on when a store hangs. */
export function guardPass(
  desk: Desk,
  trigger: GuardRun['trigger'],
  toldAtMs = desk.clock.nowMs(),
): Promise<void> {
  const guard = guards.get(desk) ?? newGuard(desk);
  guard.trigger = trigger;
  // The newest counts; one that lies in the future is from before our clock was set back.
  const isOlder = toldAtMs < guard.toldAtMs && guard.toldAtMs <= desk.clock.nowMs();
  if (trigger === 'fill' && !isOlder) guard.toldAtMs = toldAtMs;
  return guard.pass();
}

function newGuard(desk: Desk): Guard {
  const guard: Guard = {
    trigger: 'boot',
    toldAtMs: Number.NEGATIVE_INFINITY,
    heldAtMs: new Map(),
    inRepair: new Set(),
    pass: createSingleFlight(() => guardOnce(desk, guard)),
  };
  guards.set(desk, guard);
  return guard;
}

async function guardOnce(desk: Desk, guard: Guard): Promise<void> {
  const { trigger } = guard;
  const startedAtMs = desk.clock.nowMs();
  desk.guardPasses += 1;
  const done: GuardRun['findings'] = [];
  let verdict: GuardRun['verdict'] = 'unprotected';
  let isConfirmed = true;
  /** Coins of which the venue takes nothing in this pass: saying it again at once would not help. */
  const refused = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const reading = await readAccount(desk);
    if (reading === null) {
      verdict = 'unreadable';
      break;
    }
    await observeReading(desk, guard, reading.account);
    await observeRefusals(desk, reading.account);
    const planned = planProtection(reading.account, policyOf(desk));
    observeProtection(desk, reading.account);
    const isCertain = hasPassed(READ_LAG_MS, guard.toldAtMs, reading.account.readAtMs);
    const findings = isCertain ? withoutHaste(planned, reading.unseen) : withoutHaste(planned);
    if (findings.length === 0) {
      verdict = done.length === 0 ? 'protected' : 'repaired';
      isConfirmed = isCertain && reading.unseen.size === 0;
      break;
    }
    const due = findings.filter(
      (f) => !guard.inRepair.has(f.coin) && (f.action.kind === 'cancel' || !refused.has(f.coin)),
    );
    if (due.length === 0) {
      if (!findings.every((f) => f.code === 'stop-behind-plan')) break;
      // Every position has its full stop; what could not be tightened now waits for the next look.
      verdict = 'repaired';
      isConfirmed = isCertain && reading.unseen.size === 0;
      break;
    }
    done.push(...(await repair(desk, guard, due, refused)));
  }
  finishPass(desk, { trigger, startedAtMs, verdict, done });
  // Where the runtime wants to sleep, one look is enough to confirm.
  const isEnough = isConfirmed || (!desk.isAlwaysOn && trigger === 'timer');
  lookAgain(desk, guardPaceMs(desk, isEnough, confirmInMs(desk, guard)));
}

/** Until a reading cannot be too old for what the venue told of; left out when it told of nothing lately, ms. */
function confirmInMs(desk: Desk, { toldAtMs }: Guard): number | undefined {
  const ms = toldAtMs + READ_LAG_MS - desk.clock.nowMs();
  return ms > 0 && ms <= READ_LAG_MS ? ms : undefined;
}

/**
 * A reading too old for what the venue told of, or for our newest stop, may show orders and positions that are gone:
 * stops are placed on its word, and none is swept. Nor is one cancelled because it guards the other side: the position
 * may have turned. A stop too many can wait.
 * @param coins those the reading is too old for; left out: all
 */
const withoutHaste = (findings: readonly Finding[], coins?: ReadonlySet<string>): Finding[] =>
  findings.flatMap((f) => {
    if (coins !== undefined && !coins.has(f.coin)) return [f];
    if (f.action.kind === 'cancel') return [];
    const isTurned = f.action.kind === 'place-stop' && f.code === 'stop-wrong-side';
    return isTurned ? [{ ...f, action: { ...f.action, thenCancel: [] } }] : [f];
  });

/** What was done about each finding, after at most ROUND_MS_MAX. What has no answer by then goes on beside the guard. */
async function repair(
  desk: Desk,
  guard: Guard,
  findings: readonly Finding[],
  refused: Set<string>,
): Promise<GuardRun['findings']> {
  const done = findings.map((f) => ({
    coin: f.coin,
    code: f.code,
    action: 'no answer yet',
    message: f.message,
  }));
  const coins = new Set(findings.map((f) => f.coin));
  let isAwaited = true;
  const repairs = [...coins].map(async (coin) => {
    guard.inRepair.add(coin);
    await Promise.all(
      findings.map(async (f, i) => {
        if (f.coin !== coin) return;
        const outcome = await applyFinding(desk, f);
        done[i] = outcome;
        if (outcome.action.startsWith(REFUSED_FOR_NOW)) refused.add(coin);
      }),
    );
    guard.inRepair.delete(coin);
    if (!isAwaited) await guardPositions(desk, 'fill');
  });
  for (const work of repairs) track(desk, 'guard.repair', work);
  await Promise.race([Promise.all(repairs), desk.clock.sleep(ROUND_MS_MAX)]);
  isAwaited = false;
  return done;
}

/**
 * The whole account with our own newest stops, kept as the desk's newest reading; null when it cannot be read. `unseen`:
 * coins with an acknowledged stop that the reading itself did not show.
 */
export async function readAccount(
  desk: Desk,
): Promise<{ account: AccountState; unseen: ReadonlySet<string> } | null> {
  try {
    const read = await hedged(desk.clock, HEDGE_MS, () => desk.reader.accountState());
    watchClock(desk);
    const account = withAckedStops(desk, read);
    noteFlips(desk, account);
    desk.account = account;
    const added = account.openOrders.slice(read.openOrders.length);
    return { account, unseen: new Set(added.map((o) => o.coin)) };
  } catch (e) {
    desk.log.warn('guard.unreadable', { message: e instanceof Error ? e.message : 'unknown' });
    return null;
  }
}

/** A position of the other side than at the last reading: it is protected as a new one, and somebody should know. */
function noteFlips(desk: Desk, account: AccountState): void {
  for (const before of desk.account?.positions ?? []) {
    const now = account.positions.find((p) => p.coin === before.coin);
    if (now !== undefined && now.side !== before.side)
      desk.log.error('position.flipped', { coin: now.coin, from: before.side, to: now.side, sz: now.sz });
  }
}

/** What a reading says beside protection: exits that are due or done, entries that have arrived, plans that are over. */
async function observeReading(desk: Desk, guard: Guard, account: AccountState): Promise<void> {
  forgetOthersPlans(desk, account);
  await observeExits(desk, account);
  const held = new Set(account.positions.map((p) => p.coin));
  for (const [coin, p] of desk.pending)
    // Seen once is not enough: the next reading may lag behind this one.
    if (p.endedAtMs !== undefined && hasPassed(READ_LAG_MS, p.endedAtMs, account.readAtMs))
      desk.pending.delete(coin);
  for (const coin of [...desk.plannedStops.keys(), ...desk.plans.keys()]) {
    // A reading that lags shows no position where there is one: a plan outlives it.
    if (held.has(coin) || !guard.heldAtMs.has(coin)) guard.heldAtMs.set(coin, account.readAtMs);
    if (desk.pending.has(coin) || desk.unresolved.has(coin)) continue;
    if (!hasPassed(READ_LAG_MS, guard.heldAtMs.get(coin) ?? 0, account.readAtMs)) continue;
    guard.heldAtMs.delete(coin);
    desk.plannedStops.delete(coin);
    desk.plans.delete(coin);
  }
}

/** Not tracked as work in flight: nobody waits for it, and the timer looks anyway. A pass in between makes it moot. */
function lookAgain(desk: Desk, afterMs: number | null): void {
  const pass = desk.guardPasses;
  if (afterMs === null || afterMs >= desk.guardIntervalMs) return;
  const isMoot = (): boolean => desk.guardPasses !== pass || desk.isStopping;
  void desk.clock.sleep(afterMs).then(() => (isMoot() ? undefined : guardPositions(desk, 'timer')));
}

function finishPass(
  desk: Desk,
  o: Pick<GuardRun, 'trigger' | 'startedAtMs' | 'verdict'> & { done: GuardRun['findings'] },
): void {
  const { trigger, startedAtMs, verdict } = o;
  const findings = [...o.done, ...(verdict === 'unreadable' ? [] : watchMargin(desk))];
  const finishedAtMs = desk.clock.nowMs();
  // A pass that left a position bare is not a success: entries stop and /healthz says so when it goes on.
  if (verdict === 'protected' || verdict === 'repaired') desk.guardLastOkMs = finishedAtMs;
  desk.guardVerdict = verdict;
  desk.unreadablePasses = verdict === 'unreadable' ? desk.unreadablePasses + 1 : 0;
  const positions = desk.account?.positions.length ?? 0;
  const level = verdict === 'unprotected' ? 'error' : verdict === 'protected' ? 'debug' : 'warn';
  const durationMs = finishedAtMs - startedAtMs;
  desk.log[level]('guard.pass', { trigger, verdict, positions, findings, durationMs });
  const run = { id: desk.newId(), startedAtMs, finishedAtMs, trigger, verdict, positions, findings };
  track(desk, 'guard.books', bookPass(desk, run));
}
