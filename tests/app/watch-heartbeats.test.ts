import { afterEach, expect, test } from 'vitest';
import { runningCascades } from '../../src/app/running-cascades.ts';
import type { Alert } from '../../src/core/alert/schema.ts';
import {
  checkHeartbeats,
  heartbeatFeeds,
  noteHeartbeat,
  recallHeartbeats,
} from '../../src/app/watch-heartbeats.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { flushAlert } from '../support/flush-market.ts';

let w: BridgeWorld;
afterEach(() => w.close());

const beat = (ticker = 'BTCUSDC.P', barTime = 1_760_129_700_000): Alert => {
  const { v, script, strategy, exchange, interval } = flushAlert();
  return {
    v,
    kind: 'heartbeat',
    script,
    strategy,
    exchange,
    ticker,
    interval,
    barTime,
    sentAt: barTime,
    close: 1,
  };
};
const HOUR_MS = 3_600_000;
const silent = () => heartbeatFeeds(w.desk).filter((f) => f.message !== null);

test('a chart that misses its heartbeats is named once, and clears when they come back', async () => {
  w = await openBridgeWorld();
  const start = w.clock.nowMs();
  noteHeartbeat(w.desk, beat(), start);
  await w.clock.advanceTo(start + HOUR_MS);
  noteHeartbeat(w.desk, beat(), w.clock.nowMs());
  noteHeartbeat(w.desk, beat('ETHUSDC.P'), w.clock.nowMs());
  await w.clock.advanceTo(start + 4 * HOUR_MS);
  checkHeartbeats(w.desk);
  expect(silent()).toEqual([]);
  await w.clock.advanceTo(start + 4 * HOUR_MS + 61_000);
  checkHeartbeats(w.desk);
  checkHeartbeats(w.desk);
  expect(silent().map((f) => f.venue)).toEqual(['tradingview max-pain HYPERLIQUID:BTCUSDC.P 5']);
  expect(w.lines.filter((l) => l.event === 'alert-feed-silent')).toHaveLength(1);
  noteHeartbeat(w.desk, beat(), w.clock.nowMs());
  expect(silent()).toEqual([]);
});

test('a chart without two heartbeats has no pace to miss', async () => {
  w = await openBridgeWorld();
  noteHeartbeat(w.desk, beat(), w.clock.nowMs());
  await w.clock.advanceTo(w.clock.nowMs() + 100 * HOUR_MS);
  checkHeartbeats(w.desk);
  expect(silent()).toEqual([]);
});

test('stored heartbeats are remembered after a restart; other alerts are none', async () => {
  w = await openBridgeWorld();
  await w.post();
  for (const i of [0, 1]) await w.post(beat('BTCUSDC.P', 1_760_126_100_000 + i * HOUR_MS) as never);
  await w.settle();
  const after = await w.reborn();
  await recallHeartbeats(after.desk);
  expect([...after.desk.heartbeats.keys()]).toEqual(['max-pain HYPERLIQUID:BTCUSDC.P 5']);
});

test('a cascade.start is remembered for half an hour', async () => {
  w = await openBridgeWorld();
  const start = { ...flushAlert(), kind: 'cascade.start' as const };
  await w.post(start as never);
  await w.settle();
  expect(w.desk.cascades).toEqual(new Map([[start.ticker, start.sentAt + 1_800_000]]));
  expect(runningCascades(w.desk)).toBe(1);
  const later = { ...w.desk, clock: { ...w.desk.clock, nowMs: () => start.sentAt + 1_800_000 } };
  expect(runningCascades(later)).toBe(0);
  expect(w.position()).toBeUndefined();
});
