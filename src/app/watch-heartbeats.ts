import type { AnyAlert } from '../core/alert/schema.ts';
import type { Desk } from './desk.ts';
import type { HealthView } from './ports.ts';

/** Missed in a row before a chart counts as silent; a late one is not a dead one. */
const MISSED = 2;
const SLACK_MS = 60_000;
/** How many of the newest stored alerts are looked through for heartbeats after a start. */
const LOOK_BACK = 500;

export interface Heartbeats {
  lastMs: number;
  /** Shortest distance between two of them, ms: what to expect. Null until the second one. */
  everyMs: number | null;
  isSilent: boolean;
}

const chartOf = (a: AnyAlert): string => `${a.strategy} ${a.exchange}:${a.ticker} ${a.interval}`;

/** Notes a heartbeat of a chart. TradingView's alerts die silently: only their absence tells. */
export function noteHeartbeat(desk: Desk, alert: AnyAlert, receivedAtMs: number): void {
  if (alert.kind !== 'heartbeat') return;
  const chart = chartOf(alert);
  const known = desk.heartbeats.get(chart);
  const gapMs = known === undefined ? null : receivedAtMs - known.lastMs;
  const everyMs =
    gapMs === null || gapMs <= 0 ? (known?.everyMs ?? null) : Math.min(gapMs, known?.everyMs ?? gapMs);
  if (known?.isSilent === true) desk.log.info('alert-feed.back', { chart });
  desk.heartbeats.set(chart, {
    lastMs: Math.max(receivedAtMs, known?.lastMs ?? 0),
    everyMs,
    isSilent: false,
  });
}

/** After a start: what the stored alerts say of heartbeats. */
export async function recallHeartbeats(desk: Desk): Promise<void> {
  const { items } = await desk.store.listAlerts({ limit: LOOK_BACK });
  for (const { alert, receivedAtMs } of items.toReversed()) noteHeartbeat(desk, alert, receivedAtMs);
}

/** Says once when a chart has missed its heartbeats: its TradingView alert has expired, failed or been stopped. */
export function checkHeartbeats(desk: Desk): void {
  const nowMs = desk.clock.nowMs();
  for (const [chart, h] of desk.heartbeats) {
    if (h.everyMs === null || h.isSilent || nowMs - h.lastMs <= (MISSED + 1) * h.everyMs + SLACK_MS) continue;
    h.isSilent = true;
    desk.log.warn('alert-feed-silent', { chart, lastMs: h.lastMs, everyMs: h.everyMs });
  }
}

/** Charts that send heartbeats, as `/healthz` lists them beside the market data. */
export const heartbeatFeeds = (desk: Desk): HealthView['feeds'] =>
  [...desk.heartbeats].map(([chart, h]) => ({
    venue: `tradingview ${chart}`,
    lastOkMs: h.lastMs,
    message: h.isSilent
      ? 'alert-feed-silent: heartbeats are missing; re-create the alert on this chart'
      : null,
  }));
