import { loosePx } from './core/info-account.ts';
import { fmt, MICRO, usd } from './core/money.ts';
import type { VenueState } from './core/types.ts';

/** What somebody of the market around holds: nobody acts for them here, but anybody can read it. Isolated. */
export interface OtherPosition {
  coin: string;
  /** Coins, > 0 long. */
  szi: number;
  entryPx: number;
  leverage: number;
  liquidationPx: number;
}

/** `clearinghouseState` of such an account, in the venue's shape. */
export function otherState(s: VenueState, positions: readonly OtherPosition[]): Record<string, unknown> {
  const rows = positions.flatMap((p) => {
    const c = s.coins[s.assetOf.get(p.coin) ?? -1];
    const lots = Math.round(p.szi * 10 ** (c?.szDecimals ?? 0));
    if (c === undefined || lots === 0) return [];
    const markPx = c.markPx / 10 ** c.pxDecimals;
    const value = Math.abs(p.szi) * markPx;
    const pnl = p.szi * (markPx - p.entryPx);
    const cost = (Math.abs(p.szi) * p.entryPx) / p.leverage;
    const position = {
      coin: p.coin,
      szi: fmt(lots, c.szDecimals),
      leverage: { type: 'isolated', value: Math.round(p.leverage), rawUsd: money(cost - p.szi * p.entryPx) },
      entryPx: loosePx(p.entryPx),
      positionValue: money(value),
      unrealizedPnl: money(pnl),
      returnOnEquity: loosePx(pnl / cost),
      liquidationPx: loosePx(p.liquidationPx),
      marginUsed: money(cost + pnl),
      maxLeverage: c.maxLeverage,
      cumFunding: { allTime: '0.0', sinceOpen: '0.0', sinceChange: '0.0' },
    };
    return [{ value, signed: p.szi * markPx, used: cost + pnl, wire: { type: 'oneWay', position } }];
  });
  const sum = (of: (r: (typeof rows)[number]) => number): number => rows.reduce((n, r) => n + of(r), 0);
  const used = sum((r) => r.used);
  return {
    marginSummary: {
      accountValue: money(used),
      totalNtlPos: money(sum((r) => r.value)),
      totalRawUsd: money(used - sum((r) => r.signed)),
      totalMarginUsed: money(used),
    },
    crossMarginSummary: {
      accountValue: '0.0',
      totalNtlPos: '0.0',
      totalRawUsd: '0.0',
      totalMarginUsed: '0.0',
    },
    crossMaintenanceMarginUsed: '0.0',
    withdrawable: '0.0',
    assetPositions: rows.map((r) => r.wire),
    time: s.nowMs,
  };
}

const money = (amount: number): string => usd(Math.round(amount * MICRO));
