import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { privateKeyToAddress } from 'viem/accounts';
import { guardPaceMs } from '../../src/app/guard-pace.ts';
import { hedged } from '../../src/app/hedged.ts';
import { createNonceSource } from '../../src/app/nonce-source.ts';
import type { ExchangeFeed } from '../../src/app/ports.ts';
import { createSingleFlight } from '../../src/app/single-flight.ts';
import { watchAccount } from '../../src/app/watch-account.ts';
import { OPEN_ORDERS_MAX, QUOTA_RESERVE, watchQuota } from '../../src/app/watch-quota.ts';
import { createVirtualClock } from '../../src/shell/runtime/virtual-clock.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
});
afterEach(() => w.close());

const opened = async (): Promise<void> => {
  await w.post();
  await w.settle();
  expect(w.position()).toBeDefined();
  await w.clock.advanceTo(w.clock.nowMs() + 60_000);
  // Looks that fell due on the way are over when this one is.
  await w.guard();
  await w.settle();
};
const loseStop = (): void => void w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
const events = (name: string) => w.lines.filter((l) => l.event === name);
const settledEvent = async (name: string): Promise<void> => {
  await w.settle();
  expect(events(name)).not.toEqual([]);
};

describe('the venue’s clock', () => {
  test('is known from the first reading on', () => {
    expect(Math.abs(w.desk.clockSkewMs!)).toBeLessThanOrEqual(1_000);
  });

  test.each([-30_000, 5_000])(
    '%i ms apart is noticed, said once, and said when it is over',
    async (skewMs) => {
      w.venue.setRules({ clockSkewMs: skewMs });
      for (let i = 0; i < 4; i++) await w.guard();
      expect(Math.abs(w.desk.clockSkewMs! - skewMs)).toBeLessThanOrEqual(1_000);
      expect(events('clock.skewed')).toHaveLength(1);
      w.venue.setRules({ clockSkewMs: 0 });
      for (let i = 0; i < 4; i++) await w.guard();
      expect(events('clock.in-step')).toHaveLength(1);
    },
  );

  test('is unknown again when the venue has not answered for ten minutes', async () => {
    w.venue.faults.inject({ kind: 'http', status: 502, count: null, where: { path: 'info' } });
    await w.clock.advanceTo(w.clock.nowMs() + 601_000);
    await w.guard();
    w.venue.faults.clear();
    expect(w.desk.reader.clockSkew()).toBeNull();
  });

  test('is what nonces follow: our clock may be days off', async () => {
    w.venue.setRules({ clockSkewMs: -3 * 86_400_000 });
    for (let i = 0; i < 4; i++) await w.guard();
    const venueMs = w.clock.nowMs() - 3 * 86_400_000;
    expect(Math.abs(w.desk.guardNonces.next() - venueMs)).toBeLessThanOrEqual(2_000);
  });

  test('what a clock gone wrong drew does not lock the wallet out, and nothing else lets nonces fall', async () => {
    const clock = { ms: 1_760_000_000_000, nowMs: (): number => clock.ms };
    const nonces = await createNonceSource({ lastNonce: () => Promise.resolve(0) }, clock, '0x1');
    const first = nonces.next();
    clock.ms -= 3_600_000;
    expect(nonces.next()).toBe(first + 1);
    clock.ms = first + 10 * 86_400_000;
    const wild = nonces.next();
    clock.ms = first + 60_000;
    expect(nonces.next()).toBe(first + 60_000);
    expect(nonces.next()).toBe(first + 60_001);
    expect(wild).toBeGreaterThan(first + 60_001);
  });
});

const refusalOf = async (): Promise<readonly string[]> => {
  await w.post();
  await w.settle();
  return (await w.store.listDecisions({ limit: 1 })).items[0]!.reasons;
};

describe('no entry', () => {
  test('while the clocks are apart', async () => {
    w.venue.setRules({ clockSkewMs: 9_000 });
    for (let i = 0; i < 4; i++) await w.guard();
    expect(await refusalOf()).toEqual(['clock-skew']);
  });

  test('while the venue’s clock is unknown', async () => {
    w.desk.clockSkewMs = null;
    expect(await refusalOf()).toEqual(['clock-skew']);
  });

  test.each([
    [QUOTA_RESERVE - 1, ['quota-low']],
    [QUOTA_RESERVE, []],
  ])('with %i actions left: %j', async (left, reasons) => {
    w.desk.quota = { left, cancelsLeft: left, readAtMs: w.clock.nowMs() };
    expect(await refusalOf()).toEqual(reasons);
  });

  test.each([
    [OPEN_ORDERS_MAX, ['quota-low']],
    [OPEN_ORDERS_MAX - 1, []],
  ])('with %i open orders: %j', async (count, reasons) => {
    const order = { a: 0, b: true, p: '50000', s: '0.001', r: false, t: { limit: { tif: 'Gtc' } } };
    for (let i = 0; i < count; i++)
      w.venue.act(w.account, { type: 'order', orders: [order], grouping: 'na' } as never);
    await w.guard();
    expect(await refusalOf()).toEqual(reasons);
  });

  test('on a coin that is being closed', async () => {
    w.desk.exits.set('BTC', {
      reason: 'flatten',
      side: 'long',
      requestedAtMs: 0,
      decisionId: null,
      goneSinceMs: null,
    });
    expect(await refusalOf()).toEqual(['intent-unresolved']);
  });
});

