// One HTTP request against the state: reading it, who signed it, the faults that strike it, and the answer.
import { applyAction, applyUserAction, type Answer } from './core/actions.ts';
import { roleOf, type LegHook } from './core/place.ts';
import { actingAccount, pickSigner } from './core/signer.ts';
import type { VenueState } from './core/types.ts';
import { type Chain, type ReadAction, readAction, signersOf } from './auth.ts';
import type { ActiveFault, FaultEngine, FaultTarget } from './faults.ts';
import { blockRank, type Commit } from './blocks.ts';
import { isRecord, parseJson } from './json.ts';
import { addressOf, answerInfo, isUserRead, Malformed } from './info.ts';
import { otherState, type OtherPosition } from './others.ts';

/** What the peer gets: an answer (whole, or cut off half-way), silence, or a broken connection. */
export type Reply =
  | { status: number; body: string; type: string; headers?: Record<string, string>; isCut?: true }
  | 'hang'
  | 'reset';

export interface Stats {
  requests: number;
  infoRequests: number;
  actions: number;
  refusedActions: number;
  legErrors: number;
  duplicateNonces: number;
  strangers: number;
  malformed: number;
  byType: Record<string, number>;
}

export interface HandleContext {
  state(): VenueState;
  /** The frozen copy while a stale-reads fault is on, else the state itself. */
  readState(user: string | null): VenueState;
  /** What an address without an account here holds in the market around. */
  others(address: string): readonly OtherPosition[];
  faults: FaultEngine;
  stats: Stats;
  chain: Chain;
  /** Brings the clock up to date; delivers what happened. */
  tick(): void;
  flush(): void;
  sleep(ms: number): Promise<void>;
  /** Applies an action when its block closes. */
  commit: Commit;
  /** Request weight of a client address: false when used up. */
  admit(client: string, weight: number): boolean;
}

const MALFORMED = 'Failed to deserialize the JSON body into the target type';
const json = (value: unknown): Reply => ({
  status: 200,
  body: JSON.stringify(value),
  type: 'application/json',
});
const text = (status: number, body: string): Reply => ({ status, body, type: 'text/plain; charset=utf-8' });
const TOO_MANY: Reply = { status: 429, body: 'null', type: 'application/json' };

function httpFault(f: ActiveFault & { kind: 'http' }): Reply {
  const isHtml = f.status >= 500;
  const body =
    f.body ??
    (isHtml ? `<html><body><h1>${f.status}</h1></body></html>` : f.status === 429 ? 'null' : MALFORMED);
  const type = isHtml
    ? 'text/html'
    : f.status === 429 && f.body === undefined
      ? 'application/json'
      : 'text/plain';
  const headers = f.retryAfterS === undefined ? {} : { 'retry-after': String(f.retryAfterS) };
  return { status: f.status, body, type, headers };
}

const isBefore = (f: ActiveFault): boolean => 'when' in f && f.when !== 'after';

/** Runs `apply` between what strikes the request and what strikes its answer. */
async function withFaults(
  x: HandleContext,
  target: FaultTarget,
  apply: () => Reply | Promise<Reply>,
): Promise<Reply> {
  const struck = x.faults.strike(target, ['drop-request', 'drop-reply', 'http', 'delay']);
  for (const f of struck) if (f.kind === 'delay' && f.when !== 'after') await x.sleep(f.ms);
  for (const f of struck) {
    if (f.kind === 'drop-request') return f.mode === 'cut' ? 'reset' : (f.mode ?? 'hang');
    if (f.kind === 'http' && isBefore(f)) return httpFault(f);
  }
  const reply = await apply();
  for (const f of struck) if (f.kind === 'delay' && f.when === 'after') await x.sleep(f.ms);
  for (const f of struck) {
    if (f.kind === 'drop-reply' && f.mode !== 'cut') return f.mode ?? 'hang';
    if (f.kind === 'drop-reply') return typeof reply === 'string' ? reply : { ...reply, isCut: true };
    if (f.kind === 'http') return httpFault(f);
  }
  return reply;
}

/** Docs: 2 for the cheap reads, 60 for userRole, 20 for all others. */
const CHEAP = new Set([
  'l2Book',
  'allMids',
  'clearinghouseState',
  'orderStatus',
  'spotClearinghouseState',
  'exchangeStatus',
]);
export const infoWeight = (type: string): number => (CHEAP.has(type) ? 2 : type === 'userRole' ? 60 : 20);

/** Extra weight by what came back: 1 per 20 items, per 60 candles. */
function extraWeight(type: string, value: unknown): number {
  if (!Array.isArray(value)) return 0;
  if (type === 'candleSnapshot') return Math.floor(value.length / 60);
  const isList = /fills|historicalOrders|fundingHistory|userFunding|recentTrades|LedgerUpdates/i.test(type);
  return isList ? Math.floor(value.length / 20) : 0;
}

