import { afterEach, expect, test } from 'vitest';
import { alertsIntoQueue } from '../../src/app/alert-queue.ts';
import { track } from '../../src/app/desk.ts';
import type { Store } from '../../src/app/ports.ts';
import type { DecideInput } from '../../src/core/decide/decide-input.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { flushAlert } from '../support/flush-market.ts';

const COINS = ['BTC', 'ETH', 'SOL'];
let world: BridgeWorld;
afterEach(() => world.close());

/** One waiting alert per coin, none of them looked at yet; `commits` stands in for the store's. */
async function openWaiting(commits: (real: Store['commitDecision']) => Store['commitDecision']) {
  world = await openBridgeWorld({ coins: COINS });
  const { desk } = world;
  desk.isRecovered = false;
  await Promise.all(
    COINS.map((coin, n) => world.post(flushAlert({ ticker: `${coin}USDC.P`, score: 90 - n }))),
  );
  await world.settle();
  desk.store.commitDecision = commits(desk.store.commitDecision);
  desk.isRecovered = true;
  track(desk, 'queue', alertsIntoQueue(desk));
  return world;
}

test('no decision waits for the write of another, and nothing is sent before its own', async () => {
  const asked: string[] = [];
  const sent: string[] = [];
  let sentMeanwhile: string[] | undefined;
  let write: () => void = () => undefined;
  const written = new Promise<void>((resolve) => (write = resolve));
  const w = await openWaiting((real) => async (o) => {
    asked.push(String(o.decision.coin));
    if (asked.length === COINS.length) {
      await new Promise((resolve) => setImmediate(resolve));
      sentMeanwhile = [...sent];
      write();
    }
    await written;
    return real(o);
  });
  const { order } = w.desk.entrySigner;
  w.desk.entrySigner.order = (legs, o) => {
    sent.push(String(legs[0]?.coin));
    return order(legs, o);
  };
  await w.settle();
  expect(asked).toEqual(COINS);
  expect(sentMeanwhile).toEqual([]);
  expect(sent).toEqual(COINS);
  for (const coin of COINS) expect(w.stops(coin)).toHaveLength(1);
});

test('each sees what those before it take: the entry with its side, its risk and its share of the quota', async () => {
  const w = await openWaiting((real) => real);
  w.desk.quota = { left: 1_000, cancelsLeft: 2_000, readAtMs: w.clock.nowMs() };
  await w.settle();
  const { items } = await w.store.listDecisions({ limit: 10 });
  const whole = await Promise.all(items.map((d) => w.store.decision(d.id)));
  const seen = whole.toReversed().map((d) => ({ decision: d!, inputs: d!.inputs as DecideInput }));
  expect(seen.map((s) => s.decision.status)).toEqual(['approved', 'approved', 'approved']);
  let legs = 0;
  // The free margin of the first is what the others have, less the margin of those before them.
  const free = seen[0]!.inputs.account!.withdrawableUsd;
  let margin = 0;
  let riskUsd = 0;
  for (const [n, { decision, inputs }] of seen.entries()) {
    expect(inputs.exposure.pending.map((p) => [p.coin, p.side])).toEqual(
      COINS.slice(0, n).map((coin) => [coin, 'long']),
    );
    expect(inputs.exposure.recent).toHaveLength(n);
    expect(inputs.quota.actionsLeft).toBe(1_000 - legs);
    expect(inputs.account!.withdrawableUsd).toBeCloseTo(free - margin, 6);
    margin += decision.plan!.notionalUsd / inputs.params!.leverage;
    expect(inputs.exposure.dayRiskUsd).toBeCloseTo(riskUsd, 6);
    riskUsd += decision.plan!.riskUsd;
    legs += decision.legs.length;
  }
});

test('a decision that turns out to be somebody else’s is not sent and takes nothing', async () => {
  const w = await openWaiting(
    (real) => (o) => (o.decision.coin === 'ETH' ? Promise.resolve(false) : real(o)),
  );
  await w.settle();
  expect(w.position('ETH')).toBeUndefined();
  expect([...w.desk.pending.keys()].toSorted()).toEqual(['BTC', 'SOL']);
  for (const coin of ['BTC', 'SOL']) expect(w.stops(coin)).toHaveLength(1);
});
