// POST /info: one function per request type over the state. Unknown types and malformed arguments are 422.
import * as account from './core/info-account.ts';
import * as market from './core/info-market.ts';
import * as orders from './core/info-orders.ts';
import type { Account, CoinState, VenueState } from './core/types.ts';
import { MARKET_ORDER_MAX } from './core/validate.ts';
import { isRecord, type Json } from './json.ts';

/** Thrown inside a handler: the body does not fit the type, HTTP 422. */
export class Malformed extends Error {
  override name = 'Malformed';
}

type Handler = (s: VenueState, b: Json) => unknown;

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const CLOID = /^0x[0-9a-fA-F]{32}$/;

export function addressOf(b: Json): string {
  const user = b['user'];
  if (typeof user !== 'string' || !ADDRESS.test(user)) throw new Malformed('user');
  return user.toLowerCase();
}
const userOf = (s: VenueState, b: Json): Account | undefined => s.accounts.get(addressOf(b));

function coinIn(s: VenueState, b: Json): CoinState | undefined {
  if (typeof b['coin'] !== 'string') throw new Malformed('coin');
  return s.coins[s.assetOf.get(b['coin']) ?? -1];
}

function timeOf(b: Json, key: string, fallback: number): number {
  const x = b[key];
  if (x === undefined || x === null) return fallback;
  if (typeof x !== 'number') throw new Malformed(key);
  return x;
}
const NEVER = Number.MAX_SAFE_INTEGER;
const ownDex = (b: Json): boolean => b['dex'] === undefined || b['dex'] === '' || b['dex'] === null;

function candles(s: VenueState, b: Json): unknown {
  const req = b['req'];
  if (!isRecord(req)) throw new Malformed('req');
  const { coin, interval } = req;
  if (typeof coin !== 'string' || typeof interval !== 'string') throw new Malformed('req');
  if (market.INTERVAL_MS[interval] === undefined) throw new Malformed('interval');
  const start = timeOf(req, 'startTime', 0);
  return market.candleSnapshot(s, coin, interval, start, timeOf(req, 'endTime', NEVER));
}

function orderId(b: Json): number | string {
  const { oid } = b;
  if (typeof oid === 'number') return oid;
  if (typeof oid === 'string' && CLOID.test(oid)) return oid.toLowerCase();
  throw new Malformed('oid');
}

const EMPTY_PORTFOLIO = { accountValueHistory: [], pnlHistory: [], vlm: '0.0' };
const PERIODS = ['day', 'week', 'month', 'allTime', 'perpDay', 'perpWeek', 'perpMonth', 'perpAllTime'];

const SPOT_META = {
  tokens: [
    {
      name: 'USDC',
      szDecimals: 8,
      weiDecimals: 8,
      index: 0,
      tokenId: '0x6d1e7cde53ba9467b783cb7c530ce054',
      isCanonical: true,
      evmContract: null,
      fullName: null,
      deployerTradingFeeShare: '0.0',
    },
  ],
  universe: [],
};

const MARKET: Readonly<Record<string, Handler>> = {
  meta: (s, b) => (ownDex(b) ? market.meta(s) : null),
  allPerpMetas: (s) => [market.meta(s)],
  metaAndAssetCtxs: (s, b) =>
    ownDex(b) ? [market.meta(s), s.coins.map((c) => market.assetCtx(s, c))] : null,
  allMids: (s, b) => (ownDex(b) ? market.allMids(s) : {}),
  l2Book: (s, b) => {
    const c = coinIn(s, b);
    return c === undefined ? null : market.l2Book(s, c);
  },
  recentTrades: (s, b) => {
    const c = coinIn(s, b);
    if (c === undefined) return [];
    return c.trades
      .slice(-10)
      .toReversed()
      .map((t) => market.wireTrade(c, t));
  },
  candleSnapshot: candles,
  fundingHistory: (s, b) => {
    const c = coinIn(s, b);
    const start = timeOf(b, 'startTime', NaN);
    if (Number.isNaN(start)) throw new Malformed('startTime');
    return c === undefined ? [] : market.fundingHistory(c, start, timeOf(b, 'endTime', NEVER));
  },
  predictedFundings: (s) =>
    s.coins.map((c) => [
      c.name,
      [
        [
          'HlPerp',
          { fundingRate: String(c.fundingHourly), nextFundingTime: s.nextFundingMs, fundingIntervalHours: 1 },
        ],
      ],
    ]),
  marginTable: (s, b) => market.marginTable(s, timeOf(b, 'id', 0)),
  perpDexs: () => [null],
  perpsAtOpenInterestCap: (s) =>
    s.coins
      .filter(
        (c) => c.openInterestCapUsd !== null && (c.openInterest * c.markPx) / 1e6 >= c.openInterestCapUsd,
      )
      .map((c) => c.name),
  spotMeta: () => SPOT_META,
  spotMetaAndAssetCtxs: () => [SPOT_META, []],
  outcomeMeta: () => ({ outcomes: [], questions: [] }),
  exchangeStatus: (s) => ({ time: s.nowMs, specialStatuses: null }),
  maxMarketOrderNtls: () => MARKET_ORDER_MAX.map((x) => [x.maxLeverage, `${x.ntlUsd}.0`]),
  liquidatable: () => [],
  vaultSummaries: () => [],
};

