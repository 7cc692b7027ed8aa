import * as z from 'zod';
import type { MinuteFeed } from '../../app/ports.ts';
import type { Candle } from '../../core/shared/candle.ts';
import type { HyperliquidSocketOptions } from './hyperliquid-socket.ts';
import { createHyperliquidSocket } from './hyperliquid-socket.ts';
import { whyWrong } from './parse-candles.ts';
import { decimal } from './parse-reply.ts';

const MINUTE_MS = 60_000;

/** The documentation writes prices as numbers, the venue sends text. */
const number = z.union([decimal, z.number()]);
const Bar = z.object({
  t: z.int(),
  s: z.string(),
  i: z.literal('1m'),
  o: number,
  c: number,
  h: number,
  l: number,
  v: number,
});
/** One bar as the venue sends it, or several as its documentation says. */
const Push = z.union([Bar.transform((bar) => [bar]), z.array(Bar)]);

/**
 * One-minute bars as they form, over one WebSocket with one `candle` subscription a coin: no request weight. Each message
 * is the whole bar, so that one that is lost is made up for by the next. A bar that cannot be right ends the
 * connection, as a frame that cannot be read does: what else it held is not known.
 */
export function createHyperliquidMinutes(o: HyperliquidSocketOptions): MinuteFeed {
  const socket = createHyperliquidSocket(o);
  return {
    start(coins, on) {
      /** Of each coin the newest bar as it was told last, to compare the next one's opening with its close. */
      const newest = new Map<string, Candle>();
      const take = ({ t, s, o: open, h, l, c, v }: z.output<typeof Bar>): boolean => {
        const bar = { t, o: open, h, l, c, v };
        const before = newest.get(s);
        const isNext = before !== undefined && before.t < t;
        if (whyWrong(bar, isNext ? before : undefined, MINUTE_MS) !== null) return false;
        if (before === undefined || isNext || before.t === t) newest.set(s, bar);
        on.bar(s, bar);
        return true;
      };
      socket.start({
        subscriptions: coins.map((coin) => ({ type: 'candle', coin, interval: '1m' })),
        take(channel, data) {
          const push = channel === 'candle' ? Push.safeParse(data) : null;
          return push?.success === true && push.data.every((bar) => coins.includes(bar.s) && take(bar));
        },
        status(up) {
          if (!up) newest.clear();
          on.status(up);
        },
      });
    },
    stop: () => socket.stop(),
  };
}
