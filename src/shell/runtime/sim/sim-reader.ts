// Reads of the account: the shell's own reader over the simulated wire. Only the one read that every guard pass makes
// takes a shorter way, unless `isParsed`: the same figures without printing and parsing them (tests compare both).
import { type ExchangeReader, ReadError } from '../../../app/ports.ts';
import { type ClockSample, clockSkew } from '../../../core/execute/clock-skew.ts';
import type { AccountState, OpenOrder, Position } from '../../../core/guard/types.ts';
import {
  accountValue,
  coinOf,
  isolatedEquity,
  liquidationPxOf,
  notional,
  unrealized,
  withdrawable,
} from '../../../venue/core/margin.ts';
import { entryUnits } from '../../../venue/core/state.ts';
import { ceilDiv, scale } from '../../../venue/core/money.ts';
import type { Account, VenueState } from '../../../venue/core/types.ts';
import { openOrdersOf, wireOrder } from '../../../venue/core/wire.ts';
import { answerInfo } from '../../../venue/info.ts';
import { isRecord } from '../../../venue/json.ts';
import { parseOpenOrders } from '../../exchange/hyperliquid-parse.ts';
import { clockSampleOf } from '../../exchange/venue-clock.ts';
import { readerOver } from '../../exchange/hyperliquid-reader.ts';
import type { Info } from '../../exchange/hyperliquid-info.ts';
import type { Life, Link } from './link.ts';
import { ACCOUNT, type SimVenue } from './sim-venue.ts';

type Holdings = Pick<AccountState, 'equityUsd' | 'withdrawableUsd' | 'positions'>;

/** What reads said at one moment: kept while readings may lag. */
export interface Snapshot {
  atMs: number;
  orders: OpenOrder[];
  holdings: Holdings;
}

export const openOrdersNow = (s: VenueState, a: Account): OpenOrder[] =>
  a.open.size === 0 ? [] : parseOrders(s, a);

const parseOrders = (s: VenueState, a: Account): OpenOrder[] => {
  const orders: OpenOrder[] = [];
  for (const o of openOrdersOf(s, a)) {
    // Brackets with children are not among the bridge's orders: what the wire says of them is left to the parser.
    if (o.childOids.length > 0 || o.groupId !== null)
      return parseOpenOrders([...openOrdersOf(s, a)].map((x) => wireOrder(s, x)));
    const c = coinOf(s, o.asset);
    const [pxUnits, szUnits] = [scale(c.pxDecimals), scale(c.szDecimals)];
    const kind = o.trigger === null ? null : o.trigger.tpsl === 'sl' ? 'Stop' : 'Take Profit';
    orders.push({
      coin: c.name,
      oid: o.oid,
      cloid: o.cloid,
      isBuy: o.isBuy,
      limitPx: o.px / pxUnits,
      sz: o.sz / szUnits,
      origSz: o.origSz / szUnits,
      reduceOnly: o.reduceOnly,
      isTrigger: o.trigger !== null,
      triggerPx: o.trigger === null ? null : o.trigger.triggerPx / pxUnits,
      orderType: kind === null ? 'Limit' : `${kind} ${o.trigger?.isMarket === true ? 'Market' : 'Limit'}`,
      isPositionTpsl: o.isPositionTpsl,
      isUnarmedChild: false,
      timestampMs: o.placedAtMs,
    });
  }
  return orders;
};

export function holdingsNow(s: VenueState, a: Account): Holdings {
  const positions: Position[] = [];
  for (const p of a.positions.values()) {
    const c = coinOf(s, p.asset);
    const liquidationPx = liquidationPxOf(s, a, p);
    positions.push({
      coin: c.name,
      side: p.szi > 0 ? 'long' : 'short',
      sz: Math.abs(p.szi) / scale(c.szDecimals),
      entryPx: entryUnits(p) / scale(c.pxDecimals),
      liquidationPx: liquidationPx !== null && liquidationPx > 0 ? liquidationPx : null,
      leverage: p.leverage,
      isIsolated: !p.isCross,
      marginUsedUsd: (p.isCross ? ceilDiv(notional(c, p.szi), p.leverage) : isolatedEquity(c, p)) / 1e6,
      unrealizedPnlUsd: unrealized(c, p) / 1e6,
    });
  }
  return { equityUsd: accountValue(s, a) / 1e6, withdrawableUsd: withdrawable(s, a) / 1e6, positions };
}

