import { expect, onTestFinished, test } from 'vitest';
import { cascadeOf, collectInput, readHistory } from '../../src/app/collect-input.ts';
import type { Trade } from '../../src/core/review/types.ts';
import type { SideVelocity } from '../../src/core/zones/realised/types.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { flushAlert } from '../support/flush-market.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test('losses of a day and of a week are net of gains, and a stop is remembered by its coin', async () => {
  const w = await openBridgeWorld();
  onTestFinished(() => w.close());
  const nowMs = w.clock.nowMs();
  const trade = (
    id: string,
    coin: string,
    agoMs: number,
    netPnlUsd: number,
    exitReason: Trade['exitReason'],
  ): Trade => ({
    id,
    coin,
    side: 'long',
    strategy: 'max-pain',
    alertId: null,
    decisionId: null,
    openedAtMs: nowMs - agoMs - 10 * DAY_MS,
    closedAtMs: nowMs - agoMs,
    entryPx: 100,
    exitPx: 99,
    sz: 1,
    pnlUsd: netPnlUsd,
    feesUsd: 0,
    fundingUsd: 0,
    netPnlUsd,
    rMultiple: null,
    slippageBps: null,
    unprotectedMs: 0,
    exitReason,
    plannedRiskUsd: null,
    decisionMarkPx: null,
    enteredSz: 1,
    exitedSz: 1,
  });
  await w.store.saveTrade(trade('a', 'BTC', HOUR_MS, -120, 'stop'));
  await w.store.saveTrade(trade('b', 'BTC', 2 * HOUR_MS, 20, 'take-profit'));
  await w.store.saveTrade(trade('c', 'ETH', 3 * DAY_MS, -300, 'liquidation'));
  await w.store.saveTrade(trade('d', 'SOL', 5 * HOUR_MS, 0, 'manual'));
  await w.store.saveTrade(trade('e', 'SOL', 8 * DAY_MS, -9_000, 'stop'));
  const history = await readHistory(w.desk);
  expect(history).toMatchObject({ dayLossUsd: 100, weekLossUsd: 400 });
  expect([...history.stopsAtMs]).toEqual([
    ['ETH', nowMs - 3 * DAY_MS],
    ['BTC', nowMs - HOUR_MS],
  ]);
  const alert = flushAlert();
  const stored = {
    id: 'a',
    key: 'k',
    bodySha: '',
    alert,
    receivedAtMs: nowMs,
    state: 'new',
    outcome: null,
  } as const;
  const { exposure } = collectInput(w.desk, stored, 'd', history);
  expect(exposure).toMatchObject({ dayLossUsd: 100, weekLossUsd: 400, lastStopAtMs: nowMs - HOUR_MS });
  // An entry on its way that the reading shows already counts once, as the position.
  w.desk.pending.set('BTC', { side: 'long', notionalUsd: 1_000, riskUsd: 5, alertId: 'x' });
  expect(collectInput(w.desk, stored, 'd', history).exposure.pending).toHaveLength(1);
  const { account } = w.desk;
  w.desk.account = {
    ...account!,
    positions: [
      {
        coin: 'BTC',
        side: 'long',
        sz: 0.01,
        entryPx: 100_000,
        liquidationPx: null,
        leverage: 5,
        isIsolated: true,
        marginUsedUsd: 200,
        unrealizedPnlUsd: 0,
      },
    ],
  };
  const seen = collectInput(w.desk, stored, 'd', history);
  expect(seen.exposure.pending).toEqual([]);
  expect(seen.account?.withdrawableUsd).toBe(account!.withdrawableUsd);
  await w.store.saveTrade(trade('f', 'ETH', HOUR_MS, 5_000, 'take-profit'));
  expect(await readHistory(w.desk)).toMatchObject({ dayLossUsd: 0, weekLossUsd: 0 });
});

test('a cascade is asked about for the side it hurt since its leg began, and a clock not told by a venue that is read is no moment', async () => {
  const w = await openBridgeWorld();
  onTestFinished(() => w.close());
  await w.guard();
  const velocity = (usdPerMinute: number): SideVelocity => ({
    usdPerMinute,
    previousUsdPerMinute: 0,
    peakUsdPerMinute: 9,
    percentile: 1,
    state: 'running',
  });
  const asked: unknown[] = [];
  const realised = {
    coin: 'BTC',
    asOfMs: 0,
    windows: { '5m': null, '15m': null, '1h': null, '4h': null, '24h': null },
    velocity: { long: velocity(1), short: velocity(2) },
    state: null,
    usualDayUsd: null,
    venues: [],
    levels: null,
  };
  w.desk.market.realised = () => realised;
  w.desk.market.washout = (...args) => {
    asked.push(args);
    return null;
  };
  const alert = flushAlert();
  expect(cascadeOf(w.desk, 'BTC', alert).velocity?.usdPerMinute).toBe(alert.side === 'long' ? 1 : 2);
  const sinceMs = alert.cascade.startTime - 8 * 300_000;
  expect(asked).toEqual([['BTC', alert.side, sinceMs]]);
  const stored = {
    id: 'a',
    key: 'k',
    bodySha: '',
    alert,
    receivedAtMs: w.clock.nowMs(),
    state: 'new',
    outcome: null,
  } as const;
  const history = await readHistory(w.desk);
  const unknownForLong = () => collectInput(w.desk, stored, 'd', history).clock.isUnknownForLong;
  w.desk.clockSkewMs = null;
  expect(unknownForLong()).toBe(true);
  w.desk.account = null;
  expect(unknownForLong()).toBe(false);
});
