import * as z from 'zod';
import type { PositionReader } from '../../app/ports.ts';
import type { ReadPosition } from '../../core/zones/observed-book.ts';
import type { FetchJson } from './fetch-json.ts';
import { decimal, parseReply } from './parse-reply.ts';

const StateReply = z.object({
  assetPositions: z.array(
    z.object({
      position: z.object({
        coin: z.string(),
        szi: decimal,
        liquidationPx: z.union([z.null(), decimal]),
        // For a picture alone: never a reason to lose the rest of a reply.
        entryPx: z.union([z.null(), decimal]).optional().catch(null),
      }),
    }),
  ),
  time: z.int(),
});

/**
 * Anybody's positions from `clearinghouseState`: weight 2. A cross position's `liquidationPx` holds for the account as it
 * was at that moment; it moves with its other positions.
 */
export function createHyperliquidPositions(o: { fetchJson: FetchJson }): PositionReader {
  return {
    async positionsOf(user) {
      const what = 'positions of an address';
      const reply = await o.fetchJson({ path: '/info', body: { type: 'clearinghouseState', user }, what });
      return parsePositions(reply, `hyperliquid ${what}`);
    },
  };
}

/** @throws MarketReadError naming the first field that is not as documented */
export function parsePositions(reply: unknown, what: string): ReadPosition[] {
  return parseReply(StateReply, reply, what).assetPositions.flatMap(({ position }): ReadPosition[] => {
    const { coin, szi, liquidationPx, entryPx = null } = position;
    if (szi === 0) return [];
    // A price of zero or below is how "no price" looks when it is computed instead of left out.
    const px = liquidationPx !== null && liquidationPx > 0 ? liquidationPx : null;
    return [
      {
        coin,
        side: szi > 0 ? 'long' : 'short',
        liquidationPx: px,
        sz: Math.abs(szi),
        entryPx: entryPx !== null && entryPx > 0 ? entryPx : null,
      },
    ];
  });
}
