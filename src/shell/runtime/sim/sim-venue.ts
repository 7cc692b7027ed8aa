// The simulated venue below its HTTP and its signatures: the real matching core, one account, a clock.
import { type ActionWire, type Answer, applyAction, perform } from '../../../venue/core/actions.ts';
import type { LegHook } from '../../../venue/core/place.ts';
import { advance, applyPrice, markUsd } from '../../../venue/core/price.ts';
import { MICRO } from '../../../venue/core/money.ts';
import { accountOf } from '../../../venue/core/orders.ts';
import { createState, deposit } from '../../../venue/core/state.ts';
import type { Account, CoinState, VenueEvent, VenueState } from '../../../venue/core/types.ts';
import type { VenueCoin } from '../../../venue/venue.ts';
import { VENUE_COINS } from './market.ts';

export const ACCOUNT = `0x${'ac'.repeat(20)}`;
export const ENTRY_AGENT = `0x${'e1'.repeat(20)}`;
export const GUARD_AGENT = `0x${'61'.repeat(20)}`;
export const EQUITY_USD = 100_000;

export interface SimVenue {
  readonly state: VenueState;
  readonly account: Account;
  coin(name: string): CoinState;
  /** USD. */
  markPx(name: string): number;
  setPrice(name: string, px: number): void;
  /** One signed action; nonce, expiry, agent and quota are checked as on the wire. */
  submit(
    e: { signer: string; nonce: number; expiresAfter: number | null },
    a: ActionWire,
    hook?: LegHook,
  ): Answer;
  /** By the account's own hand. */
  act(a: ActionWire): Answer;
  /** Lets time pass: funding. */
  tick(): void;
}

/**
 * @param coins default those of the simulation
 * @param depthUsdPerBps default the venue's own
 * @param onStep told after each step that concerned the account, with the step's events
 */
export function createSimVenue(o: {
  nowMs: () => number;
  coins?: readonly VenueCoin[];
  equityUsd?: number;
  depthUsdPerBps?: number;
  onStep: (events: readonly VenueEvent[]) => void;
}): SimVenue {
  const state = createState({
    coins: o.coins ?? VENUE_COINS,
    nowMs: o.nowMs(),
    rules: {
      ...(o.depthUsdPerBps === undefined ? {} : { depthUsdPerBps: o.depthUsdPerBps }),
      eventsMax: 400,
    },
  });
  deposit(state, ACCOUNT, Math.round((o.equityUsd ?? EQUITY_USD) * MICRO));
  for (const address of [ENTRY_AGENT, GUARD_AGENT])
    state.agents.set(address, {
      address,
      master: ACCOUNT,
      name: address,
      validUntilMs: null,
      state: 'active',
    });
  const account = accountOf(state, ACCOUNT);
  let seen = state.seq;
  const step = (): void => {
    const fresh = state.seq - seen;
    if (fresh === 0) return;
    seen = state.seq;
    const mine = state.events.slice(-fresh).filter((e) => 'user' in e && e.user === ACCOUNT);
    if (mine.length > 0) o.onStep(mine);
  };
  const coin = (name: string): CoinState => {
    const c = state.coins[state.assetOf.get(name) ?? -1];
    if (c === undefined) throw new Error(`no coin ${name}`);
    return c;
  };
  const after = <T>(result: T): T => {
    step();
    return result;
  };
  return {
    state,
    account,
    coin,
    markPx: (name) => markUsd(coin(name)),
    setPrice(name, px) {
      advance(state, o.nowMs());
      applyPrice(state, coin(name), { markPx: px });
      step();
    },
    submit(e, action, hook) {
      advance(state, o.nowMs());
      return after(applyAction(state, { ...e, vaultAddress: null }, action, hook));
    },
    act(action) {
      advance(state, o.nowMs());
      return after(perform(state, account, action));
    },
    tick() {
      advance(state, o.nowMs());
      step();
    },
  };
}
