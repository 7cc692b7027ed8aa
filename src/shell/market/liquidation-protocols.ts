// How Binance, Bybit and OKX push liquidations. Hyperliquid does not: its liquidations show in users' own fills only.
import * as z from 'zod';
import type { Side } from '../../core/shared/coin.ts';
import type { Liquidation, VenueName } from '../../core/zones/realised/types.ts';
import { binanceSymbol } from './binance-parse.ts';
import { bybitSymbol } from './bybit-parse.ts';
import type { Frame, LiquidationProtocol } from './liquidation-stream.ts';
import { okxInstrument } from './okx-parse.ts';
import { decimal } from './parse-reply.ts';

const ALIVE: Frame = { kind: 'alive' };
const SUBSCRIBED: Frame = { kind: 'subscribed' };

const millis = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number),
]);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

function liquidation(
  venue: VenueName,
  coin: string,
  side: Side,
  l: { px: number; sz: number; timeMs: number },
): Liquidation[] {
  // A report without size or price is none.
  if (!(l.px > 0 && l.sz > 0)) return [];
  return [{ venue, coin, side, ...l, notionalUsd: l.px * l.sz }];
}

const BinanceOrder = z.object({
  e: z.literal('forceOrder'),
  o: z.object({
    s: z.string(),
    S: z.enum(['BUY', 'SELL']),
    q: decimal,
    p: decimal,
    ap: decimal,
    z: decimal,
    T: z.int(),
  }),
});
const BinanceAnswer = z.object({ id: z.int(), error: z.unknown().optional() });
const SUBSCRIBE_ID = 1;

/**
 * `<symbol>@forceOrder`: one order per symbol and second at most, so sums are lower bounds. `S` is the order's side:
 * SELL closed a long. Price and size as filled where told. A question about subscriptions serves as ping.
 */
export function binanceLiquidations(coins: readonly string[]): LiquidationProtocol {
  const bySymbol = new Map(coins.map((coin) => [binanceSymbol(coin), coin]));
  const params = [...bySymbol.keys()].map((symbol) => `${symbol.toLowerCase()}@forceOrder`);
  return {
    venue: 'binance',
    subscribe: () => [JSON.stringify({ method: 'SUBSCRIBE', params, id: SUBSCRIBE_ID })],
    ping: JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id: SUBSCRIBE_ID + 1 }),
    read(text) {
      const frame = parsed(text);
      const event = BinanceOrder.safeParse(frame);
      if (event.success) {
        const { s, S, q, p, ap, z: filled, T } = event.data.o;
        const coin = bySymbol.get(s);
        if (coin === undefined) return ALIVE;
        const side = S === 'SELL' ? 'long' : 'short';
        const l = { px: ap > 0 ? ap : p, sz: filled > 0 ? filled : q, timeMs: T };
        return { kind: 'liquidations', list: liquidation('binance', coin, side, l) };
      }
      const answer = BinanceAnswer.safeParse(frame);
      if (!answer.success) return null;
      if (answer.data.id !== SUBSCRIBE_ID) return ALIVE;
      return answer.data.error === undefined
        ? SUBSCRIBED
        : { kind: 'refused', why: 'the streams are not served' };
    },
  };
}

const BybitPush = z.object({
  topic: z.string().startsWith('allLiquidation.'),
  data: z.array(z.object({ T: millis, s: z.string(), S: z.enum(['Buy', 'Sell']), v: decimal, p: decimal })),
});
const BybitAnswer = z.object({ success: z.boolean(), ret_msg: z.string(), op: z.string() });

/**
 * `allLiquidation.<symbol>`, every half second, complete. `S` is the position's side: Buy = a long was liquidated. `p`
 * is the bankruptcy price. Topics of symbols the venue does not list are refused, so only listed ones are asked for.
 * @param listed those of the coins the venue lists
 */
export function bybitLiquidations(
  coins: readonly string[],
  listed: (coins: readonly string[]) => Promise<readonly string[]>,
): LiquidationProtocol {
  let bySymbol = new Map<string, string>();
  return {
    venue: 'bybit',
    async prepare() {
      bySymbol = new Map((await listed(coins)).map((coin) => [bybitSymbol(coin), coin]));
    },
    subscribe: () =>
      [...bySymbol.keys()].map((s) => JSON.stringify({ op: 'subscribe', args: [`allLiquidation.${s}`] })),
    ping: JSON.stringify({ op: 'ping' }),
    read(text) {
      const frame = parsed(text);
      const push = BybitPush.safeParse(frame);
      if (push.success) {
        const list = push.data.data.flatMap(({ T, s, S, v, p }) => {
          const coin = bySymbol.get(s);
          const side = S === 'Buy' ? 'long' : 'short';
          return coin === undefined ? [] : liquidation('bybit', coin, side, { px: p, sz: v, timeMs: T });
        });
        return { kind: 'liquidations', list };
      }
      const answer = BybitAnswer.safeParse(frame);
      if (!answer.success) return null;
      if (answer.data.op !== 'subscribe') return ALIVE;
      return answer.data.success ? SUBSCRIBED : { kind: 'refused', why: 'a topic is not served' };
    },
  };
}

const OkxPush = z.object({
  arg: z.object({ channel: z.literal('liquidation-orders') }),
  data: z.array(
    z.object({
      instId: z.string(),
      details: z.array(
        z.object({
          side: z.enum(['buy', 'sell']),
          posSide: z.string().nullish(),
          bkPx: decimal,
          sz: decimal,
          ts: millis,
        }),
      ),
    }),
  ),
});
const OkxAnswer = z.object({ event: z.string() });

/**
 * Channel `liquidation-orders`, all swaps. `sz` is contracts, `bkPx` the bankruptcy price; `posSide` names the side
 * liquidated where the account has sides, else the order's side does: sell closed a long. Not said to be complete.
 * @param contracts coins in one contract by instrument, read from the venue
 */
export function okxLiquidations(
  coins: readonly string[],
  contracts: () => Promise<ReadonlyMap<string, number>>,
): LiquidationProtocol {
  const byInstrument = new Map(
    coins.map((coin) => {
      const { instId, perCoin } = okxInstrument(coin);
      return [instId, { coin, perCoin }] as const;
    }),
  );
  let known: ReadonlyMap<string, number> = new Map();
  const arg = { channel: 'liquidation-orders', instType: 'SWAP' };
  return {
    venue: 'okx',
    async prepare() {
      known = await contracts();
    },
    subscribe: () => [JSON.stringify({ op: 'subscribe', args: [arg] })],
    ping: 'ping',
    read(text) {
      if (text === 'pong') return ALIVE;
      const frame = parsed(text);
      const push = OkxPush.safeParse(frame);
      if (push.success) {
        const list = push.data.data.flatMap(({ instId, details }) => {
          const of = byInstrument.get(instId);
          const contractCoins = known.get(instId);
          if (of === undefined || contractCoins === undefined) return [];
          return details.flatMap(({ side, posSide, bkPx, sz, ts }) => {
            const hit: Side =
              posSide === 'long' || posSide === 'short' ? posSide : side === 'sell' ? 'long' : 'short';
            const px = bkPx * of.perCoin;
            return liquidation('okx', of.coin, hit, {
              px,
              sz: (sz * contractCoins) / of.perCoin,
              timeMs: ts,
            });
          });
        });
        return { kind: 'liquidations', list };
      }
      const answer = OkxAnswer.safeParse(frame);
      if (!answer.success) return null;
      if (answer.data.event === 'error') return { kind: 'refused', why: 'the channel is not served' };
      return answer.data.event === 'subscribe' ? SUBSCRIBED : ALIVE;
    },
  };
}
