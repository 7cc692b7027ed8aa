import {
  accountValue,
  coinOf,
  isolatedEquity,
  liquidationPxOf,
  unrealized,
  withdrawable,
} from './core/margin.ts';
import { entryUnits } from './core/state.ts';
import type { VenueState } from './core/types.ts';
import { openOrdersOf, wireFill, wireOrder, type WireOrder } from './core/wire.ts';

/** An account as tests and the control plane look at it: numbers in USD and coins. */
export interface AccountView {
  address: string;
  equityUsd: number;
  cashUsd: number;
  withdrawableUsd: number;
  positions: {
    coin: string;
    szi: number;
    entryPx: number;
    isCross: boolean;
    leverage: number;
    liquidationPx: number | null;
    unrealizedPnlUsd: number;
    marginUsd: number | null;
  }[];
  orders: (WireOrder & { isArmed: boolean })[];
  fills: Record<string, unknown>[];
  depositedUsd: number;
  feesUsd: number;
  fundingUsd: number;
  closedPnlUsd: number;
  /** Losses beyond the account's means that the rest of the market bore, less margin the backstop kept. */
  absorbedUsd: number;
}

export function inspect(s: VenueState, address: string): AccountView | null {
  const a = s.accounts.get(address);
  if (a === undefined) return null;
  const positions = [...a.positions.values()].map((p) => {
    const c = coinOf(s, p.asset);
    return {
      coin: c.name,
      szi: p.szi / 10 ** c.szDecimals,
      entryPx: entryUnits(p) / 10 ** c.pxDecimals,
      isCross: p.isCross,
      leverage: p.leverage,
      liquidationPx: liquidationPxOf(s, a, p),
      unrealizedPnlUsd: unrealized(c, p) / 1e6,
      marginUsd: p.isCross ? null : isolatedEquity(c, p) / 1e6,
    };
  });
  return {
    address,
    equityUsd: accountValue(s, a) / 1e6,
    cashUsd: a.usd / 1e6,
    withdrawableUsd: withdrawable(s, a) / 1e6,
    positions,
    orders: [...openOrdersOf(s, a)].map((o) => ({ ...wireOrder(s, o), isArmed: o.state === 'open' })),
    fills: a.fills.map((f) => wireFill(s, f)),
    depositedUsd: a.totals.deposited / 1e6,
    feesUsd: a.totals.fees / 1e6,
    fundingUsd: a.totals.funding / 1e6,
    closedPnlUsd: a.totals.closedPnl / 1e6,
    absorbedUsd: a.totals.absorbed / 1e6,
  };
}