describe('the quota', () => {
  test('is read, counted down with every leg and cancel, and read again', async () => {
    await watchQuota(w.desk);
    const before = w.desk.quota!.left;
    await w.post();
    await w.settle();
    expect(w.desk.quota!.left).toBe(before - 4);
    w.desk.quota!.readAtMs -= 600_000;
    await w.guard();
    // What was traded frees actions.
    expect(w.desk.quota!.left).toBeGreaterThan(before - 4);
  });

  test('used up: the stop is tried again by the guard’s pace, the position is not closed for it', async () => {
    await opened();
    loseStop();
    const text = 'Too many cumulative requests sent (10001 > 10000) for cumulative volume traded $1.00.';
    const body = JSON.stringify({ status: 'err', response: text });
    w.venue.faults.inject({
      kind: 'http',
      when: 'before',
      status: 200,
      body,
      count: 1,
      where: { type: 'order' },
    });
    await w.guard();
    expect(w.position()).toBeDefined();
    expect(w.desk.repairFailures.size).toBe(0);
    expect(w.desk.quota!.left).toBeLessThan(QUOTA_RESERVE);
    expect(guardPaceMs(w.desk, true)).toBe(3_000);
    await w.guard();
    expect(w.stops()).toHaveLength(1);
  });
});

describe('refusals that are about more than the order', () => {
  const answerOrders = (response: string, count: number): void => {
    const body = JSON.stringify({ status: 'err', response });
    w.venue.faults.inject({
      kind: 'http',
      when: 'before',
      status: 200,
      body,
      count,
      where: { type: 'order' },
    });
  };

  test('a signature read as a stranger’s stops entries, and the guard goes on trying', async () => {
    await opened();
    loseStop();
    answerOrders(`User or API Wallet 0x${'99'.repeat(20)} does not exist.`, 1);
    await w.guard();
    await settledEvent('trading-state.changed');
    expect(w.desk.tradingStateNote).toMatchObject({ state: 'REDUCING', origin: 'limit' });
    expect(w.desk.tradingStateNote.reason).toMatch(/^signing-bug: .*guard wallet/);
    await w.guard();
    expect(w.stops()).toHaveLength(1);
    expect(w.position()).toBeDefined();
  });

  test('a wallet that was removed does as well; the entry ends refused', async () => {
    w.venue.setAgent(privateKeyToAddress(`0x${'e1'.repeat(32)}`), 'removed');
    await w.post();
    await w.settle();
    expect(w.desk.tradingStateNote.reason).toMatch(/^agent-invalid: .*entry wallet/);
    expect((await w.store.listAlerts({ limit: 1 })).items[0]).toMatchObject({ outcome: 'venue-refused' });
  });

  test('a post-only period: a close is tried once per pass, not in a hot loop, until it goes through', async () => {
    await opened();
    w.desk.plans.set('BTC', { side: 'long', timeStopAtMs: w.clock.nowMs() });
    answerOrders('Only post-only orders allowed immediately after a network upgrade', 3);
    const before = w.venue.stats().actions;
    for (let pass = 1; pass <= 3; pass++) {
      await w.guard();
      expect(w.venue.stats().actions - before).toBeLessThanOrEqual(pass);
      expect(w.desk.guardVerdict).toBe('unprotected');
      expect(w.stops()).toHaveLength(1);
    }
    expect(events('venue.paused').length).toBe(3);
    await w.guard();
    expect(w.position()).toBeUndefined();
  });
});

