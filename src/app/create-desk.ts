import type { TradingState } from '../core/decide/types.ts';
import type { CoinMeta } from '../core/shared/coin.ts';
import type { Desk, DeskDeps } from './desk.ts';
import { readExits } from './exits.ts';
import { createMutex } from './mutex.ts';
import { createNonceSource } from './nonce-source.ts';

const STATES: readonly TradingState[] = ['ACTIVE', 'REDUCING', 'HALTED'];
const STATE_SETTING = 'trading-state';
const BORN_SETTING = 'first-start-ms';

/** A desk with what must survive a restart read back: nonces and the trading state. */
export async function createDesk(deps: DeskDeps, meta: ReadonlyMap<string, CoinMeta>): Promise<Desk> {
  const [entryNonces, guardNonces, exits, saved] = await Promise.all([
    createNonceSource(deps.store, deps.clock, deps.entrySigner.address),
    // Even: the guard in a process of its own signs with the same wallet, and draws odd ones.
    createNonceSource(deps.store, deps.clock, deps.guardSigner.address, 0),
    readExits(deps.store),
    deps.store.setting(STATE_SETTING),
  ]);
  return {
    ...deps,
    entryNonces,
    guardNonces,
    decideMutex: createMutex(),
    fillsMutex: createMutex(),
    meta: new Map(meta),
    account: null,
    // An unreadable setting is not permission to trade.
    tradingState: saved === null ? 'ACTIVE' : (STATES.find((s) => s === saved) ?? 'HALTED'),
    startedAtMs: deps.clock.nowMs(),
    bornAtMs: await bornAt(deps),
    guardLastOkMs: null,
    pending: new Map(),
    unresolved: new Map(),
    settling: new Set(),
    repairFailures: new Map(),
    protection: new Map(),
    plannedStops: new Map(),
    plans: new Map(),
    exits,
    ackedStops: new Map(),
    heartbeats: new Map(),
    closeWatchUntilMs: 0,
    isRecovered: false,
    inFlight: new Set(),
  };
}

/** Changes the trading state, durably first. Protection goes on in every state. */
export async function setTradingState(desk: Desk, state: TradingState): Promise<void> {
  await desk.store.setSetting(STATE_SETTING, state);
  desk.log.warn('trading-state.changed', { from: desk.tradingState, to: state });
  desk.tradingState = state;
}

/** Written once per database: what happened on the account before is not ours to account for. */
async function bornAt(deps: DeskDeps): Promise<number> {
  const known = Number((await deps.store.setting(BORN_SETTING)) ?? Number.NaN);
  if (Number.isSafeInteger(known)) return known;
  const nowMs = deps.clock.nowMs();
  await deps.store.setSetting(BORN_SETTING, String(nowMs));
  return nowMs;
}
