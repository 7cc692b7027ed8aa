import type { Intent } from '../core/execute/types.ts';
import type { Desk } from './desk.ts';
import { endPlan } from './remember-plans.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';
import type { ExchangeSigner, FoundOrder, IntentChange } from './ports.ts';

const PAUSE_MS = 1_500;
/** "Absent" counts only when said this often, over at least this long: reads lag the venue by seconds. */
const ABSENCES_MIN = 4;
const ABSENT_FOR_MS_MIN = 6_000;
/** Past its expiry, with room for clocks and blocks, an action cannot land even if no noop ever said so, ms. */
const EXPIRED_AFTER_MS = 15_000;
/** A wallet that cannot even send a noop (revoked) ends its doubts about protective orders by reading, after this long. */
const UNFENCED_FOR_MS_MAX = 600_000;

const TAKES_AT_ONCE: readonly Intent['role'][] = ['entry', 'close'];

export type Settlement = FoundOrder | 'never' | 'not-found';

/**
 * Ends the doubt about one sent action: a `noop` under the same nonce either proves that it can never land, or tells
 * that the nonce is spent, and then the entry is looked for by its cloid. An expired action counts as fenced.
 * Loops as long as the account cannot be read; the coin takes no entry meanwhile, the guard does not wait.
 */
export async function fence(desk: Desk, intent: Intent): Promise<Settlement> {
  const startMs = desk.clock.nowMs();
  let isFenced = false;
  for (let absences = 0, rests = 0; ; await desk.clock.sleep(PAUSE_MS)) {
    if (!isFenced) {
      const answer = await signerOf(desk, intent)?.noop(intent.nonce);
      if (answer === 'ok') return 'never';
      isFenced = answer === 'duplicate-nonce' || isPast(desk, intent, startMs);
    }
    const found = await desk.reader.findOrder(intent.cloid, intent.coin).catch(() => 'unreadable' as const);
    const isLongEnough = desk.clock.nowMs() - startMs > ABSENT_FOR_MS_MIN;
    if (found === 'absent') {
      if (isFenced) absences += 1;
      if (absences >= ABSENCES_MIN && isLongEnough) return 'not-found';
    } else if (found !== 'unreadable') {
      // An order that takes at once or not at all is not open: the reading is from the moment before it was matched.
      rests += 1;
      const isMatched = found.state !== 'open' || !TAKES_AT_ONCE.includes(intent.role);
      if (isMatched || (rests >= ABSENCES_MIN && isLongEnough)) return found;
    }
  }
}

const isPast = (desk: Desk, intent: Intent, startMs: number): boolean =>
  intent.expiresAfterMs === null
    ? desk.clock.nowMs() - startMs > UNFENCED_FOR_MS_MAX
    : desk.clock.nowMs() > intent.expiresAfterMs + EXPIRED_AFTER_MS;

/** A nonce belongs to one wallet: after a key was changed nobody here can fence what the old one sent. */
const signerOf = (desk: Desk, intent: Intent): ExchangeSigner | undefined =>
  [desk.entrySigner, desk.guardSigner].find((s) => s.address === intent.signer);

/**
 * Fences one action of unknown outcome and writes down what became of every leg; its alert ends here. The caller lets the
 * guard look.
 * @returns whether its first leg filled
 */
export async function settleUnknown(desk: Desk, intents: readonly Intent[]): Promise<boolean> {
  const [first] = intents;
  if (first === undefined) return false;
  const settlement = await fence(desk, first);
  await recordSettlement(desk, intents, settlement);
  desk.log.warn('action.settled', {
    alertId: first.alertId,
    coin: first.coin,
    outcome: typeof settlement === 'string' ? settlement : settlement.state,
  });
  return typeof settlement !== 'string' && settlement.filledSz > 0;
}

/**
 * Runs what ends the doubt about an action. Meanwhile nobody else takes it up, and its coin takes no entry; a stop in
 * doubt can open nothing and blocks nothing. However `work` ends, both are over: what is still unresolved in the store
 * is taken up by settleDoubts.
 */
