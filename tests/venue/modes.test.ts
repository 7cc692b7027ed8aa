// Account modes, size caps and the connection cap.
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serveVenue, type VenueServer } from '../../src/venue/serve.ts';
import { cast, createRig, errorOf, type Json, limit, MASTER, trigger } from './rig.ts';

const servers: VenueServer[] = [];
afterEach(async () => {
  for (const s of servers.splice(0)) await s.close();
});

describe('account modes', () => {
  test.each(['unifiedAccount', 'portfolioMargin'] as const)(
    '%s: perp summaries are zero, the collateral stands in spot, positions are where they were',
    async (mode) => {
      const rig = createRig();
      rig.venue.openAccount({ address: MASTER, usd: 0, mode });
      await rig.orders([limit('ETH', true, '10', '3010', 'Ioc')]);
      const user = MASTER;
      expect(await rig.info({ type: 'userAbstraction', user })).toBe(mode);
      const state = await rig.info<Json & { assetPositions: { position: Json }[] }>({
        type: 'clearinghouseState',
        user,
      });
      const zero = { accountValue: '0.0', totalNtlPos: '0.0', totalRawUsd: '0.0', totalMarginUsed: '0.0' };
      expect(state).toMatchObject({ marginSummary: zero, crossMarginSummary: zero, withdrawable: '0.0' });
      expect(state.assetPositions[0]?.position).toMatchObject({ coin: 'ETH', szi: '10.0' });
      expect(state.assetPositions[0]?.position['liquidationPx'] === null).toBe(mode === 'portfolioMargin');
      const spot = await rig.info<{ balances: Record<string, string>[] }>({
        type: 'spotClearinghouseState',
        user,
      });
      const [usdc] = spot.balances;
      expect(usdc).toMatchObject({ coin: 'USDC', token: 0 });
      const equity = rig.venue.account(MASTER)?.equityUsd ?? 0;
      expect(Number(usdc?.['total'])).toBeCloseTo(equity, 5);
      // A tenth of the notional is held: more than the initial margin at 20x.
      expect(Number(usdc?.['hold'])).toBeCloseTo(3_000, 0);
    },
  );
  test('the classic account is as before, and has no spot balance', async () => {
    const rig = createRig();
    expect(await rig.info({ type: 'userAbstraction', user: MASTER })).toBe('disabled');
    expect(await rig.info({ type: 'spotClearinghouseState', user: MASTER })).toEqual({ balances: [] });
    const state = await rig.info({ type: 'clearinghouseState', user: MASTER });
    expect(state['withdrawable']).toBe('10000.0');
  });
  test('the mode outlives a restart, and a snapshot from before modes is a classic one', async () => {
    const rig = createRig();
    rig.venue.openAccount({ address: MASTER, usd: 0, mode: 'unifiedAccount' });
    const saved = JSON.stringify(rig.venue.snapshot());
    const other = createRig();
    other.venue.restore(JSON.parse(saved));
    expect(await other.info({ type: 'userAbstraction', user: MASTER })).toBe('unifiedAccount');
    other.venue.restore(
      JSON.parse(saved.replace('"mode":"unifiedAccount",', '').replace('"connectionsMax":10,', '')),
    );
    expect(await other.info({ type: 'userAbstraction', user: MASTER })).toBe('disabled');
    expect(other.venue.rules.connectionsMax).toBe(10);
  });
});

describe('the largest order, by leverage (USD)', () => {
  const rich = () => createRig({ usd: 1e9, rules: { depthUsdPerBps: 1e9 } });
  test.each([
    ['BTC', '149', '151', '100500'],
    ['SOL', '33000', '34000', '150.5'],
    ['kPEPE', '190000000', '210000000', '0.0101'],
  ])(
    '%s: an IOC of %s passes, %s does not, and may be ten times that when it can rest',
    async (coin, ok, no, px) => {
      const rig = rich();
      expect(errorOf((await rig.orders([limit(coin, true, ok, px, 'Ioc')]))[0])).toBeNull();
      expect(errorOf((await rig.orders([limit(coin, true, no, px, 'Ioc')]))[0])).toMatch(
        'Order has invalid size.',
      );
      expect(errorOf((await rig.orders([limit(coin, true, no, px)]))[0])).toBeNull();
      const tenfold = String(Number(no) * 10);
      expect(errorOf((await rig.orders([limit(coin, true, tenfold, px)]))[0])).toMatch(
        'Order has invalid size.',
      );
    },
  );
  test('a stop-market counts as one; the caps can be read, and turned off', async () => {
    const rig = rich();
    await rig.orders([
      limit('SOL', true, '33000', '150.5', 'Ioc'),
      limit('SOL', true, '33000', '150.5', 'Ioc'),
    ]);
    const stop = trigger('SOL', false, '60000', '140');
    expect(errorOf((await rig.orders([stop]))[0])).toMatch('Order has invalid size.');
    expect(await rig.info<unknown>({ type: 'maxMarketOrderNtls' })).toEqual([
      [25, '15000000.0'],
      [20, '5000000.0'],
      [10, '2000000.0'],
      [1, '500000.0'],
    ]);
    rig.venue.setRules({ marketOrder: 'uncapped' });
    expect(errorOf((await rig.orders([stop]))[0])).toBeNull();
  });
});

test('ten WebSocket connections per address: the eleventh is refused until one closes', async () => {
  const rig = createRig();
  const server = await serveVenue({ venue: rig.venue });
  servers.push(server);
  const open = (): WebSocket => new WebSocket(server.wsUrl);
  const first = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const ws = open();
      await once(ws, 'open');
      return ws;
    }),
  );
  const late = open();
  const [error] = cast<[Error]>(await once(late, 'error'));
  expect(error.message).toContain('429');
  first[0]?.close();
  await expect
    .poll(async () => {
      const again = open();
      return Promise.race([
        once(again, 'open').then(() => 'open'),
        once(again, 'error').then(() => 'refused'),
      ]);
    })
    .toBe('open');
});

test('a reply cut half-way: the order stands, the caller cannot tell', async () => {
  const rig = createRig();
  const server = await serveVenue({ venue: rig.venue });
  servers.push(server);
  const ask = () =>
    fetch(`${server.url}/info`, { method: 'POST', body: JSON.stringify({ type: 'meta' }) }).then((r) =>
      r.text(),
    );
  rig.venue.faults.inject({ kind: 'drop-reply', mode: 'cut', count: 2, where: { type: 'meta' } });
  await expect(ask()).rejects.toThrow('terminated');
  const half = await rig.post('/info', { type: 'meta' });
  await expect(half.text()).rejects.toThrow('terminated');
  expect(JSON.parse(await ask())).toHaveProperty('universe');
  rig.venue.faults.inject({ kind: 'drop-reply', mode: 'cut' });
  await expect(rig.orders([limit('ETH', true, '1', '3010', 'Ioc')])).rejects.toThrow('terminated');
  expect(rig.venue.account(MASTER)?.positions[0]?.szi).toBe(1);
});
