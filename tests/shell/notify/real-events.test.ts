// Event names and fields are an interface between use cases and whoever listens: what the real bridge logs is told.
import { expect, onTestFinished, test } from 'vitest';
import type { Notice } from '../../../src/app/notices.ts';
import { noticeOf } from '../../../src/app/notices.ts';
import type { LoggedEvent } from '../../../src/app/watch-log.ts';
import { changeCoin } from '../../../src/app/coin-settings.ts';
import { exitPosition } from '../../../src/app/exit-position.ts';
import { createSecondGuard, lookBesideBridge } from '../../../src/app/guard-beside-bridge.ts';
import { checkInvariants } from '../../../src/app/watch-invariants.ts';
import { setTradingState } from '../../../src/app/trading-state.ts';
import type { BridgeWorld } from '../../support/bridge-world.ts';
import { openBridgeWorld } from '../../support/bridge-world.ts';

async function opened(): Promise<BridgeWorld> {
  const w = await openBridgeWorld();
  onTestFinished(() => w.close());
  return w;
}
const told = (w: BridgeWorld): Notice[] =>
  w.lines
    .map(({ level, event, fields }) =>
      noticeOf({ atMs: w.clock.nowMs(), level: level as LoggedEvent['level'], event, fields }),
    )
    .filter((n) => n !== null);
const kindsOf = (w: BridgeWorld): string[] => told(w).map((n) => n.kind);

test('a trade from entry to exit, without a question mark', async () => {
  const w = await opened();
  await w.post();
  await w.settle();
  await exitPosition(w.desk, 'BTC', 'flatten');
  await w.settle();
  const notices = told(w);
  expect(notices.map((n) => n.kind)).toEqual(['entry', 'exit']);
  expect(notices.map((n) => n.text)).toEqual([
    expect.stringMatching(/^entered BTC long [\d.]+ at [\d.]+$/),
    expect.stringMatching(/^closed BTC: [−+]\$\d+\.\d\d net \(close\)$/),
  ]);
});

test('a stop that the guard put back', async () => {
  const w = await opened();
  await w.post();
  await w.settle();
  const [stop] = w.stops();
  const coin = w.venue.state.coins.findIndex((c) => c.name === 'BTC');
  expect([stop === undefined, coin]).toEqual([false, 0]);
  await w.desk.entrySigner.cancel([{ assetId: 0, oid: stop?.oid ?? 0 }], {
    nonce: w.desk.entryNonces.next(),
  });
  await w.clock.advanceTo(w.clock.nowMs() + 30_000);
  await w.guard();
  await w.settle();
  const repaired = told(w).filter((n) => n.kind === 'stop-repaired');
  expect(repaired.map((n) => n.text)).toEqual([
    expect.stringMatching(/^the guard placed a BTC stop at [\d.]+ for [\d.]+$/),
  ]);
});

test('a position that is bare for longer than it may be', async () => {
  const w = await opened();
  await w.guard();
  w.desk.protection.set('BTC', { totalMs: 0, sinceMs: w.clock.nowMs() - 20_000 });
  await checkInvariants(w.desk);
  expect(told(w).map((n) => [n.kind, n.severity, n.text])).toEqual([
    ['unprotected', 'critical', 'I3 is violated: BTC without a full valid stop for 20 s'],
  ]);
});

test('a guard in a process of its own tells what it sees and what it does', async () => {
  const w = await opened();
  await w.post();
  await w.settle();
  const second = await createSecondGuard(w.desk, () => Promise.resolve(false));
  const [stop] = w.stops();
  await w.desk.entrySigner.cancel([{ assetId: 0, oid: stop?.oid ?? 0 }], {
    nonce: w.desk.entryNonces.next(),
  });
  const before = told(w).length;
  await lookBesideBridge(second);
  await w.clock.advanceTo(w.clock.nowMs() + 20_000);
  await lookBesideBridge(second);
  await w.settle();
  const kinds = told(w)
    .slice(before)
    .map((n) => n.kind);
  expect(kinds).toContain('stop-repaired');
  expect(kinds).toContain('guard-late');
});

test.each([
  [
    'alert-feed-silent',
    { chart: 'max-pain BINANCE:BTCUSDT.P 5' },
    'feed-silent',
    /^no heartbeat from max-pain BINANCE:BTCUSDT\.P 5/,
  ],
  ['agent.expiring', { wallet: 'guard', daysLeft: 13 }, 'agent', /^the guard wallet expires in 13 days/],
  [
    'guard.look',
    { verdict: 'unprotected', isBridgeProtecting: false },
    'unprotected',
    /^the second guard sees a position/,
  ],
  ['disk.nearly-full', { freeMb: 200 }, 'disk', /^the disk is nearly full: 200 MB free$/],
  [
    'trading-state.changed',
    { to: 'REDUCING', origin: 'limit', reason: 'daily-loss-cap' },
    'state',
    /REDUCING: daily-loss-cap/,
  ],
] as const)('%s is told', (event, fields, kind, text) => {
  const notice = noticeOf({ atMs: 1, level: 'error', event, fields });
  expect([notice?.kind, notice?.text]).toEqual([kind, expect.stringMatching(text)]);
});

test('states and parameters, by whom and why', async () => {
  const w = await opened();
  await setTradingState(w.desk, 'REDUCING', 'daily-loss-cap: the loss of the day', 'limit');
  await setTradingState(w.desk, 'HALTED', 'travelling', 'operator');
  await changeCoin(w.desk, 'BTC', { driftBpsMax: 50 }, 'test');
  expect(told(w).map((n) => [n.severity, n.text])).toEqual([
    ['critical', 'trading is REDUCING: daily-loss-cap: the loss of the day'],
    ['info', 'trading is HALTED: travelling'],
    ['info', 'parameters of BTC were changed (version 1)'],
  ]);
  expect(kindsOf(w)).toEqual(['state', 'state', 'parameters']);
});
