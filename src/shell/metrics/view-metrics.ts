import type { BridgeView, Clock } from '../../app/ports.ts';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import { accuracyGauges } from './accuracy-metrics.ts';
import type { Registry } from './registry.ts';

const STATES = ['ACTIVE', 'REDUCING', 'HALTED'] as const;

/**
 * What is true at the moment of a scrape, from memory alone.
 * @returns fills the gauges in; call it before rendering. What is not known then is absent, never zero
 */
export function viewMetrics(r: Registry, view: BridgeView, clock: Clock): () => void {
  const gauges = [
    healthGauges(r, view, clock),
    venueGauges(r, view),
    positionGauges(r, view),
    zoneGauges(r, view, clock),
    accuracyGauges(r, view, clock),
  ];
  return () => {
    for (const fill of gauges) fill();
  };
}

function healthGauges(r: Registry, view: BridgeView, clock: Clock): () => void {
  const guardAge = r.gauge('snapback_guard_age_seconds', 'Since the last good guard pass.');
  const guardAgeMax = r.gauge('snapback_guard_interval_seconds', 'Between two guard passes at rest.');
  const ready = r.gauge('snapback_ready', '1 when entries are accepted.');
  const notReady = r.gauge('snapback_not_ready', '1 for each reason why not.', ['code']);
  const state = r.gauge('snapback_trading_state', '1 for the state in force.', ['state']);
  const started = r.gauge('snapback_start_time_seconds', 'Start of the bridge, since the epoch.');
  const feedAge = r.gauge('snapback_feed_age_seconds', 'Since a feed was last read completely.', ['feed']);
  const feedOk = r.gauge('snapback_feed_ok', '0 when a feed has a problem.', ['feed']);
  return () => {
    const health = view.health();
    const nowMs = clock.nowMs();
    for (const g of [guardAge, notReady, state, feedAge, feedOk]) g.clear();
    if (health.guardLastOkMs !== null) guardAge.set((nowMs - health.guardLastOkMs) / 1_000);
    guardAgeMax.set(health.guardIntervalMs / 1_000);
    ready.set(health.notReady.length === 0 ? 1 : 0);
    for (const { code } of health.notReady) notReady.set(1, { code });
    for (const s of STATES) state.set(s === health.tradingState ? 1 : 0, { state: s });
    started.set(health.startedAtMs / 1_000);
    for (const feed of health.feeds) {
      feedOk.set(feed.message === null ? 1 : 0, { feed: feed.venue });
      if (feed.lastOkMs !== null) feedAge.set((nowMs - feed.lastOkMs) / 1_000, { feed: feed.venue });
    }
  };
}

function venueGauges(r: Registry, view: BridgeView): () => void {
  const skew = r.gauge('snapback_clock_skew_seconds', "The venue's clock minus ours.");
  const left = r.gauge('snapback_quota_actions_left', "What is left of the account's actions.");
  const orders = r.gauge('snapback_open_orders', 'Open orders of the account.');
  return () => {
    for (const g of [skew, left, orders]) g.clear();
    const { venue } = view.health();
    if (venue === undefined) return;
    if (venue.clockSkewMs !== null) skew.set(venue.clockSkewMs / 1_000);
    if (venue.actionsLeft !== null) left.set(venue.actionsLeft);
    if (venue.openOrders !== null) orders.set(venue.openOrders);
  };
}

function positionGauges(r: Registry, view: BridgeView): () => void {
  const open = r.gauge('snapback_positions', 'Open positions.');
  const bare = r.gauge('snapback_positions_unprotected', 'Open positions without a full valid stop.');
  const bareFor = r.gauge(
    'snapback_unprotected_seconds',
    'Time without a full valid stop since the position was opened.',
    ['coin'],
  );
  const equity = r.gauge('snapback_equity_usd', 'Account value, unrealised pnl included.');
  return () => {
    for (const g of [open, bare, bareFor, equity]) g.clear();
    const read = view.positions();
    if (read === null) return;
    open.set(read.items.length);
    bare.set(read.items.filter((p) => !p.isProtected).length);
    equity.set(read.equityUsd);
    for (const p of read.items) bareFor.set(p.unprotectedMs / 1_000, { coin: p.coin });
  };
}

function zoneGauges(r: Registry, view: BridgeView, clock: Clock): () => void {
  const age = r.gauge('snapback_zone_age_seconds', "Since the close of the map's newest bar.", ['coin']);
  return () => {
    age.clear();
    for (const { coin } of COIN_PARAMS) {
      const map = view.zones(coin)?.estimated;
      if (map !== undefined) age.set((clock.nowMs() - map.asOfMs) / 1_000, { coin });
    }
  };
}
