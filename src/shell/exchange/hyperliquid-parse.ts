import * as z from 'zod';
import { type FoundOrder, ReadError } from '../../app/ports.ts';
import type { AccountState, OpenOrder, Position } from '../../core/guard/types.ts';
import type { CoinMeta, MarginTier } from '../../core/shared/coin.ts';

// The venue's answers to reads, as documented in its info endpoint. What the bridge needs is required, whatever else
// is in there is left alone. Every function throws a ReadError that names the field at fault and never repeats a value.

/**
 * Numbers come as decimal text; the digits are bounded, so the number is finite. Liquidation prices are quotients, and a
 * decimal type may print 28 digits of one: a reading refused for that would leave the guard blind.
 */
export const Num = z
  .string()
  .regex(/^-?\d{1,20}(\.\d{1,40})?$/)
  .transform(Number);
/** Ids above 2^53 would have lost digits in JSON.parse: refused by z.int(). */
export const Id = z.int().nonnegative();
export const Ms = z.int().nonnegative();
export const BuySell = z.literal(['B', 'A']);
/** The venue leaves a flag out, or sends null, to say no. */
const Flag = z
  .boolean()
  .nullish()
  .transform((flag) => flag === true);

export function parseAs<S extends z.ZodType>(schema: S, what: string, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ReadError(
    `${what}: ${issue?.path.map(String).join('.') || 'answer'}: ${issue?.message ?? 'invalid'}`,
  );
}

