import { seededRandom } from '../../core/shared/seeded-random.ts';
import type { OtherPosition } from '../others.ts';
import type { SyntheticPosition } from './side-book.ts';
import type { SyntheticMarket } from './synthetic-market.ts';

export interface HolderTrade {
  coin: string;
  isBuy: boolean;
  px: number;
  /** Coins. */
  sz: number;
  taker: string;
  maker: string;
}

/** The synthetic market's holders as accounts of a venue, each with a position in a third of the coins. */
export interface Holders {
  /** What an address holds now; empty for one that holds nothing, or that nobody has. */
  find(address: string): OtherPosition[];
  /** A trade of two holders of one coin, at the mark: a tenth of what the taker holds. Null when a draw finds nobody. */
  trade(): HolderTrade | null;
}

/** Behind a prefix that no wallet has: which third of the coins, the side, and the position's number in each. */
const PREFIX = '0x5e5e5e5e5e5e5e5e';
const ADDRESS = /^0x(?:5e){8}(0[0-2])(0[01])([0-9a-f]{20})$/;
const GROUPS = 3;
const TRADED_SHARE = 0.1;

export function createHolders(market: SyntheticMarket, seed: number | string): Holders {
  const random = seededRandom(`${seed}/holders`);
  const names = market.coins.map((c) => c.coin);
  const addressOf = (coin: string, p: SyntheticPosition): string =>
    PREFIX + hex(names.indexOf(coin) % GROUPS, 2) + hex(p.side === 'long' ? 0 : 1, 2) + hex(p.id, 20);
  return {
    find(address) {
      const [, group, sideHex, idHex] = ADDRESS.exec(address.toLowerCase()) ?? [];
      if (group === undefined || idHex === undefined) return [];
      const side = sideHex === '00' ? 'long' : 'short';
      const id = Number.parseInt(idHex, 16);
      return names
        .filter((_, i) => i % GROUPS === Number.parseInt(group, 16))
        .flatMap((coin): OtherPosition[] => {
          const p = market.holder(coin, side, { id });
          if (p === null) return [];
          const { sz, entryPx, leverage, liquidationPx } = p;
          return [{ coin, szi: side === 'long' ? sz : -sz, entryPx, leverage, liquidationPx }];
        });
    },
    trade() {
      const coin = names[Math.floor(random.next() * names.length)] ?? '';
      const drawn = (): SyntheticPosition | null =>
        market.holder(coin, random.next() < 0.5 ? 'long' : 'short', { draw: random.next() });
      const [taker, maker] = [drawn(), drawn()];
      if (taker === null || maker === null) return null;
      return {
        coin,
        isBuy: taker.side === 'long',
        px: market.mark(coin),
        sz: taker.sz * TRADED_SHARE,
        taker: addressOf(coin, taker),
        maker: addressOf(coin, maker),
      };
    },
  };
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
