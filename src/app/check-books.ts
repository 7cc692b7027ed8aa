import { isOurCloid } from '../core/execute/cloid.ts';
import { coveredSz, faultOfStop, isStopLike } from '../core/guard/check-stop.ts';
import type { AccountState, Position } from '../core/guard/types.ts';
import type { Desk } from './desk.ts';
import { markOf } from './guard-policy.ts';

/** Between two checks, ms. */
export const BOOKS_MS = 60_000;
/** I6 is about positions at rest: wrong for longer than this, the guard having had its time, ms. */
export const REST_MS = 60_000;
/** An older reading says nothing about now, ms. */
const READ_WITHIN_MS = 60_000;
/** Newest intents that a check looks at: more than a minute brings. */
const INTENTS = 200;
const DAY_MS = 86_400_000;
/** A reading between two checks may have shown more equity than any that was looked at. */
const SAMPLED = 1.1;

interface Reading {
  atMs: number;
  /** Equity without what positions are up or down, USD. */
  cashUsd: number;
}

/** What checks remember of each other. */
export interface Books {
  /** Violations told and still true. */
  told: Set<string>;
  /** Since when a position at rest lacks its one full stop, ms, by coin. */
  wrongSinceMs: Map<string, number>;
  lastNonces: Map<string, number>;
  equityUsdMax: number;
  readings: Reading[];
  /** Change of cash that no fill explains, USD. */
  unexplainedUsd: number;
}

export const createBooks = (): Books => ({
  told: new Set(),
  wrongSinceMs: new Map(),
  lastNonces: new Map(),
  equityUsdMax: 0,
  readings: [],
  unexplainedUsd: 0,
});

type Broken = Map<string, Record<string, unknown>>;

/**
 * Looks whether the promises hold that can be seen from the books (docs/metrics.md): what is stored against what the
 * venue shows. Reads a little, changes nothing, and says each case once; `invariant.checked` says what was looked at.
 */
export async function checkBooks(desk: Desk, books: Books): Promise<void> {
  const nowMs = desk.clock.nowMs();
  const broken: Broken = new Map();
  const checked = await checkIntents(desk, books, broken);
  const { account } = desk;
  if (account !== null && nowMs - account.readAtMs <= READ_WITHIN_MS) {
    await checkOrphans(desk, account, broken);
    checkRest(desk, account, books, broken);
    await checkCaps(desk, account, books, broken);
    await addUp(desk, account, books);
    checked.push('I2', 'I6', 'I8', 'I11');
  }
  for (const [key, fields] of broken) if (!books.told.has(key)) desk.log.error('invariant.violated', fields);
  books.told = new Set(broken.keys());
  const { unexplainedUsd } = books;
  desk.log.debug('invariant.checked', { invariants: checked, unexplainedUsd });
}

/** I1: one entry per alert. I9: a nonce belongs to one action, and the highest one never falls. */
async function checkIntents(desk: Desk, books: Books, broken: Broken): Promise<string[]> {
  const { items } = await desk.store.listIntents({ limit: INTENTS });
  const entries = new Map<string, string>();
  const actions = new Map<string, number>();
  for (const { alertId, cloid, createdAtMs, nonce, oid, role, signer } of items) {
    if (role === 'entry' && alertId !== null && oid !== null) {
      const other = entries.get(alertId);
      if (other !== undefined)
        broken.set(`I1|${alertId}`, {
          invariant: 'I1',
          alertId,
          what: 'two entries were accepted for one alert',
        });
      entries.set(alertId, cloid);
    }
    const action = `${signer}|${nonce}`;
    const atMs = actions.get(action) ?? createdAtMs;
    if (atMs !== createdAtMs)
      broken.set(`I9|${action}`, { invariant: 'I9', nonce, what: 'one nonce was drawn for two actions' });
    actions.set(action, atMs);
  }
  for (const { address } of [desk.entrySigner, desk.guardSigner]) {
    const last = await desk.store.lastNonce(address);
    if (last < (books.lastNonces.get(address) ?? 0))
      broken.set(`I9|${address}`, { invariant: 'I9', nonce: last, what: 'the highest nonce has fallen' });
    books.lastNonces.set(address, last);
  }
  return ['I1', 'I9'];
}

