// Maintenance tables as Bybit and OKX publish them. Binance's needs a key: a dated copy stands in for it.
import * as z from 'zod';
import type { MaintenanceTier } from '../../core/zones/liquidation-px.ts';
import { withCum } from '../../core/zones/liquidation-px.ts';
import { openedBybit } from './bybit-parse.ts';
import { MarketReadError } from './market-read-error.ts';
import { openedOkx } from './okx-parse.ts';
import { decimal } from './parse-reply.ts';

type Step = Omit<MaintenanceTier, 'cumUsd'>;

/** Steps in order of size, each with a requirement a position at full leverage can meet; else the whole is refused. */
function checked(steps: readonly Step[], what: string): MaintenanceTier[] {
  const sorted = steps.toSorted((a, b) => a.floorUsd - b.floorUsd);
  const wrong = sorted.findIndex((s, i) => {
    const before = sorted[i - 1];
    const isFirst = before === undefined;
    return (
      !(s.mmr > 0 && s.maxLeverage >= 1 && s.mmr < 1 / s.maxLeverage) ||
      (isFirst ? s.floorUsd !== 0 : !(s.floorUsd > before.floorUsd && s.mmr >= before.mmr))
    );
  });
  if (sorted.length === 0 || wrong !== -1)
    throw new MarketReadError('malformed', `${what}: step ${wrong} is none of a maintenance table`);
  return withCum(sorted);
}

const BybitRow = z.object({
  symbol: z.string(),
  riskLimitValue: decimal,
  maintenanceMargin: z.union([decimal, z.number()]),
  maxLeverage: decimal,
});
const BybitResult = z.object({ list: z.array(BybitRow) });

/**
 * `/v5/market/risk-limit`: `riskLimitValue` is where a step ends, USD. The rate is a fraction on newer servers and per
 * cent on older ones: per cent would ask for more than a position at full leverage has. The deduction follows from the
 * steps, which is how the venue makes it.
 */
export function parseBybitTiers(reply: unknown, symbol: string, what: string): MaintenanceTier[] {
  const OfSymbol = BybitResult.refine(
    (r) => r.list.every((t) => t.symbol === symbol),
    'tiers of another symbol',
  );
  const rows = openedBybit(OfSymbol, reply, what).list.toSorted(
    (a, b) => a.riskLimitValue - b.riskLimitValue,
  );
  const isPercent = rows.some((r) => r.maintenanceMargin >= 1 / r.maxLeverage);
  return checked(
    rows.map((r, i) => ({
      floorUsd: rows[i - 1]?.riskLimitValue ?? 0,
      mmr: r.maintenanceMargin / (isPercent ? 100 : 1),
      maxLeverage: r.maxLeverage,
    })),
    what,
  );
}

const OkxRow = z.object({ minSz: decimal, mmr: decimal, maxLever: decimal });

/**
 * `/api/v5/public/position-tiers?instType=SWAP`: sizes are contracts.
 * @param contractUsd one contract at the mark, USD
 */
export function parseOkxTiers(reply: unknown, contractUsd: number, what: string): MaintenanceTier[] {
  const rows = openedOkx(z.array(OkxRow), reply, what).toSorted((a, b) => a.minSz - b.minSz);
  return checked(
    rows.map((r, i) => ({
      // The first step may be said to begin with the smallest order.
      floorUsd: i === 0 ? 0 : r.minSz * contractUsd,
      mmr: r.mmr,
      maxLeverage: r.maxLever,
    })),
    what,
  );
}
