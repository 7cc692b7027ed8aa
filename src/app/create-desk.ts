import type { CoinMeta } from '../core/shared/coin.ts';
import type { Desk, DeskDeps } from './desk.ts';
import { readExits } from './exits.ts';
import { createMutex } from './mutex.ts';
import { createNonceSource } from './nonce-source.ts';
import { readTradingState } from './trading-state.ts';

const BORN_SETTING = 'first-start-ms';

/** A desk with what must survive a restart read back: nonces, exits under way and the trading state. */
export async function createDesk(deps: DeskDeps, meta: ReadonlyMap<string, CoinMeta>): Promise<Desk> {
  const [entryNonces, guardNonces, exits, tradingStateNote] = await Promise.all([
    createNonceSource(deps.store, deps.clock, deps.entrySigner.address),
    // Even: the guard in a process of its own signs with the same wallet, and draws odd ones.
    createNonceSource(deps.store, deps.clock, deps.guardSigner.address, 0),
    readExits(deps.store),
    readTradingState(deps.store),
  ]);
  return {
    ...deps,
    entryNonces,
    guardNonces,
    decideMutex: createMutex(),
    fillsMutex: createMutex(),
    meta: new Map(meta),
    account: null,
    tradingState: tradingStateNote.state,
    tradingStateNote,
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

/** Written once per database: what happened on the account before is not ours to account for. */
async function bornAt(deps: DeskDeps): Promise<number> {
  const known = Number((await deps.store.setting(BORN_SETTING)) ?? Number.NaN);
  if (Number.isSafeInteger(known)) return known;
  const nowMs = deps.clock.nowMs();
  await deps.store.setSetting(BORN_SETTING, String(nowMs));
  return nowMs;
}
