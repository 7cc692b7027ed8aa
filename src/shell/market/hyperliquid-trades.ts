import * as z from 'zod';
import type { TradeFeed } from '../../app/ports.ts';
import type { HyperliquidSocketOptions } from './hyperliquid-socket.ts';
import { createHyperliquidSocket } from './hyperliquid-socket.ts';
import { decimal } from './parse-reply.ts';

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((s) => s.toLowerCase());

const Trades = z.array(z.object({ coin: z.string(), sz: decimal, users: z.array(address) }));

/**
 * Public trades with both addresses over one WebSocket, one subscription a coin. A hint at who holds something, nothing
 * more: trades missed while it is down are missed, and a coin the venue turns down leaves the others alone.
 */
export function createHyperliquidTrades(o: HyperliquidSocketOptions): TradeFeed {
  const socket = createHyperliquidSocket(o);
  return {
    start: (coins, on) =>
      socket.start({
        subscriptions: coins.map((coin) => ({ type: 'trades', coin })),
        take(channel, data) {
          const trades = channel === 'trades' ? Trades.safeParse(data) : null;
          if (trades?.success !== true) return false;
          on.trades(trades.data);
          return true;
        },
        status: on.status,
      }),
    stop: () => socket.stop(),
  };
}
