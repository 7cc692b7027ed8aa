// What a WebSocket subscription sends: its first message, and what events and prices turn into.
import * as account from './core/info-account.ts';
import * as market from './core/info-market.ts';
import * as orders from './core/info-orders.ts';
import { shortOrder } from './core/wire.ts';
import { HOUSE, type CoinState, type VenueEvent } from './core/types.ts';
import { isRecord, type Json } from './json.ts';
import type { Venue } from './venue.ts';

export type Sub = Record<string, unknown> & { type: string };

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** What each subscription needs besides its type. */
const NEEDS: Readonly<Record<string, readonly ('user' | 'coin' | 'interval')[]>> = {
  allMids: [],
  allDexsAssetCtxs: [],
  assetCtxs: [],
  trades: ['coin'],
  l2Book: ['coin'],
  bbo: ['coin'],
  activeAssetCtx: ['coin'],
  candle: ['coin', 'interval'],
  orderUpdates: ['user'],
  userEvents: ['user'],
  userFills: ['user'],
  userFundings: ['user'],
  userNonFundingLedgerUpdates: ['user'],
  userHistoricalOrders: ['user'],
  notification: ['user'],
  clearinghouseState: ['user'],
  allDexsClearinghouseState: ['user'],
  openOrders: ['user'],
  spotState: ['user'],
  webData2: ['user'],
  webData3: ['user'],
  activeAssetData: ['user', 'coin'],
};

export const keyOf = (sub: Sub): string =>
  JSON.stringify(Object.fromEntries(Object.entries(sub).sort(([x], [y]) => (x < y ? -1 : 1))));

const textOf = (sub: Sub, field: string): string => {
  const x = sub[field];
  return typeof x === 'string' ? x : '';
};

export function readSub(raw: unknown): Sub | null {
  if (!isRecord(raw)) return null;
  const sub = { ...raw };
  const { type } = sub;
  if (typeof type !== 'string') return null;
  const needs = Object.hasOwn(NEEDS, type) ? NEEDS[type] : undefined;
  if (needs === undefined) return null;
  for (const field of needs) if (typeof sub[field] !== 'string') return null;
  if (typeof sub['user'] === 'string') {
    if (!ADDRESS.test(sub['user'])) return null;
    sub['user'] = sub['user'].toLowerCase();
  }
  return { ...sub, type };
}

/** First message of a subscription, when it has one. */
export function snapshotOf(venue: Venue, sub: Sub): unknown {
  const { state } = venue;
  const user = textOf(sub, 'user');
  const a = state.accounts.get(user);
  switch (sub.type) {
    case 'userFills':
      return { user, isSnapshot: true, fills: orders.userFills(state, a).slice(0, 100) };
    case 'userFundings': {
      const fundings = account.userFunding(state, a, 0, Number.MAX_SAFE_INTEGER);
      return { user, isSnapshot: true, fundings: fundings.map((f) => flatFunding(f)) };
    }
    case 'userNonFundingLedgerUpdates': {
      const updates = account.ledgerUpdates(a, 0, Number.MAX_SAFE_INTEGER);
      return { user, isSnapshot: true, nonFundingLedgerUpdates: updates };
    }
    case 'userHistoricalOrders':
      return { user, isSnapshot: true, orderHistory: orders.historicalOrders(state, a) };
    default:
      return stateMessage(venue, sub);
  }
}

function flatFunding(f: Json): Json {
  const { type: _, ...delta } = isRecord(f['delta']) ? f['delta'] : {};
  return { time: f['time'], ...delta };
}

/** The present state for subscriptions that send whole states; undefined for streams of events. */
export function stateMessage(venue: Venue, sub: Sub): unknown {
  const { state } = venue;
  const user = textOf(sub, 'user');
  const a = state.accounts.get(user);
  const coin = state.coins[state.assetOf.get(textOf(sub, 'coin')) ?? -1];
  switch (sub.type) {
    case 'allMids':
      return { mids: market.allMids(state), ...(sub['dex'] === undefined ? {} : { dex: sub['dex'] }) };
    case 'assetCtxs':
      return { dex: sub['dex'] ?? '', ctxs: state.coins.map((c) => market.assetCtx(state, c)) };
    case 'allDexsAssetCtxs':
      return { ctxs: [['', state.coins.map((c) => market.assetCtx(state, c))]] };
    case 'l2Book':
      return (
        coin &&
        (sub['fast'] === true ? { ...market.l2Book(state, coin, 5), fast: true } : market.l2Book(state, coin))
      );
    case 'bbo':
      return coin && bboMessage(venue, coin);
    case 'activeAssetCtx':
      return coin && { coin: coin.name, ctx: market.assetCtx(state, coin) };
    case 'activeAssetData':
      return coin && account.activeAssetData(state, a, user, coin);
    case 'clearinghouseState':
      return { dex: sub['dex'] ?? '', user, clearinghouseState: account.clearinghouseState(state, a) };
    case 'allDexsClearinghouseState':
      return { user, clearinghouseStates: [['', account.clearinghouseState(state, a)]] };
    case 'openOrders':
      return { dex: sub['dex'] ?? '', user, orders: orders.frontendOpenOrders(state, a) };
    case 'spotState':
      return { user, spotState: account.spotState(state, a) };
    case 'webData2':
      return {
        user,
        clearinghouseState: account.clearinghouseState(state, a),
        openOrders: orders.frontendOpenOrders(state, a),
        meta: market.meta(state),
        assetCtxs: state.coins.map((c) => market.assetCtx(state, c)),
        serverTime: state.nowMs,
        agentAddress: null,
      };
    case 'webData3':
      return webData(venue, user);
    case 'candle':
      return lastCandle(venue, sub);
    default:
      return undefined;
  }
}