describe('the account feed', () => {
  type On = Parameters<ExchangeFeed['start']>[0];
  const listen = async (): Promise<On> => {
    let on: On | undefined;
    await watchAccount(w.desk, {
      start(listener) {
        on = listener;
        return Promise.resolve();
      },
      stop: () => Promise.resolve(),
    });
    return on!;
  };

  test('down with a position open: the guard looks every ten seconds, and a lost stop is back within them', async () => {
    await opened();
    const on = await listen();
    on.status(true);
    await w.guard();
    expect(guardPaceMs(w.desk, true)).toBeNull();
    on.status(false);
    expect(guardPaceMs(w.desk, true)).toBe(10_000);
    await w.guard();
    loseStop();
    const lostAtMs = w.clock.nowMs();
    while (w.stops().length === 0 && w.clock.nowMs() - lostAtMs < 60_000) {
      await w.clock.advanceTo(w.clock.nowMs() + 500);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(w.clock.nowMs() - lostAtMs).toBeLessThanOrEqual(12_000);
  });

  test.each(['a lagging reading', 'a lagging reading and one that fails'])(
    'told of a lost stop: after %s it is back as soon as no reading can be too old to show it',
    async (how) => {
      await opened();
      const on = await listen();
      on.status(true);
      await w.clock.advanceTo(w.clock.nowMs() + 10_000);
      await w.guard();
      w.venue.faults.inject({ kind: 'stale-reads', forMs: 3_900 });
      const lostAtMs = w.clock.nowMs();
      loseStop();
      on.orderUpdate();
      const where = { type: 'frontendOpenOrders' };
      if (how.endsWith('fails')) w.venue.faults.inject({ kind: 'http', status: 502, where });
      while (w.stops().length === 0 && w.clock.nowMs() - lostAtMs < 60_000) {
        await w.clock.advanceTo(w.clock.nowMs() + 100);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(w.clock.nowMs() - lostAtMs).toBeLessThanOrEqual(4_500);
    },
  );

  test('that cannot even be started is down', async () => {
    await opened();
    const feed = { start: () => Promise.reject(new Error('no such host')), stop: () => Promise.resolve() };
    await expect(watchAccount(w.desk, feed)).rejects.toThrow('no such host');
    expect(guardPaceMs(w.desk, true)).toBe(10_000);
  });

  test('down without a position costs nothing more', async () => {
    const on = await listen();
    on.status(false);
    await w.guard();
    expect(guardPaceMs(w.desk, true)).toBeNull();
  });

  test('connected but deaf: fills that only a reading finds are booked and noticed', async () => {
    const on = await listen();
    on.status(true);
    await opened();
    expect(w.desk.feed).toBe('up');
    w.setPrice(w.stops()[0]!.triggerPx - 100);
    await w.clock.advanceTo(w.clock.nowMs() + 11_000);
    await w.guard();
    expect((await w.store.listTrades({ limit: 1 })).items[0]).toMatchObject({ exitReason: 'stop' });
    expect(w.desk.feed).toBe('deaf');
    on.orderUpdate();
    expect(w.desk.feed).toBe('up');
  });
});

describe('filled, with no account feed to tell: protected at once, by what a reading says', () => {
  const refuseStop = (): void =>
    void w.venue.faults.inject({
      kind: 'refuse-leg',
      message: 'Invalid TP/SL price.',
      where: { legRole: 'stop' },
    });
  const protectionDelayMs = async (sinceMs: number): Promise<number> => {
    await w.settle();
    expect(w.stops()).toHaveLength(1);
    expect(w.stops()[0]!.sz).toBeCloseTo(w.position()!.szi, 8);
    const stop = w.venue
      .events()
      .find((e) => e.kind === 'order' && e.status === 'open' && e.order.oid === w.stops()[0]!.oid);
    return stop!.atMs - sinceMs;
  };

  test.each([
    ['in part', { kind: 'partial-fill', fraction: 0.3, where: { legRole: 'entry' } }],
    ['with its stop refused', null],
    ['and the whole action answered with a refusal', { kind: 'http', status: 200, body: 'halted' }],
    ['and the reply lost', { kind: 'drop-reply', mode: 'reset', where: { type: 'order' } }],
    ['and answered with 502', { kind: 'http', status: 502, when: 'after', where: { type: 'order' } }],
  ] as const)('%s', async (_how, fault) => {
    const sinceMs = w.clock.nowMs();
    if (fault?.kind === 'http' && fault.status === 200) {
      refuseStop();
      const body = JSON.stringify({ status: 'err', response: 'Trading is halted.' });
      w.venue.faults.inject({ kind: 'http', status: 200, when: 'after', body, where: { type: 'order' } });
    } else if (fault === null) refuseStop();
    else w.venue.faults.inject(fault);
    await w.post();
    expect(await protectionDelayMs(sinceMs)).toBeLessThanOrEqual(5_000);
  });
});

test('an answer that says filled, with nothing filled, makes no position and no trade', async () => {
  const filled = { filled: { totalSz: '0.1', avgPx: '96600.0', oid: 77_777 } };
  const statuses = [
    filled,
    { resting: { oid: 77_778 } },
    { resting: { oid: 77_779 } },
    { resting: { oid: 77_780 } },
  ];
  const body = JSON.stringify({ status: 'ok', response: { type: 'order', data: { statuses } } });
  w.venue.faults.inject({ kind: 'http', when: 'before', status: 200, body, where: { type: 'order' } });
  await w.post();
  await w.settle();
  expect(w.desk.account!.positions).toEqual([]);
  expect(await w.store.openTrades()).toEqual([]);
  await w.clock.advanceTo(w.clock.nowMs() + 30_000);
  await w.guard();
  expect([...w.desk.pending.keys(), ...w.desk.plans.keys()]).toEqual([]);
  expect(w.stops()).toEqual([]);
});

test('readings that lag do not make a second stop beside the one just placed', async () => {
  await opened();
  loseStop();
  w.venue.faults.inject({ kind: 'stale-reads', forMs: 4_000 });
  const before = w.venue.stats().byType['order'] ?? 0;
  for (let look = 0; look < 3; look++) await w.guard();
  expect((w.venue.stats().byType['order'] ?? 0) - before).toBe(1);
  await w.clock.advanceTo(w.clock.nowMs() + 5_000);
  await w.guard();
  expect(w.stops()).toHaveLength(1);
});

test('a stop that fired into an empty book leaves a naked rest, which is closed as soon as there is a book', async () => {
  await opened();
  w.venue.setContext('BTC', { depthUsdPerBps: 1, vacuum: 0.001 });
  w.setPrice(w.stops()[0]!.triggerPx - 50);
  expect(w.stops()).toEqual([]);
  expect(w.position()!.szi).toBeGreaterThan(0);
  await w.desk.market.refresh();
  await w.guard();
  expect(w.desk.guardVerdict).toBe('unprotected');
  expect(guardPaceMs(w.desk, true)).toBeLessThanOrEqual(3_000);
  w.venue.setContext('BTC', { depthUsdPerBps: 100_000, vacuum: 1 });
  await w.guard();
  expect(w.position()).toBeUndefined();
});

test('a filled entry counts as on its way until a reading can show it', async () => {
  w.venue.faults.inject({ kind: 'http', status: 502, count: 40, where: { type: 'frontendOpenOrders' } });
  await w.post();
  await w.settle();
  expect(w.position()).toBeDefined();
  expect(w.desk.account!.positions).toEqual([]);
  expect([...w.desk.pending.keys()]).toEqual(['BTC']);
  w.venue.faults.clear();
  await w.clock.advanceTo(w.clock.nowMs() + 5_000);
  await w.guard();
  expect(w.desk.account!.positions).toHaveLength(1);
  expect(w.desk.pending.size).toBe(0);
});

describe('somebody else on the account', () => {
  const byHand = (isBuy: boolean, sz: string, cloid?: string): void => {
    const order = {
      a: 0,
      b: isBuy,
      p: isBuy ? '99000' : '90000',
      s: sz,
      r: false,
      t: { limit: { tif: 'Ioc' } },
    };
    const orders = [cloid === undefined ? order : { ...order, c: cloid }];
    w.venue.act(w.account, { type: 'order', orders, grouping: 'na' } as never);
  };

  test('a position opened by hand is protected and booked as manual; entries go on for other coins', async () => {
    byHand(true, '0.01');
    await w.guard();
    expect(w.stops()).toMatchObject([{ sz: 0.01 }]);
    expect(w.desk.tradingState).toBe('ACTIVE');
    expect(await w.store.openTrades()).toMatchObject([{ coin: 'BTC', decisionId: null }]);
  });

  test('a position opened under our prefix that no intent knows of stops entries: a second bridge', async () => {
    byHand(true, '0.01', '0x5bac0000000000000000000000000001');
    await w.guard();
    await w.settle();
    expect(w.desk.tradingStateNote.reason).toMatch(/^second-instance: BTC/);
    expect(w.desk.tradingState).toBe('REDUCING');
    expect(w.stops()).toMatchObject([{ sz: 0.01 }]);
  });

  test('an order under our prefix that only reduces does not: the guard has a process of its own', async () => {
    byHand(true, '0.01');
    await w.guard();
    byHand(false, '0.005', '0x5bac0000000000000000000000000002');
    await w.guard();
    await w.settle();
    expect(w.desk.tradingState).toBe('ACTIVE');
  });

  test('a flip by hand is said, and the new side is protected at its own price', async () => {
    await opened();
    byHand(false, String(2 * w.position()!.szi));
    await w.guard();
    expect(events('position.flipped')).toMatchObject([
      { fields: { coin: 'BTC', from: 'long', to: 'short' } },
    ]);
    expect(w.position()!.szi).toBeLessThan(0);
    expect(w.stops()).toHaveLength(1);
    expect(w.stops()[0]!.triggerPx).toBeGreaterThan(w.position()!.entryPx);
  });

  test('a partial close by hand: the stop follows the size', async () => {
    await opened();
    byHand(false, '0.05');
    await w.guard();
    expect(w.stops()).toHaveLength(1);
    expect(w.stops()[0]!.sz).toBeCloseTo(w.position()!.szi, 8);
  });
});

describe('the wallets', () => {
  const hour = async (): Promise<void> => {
    await w.clock.advanceTo(w.clock.nowMs() + 3_600_000);
    await w.guard();
    await w.settle();
  };

  test('are asked about once an hour; good ones are not mentioned', async () => {
    await hour();
    expect(events('agent.expiring')).toEqual([]);
    expect(w.desk.tradingState).toBe('ACTIVE');
    expect(w.desk.agentsCheckedMs).toBeGreaterThan(w.desk.startedAtMs);
  });

  test('one that ends within 14 days is an alarm', async () => {
    const validUntilMs = w.clock.nowMs() + 14 * 86_400_000;
    const address = w.desk.guardSigner.address as `0x${string}`;
    w.venue.openAccount({ address: w.account, usd: 0, agents: [{ address, name: 'agent1', validUntilMs }] });
    await hour();
    expect(events('agent.expiring')).toMatchObject([{ fields: { wallet: 'guard', daysLeft: 13 } }]);
  });

  test('one that was removed ends entries', async () => {
    w.venue.setAgent(w.desk.guardSigner.address, 'removed');
    await hour();
    expect(w.desk.tradingStateNote.reason).toMatch(/^agent-invalid: the guard wallet/);
  });
});

test('thin margin is said once and stands in every pass’s record', async () => {
  await opened();
  const position = w.desk.account!.positions[0]!;
  const { accountState } = w.desk.reader;
  w.desk.reader.accountState = async () => ({
    ...(await accountState()),
    positions: [{ ...position, liquidationPx: position.entryPx * 0.97 }],
    cross: { equityUsd: 100, maintenanceUsd: 60 },
  });
  await w.guard();
  await w.guard();
  expect(events('margin.thin').map((l) => l.fields['code'])).toEqual(['liquidation-near', 'margin-low']);
  const { items } = await w.store.listGuardRuns({ limit: 1 });
  expect(items[0]!.findings.map((f) => f.code)).toEqual(
    expect.arrayContaining(['liquidation-near', 'margin-low']),
  );
});

describe('hedged', () => {
  const clock = createVirtualClock(0);
  const never = (): Promise<never> => new Promise(() => undefined);

  test('asks a second time when the first takes long, and takes whichever answers', async () => {
    let asked = 0;
    const answer = hedged(clock, 1_000, () => (asked++ === 0 ? never() : Promise.resolve('second')));
    await clock.advanceTo(clock.nowMs() + 1_000);
    expect(await answer).toBe('second');
    expect(asked).toBe(2);
  });

  test('asks once when the answer comes in time, or a failure does', async () => {
    let asked = 0;
    const once = (): Promise<string> => (asked++, Promise.resolve('first'));
    expect(await hedged(clock, 1_000, once)).toBe('first');
    await expect(hedged(clock, 1_000, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    await clock.advanceTo(clock.nowMs() + 2_000);
    expect(asked).toBe(1);
  });

  test('fails only when both have failed', async () => {
    const fails: ((e: Error) => void)[] = [];
    const answer = hedged(clock, 1_000, () => new Promise<never>((_, reject) => void fails.push(reject)));
    await clock.advanceTo(clock.nowMs() + 1_000);
    fails[0]!(new Error('one'));
    fails[1]!(new Error('two'));
    await expect(answer).rejects.toThrow('two');
  });
});

test('single flight: calls during a run share one more run', async () => {
  const ends: (() => void)[] = [];
  const run = createSingleFlight(() => new Promise((resolve) => void ends.push(resolve)));
  const all = [run(), run(), run(), run()];
  expect(ends).toHaveLength(1);
  ends[0]!();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ends).toHaveLength(2);
  ends[1]!();
  await Promise.all(all);
  void run();
  expect(ends).toHaveLength(3);
});
