import type { SeededRandom } from '../../core/shared/seeded-random.ts';
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

/** The synthetic market's holders as accounts of a venue: one position, one address. */
export interface Holders {
  /** What an address holds now; empty for one that holds nothing, or nobody has. */
  find(address: string): OtherPosition[];
  /** A trade of two holders of one coin, at the mark: a tenth of what the taker holds. Null when nobody holds it. */
  trade(): HolderTrade | null;
}

/** Addresses are the coin, the side and the position's number behind a prefix that no wallet has. */
const PREFIX = '0x5e5e5e5e5e5e5e5e';
const ADDRESS = /^0x(?:5e){8}([0-9a-f]{2})(0[01])([0-9a-f]{20})$/;
const TRADED_SHARE = 0.1;

export function createHolders(market: SyntheticMarket, seed: number | string): Holders {
  const random = seededRandom(`${seed}/holders`);
  const names = market.coins.map((c) => c.coin);
  const addressOf = (coin: string, p: SyntheticPosition): string =>
    PREFIX + hex(names.indexOf(coin), 2) + hex(p.side === 'long' ? 0 : 1, 2) + hex(p.id, 20);
  return {
    find(address) {
      const [, coinHex = '', sideHex, idHex = ''] = ADDRESS.exec(address.toLowerCase()) ?? [];
      const coin = names[Number.parseInt(coinHex, 16)];
      if (coin === undefined) return [];
      const side = sideHex === '00' ? 'long' : 'short';
      const id = Number.parseInt(idHex, 16);
      return market
        .population(coin)
        .filter((p) => p.side === side && p.id === id)
        .map(({ sz, entryPx, leverage, liquidationPx }) => ({
          coin,
          szi: side === 'long' ? sz : -sz,
          entryPx,
          leverage,
          liquidationPx,
        }));
    },
    trade() {
      const coin = names[Math.floor(random.next() * names.length)] ?? '';
      const all = market.population(coin);
      const [taker, maker] = [drawn(all, random), drawn(all, random)];
      if (taker === undefined || maker === undefined) return null;
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
const drawn = <T>(list: readonly T[], random: SeededRandom): T | undefined =>
  list[Math.floor(random.next() * list.length)];