/** Spot pairs, outcomes and builder-deployed markets share the lists; the bridge trades the first perp exchange only. */
export const isOurMarket = (coin: string): boolean => !/[@/:#+]/.test(coin);

// ---------------------------------------------------------------- meta

const MarginTable = z.object({
  marginTiers: z.array(z.object({ lowerBound: Num, maxLeverage: z.int().min(1) })).min(1),
});
const Meta = z.object({
  universe: z.array(
    z.object({
      name: z.string().min(1),
      szDecimals: z.int().min(0).max(6),
      maxLeverage: z.int().min(1),
      marginTableId: Id,
      onlyIsolated: Flag,
      isDelisted: Flag,
      marginMode: z.string().nullish(),
    }),
  ),
  marginTables: z.array(z.tuple([Id, MarginTable])),
});
/** A table id below this is no table: one tier with that leverage. */
const TABLE_ID_MIN = 50;

export function parseMeta(body: unknown): CoinMeta[] {
  const meta = parseAs(Meta, 'meta', body);
  const tables = new Map(meta.marginTables);
  const tiersOf = (assetId: number, id: number): MarginTier[] => {
    const tiers = tables
      .get(id)
      ?.marginTiers.map(({ lowerBound, maxLeverage }) => ({ lowerBoundUsd: lowerBound, maxLeverage }));
    if (tiers !== undefined) return tiers.sort((a, b) => a.lowerBoundUsd - b.lowerBoundUsd);
    if (id > 0 && id < TABLE_ID_MIN) return [{ lowerBoundUsd: 0, maxLeverage: id }];
    throw new ReadError(`meta: universe.${assetId}.marginTableId: no table ${id}`);
  };
  return meta.universe.map((coin, assetId) => ({
    coin: coin.name,
    assetId,
    szDecimals: coin.szDecimals,
    maxLeverage: coin.maxLeverage,
    marginTiers: tiersOf(assetId, coin.marginTableId),
    onlyIsolated: coin.onlyIsolated || (coin.marginMode ?? null) !== null,
    isDelisted: coin.isDelisted,
  }));
}

// ---------------------------------------------------------------- account

const Clearinghouse = z.object({
  marginSummary: z.object({ accountValue: Num }),
  crossMarginSummary: z.object({ accountValue: Num }).optional(),
  crossMaintenanceMarginUsed: Num.optional(),
  withdrawable: Num,
  assetPositions: z.array(
    z.object({
      position: z.object({
        coin: z.string().min(1),
        szi: Num,
        leverage: z.object({ type: z.literal(['isolated', 'cross']), value: z.int().min(1) }),
        entryPx: Num,
        liquidationPx: Num.nullable(),
        marginUsed: Num,
        unrealizedPnl: Num,
      }),
    }),
  ),
});

/** Everything of AccountState but the orders. */
export function parseClearinghouse(
  body: unknown,
): Pick<AccountState, 'equityUsd' | 'withdrawableUsd' | 'cross' | 'positions'> {
  const state = parseAs(Clearinghouse, 'clearinghouseState', body);
  const [equityUsd, maintenanceUsd] = [
    state.crossMarginSummary?.accountValue,
    state.crossMaintenanceMarginUsed,
  ];
  return {
    equityUsd: state.marginSummary.accountValue,
    withdrawableUsd: state.withdrawable,
    ...(equityUsd === undefined || maintenanceUsd === undefined
      ? {}
      : { cross: { equityUsd, maintenanceUsd } }),
    positions: state.assetPositions.filter((p) => p.position.szi !== 0).map((p) => positionOf(p.position)),
  };
}

type WirePosition = z.output<typeof Clearinghouse>['assetPositions'][number]['position'];

function positionOf(p: WirePosition): Position {
  return {
    coin: p.coin,
    side: p.szi > 0 ? 'long' : 'short',
    sz: Math.abs(p.szi),
    entryPx: p.entryPx,
    // A price no market can reach is as unreachable as none.
    liquidationPx: p.liquidationPx !== null && p.liquidationPx > 0 ? p.liquidationPx : null,
    leverage: p.leverage.value,
    isIsolated: p.leverage.type === 'isolated',
    marginUsedUsd: p.marginUsed,
    unrealizedPnlUsd: p.unrealizedPnl,
  };
}

// ---------------------------------------------------------------- orders

const Order = z.object({
  coin: z.string().min(1),
  side: BuySell,
  limitPx: Num,
  sz: Num,
  origSz: Num,
  oid: Id,
  timestamp: Ms,
  isTrigger: z.boolean(),
  triggerPx: Num,
  isPositionTpsl: z.boolean(),
  reduceOnly: z.boolean(),
  orderType: z.string().min(1),
  cloid: z.string().nullish(),
  get children() {
    return z.array(Order);
  },
});
type WireOrder = z.output<typeof Order>;

/**
 * Every open order once. A child of a resting parent is listed and nested too: it is marked, for it is not armed and
 * protects nothing.
 */
export function parseOpenOrders(body: unknown): OpenOrder[] {
  const unarmed = new Set<number>();
  const byOid = new Map<number, WireOrder>();
  const visit = (order: WireOrder, isChild: boolean): void => {
    if (isChild) unarmed.add(order.oid);
    byOid.set(order.oid, order);
    for (const child of order.children) visit(child, true);
  };
  for (const order of parseAs(z.array(Order), 'frontendOpenOrders', body)) visit(order, false);
  return [...byOid.values()]
    .filter((order) => isOurMarket(order.coin))
    .map((order) => ({
      coin: order.coin,
      oid: order.oid,
      cloid: order.cloid ?? null,
      isBuy: order.side === 'B',
      limitPx: order.limitPx,
      sz: order.sz,
      origSz: order.origSz,
      reduceOnly: order.reduceOnly,
      isTrigger: order.isTrigger,
      triggerPx: order.isTrigger ? order.triggerPx : null,
      orderType: order.orderType,
      isPositionTpsl: order.isPositionTpsl,
      isUnarmedChild: unarmed.has(order.oid),
      timestampMs: order.timestamp,
    }));
}

const OrderStatus = z.discriminatedUnion('status', [
  z.object({ status: z.literal('unknownOid') }),
  z.object({
    status: z.literal('order'),
    order: z.object({ order: Order, status: z.string(), statusTimestamp: Ms }),
  }),
]);

/** How a status word ends says what became of the order; 'triggered' is back in the book. */
function stateOf(status: string): FoundOrder['state'] {
  if (status === 'open' || status === 'triggered') return 'open';
  if (status === 'filled') return 'filled';
  if (/(^c|C)anceled$|Cancel$/.test(status)) return 'canceled';
  if (/(^r|R)ejected$/.test(status)) return 'refused';
  throw new ReadError('orderStatus: a status this version does not know');
}

/** One order by the venue's memory of orders. */
export interface OrderRecord {
  state: FoundOrder['state'];
  oid: number;
  /** What it asked for and has not on the book: at least what was filled; null for a reduce-only order, which the venue cuts. */
  goneSz: number | null;
  placedAtMs: number;
  statusAtMs: number;
}

export function parseOrderStatus(body: unknown): OrderRecord | 'unknown-oid' {
  const answer = parseAs(OrderStatus, 'orderStatus', body);
  if (answer.status === 'unknownOid') return 'unknown-oid';
  const { order, status, statusTimestamp } = answer.order;
  return {
    state: stateOf(status),
    oid: order.oid,
    goneSz: order.reduceOnly ? null : Math.max(0, order.origSz - order.sz),
    placedAtMs: order.timestamp,
    statusAtMs: statusTimestamp,
  };
}