function bboMessage(venue: Venue, coin: CoinState): unknown {
  const book = market.l2Book(venue.state, coin, 1);
  const [bids, asks] = book.levels;
  return { coin: coin.name, time: book.time, bbo: [bids[0] ?? null, asks[0] ?? null] };
}

/** The running minute on 1m; on longer intervals, and where the market has closed it already, the newest closed bar. */
function lastCandle(venue: Venue, sub: Sub): unknown {
  const coin = textOf(sub, 'coin');
  const interval = textOf(sub, 'interval');
  const closed = venue.state.candles.get(`${coin} ${interval}`)?.last();
  const forming = interval === '1m' ? venue.formingMinute(coin) : undefined;
  const newest = forming !== undefined && !(closed !== undefined && closed.t >= forming.t) ? forming : closed;
  return newest && market.wireCandle(coin, interval, newest);
}

function webData(venue: Venue, user: string): unknown {
  const agent = [...venue.state.agents.values()].find((g) => g.master === user && g.state === 'active');
  return {
    userState: {
      agentAddress: agent?.address ?? null,
      agentValidUntil: agent?.validUntilMs ?? null,
      cumLedger: '0.0',
      serverTime: venue.state.nowMs,
      isVault: false,
      user,
      abstraction: venue.state.accounts.get(user)?.mode ?? 'disabled',
    },
    perpDexStates: [{ totalVaultEquity: '0.0' }],
  };
}

export const TOUCHED_BY_PRICE = new Set([
  'allMids',
  'assetCtxs',
  'allDexsAssetCtxs',
  'l2Book',
  'bbo',
  'activeAssetCtx',
  'candle',
]);
const ACCOUNT_STATES = new Set([
  'clearinghouseState',
  'allDexsClearinghouseState',
  'openOrders',
  'activeAssetData',
  'webData2',
]);

/** What a step's events mean for one subscription: the messages to send. */
export function messagesFor(
  venue: Venue,
  sub: Sub,
  events: readonly VenueEvent[],
): { channel: string; data: unknown }[] {
  const user = sub['user'];
  const mine = events.filter((e) => 'user' in e && e.user === user);
  const one = (data: unknown): { channel: string; data: unknown }[] => [{ channel: sub.type, data }];
  switch (sub.type) {
    case 'trades': {
      const coin = venue.state.coins[venue.state.assetOf.get(textOf(sub, 'coin')) ?? -1];
      const trades = events.flatMap((e) =>
        e.kind === 'trade' && coin !== undefined && e.coin === coin.name
          ? [market.wireTrade(coin, e.trade)]
          : [],
      );
      return trades.length === 0 ? [] : one(trades);
    }
    case 'orderUpdates': {
      const updates = mine.flatMap((e) =>
        e.kind === 'order' ? [{ order: shortOrder(e.order), status: e.status, statusTimestamp: e.atMs }] : [],
      );
      return updates.length === 0 ? [] : one(updates);
    }
    case 'userFills': {
      const fills = mine.flatMap((e) => (e.kind === 'fill' ? [e.fill] : []));
      return fills.length === 0 ? [] : one({ user, fills });
    }
    case 'userFundings': {
      const fundings = mine.flatMap((e) => (e.kind === 'funding' ? [fundingOf(e)] : []));
      return fundings.length === 0 ? [] : one({ user, fundings });
    }
    case 'userHistoricalOrders': {
      const orderHistory = mine.flatMap((e) =>
        e.kind === 'order' ? [{ order: e.order, status: e.status, statusTimestamp: e.atMs }] : [],
      );
      return orderHistory.length === 0 ? [] : one({ user, orderHistory });
    }
    case 'userEvents':
      return userEvents(mine).map((data) => ({ channel: 'user', data }));
    default:
      return ACCOUNT_STATES.has(sub.type) && mine.length > 0 ? one(stateMessage(venue, sub)) : [];
  }
}

const fundingOf = (e: VenueEvent & { kind: 'funding' }): Record<string, unknown> => ({
  time: e.atMs,
  coin: e.coin,
  usdc: e.usdc,
  szi: e.szi,
  fundingRate: e.fundingRate,
  nSamples: null,
});

/** Cancels the user did not ask for; reduce-only ones are not announced here. */
const ANNOUNCED_CANCELS = new Set([
  'marginCanceled',
  'liquidatedCanceled',
  'selfTradeCanceled',
  'delistedCanceled',
  'scheduledCancel',
]);

function userEvents(mine: readonly VenueEvent[]): unknown[] {
  const out: unknown[] = [];
  const fills = mine.flatMap((e) => (e.kind === 'fill' ? [e.fill] : []));
  if (fills.length > 0) out.push({ fills });
  const cancels = mine.flatMap((e) =>
    e.kind === 'order' && ANNOUNCED_CANCELS.has(e.status)
      ? [{ coin: e.order['coin'], oid: e.order.oid }]
      : [],
  );
  if (cancels.length > 0) out.push({ nonUserCancel: cancels });
  for (const e of mine) {
    if (e.kind === 'funding') out.push({ funding: fundingOf(e) });
    if (e.kind === 'liquidation') {
      out.push({
        liquidation: {
          lid: e.lid,
          liquidator: HOUSE,
          liquidated_user: e.user,
          liquidated_ntl_pos: e.ntlPos,
          liquidated_account_value: e.accountValue,
        },
      });
    }
  }
  return out;
}