/** Resolves when a request that is still on its way has arrived. */
export type Travel = () => Promise<void>;

export async function handleInfo(x: HandleContext, body: unknown, client: string): Promise<Reply> {
  x.stats.requests += 1;
  x.stats.infoRequests += 1;
  const b = isRecord(body) ? body : {};
  const type = typeof b['type'] === 'string' ? b['type'] : '';
  if (!x.admit(client, infoWeight(type))) return TOO_MANY;
  try {
    const user = isUserRead(type) ? addressOf(b) : null;
    const coin = typeof b['coin'] === 'string' ? [b['coin']] : [];
    const target: FaultTarget = { path: 'info', type, user, coins: coin, roles: [] };
    return await withFaults(x, target, () => {
      x.tick();
      const state = x.readState(user);
      const isOther = type === 'clearinghouseState' && user !== null && !state.accounts.has(user);
      const held = isOther ? x.others(user) : [];
      const value = held.length > 0 ? otherState(state, held) : answerInfo(state, body);
      x.admit(client, extraWeight(type, value));
      x.flush();
      return json(value);
    });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    x.stats.malformed += 1;
    return text(422, MALFORMED);
  }
}

function targetOf(s: VenueState, r: ReadAction, user: string | null): FaultTarget {
  const { action } = r;
  const name = (asset: number): string => s.coins[asset]?.name ?? '';
  if (action.type === 'order') {
    const coins = [...new Set(action.orders.map((w) => name(w.a)))];
    return { path: 'exchange', type: 'order', user, coins, roles: action.orders.map(roleOf) };
  }
  const coins =
    action.type === 'cancel'
      ? action.cancels.map((c) => name(c.a))
      : action.type === 'cancelByCloid'
        ? action.cancels.map((c) => name(c.asset))
        : action.type === 'modify'
          ? [name(action.order.a)]
          : action.type === 'updateLeverage'
            ? [name(action.asset)]
            : [];
  return { path: 'exchange', type: action.type, user, coins, roles: [] };
}

function count(x: HandleContext, type: string, answer: Answer): void {
  const { stats } = x;
  stats.actions += 1;
  stats.byType[type] = (stats.byType[type] ?? 0) + 1;
  if (answer.status === 'err') {
    stats.refusedActions += 1;
    if (answer.response.includes('duplicate nonce')) stats.duplicateNonces += 1;
    if (answer.response.includes('does not exist')) stats.strangers += 1;
    return;
  }
  for (const status of answer.response.data?.statuses ?? []) {
    if (typeof status === 'object' && 'error' in status) stats.legErrors += 1;
  }
}

/** Who may have signed it: milliseconds in JavaScript, and nothing of it depends on when the action is applied. */
const readSigners = (x: HandleContext, r: ReadAction): Promise<string[]> =>
  signersOf(r, x.chain, (address) => {
    const s = x.state();
    return s.accounts.has(address) || s.agents.has(address);
  });

export async function handleExchange(
  x: HandleContext,
  body: unknown,
  client: string,
  travel?: Travel,
): Promise<Reply> {
  const r = readAction(body);
  const candidates = r === null ? [] : await readSigners(x, r);
  await travel?.();
  x.stats.requests += 1;
  const items = r?.action.type === 'order' ? r.action.orders.length : 1;
  if (!x.admit(client, 1 + Math.floor(items / 40))) return TOO_MANY;
  if (r === null) {
    x.stats.malformed += 1;
    return text(422, MALFORMED);
  }
  if (candidates.length === 0) return json({ status: 'err', response: 'Invalid signature.' });
  const signer = pickSigner(x.state(), candidates);
  const acting = r.scheme === 'l1' ? actingAccount(x.state(), signer, r.vaultAddress) : signer;
  const user = typeof acting === 'string' ? null : acting.address;
  const target = targetOf(x.state(), r, user);
  const hook: LegHook = (coin, role) => x.faults.leg(target, coin, role);
  const apply = (): Reply => {
    x.tick();
    const s = x.state();
    const answer =
      r.scheme === 'l1'
        ? applyAction(
            s,
            { signer, nonce: r.nonce, vaultAddress: r.vaultAddress, expiresAfter: r.expiresAfter },
            r.action,
            hook,
          )
        : applyUserAction(s, signer, r.nonce, r.action);
    count(x, r.action.type, answer);
    x.flush();
    return json(answer);
  };
  const rank = r.scheme === 'l1' ? blockRank(r.action) : 0;
  return withFaults(x, target, () => x.commit(rank, apply));
}

export const handleText = async (
  x: HandleContext,
  path: 'info' | 'exchange',
  body: string,
  client: string,
  travel?: Travel,
): Promise<Reply> => {
  const parsed = parseJson(body);
  if (path === 'exchange') return handleExchange(x, parsed, client, travel);
  await travel?.();
  return handleInfo(x, parsed, client);
};
