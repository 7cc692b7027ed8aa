import type { OwnAlert } from '../core/alert/schema.ts';
import { ALERT_SCHEMA_VERSION, alertIdOf, canonicalBody, keyOf } from '../core/alert/schema.ts';
import { gateFadingFor, readFading } from '../core/decide/fading.ts';
import type { Side } from '../core/shared/coin.ts';
import { alertsIntoQueue } from './alert-queue.ts';
import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { heldFacts } from './held-facts.ts';
import { signalFacts } from './signal-book.ts';

const BAR_MS = 300_000;
/** Since when what carries a position has been fading, by coin and side, ms. A restart begins anew. */
const seen = new WeakMap<Desk, Map<string, number>>();

/**
 * Looks whether the signals of a position of ours fade near the opposite zone, and tells the inbox when they have for
 * long enough: from there on it is an alert like any other, decided from fresh data, journaled, and carried out by the
 * guard. Asked once per five-minute bar at most. What is not known is not fading. Never throws.
 */
export async function watchFading(desk: Desk): Promise<void> {
  const since = seen.get(desk) ?? new Map<string, number>();
  seen.set(desk, since);
  const nowMs = desk.clock.nowMs();
  const fading = new Map([...desk.plans.keys()].flatMap((coin) => fadingNow(desk, coin)));
  for (const key of since.keys()) if (!fading.has(key)) since.delete(key);
  for (const [key, { coin, side, markPx }] of fading) {
    const sinceMs = since.get(key) ?? nowMs;
    since.set(key, sinceMs);
    if (gateFadingFor(nowMs, sinceMs).ok) await tell(desk, { coin, side, markPx, sinceMs });
  }
}

/** Empty unless everything is known and fresh, and the three conditions hold. */
function fadingNow(desk: Desk, coin: string): [string, { coin: string; side: Side; markPx: number }][] {
  if (!desk.isRecovered || desk.tradingState === 'HALTED' || desk.exits.has(coin)) return [];
  if (desk.pending.has(coin) || desk.unresolved.has(coin)) return [];
  const nowMs = desk.clock.nowMs();
  const params = desk.params.find((p) => p.coin === coin);
  const meta = desk.meta.get(coin);
  const mark = desk.market.mark(coin);
  const zones = desk.market.zoneMap(coin)?.zones;
  const held = heldFacts(desk, coin);
  if (params?.exitOnFading !== true || meta === undefined || mark === null || held === null) return [];
  const accountAgeMs = nowMs - (desk.account?.readAtMs ?? Number.NEGATIVE_INFINITY);
  if (!(nowMs - mark.markAtMs <= desk.limits.markAgeMsMax)) return [];
  if (!(accountAgeMs <= desk.limits.accountAgeMsMax) || zones === undefined) return [];
  const signals = signalFacts(desk, coin);
  if (signals === null) return [];
  const { markPx } = mark;
  const gates = readFading({ held, markPx, szDecimals: meta.szDecimals, zones, signals, params });
  return gates.every((g) => g.ok) ? [[`${coin} ${held.side}`, { coin, side: held.side, markPx }]] : [];
}

/** Into the inbox, and then as every alert goes. A store that cannot write is asked again at the next look. */
async function tell(
  desk: Desk,
  o: { coin: string; side: Side; markPx: number; sinceMs: number },
): Promise<void> {
  const { coin, side, markPx, sinceMs } = o;
  const nowMs = desk.clock.nowMs();
  const alert: OwnAlert = {
    kind: 'signal.fading',
    v: ALERT_SCHEMA_VERSION,
    script: 'snapback@1.0.0',
    strategy: 'max-pain',
    exchange: 'SNAPBACK',
    ticker: `${coin.toUpperCase()}USDC.P`,
    interval: '5',
    barTime: Math.floor(nowMs / BAR_MS) * BAR_MS - BAR_MS,
    sentAt: nowMs,
    side,
    close: markPx,
    sinceMs,
  };
  const key = keyOf(alert);
  const id = alertIdOf(alert.barTime, desk.digest(key));
  try {
    const bodySha = desk.digest(canonicalBody(alert));
    const stored = { id, key, bodySha, alert, receivedAtMs: nowMs, state: 'new', outcome: null } as const;
    const { was } = await desk.store.receiveAlert(stored);
    // Known: it was asked in this bar already.
    if (was !== 'new') return;
    desk.log.info('fading.seen', { alertId: id, coin, side, forMs: nowMs - sinceMs });
    track(desk, 'alert', alertsIntoQueue(desk));
  } catch (e) {
    desk.log.error('fading.not-stored', { coin, message: e instanceof Error ? e.message : 'unknown' });
  }
}
