import type { CoinMeta } from '../core/shared/coin.ts';
import { readCloseRefused } from './close-refused.ts';
import type { Desk, DeskDeps } from './desk.ts';
import { readExits } from './exits.ts';
import { readFeedback } from './feedback.ts';
import { createMutex } from './mutex.ts';
import { createNonceSource } from './nonce-source.ts';
import { readTradingState } from './trading-state.ts';
import { counted } from './watch-quota.ts';

const BORN_SETTING = 'first-start-ms';

/** A desk with what must survive a restart read back: nonces, exits under way and the trading state. */
export async function createDesk(deps: DeskDeps, meta: ReadonlyMap<string, CoinMeta>): Promise<Desk> {
  let desk: Desk | null = null;
  const venueClock = { nowMs: () => Math.round(deps.clock.nowMs() + (desk?.clockSkewMs ?? 0)) };
  const [entryNonces, guardNonces, exits, tradingStateNote, closeRefused, feedback] = await Promise.all([
    createNonceSource(deps.store, venueClock, deps.entrySigner.address),
    // Even: the guard in a process of its own signs with the same wallet, and draws odd ones.
    createNonceSource(deps.store, venueClock, deps.guardSigner.address, 0),
    readExits(deps.store),
    readTradingState(deps.store),
    readCloseRefused(deps.store),
    readFeedback(deps),
  ]);
  const quotaOf = (): Desk['quota'] => desk?.quota ?? null;
  desk = {
    ...deps,
    entrySigner: counted(deps.entrySigner, quotaOf),
    guardSigner: counted(deps.guardSigner, quotaOf),
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
    guardVerdict: null,
    guardPasses: 0,
    unreadablePasses: 0,
    feed: 'none',
    isAlwaysOn: true,
    isStopping: false,
    pending: new Map(),
    unresolved: new Map(),
    settling: new Set(),
    filledAtMs: new Map(),
    repairFailures: new Map(),
    closeRefused,
    protection: new Map(),
    plannedStops: new Map(),
    plans: new Map(),
    exits,
    ackedStops: new Map(),
    feedback,
    heartbeats: new Map(),
    clockSkewMs: null,
    quota: null,
    agentsCheckedMs: deps.clock.nowMs(),
    cascades: new Map(),
    isRecovered: false,
    inFlight: new Set(),
  };
  return desk;
}

/** Written once per database: what happened on the account before is not ours to account for. */
async function bornAt(deps: DeskDeps): Promise<number> {
  const known = Number((await deps.store.setting(BORN_SETTING)) ?? Number.NaN);
  if (Number.isSafeInteger(known)) return known;
  const nowMs = deps.clock.nowMs();
  await deps.store.setSetting(BORN_SETTING, String(nowMs));
  return nowMs;
}