const USER: Readonly<Record<string, Handler>> = {
  clearinghouseState: (s, b) => account.clearinghouseState(s, ownDex(b) ? userOf(s, b) : undefined),
  spotClearinghouseState: (s, b) => account.spotState(s, userOf(s, b)),
  openOrders: (s, b) => (ownDex(b) ? orders.openOrders(s, userOf(s, b)) : []),
  frontendOpenOrders: (s, b) => (ownDex(b) ? orders.frontendOpenOrders(s, userOf(s, b)) : []),
  orderStatus: (s, b) => orders.orderStatus(s, userOf(s, b), orderId(b)),
  historicalOrders: (s, b) => orders.historicalOrders(s, userOf(s, b)),
  userFills: (s, b) => orders.userFills(s, userOf(s, b)),
  userFillsByTime: (s, b) =>
    orders.userFillsByTime(
      s,
      userOf(s, b),
      timeOf(b, 'startTime', 0),
      timeOf(b, 'endTime', NEVER),
      b['reversed'] === true,
    ),
  userFunding: (s, b) =>
    account.userFunding(s, userOf(s, b), timeOf(b, 'startTime', 0), timeOf(b, 'endTime', NEVER)),
  userNonFundingLedgerUpdates: (s, b) =>
    account.ledgerUpdates(userOf(s, b), timeOf(b, 'startTime', 0), timeOf(b, 'endTime', NEVER)),
  userFees: (s, b) => account.userFees(s, userOf(s, b)),
  userRateLimit: (s, b) => account.userRateLimit(userOf(s, b)),
  userRole: (s, b) => account.userRole(s, addressOf(b)),
  extraAgents: (s, b) => account.extraAgents(s, addressOf(b)),
  subAccounts: (s, b) => account.subAccounts(s, addressOf(b)),
  userAbstraction: (s, b) => userOf(s, b)?.mode ?? 'disabled',
  userVaultEquities: (s, b) => (addressOf(b), []),
  userTwapSliceFills: (s, b) => (addressOf(b), []),
  twapHistory: (s, b) => (addressOf(b), []),
  portfolio: (s, b) => (addressOf(b), PERIODS.map((p) => [p, EMPTY_PORTFOLIO])),
  referral: (s, b) => (
    addressOf(b),
    {
      referredBy: null,
      cumVlm: '0.0',
      unclaimedRewards: '0.0',
      claimedRewards: '0.0',
      builderRewards: '0.0',
      tokenToState: [],
      referrerState: { stage: 'needToTrade', data: { required: '10000.0' } },
      rewardHistory: [],
    }
  ),
  maxBuilderFee: (s, b) =>
    userOf(s, b)?.builders.get(typeof b['builder'] === 'string' ? b['builder'].toLowerCase() : '') ?? 0,
  activeAssetData: (s, b) => {
    const c = coinIn(s, b);
    return c === undefined ? null : account.activeAssetData(s, userOf(s, b), addressOf(b), c);
  },
};

export const isUserRead = (type: string): boolean => Object.hasOwn(USER, type);

/** @throws Malformed when the venue would answer 422 */
export function answerInfo(s: VenueState, body: unknown): unknown {
  if (!isRecord(body)) throw new Malformed('body');
  const b = body;
  const { type } = b;
  if (typeof type !== 'string') throw new Malformed('type');
  if (type === 'batchClearinghouseStates') return batchStates(s, b);
  const handler = Object.hasOwn(USER, type)
    ? USER[type]
    : Object.hasOwn(MARKET, type)
      ? MARKET[type]
      : undefined;
  if (handler === undefined) throw new Malformed('type');
  return handler(s, b);
}

function batchStates(s: VenueState, b: Json): unknown {
  const { users } = b;
  if (!Array.isArray(users)) throw new Malformed('users');
  return users.map((user: unknown) => account.clearinghouseState(s, userOf(s, { user })));
}