/** I2, for what can open a position; what only reduces may be the guard's in a process of its own, with its own record. */
async function checkOrphans(desk: Desk, account: AccountState, broken: Broken): Promise<void> {
  for (const { cloid, coin, oid, reduceOnly } of account.openOrders)
    if (!reduceOnly && cloid !== null && isOurCloid(cloid) && (await desk.store.intent(cloid)) === undefined)
      broken.set(`I2|${oid}`, {
        invariant: 'I2',
        coin,
        oid,
        what: `an order of ours on ${coin} has no intent`,
      });
}

/** I6: exactly one stop, of the position's size, that protects. */
function checkRest(desk: Desk, account: AccountState, books: Books, broken: Broken): void {
  const { wrongSinceMs } = books;
  for (const coin of wrongSinceMs.keys())
    if (!account.positions.some((p) => p.coin === coin)) wrongSinceMs.delete(coin);
  for (const p of account.positions) {
    const { coin } = p;
    const isMoving = desk.pending.has(coin) || desk.unresolved.has(coin) || desk.exits.has(coin);
    if (isMoving || hasItsStop(desk, account, p)) {
      wrongSinceMs.delete(coin);
      continue;
    }
    const sinceMs = wrongSinceMs.get(coin) ?? account.readAtMs;
    wrongSinceMs.set(coin, sinceMs);
    const forMs = account.readAtMs - sinceMs;
    if (forMs > REST_MS)
      broken.set(`I6|${coin}|${sinceMs}`, {
        invariant: 'I6',
        coin,
        forMs,
        what: `${coin} at rest has not exactly one full stop`,
      });
  }
}

function hasItsStop(desk: Desk, account: AccountState, p: Position): boolean {
  const stops = account.openOrders.filter((o) => o.coin === p.coin && isStopLike(o));
  const [stop] = stops;
  if (stop === undefined || stops.length !== 1) return false;
  const lot = 10 ** -(desk.meta.get(p.coin)?.szDecimals ?? 0);
  return faultOfStop(stop, p, markOf(desk, p)) === null && Math.abs(coveredSz(stop, p) - p.sz) <= lot;
}

/** I8, as far as it shows afterwards: positions of ours at once, and the risk that was approved within a day. */
async function checkCaps(desk: Desk, account: AccountState, books: Books, broken: Broken): Promise<void> {
  const { limits, pending, plans, startedAtMs } = desk;
  const open = account.positions.map((p) => p.coin).filter((coin) => plans.has(coin));
  const ours = new Set([...open, ...pending.keys()]).size;
  if (ours > limits.positionsMax)
    broken.set('I8|positions', {
      invariant: 'I8',
      what: `${ours} positions of ours, ${limits.positionsMax} allowed`,
    });
  books.equityUsdMax = Math.max(books.equityUsdMax, account.equityUsd);
  const sinceMs = Math.max(startedAtMs, desk.clock.nowMs() - DAY_MS);
  const { riskUsd } = await desk.store.usage(desk.clock.nowMs(), sinceMs);
  if (riskUsd > books.equityUsdMax * limits.dayRiskFractionMax * SAMPLED)
    broken.set('I8|day-risk', {
      invariant: 'I8',
      what: `${riskUsd.toFixed(2)} USD of risk approved within a day`,
    });
}

/**
 * I11: what cash changed by, against the fills of that time. Funding, deposits and withdrawals are no fills: they stay
 * unexplained, and are a person's to recognise. One check behind, so that fills have been told by then.
 */
async function addUp(desk: Desk, account: AccountState, books: Books): Promise<void> {
  const upUsd = account.positions.reduce((sum, p) => sum + p.unrealizedPnlUsd, 0);
  const newest = { atMs: account.readAtMs, cashUsd: account.equityUsd - upUsd };
  if (books.readings.at(-1)?.atMs === newest.atMs) return;
  books.readings.push(newest);
  const [from, to] = books.readings;
  if (from === undefined || to === undefined || books.readings.length < 3) return;
  books.readings.shift();
  const { items, nextCursor } = await desk.store.listFills({
    sinceMs: from.atMs + 1,
    untilMs: to.atMs + 1,
    limit: 500,
  });
  if (nextCursor !== null) return;
  const booked = items.reduce((sum, f) => sum + f.closedPnlUsd - f.feeUsd, 0);
  books.unexplainedUsd += to.cashUsd - from.cashUsd - booked;
}
