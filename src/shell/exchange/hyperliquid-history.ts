import * as z from 'zod';
import { ReadError } from '../../app/ports.ts';
import type { Fill } from '../../core/review/types.ts';
import { BuySell, Id, isOurMarket, Ms, Num, parseAs } from './hyperliquid-parse.ts';

// What happened to the account: fills and funding payments.

const WireFill = z.object({
  coin: z.string().min(1),
  px: Num,
  sz: Num,
  side: BuySell,
  time: Ms,
  startPosition: Num,
  dir: z.string(),
  closedPnl: Num,
  oid: Id,
  crossed: z.boolean(),
  fee: Num,
  tid: Id,
  feeToken: z.string(),
  cloid: z.string().nullish(),
  liquidation: z
    .object({ liquidatedUser: z.string().optional(), method: z.literal(['market', 'backstop']) })
    .nullish(),
});
type WireFill = z.output<typeof WireFill>;
/** Made once: it costs more to make than a page costs to check. */
const WireFills = z.array(WireFill);

/** A page of fills: `fills` are ours to book, `rows` counts what the venue sent, spot and all. */
export interface FillPage {
  fills: Fill[];
  rows: number;
  newestMs: number;
}

/** Fills of `account` (lower case) on our market, oldest first, in the order they happened in. */
export function parseFills(body: unknown, account: string): FillPage {
  const rows = parseAs(WireFills, 'userFills', body);
  const fills = rows.filter((row) => isOurMarket(row.coin)).map((row) => fillOf(row, account));
  return {
    fills: inOrder(fills),
    rows: rows.length,
    newestMs: rows.reduce((newest, row) => Math.max(newest, row.time), 0),
  };
}

function fillOf(row: WireFill, account: string): Fill {
  if (row.feeToken !== 'USDC') throw new ReadError('userFills: a fee is not in USDC');
  return {
    tid: row.tid,
    coin: row.coin,
    oid: row.oid,
    cloid: row.cloid ?? null,
    isBuy: row.side === 'B',
    px: row.px,
    sz: row.sz,
    timeMs: row.time,
    startPosition: row.startPosition,
    closedPnlUsd: row.closedPnl,
    feeUsd: row.fee,
    isTaker: row.crossed,
    liquidation: row.liquidation && isLiquidated(row, account) ? row.liquidation.method : null,
  };
}

/** The mark of a liquidation is on both sides' fills: whose it was is said by name, or by the direction. */
const isLiquidated = (row: WireFill, account: string): boolean =>
  row.liquidation?.liquidatedUser === undefined
    ? row.dir.includes('Liquidat')
    : row.liquidation.liquidatedUser.toLowerCase() === account;

/**
 * By time, and within one millisecond of one coin as a chain: each fill starts where the one before it ended. An
 * order that walks the book fills many times in one block, and the venue's lists run in either direction.
 */
function inOrder(fills: Fill[]): Fill[] {
  const groups = Map.groupBy(fills, (f) => `${f.timeMs} ${f.coin}`);
  return [...groups.values()].sort((a, b) => (a[0]?.timeMs ?? 0) - (b[0]?.timeMs ?? 0)).flatMap(chained);
}

const endOf = (f: Fill): number => f.startPosition + (f.isBuy ? f.sz : -f.sz);
/** Sizes have at most 6 decimals: half of the last one is out of reach of float dust. */
const follows = (f: Fill, before: Fill): boolean => Math.abs(f.startPosition - endOf(before)) < 5e-7;

function chained(group: Fill[]): Fill[] {
  const left = [...group];
  const chain: Fill[] = [];
  let next = left.find((f) => !left.some((other) => other !== f && follows(f, other))) ?? left[0];
  while (next !== undefined) {
    const current = next;
    chain.push(current);
    left.splice(left.indexOf(current), 1);
    next = left.find((f) => follows(f, current)) ?? left[0];
  }
  return chain;
}

const Funding = z.array(
  z.object({ time: Ms, delta: z.object({ type: z.literal('funding'), coin: z.string().min(1), usdc: Num }) }),
);

export interface FundingPayment {
  coin: string;
  timeMs: number;
  usd: number;
}

/** Funding payments, positive = received, in the venue's order, of every market. */
export const parseFunding = (body: unknown): FundingPayment[] =>
  parseAs(Funding, 'userFunding', body).map(({ time, delta }) => ({
    coin: delta.coin,
    timeMs: time,
    usd: delta.usdc,
  }));
