import type { Candle } from '../core/shared/candle.ts';
import type { Chain } from './auth.ts';
import { type ActionWire, type Answer, perform } from './core/actions.ts';
import { addCandles } from './core/info-market.ts';
import { recordTrade } from './core/match.ts';
import { MICRO, toUnits } from './core/money.ts';
import { accountOf } from './core/orders.ts';
import { advance, applyPrice, markUsd, type PriceInput } from './core/price.ts';
import type { VenueRules } from './core/rules.ts';
import { createState, deposit, type VenueCoin } from './core/state.ts';
import type { Account, AccountMode, Agent, VenueEvent, VenueState } from './core/types.ts';
import { createBlocks } from './blocks.ts';
import { createFaults, type FaultEngine, type FaultPlane } from './faults.ts';
import { handleText, type HandleContext, type Reply, type Stats, type Travel } from './handle.ts';
import { FormingMinutes } from './forming-minutes.ts';
import { createHub } from './hub.ts';
import { inspect, type AccountView } from './inspect.ts';
import { loseStops } from './lose-stop.ts';
import type { OtherPosition } from './others.ts';
import { respond } from './respond.ts';
import { restoreFrom, snapshotOf } from './snapshot.ts';
import { createWeights } from './weights.ts';

export type { AccountView, VenueCoin, VenueEvent, VenueRules };

export interface VenueOptions {
  nowMs: () => number;
  coins: readonly VenueCoin[];
  /** Whose signatures count: source "a", "b", or both (default). */
  chain?: Chain;
  /** For the draws of faults with a probability. Default 1. */
  seed?: number;
  rules?: Partial<VenueRules>;
  /** Answer time of the Node server, ms; `fetch` answers at once. Default 0. */
  latencyMs?: number;
  /** Waits for delay faults; real time unless told. */
  sleep?: (ms: number) => Promise<void>;
}

export interface CoinContext {
  /** One-sided, coins. */
  openInterest?: number;
  openInterestCapUsd?: number | null;
  /** Fraction per hour; longs pay when positive. */
  fundingHourly?: number;
  /** USD. */
  dayNtlVlm?: number;
  prevDayPx?: number;
  /** The outside book: USD per basis point, best bid to best ask in bps, and 0..1 of its normal size. */
  depthUsdPerBps?: number;
  spreadBps?: number;
  vacuum?: number;
  isDelisted?: boolean;
}

export interface OpenAccount {
  address: string;
  usd: number;
  agents?: readonly { address: string; name?: string; validUntilMs?: number }[];
  /** Makes it a sub-account of this one. */
  master?: string;
  /** How it holds its collateral; `disabled`, the classic one, unless told. */
  mode?: AccountMode;
}

export interface Venue {
  /** POST /info and POST /exchange. Runs in Node and in workerd. */
  fetch: (request: Request) => Promise<Response>;
  /**
   * The same without HTTP framing: for servers that must be able to stay silent or break the connection. `travel` is
   * waited for before anything is applied or counted; what takes the time and needs no state is done meanwhile.
   */
  handle: (path: 'info' | 'exchange', body: string, client?: string, travel?: Travel) => Promise<Reply>;
  /** Opens or tops up an account and approves its agents. */
  openAccount: (o: OpenAccount) => void;
  /** New market state of a coin: evaluates resting orders, triggers, liquidations at it. */
  setPrice: (coin: string, o: PriceInput) => void;
  /** Acts for an account without signature or nonce: a population, a hand on the other side, a stranger's key. */
  act: (address: string, action: ActionWire) => Answer;
  /** A trade between others, as the feeds and recentTrades show it. Sizes in coins. */
  addTrade: (
    coin: string,
    t: { isBuy: boolean; px: number; sz: number; taker: string; maker: string },
  ) => void;
  /** Who answers for addresses that have no account here: holders of the market around. */
  setOthers: (find: (address: string) => readonly OtherPosition[]) => void;
  addCandles: (coin: string, interval: string, candles: readonly Candle[]) => void;
  setContext: (coin: string, o: CoinContext) => void;
  /** Changes rules while running. */
  setRules: (rules: Partial<VenueRules>) => void;
  /** Revokes or restores an agent wallet. */
  setAgent: (address: string, agentState: Agent['state']) => void;
  /** The coin's running minute; undefined before the first price. */
  formingMinute: (coin: string) => Candle | undefined;
  /** Null before the first price. */
  markPx: (coin: string) => number | null;
  /** Lets time pass up to now: funding and scheduled cancels that fell due. */
  tick: () => void;
  /** Events with seq > since, oldest first. */
  events: (since?: number) => readonly VenueEvent[];
  on: (listener: (e: VenueEvent) => void) => () => void;
  /** All events of one step together: what the venue sends in one message. */
  onStep: (listener: (events: readonly VenueEvent[]) => void) => () => void;
  onPrice: (listener: (coin: string) => void) => () => void;
  readonly faults: FaultPlane;
  /** For the WebSocket sessions: faults that strike one message. */
  strike: FaultEngine['strike'];
  account: (address: string) => AccountView | null;
  /** The whole state as plain JSON; `candles: false` leaves out what a market brings again. */
  snapshot: (o?: { candles?: boolean }) => unknown;
  restore: (snapshot: unknown) => void;
  stats: () => Stats;
  readonly rules: VenueRules;
  readonly latencyMs: number;
  /** For the parts of the venue itself: the live state, read only. */
  readonly state: VenueState;
}

const realSleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