export interface SimReaderDeps {
  venue: SimVenue;
  link: Link;
  life: Life;
  /** The bridge's clock. */
  nowMs: () => number;
  /** How old the next answer is, ms. */
  lagMs: () => number;
  /** What reads said at that moment; undefined when it is now. */
  snapshotAt: (lagMs: number) => Snapshot | undefined;
  isParsed: boolean;
  onAccountRead?: () => void;
}

export function createSimReader(o: SimReaderDeps): ExchangeReader {
  const { venue, link, life } = o;
  const read = async <T>(what: string, answer: () => T): Promise<T> => {
    const carried = await link.send(life, `read ${what}`, answer);
    if (carried.kind === 'answer') return carried.value;
    throw new ReadError(`${what}: ${carried.kind === 'http' ? `HTTP ${carried.status}` : carried.message}`);
  };
  const info: Info = async (request) => {
    const sentAtMs = o.nowMs();
    const { body, serverDateMs } = await read(request.type, () => {
      venue.tick();
      return {
        body: lagged(answerInfo(venue.state, request), request, venue.state.nowMs - o.lagMs()),
        serverDateMs: dateHeaderMs(venue.state.nowMs),
      };
    });
    return { body, serverDateMs, sentAtMs, receivedAtMs: o.nowMs() };
  };
  const reader = readerOver(info, { account: ACCOUNT, nowMs: o.nowMs });
  if (o.isParsed)
    return {
      ...reader,
      async accountState() {
        const account = await reader.accountState();
        o.onAccountRead?.();
        return account;
      },
    };
  const samples: ClockSample[] = [];
  const timed = async <T>(what: string, answer: () => T): Promise<T> => {
    const sentAtMs = o.nowMs();
    const { value, serverDateMs } = await read(what, () => {
      venue.tick();
      return { value: answer(), serverDateMs: dateHeaderMs(venue.state.nowMs) };
    });
    const sample = clockSampleOf({ body: null, serverDateMs, sentAtMs, receivedAtMs: o.nowMs() });
    if (sample !== null) samples.push(sample);
    if (samples.length > CLOCK_SAMPLES) samples.shift();
    return value;
  };
  return {
    ...reader,
    clockSkew: () => clockSkew(samples, o.nowMs(), CLOCK_AGE_MS_MAX),
    async accountState() {
      const readAtMs = o.nowMs();
      const openOrders = await timed(
        'orders',
        () => o.snapshotAt(o.lagMs())?.orders ?? openOrdersNow(venue.state, venue.account),
      );
      const holdings = await timed(
        'positions',
        () => o.snapshotAt(o.lagMs())?.holdings ?? holdingsNow(venue.state, venue.account),
      );
      o.onAccountRead?.();
      return { readAtMs, ...holdings, openOrders };
    },
  };
}

/** As the shell's reader keeps them. */
const CLOCK_SAMPLES = 5;
const CLOCK_AGE_MS_MAX = 600_000;

/** The HTTP Date header has whole seconds. */
const dateHeaderMs = (nowMs: number): number => Math.floor(nowMs / 1_000) * 1_000;

/** What a replica that is behind would not know yet: orders placed and fills made after `asOfMs`. */
function lagged(answer: unknown, request: { type: string }, asOfMs: number): unknown {
  const isOld = (row: unknown, key: string): boolean => {
    const at: unknown = isRecord(row) ? row[key] : undefined;
    return typeof at !== 'number' || at <= asOfMs;
  };
  switch (request.type) {
    case 'frontendOpenOrders':
      return Array.isArray(answer) ? answer.filter((row) => isOld(row, 'timestamp')) : answer;
    case 'userFillsByTime':
      return Array.isArray(answer) ? answer.filter((row) => isOld(row, 'time')) : answer;
    case 'orderStatus': {
      const outer = isRecord(answer) && isRecord(answer['order']) ? answer['order']['order'] : undefined;
      return isOld(outer, 'timestamp') ? answer : { status: 'unknownOid' };
    }
    default:
      return answer;
  }
}
