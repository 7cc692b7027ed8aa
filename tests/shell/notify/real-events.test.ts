// Event names and fields are an interface between use cases and whoever listens: what the real bridge logs is told.
import { expect, onTestFinished, test } from 'vitest';
import type { Notice } from '../../../src/app/notices.ts';
import { noticeOf } from '../../../src/app/notices.ts';
import type { LoggedEvent } from '../../../src/app/watch-log.ts';
import { changeCoin } from '../../../src/app/coin-settings.ts';
import { exitPosition } from '../../../src/app/exit-position.ts';
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
