import { coinOfTicker } from '../core/alert/coin-of-ticker.ts';
import type { DecideInput } from '../core/decide/decide-input.ts';
import type { Desk } from './desk.ts';
import { guardLateAfterMs } from './desk.ts';
import type { StoredAlert } from './ports.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Everything one decision rests on, from memory and the local store only: no round trip stands between an alert and
 * its order. Called under the decide mutex, so that what it sees of pending entries is complete.
 */
export async function collectInput(
  desk: Desk,
  stored: StoredAlert,
  decisionId: string,
): Promise<DecideInput> {
  const nowMs = desk.clock.nowMs();
  const mapped = coinOfTicker(stored.alert.ticker, new Set(desk.meta.keys())) ?? null;
  const coin = mapped?.coin;
  const market = coin === undefined ? null : desk.market.mark(coin);
  const { bins: _pictures, ...zones } = (coin === undefined ? null : desk.market.zoneMap(coin)) ?? {
    bins: null,
  };
  const history = await readHistory(desk, nowMs);
  return {
    nowMs,
    decisionId,
    alertId: stored.id,
    alert: stored.alert,
    mapped,
    tradingState: desk.tradingState,
    params: desk.params.find((p) => p.coin === coin) ?? null,
    meta: coin === undefined ? null : (desk.meta.get(coin) ?? null),
    market: market === null ? null : { markPx: market.markPx, markAtMs: market.markAtMs },
    zones: 'coin' in zones ? zones : null,
    account: accountOf(desk),
    guard: { lastOkMs: desk.guardLastOkMs, lateAfterMs: guardLateAfterMs(desk.guardIntervalMs) },
    exposure: {
      pending: [...desk.pending].map(([c, p]) => ({ coin: c, notionalUsd: p.notionalUsd })),
      unresolvedCoins: [...desk.unresolved.keys()],
      ...history,
    },
    limits: desk.limits,
  };
}

function accountOf(desk: Desk): DecideInput['account'] {
  if (desk.account === null) return null;
  const { readAtMs, equityUsd, withdrawableUsd, positions } = desk.account;
  return {
    readAtMs,
    equityUsd,
    withdrawableUsd,
    positions: positions.map((p) => ({
      coin: p.coin,
      side: p.side,
      notionalUsd: p.sz * (desk.market.mark(p.coin)?.markPx ?? p.entryPx),
    })),
  };
}

/** What the last day and hour used up of the limits, from the store: a restart does not reset a limit. */
async function readHistory(
  desk: Desk,
  nowMs: number,
): Promise<Pick<DecideInput['exposure'], 'dayRiskUsd' | 'dayLossUsd' | 'alertsLastHour'>> {
  const [totals, trades] = await Promise.all([
    desk.store.usage(nowMs - HOUR_MS, nowMs - DAY_MS),
    desk.store.tradesSince(nowMs - DAY_MS),
  ]);
  const net = trades
    .filter((t) => (t.closedAtMs ?? 0) >= nowMs - DAY_MS)
    .reduce((sum, t) => sum + t.netPnlUsd, 0);
  return { alertsLastHour: totals.entryAlerts, dayRiskUsd: totals.riskUsd, dayLossUsd: Math.max(0, -net) };
}