export function createVenue(o: VenueOptions): Venue {
  let state = createState({ coins: o.coins, nowMs: o.nowMs(), ...(o.rules ? { rules: o.rules } : {}) });
  let frozen: { state: VenueState; untilMs: number; user: string | undefined } | null = null;
  const minutes = new FormingMinutes();
  const hub = createHub(() => state);
  const { flush } = hub;
  const faults = createFaults(o.seed ?? 1, (f) => {
    if (f.kind === 'stale-reads') {
      const user = f.where?.user?.toLowerCase();
      frozen = { state: restoreFrom(snapshotOf(state, false)), untilMs: o.nowMs() + f.forMs, user };
      return true;
    }
    if (f.kind !== 'lose-stop') return false;
    advance(state, o.nowMs());
    loseStops(state, f);
    flush();
    return true;
  });
  const stats: Stats = {
    requests: 0,
    infoRequests: 0,
    actions: 0,
    refusedActions: 0,
    legErrors: 0,
    duplicateNonces: 0,
    strangers: 0,
    malformed: 0,
    byType: {},
  };
  let others: (address: string) => readonly OtherPosition[] = () => [];
  const sleep = o.sleep ?? realSleep;
  const weigh = createWeights(o.nowMs);
  const nowMs = (): number => o.nowMs() + state.rules.clockSkewMs;
  const context: HandleContext = {
    state: () => state,
    readState(user) {
      if (frozen === null || user === null || (frozen.user !== undefined && frozen.user !== user))
        return state;
      if (o.nowMs() < frozen.untilMs) return frozen.state;
      frozen = null;
      return state;
    },
    others: (address) => others(address),
    faults,
    stats,
    chain: o.chain ?? 'either',
    tick: () => advance(state, nowMs()),
    flush,
    sleep,
    commit: createBlocks({ blockMs: () => state.rules.blockMs, sleep }),
    admit: (client, weight) => !state.rules.ipWeights || weigh(client, weight),
  };
  const handle: Venue['handle'] = async (path, body, client = 'local', travel) => {
    const reply = await handleText(context, path, body, client, travel);
    if (typeof reply === 'string') return reply;
    return { ...reply, headers: { ...reply.headers, date: new Date(nowMs()).toUTCString() } };
  };
  const coinNamed = (coin: string) => state.coins[state.assetOf.get(coin) ?? -1];

  return {
    fetch: (request) => respond(request, handle),
    handle,
    openAccount(x) {
      advance(state, nowMs());
      openAccount(state, x);
      flush();
    },
    setPrice(coin, q) {
      const c = coinNamed(coin);
      if (c === undefined) throw new Error(`no coin ${coin}`);
      advance(state, q.atMs ?? nowMs());
      applyPrice(state, c, q);
      minutes.price(coin, q.markPx, q.atMs ?? nowMs());
      flush();
      hub.priceMoved(coin);
    },
    act(address, action) {
      advance(state, nowMs());
      const answer = perform(state, accountOf(state, address.toLowerCase()), action);
      flush();
      return answer;
    },
    addTrade(coin, x) {
      const c = coinNamed(coin);
      if (c === undefined) throw new Error(`no coin ${coin}`);
      recordTrade(state, c, { ...x, px: toUnits(x.px, c.pxDecimals), sz: toUnits(x.sz, c.szDecimals) });
      flush();
    },
    setOthers(find) {
      others = find;
    },
    formingMinute: (coin) => minutes.of(coin),
    addCandles: (coin, interval, candles) => addCandles(state, coin, interval, candles),
    setContext(coin, x) {
      const c = coinNamed(coin);
      if (c === undefined) throw new Error(`no coin ${coin}`);
      const { openInterest, dayNtlVlm, ...rest } = x;
      Object.assign(c, rest);
      if (openInterest !== undefined) c.openInterest = toUnits(openInterest, c.szDecimals);
      if (dayNtlVlm !== undefined) c.dayNtlVlm = toUnits(dayNtlVlm, 6);
    },
    setRules: (rules) => void Object.assign(state.rules, rules),
    setAgent(address, agentState) {
      const agent = state.agents.get(address.toLowerCase());
      if (agent === undefined) throw new Error(`no agent ${address}`);
      agent.state = agentState;
    },
    markPx(coin) {
      const c = coinNamed(coin);
      return c === undefined || c.markPx === 0 ? null : markUsd(c);
    },
    tick() {
      advance(state, nowMs());
      flush();
    },
    events: hub.events,
    on: hub.on,
    onStep: hub.onStep,
    onPrice: hub.onPrice,
    faults: {
      inject: faults.inject,
      list: faults.list,
      clear(id) {
        faults.clear(id);
        if (id === undefined) frozen = null;
      },
    },
    strike: faults.strike,
    account: (address) => inspect(state, address.toLowerCase()),
    snapshot: (x) => snapshotOf(state, x?.candles ?? true),
    restore(snapshot) {
      state = restoreFrom(snapshot);
      hub.skip();
      frozen = null;
    },
    stats: () => stats,
    get rules() {
      return state.rules;
    },
    latencyMs: o.latencyMs ?? 0,
    get state() {
      return state;
    },
  };
}

function openAccount(s: VenueState, x: OpenAccount): void {
  const address = x.address.toLowerCase();
  const a: Account = deposit(s, address, Math.round(x.usd * MICRO), x.master?.toLowerCase() ?? null);
  if (x.mode !== undefined) a.mode = x.mode;
  for (const g of x.agents ?? []) {
    s.agents.set(g.address.toLowerCase(), {
      address: g.address.toLowerCase(),
      master: accountOf(s, a.address).address,
      name: g.name ?? '',
      validUntilMs: g.validUntilMs ?? null,
      state: 'active',
    });
  }
}