export async function inDoubt<T>(desk: Desk, first: Intent, work: () => Promise<T>): Promise<T> {
  const key = `${first.signer}|${first.nonce}`;
  const blocks = first.role === 'stop' ? 0 : 1;
  const count = (by: number): void => {
    const left = (desk.unresolved.get(first.coin) ?? 0) + by;
    if (left > 0) desk.unresolved.set(first.coin, left);
    else desk.unresolved.delete(first.coin);
  };
  desk.settling.add(key);
  count(blocks);
  try {
    return await work();
  } finally {
    desk.settling.delete(key);
    count(-blocks);
  }
}

/**
 * The venue's answer to an entry is known. A fill counts as on its way until a reading shows it, or is young enough to.
 * What did not fill has no plan: a position that is there all the same is somebody's own.
 */
export function endPending(desk: Desk, entry: Intent | undefined, isFilled: boolean): void {
  if (entry === undefined) return;
  const { coin, alertId } = entry;
  const pending = desk.pending.get(coin);
  if (pending?.alertId === alertId) {
    if (isFilled) pending.endedAtMs = desk.clock.nowMs();
    else desk.pending.delete(coin);
  }
  if (!isFilled) endPlan(desk, entry);
}

async function recordSettlement(
  desk: Desk,
  intents: readonly Intent[],
  settlement: Settlement,
): Promise<void> {
  const [first, ...others] = intents;
  if (first === undefined) return;
  const updatedAtMs = desk.clock.nowMs();
  const from = ['sending', 'unknown'] as const;
  const end = (outcome: ReasonCode | 'filled') =>
    first.alertId === null ? null : { id: first.alertId, outcome };
  if (typeof settlement === 'string') {
    const reason = settlement === 'never' ? 'never-landed' : 'not-found-after-fence';
    const change = { state: settlement === 'never' ? 'never' : 'missed', reason, updatedAtMs } as const;
    return desk.store.recordOutcome(
      intents.map(({ cloid }) => ({ cloid, from, change })),
      end(reason),
    );
  }
  const { oid, filledSz, avgPx, state } = settlement;
  const landed = filledSz > 0 || state === 'open';
  const entryChange: IntentChange = {
    state: landed ? 'landed' : 'not-filled',
    oid,
    filledSz,
    avgPx,
    reason: landed ? null : 'not-filled',
    updatedAtMs,
  };
  await desk.store.recordOutcome(
    [{ cloid: first.cloid, from, change: entryChange }],
    end(filledSz > 0 ? 'filled' : 'not-filled'),
  );
  // The other legs travelled in the same action, so they were processed; the guard verifies what they came to.
  const found = await Promise.all(others.map((i) => findLeg(desk, i)));
  await desk.store.recordOutcome(
    others.map((i, k) => ({
      cloid: i.cloid,
      from,
      change: changeOfLeg(found[k] ?? 'absent', desk.clock.nowMs()),
    })),
    null,
  );
}

/** One look is no answer: readings lag, and fail. */
async function findLeg(desk: Desk, intent: Intent): Promise<FoundOrder | 'absent'> {
  const startMs = desk.clock.nowMs();
  for (let absences = 0; ; await desk.clock.sleep(PAUSE_MS)) {
    const found = await desk.reader.findOrder(intent.cloid, intent.coin).catch(() => 'unreadable' as const);
    if (found !== 'absent' && found !== 'unreadable') return found;
    if (found === 'absent') absences += 1;
    if (absences >= ABSENCES_MIN && desk.clock.nowMs() - startMs > ABSENT_FOR_MS_MIN) return 'absent';
  }
}

function changeOfLeg(leg: FoundOrder | 'absent', updatedAtMs: number): IntentChange {
  if (leg === 'absent')
    return { state: 'missed', oid: null, filledSz: null, reason: 'not-found-after-fence', updatedAtMs };
  const isRefused = leg.state === 'refused';
  return {
    state: isRefused ? 'missed' : 'landed',
    oid: leg.oid,
    filledSz: leg.filledSz,
    reason: isRefused ? 'venue-refused' : null,
    updatedAtMs,
  };
}
