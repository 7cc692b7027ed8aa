import { sign } from '../core/shared/coin.ts';
import type { AccountState } from '../core/guard/types.ts';
import type { MarketBook } from './market-book.ts';
import { UNHEARD } from './market-book.ts';

/**
 * Marks taken from the account's own reading: unrealised pnl is size × (mark − entry), so that each position tells its
 * mark. For a guard that follows no market; it has neither candles nor maps.
 */
export function marksOfAccount(account: () => AccountState | null): MarketBook {
  return {
    ...UNHEARD,
    mark(coin) {
      const reading = account();
      const p = reading?.positions.find((x) => x.coin === coin);
      if (reading === null || p === undefined || p.sz <= 0) return null;
      const markPx = p.entryPx + (sign(p.side) * p.unrealizedPnlUsd) / p.sz;
      if (!(markPx > 0)) return null;
      return { coin, markPx, openInterestUsd: null, fundingHourlyFraction: null, markAtMs: reading.readAtMs };
    },
    zoneMap: () => null,
    zones: () => null,
    candles: () => [],
    refresh: () => Promise.resolve(),
    feeds: () => [],
  };
}
