// Auto-deleveraging: an account is worth less than nothing, and those who gained most on the other side are closed
// against it at the previous mark.
import { applyFill } from './fill.ts';
import { crossSummary, isolatedEquity, notional } from './margin.ts';
import { recordTrade } from './match.ts';
import { fmt } from './money.ts';
import { accountOf, finish, forcedOrder } from './orders.ts';
import { emit, entryUnits } from './state.ts';
import type { Account, CoinState, Order, Position, VenueState } from './types.ts';

interface Candidate {
  account: Account;
  position: Position;
  rank: number;
}

/** Gain of price times leverage, (mark ÷ entry)·(notional ÷ equity); for a short the gain is entry ÷ mark. */
function rankOf(s: VenueState, a: Account, c: CoinState, p: Position): number | null {
  const equity = p.isCross ? crossSummary(s, a).value : isolatedEquity(c, p);
  if (equity <= 0) return null;
  const entryPx = entryUnits(p);
  const gain = p.szi > 0 ? c.markPx / entryPx : entryPx / c.markPx;
  return (gain * notional(c, p.szi)) / equity;
}

/** Those on the other side of `szi`, highest rank first; equal ranks by address, so that a run repeats. */
function queue(s: VenueState, c: CoinState, szi: number): Candidate[] {
  const found: Candidate[] = [];
  for (const address of c.holders) {
    const account = accountOf(s, address);
    const position = account.positions.get(c.asset);
    if (position === undefined || Math.sign(position.szi) === Math.sign(szi)) continue;
    const rank = rankOf(s, account, c, position);
    if (rank !== null) found.push({ account, position, rank });
  }
  return found.sort((x, y) => y.rank - x.rank || (x.account.address < y.account.address ? -1 : 1));
}

/** Closes as much of `p` as the other side holds. What is left is the backstop's. */
export function deleverage(s: VenueState, a: Account, c: CoinState, p: Position): void {
  const { szi } = p;
  for (const { account, position, rank } of queue(s, c, szi)) {
    const lots = Math.min(Math.abs(a.positions.get(c.asset)?.szi ?? 0), Math.abs(position.szi));
    if (lots === 0) return;
    const px = c.prevMarkPx;
    const tid = recordTrade(s, c, {
      isBuy: szi < 0,
      px,
      sz: lots,
      taker: a.address,
      maker: account.address,
    });
    const close = (who: Account, held: number): void => {
      const o: Order = forcedOrder(s, who, c, held, lots);
      o.sz = 0;
      const liquidation =
        who === a ? { user: a.address, markPx: c.markPx, method: 'backstop' as const } : null;
      applyFill(s, o, { px, sz: lots, crossed: false, tid, liquidation, dir: 'Auto-Deleveraging' });
      finish(s, o, 'filled');
    };
    emit(s, {
      kind: 'adl',
      user: account.address,
      against: a.address,
      coin: c.name,
      sz: fmt(lots, c.szDecimals),
      px: fmt(px, c.pxDecimals),
      rank,
    });
    close(a, szi);
    close(account, position.szi);
  }
}
