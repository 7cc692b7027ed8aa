// The SDK's own clients, unmodified, over real HTTP and WebSocket: only the base URL is ours.
import * as hl from '@nktkas/hyperliquid';
import { SymbolConverter } from '@nktkas/hyperliquid/utils';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serveVenue, type VenueServer } from '../../src/venue/serve.ts';
import { cast, cloid, createRig, MASTER, type Rig, wallets } from './rig.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const x of open.splice(0).toReversed()) await x.close();
});

async function start(rig: Rig = createRig({ nowMs: Date.now })): Promise<{ rig: Rig; server: VenueServer }> {
  const server = await serveVenue({ venue: rig.venue });
  open.push(server);
  return { rig, server };
}

const http = (server: VenueServer): hl.HttpTransport =>
  new hl.HttpTransport({ apiUrl: server.url, isTestnet: true, timeout: 2_000 });

async function socket(server: VenueServer): Promise<hl.WebSocketTransport> {
  const transport = new hl.WebSocketTransport({ url: server.wsUrl, isTestnet: true, timeout: 2_000 });
  open.push(transport);
  await transport.ready();
  return transport;
}

describe('ExchangeClient and InfoClient over HTTP', () => {
  test('bracket, fills, cancel by cloid, modify, leverage, noop', async () => {
    const { server } = await start();
    const exchange = new hl.ExchangeClient({ transport: http(server), wallet: wallets.entry });
    const info = new hl.InfoClient({ transport: http(server) });
    await exchange.updateLeverage({ asset: 1, isCross: false, leverage: 10 });
    const placed = await exchange.order({
      orders: [
        { a: 1, b: true, p: '3010', s: '1', r: false, t: { limit: { tif: 'Ioc' } }, c: cloid(1) },
        {
          a: 1,
          b: false,
          p: '2610',
          s: '1',
          r: true,
          t: { trigger: { isMarket: true, triggerPx: '2900', tpsl: 'sl' } },
          c: cloid(2),
        },
      ],
      grouping: 'normalTpsl',
    });
    expect(placed.response.data.statuses[0]).toHaveProperty('filled');
    const state = await info.clearinghouseState({ user: MASTER });
    const p = state.assetPositions[0]?.position;
    expect(p).toMatchObject({ coin: 'ETH', szi: '1.0', leverage: { type: 'isolated', value: 10 } });
    expect(Number(p?.liquidationPx)).toBeGreaterThan(2_700);
    expect(Number(p?.liquidationPx)).toBeLessThan(2_800);
    const user = MASTER;
    expect(await info.userFills({ user })).toHaveLength(1);
    expect(await info.orderStatus({ user, oid: cloid(2) })).toMatchObject({
      status: 'order',
      order: { status: 'open' },
    });
    await exchange.cancelByCloid({ cancels: [{ asset: 1, cloid: cloid(2) }] });
    await expect(exchange.cancelByCloid({ cancels: [{ asset: 1, cloid: cloid(2) }] })).rejects.toThrow(
      /never placed/,
    );
    // An hour ahead: a nonce the client will not reach by itself while the test runs.
    await exchange.noop({ nonce: Date.now() + 3_600_000 });
    const resting = await exchange.order({
      orders: [{ a: 1, b: true, p: '2800', s: '1', r: false, t: { limit: { tif: 'Gtc' } } }],
    });
    const first = resting.response.data.statuses[0];
    const oid = typeof first === 'object' && 'resting' in first ? first.resting.oid : 0;
    await exchange.modify({
      oid,
      order: { a: 1, b: true, p: '2810', s: '1', r: false, t: { limit: { tif: 'Alo' } } },
    });
    expect((await info.openOrders({ user })).map((o) => o.limitPx)).toEqual(['2810.0']);
    await exchange.updateIsolatedMargin({ asset: 1, isBuy: true, ntli: 50_000_000 });
    await expect(exchange.scheduleCancel({ time: Date.now() + 10_000 })).rejects.toThrow(
      /until enough volume/,
    );
  });

  test('approveAgent by the master, then the new agent trades', async () => {
    const { server } = await start();
    const master = new hl.ExchangeClient({ transport: http(server), wallet: wallets.master });
    await master.approveAgent({ agentAddress: wallets.stranger.address, agentName: 'script' });
    await master.approveBuilderFee({ maxFeeRate: '0.01%', builder: MASTER });
    const agent = new hl.ExchangeClient({ transport: http(server), wallet: wallets.stranger });
    await agent.order({
      orders: [{ a: 0, b: false, p: '99000', s: '0.01', r: false, t: { limit: { tif: 'Ioc' } } }],
    });
    await expect(agent.usdSend({ destination: wallets.entry.address, amount: '5' })).rejects.toThrow(
      /Must deposit/,
    );
    await master.usdSend({ destination: '0x00000000000000000000000000000000000000aa', amount: '5' });
  });

  test('every read a bot or the SDK makes at start', async () => {
    const { server, rig } = await start();
    const t = Math.floor(Date.now() / 60_000) * 60_000;
    rig.venue.addCandles('BTC', '1m', [{ t: t - 60_000, o: 1, h: 2, l: 0.5, c: 1.5, v: 10 }]);
    const info = new hl.InfoClient({ transport: http(server) });
    const user = MASTER;
    const converter = await SymbolConverter.create({ transport: http(server) });
    expect(converter.getAssetId('ETH')).toBe(1);
    expect(converter.getSzDecimals('BTC')).toBe(5);
    expect((await info.meta()).universe[0]?.name).toBe('BTC');
    expect((await info.metaAndAssetCtxs())[1][0]?.markPx).toBe('100000.0');
    expect(await info.allMids()).toMatchObject({ ETH: '3000.0' });
    expect((await info.l2Book({ coin: 'BTC' }))?.levels[0]).toHaveLength(20);
    expect(await info.candleSnapshot({ coin: 'BTC', interval: '1m', startTime: t - 120_000 })).toMatchObject([
      { c: '1.5', T: t - 1 },
    ]);
    expect(await info.userRole({ user })).toEqual({ role: 'user' });
    expect(await info.userRole({ user: wallets.entry.address })).toMatchObject({ role: 'agent' });
    expect(await info.extraAgents({ user })).toHaveLength(2);
    expect(await info.userFees({ user })).toMatchObject({ userCrossRate: '0.00045', userAddRate: '0.00015' });
    expect(await info.userRateLimit({ user })).toMatchObject({ nRequestsCap: 10_000 });
    expect(await info.activeAssetData({ user, coin: 'ETH' })).toMatchObject({
      leverage: { type: 'cross', value: 20 },
    });
    expect(await info.userAbstraction({ user })).toBe('disabled');
    expect(await info.exchangeStatus()).toMatchObject({ specialStatuses: null });
    expect(await info.marginTable({ id: 25 })).toEqual({
      description: '',
      marginTiers: [{ lowerBound: '0.0', maxLeverage: 25 }],
    });
    expect(await info.perpDexs()).toEqual([null]);
    expect(await info.fundingHistory({ coin: 'BTC', startTime: 0 })).toEqual([]);
    expect(await info.historicalOrders({ user })).toEqual([]);
    expect(await info.frontendOpenOrders({ user })).toEqual([]);
    expect(await info.userFunding({ user })).toEqual([]);
    expect(await info.userFillsByTime({ user, startTime: 0 })).toEqual([]);
    expect(await info.userNonFundingLedgerUpdates({ user })).toHaveLength(1);
    expect(await info.spotClearinghouseState({ user })).toEqual({ balances: [] });
    expect(await info.recentTrades({ coin: 'BTC' })).toEqual([]);
    expect(await info.maxBuilderFee({ user, builder: user })).toBe(0);
    expect(await info.predictedFundings()).toHaveLength(4);
    expect((await info.spotMetaAndAssetCtxs())[1]).toEqual([]);
    expect(await info.clearinghouseState({ user: wallets.entry.address })).toMatchObject({
      assetPositions: [],
    });
  });
});

describe('WebSocket', () => {
  test('subscriptions: fills with snapshot, order updates, user events, market data', async () => {
    const { rig, server } = await start();
    const subs = new hl.SubscriptionClient({ transport: await socket(server) });
    const user = MASTER;
    const seen: Record<string, unknown[]> = {};
    const note = (name: string) => (data: unknown) => void (seen[name] ??= []).push(data);
    await subs.userFills({ user: wallets.master.address }, note('fills'));
    await subs.orderUpdates({ user }, note('orders'));
    await subs.userEvents({ user }, note('events'));
    await subs.allMids(note('mids'));
    await subs.trades({ coin: 'ETH' }, note('trades'));
    await subs.l2Book({ coin: 'ETH' }, note('book'));
    await subs.bbo({ coin: 'ETH' }, note('bbo'));
    await subs.activeAssetCtx({ coin: 'ETH' }, note('ctx'));
    await subs.clearinghouseState({ user }, note('state'));
    await subs.openOrders({ user }, note('open'));
    const exchange = new hl.ExchangeClient({ transport: http(server), wallet: wallets.entry });
    await exchange.order({
      orders: [{ a: 1, b: true, p: '3010', s: '1', r: false, t: { limit: { tif: 'Ioc' } }, c: cloid(9) }],
    });
    rig.venue.setPrice('ETH', { markPx: 3_005 });
    await expect.poll(() => (seen['bbo'] ?? []).length, { interval: 5 }).toBeGreaterThan(1);
    expect(seen['fills']).toMatchObject([
      { isSnapshot: true, fills: [] },
      { user, fills: [{ cloid: cloid(9) }] },
    ]);
    expect(seen['orders']).toMatchObject([[{ status: 'filled', order: { cloid: cloid(9) } }]]);
    expect(seen['events']).toMatchObject([{ fills: [{ coin: 'ETH' }] }]);
    expect(seen['trades']).toHaveLength(1);
    expect(seen['mids']?.at(-1)).toMatchObject({ mids: { ETH: '3005.0' } });
    expect(seen['ctx']?.at(-1)).toMatchObject({ ctx: { markPx: '3005.0' } });
    expect(seen['state']?.length).toBeGreaterThan(1);
    expect(seen['book']?.length).toBeGreaterThan(0);
  });

  test('posts: an order and a read over the socket', async () => {
    const { server } = await start();
    const transport = await socket(server);
    const exchange = new hl.ExchangeClient({ transport, wallet: wallets.entry });
    const info = new hl.InfoClient({ transport });
    const r = await exchange.order({
      orders: [{ a: 1, b: true, p: '3010', s: '1', r: false, t: { limit: { tif: 'Ioc' } } }],
    });
    expect(r.response.data.statuses[0]).toHaveProperty('filled');
    expect(await info.userFills({ user: MASTER })).toHaveLength(1);
  });

  test('greeting, pong, error texts', async () => {
    const { server } = await start();
    const ws = new WebSocket(server.wsUrl);
    open.push(ws);
    const frames: string[] = [];
    ws.on('message', (d: Buffer) => frames.push(d.toString()));
    await new Promise((resolve) => ws.once('open', resolve));
    const sub = {
      method: 'subscribe',
      subscription: { type: 'userFills', user: MASTER.toUpperCase().replace('0X', '0x') },
    };
    for (const m of [
      { method: 'ping' },
      sub,
      sub,
      { ...sub, method: 'unsubscribe' },
      { ...sub, method: 'unsubscribe' },
      { method: 'subscribe', subscription: { type: 'nonsense' } },
    ])
      ws.send(JSON.stringify(m));
    await expect.poll(() => frames.length, { interval: 5 }).toBe(8);
    expect(frames[0]).toBe('Websocket connection established.');
    const parsed = frames.slice(1).map((f) => cast<{ channel: string; data?: unknown }>(JSON.parse(f)));
    expect(parsed.map((f) => f.channel)).toEqual([
      'pong',
      'subscriptionResponse',
      'userFills',
      'error',
      'subscriptionResponse',
      'error',
      'error',
    ]);
    expect(parsed[1]?.data).toEqual({
      method: 'subscribe',
      subscription: { type: 'userFills', user: MASTER },
    });
    expect(parsed[3]?.data).toMatch(/^Already subscribed: \{/);
    expect(parsed[5]?.data).toMatch(/^Already unsubscribed: \{/);
    expect(parsed[6]?.data).toMatch(/^Invalid subscription \{/);
  });
});

describe('what the wire can do to a client', () => {
  const order = {
    orders: [{ a: 1, b: true, p: '3010', s: '1', r: false, t: { limit: { tif: 'Ioc' as const } } }],
  };
  test.each([
    ['drop-reply', 'hang', 1],
    ['drop-reply', 'reset', 1],
    ['drop-request', 'hang', 0],
    ['drop-request', 'reset', 0],
  ] as const)('%s (%s): %i position afterwards', async (kind, mode, positions) => {
    const { rig, server } = await start();
    rig.venue.faults.inject({ kind, mode, where: { path: 'exchange' } });
    const transport = new hl.HttpTransport({ apiUrl: server.url, isTestnet: true, timeout: 200 });
    const exchange = new hl.ExchangeClient({ transport, wallet: wallets.entry });
    await expect(exchange.order(order)).rejects.toThrow(hl.HttpRequestError);
    expect(rig.venue.account(MASTER)?.positions).toHaveLength(positions);
    await exchange.noop({ nonce: Date.now() + 3_600_000 });
  });
  test.each([
    [502, 'before', 0],
    [504, 'after', 1],
    [429, 'before', 0],
    [422, 'before', 0],
  ] as const)('HTTP %i %s applying: %i position', async (status, when, positions) => {
    const { rig, server } = await start();
    rig.venue.faults.inject({ kind: 'http', status, when, where: { type: 'order' } });
    const exchange = new hl.ExchangeClient({ transport: http(server), wallet: wallets.entry });
    const error: unknown = await exchange.order(order).catch((x: unknown) => x);
    expect(error).toBeInstanceOf(hl.HttpRequestError);
    expect(error).toMatchObject({ response: { status } });
    expect(rig.venue.account(MASTER)?.positions).toHaveLength(positions);
  });
  test('one refused leg throws in the SDK although the entry filled', async () => {
    const { rig, server } = await start();
    rig.venue.faults.inject({
      kind: 'refuse-leg',
      message: 'Invalid TP/SL price.',
      where: { legRole: 'stop' },
    });
    const exchange = new hl.ExchangeClient({ transport: http(server), wallet: wallets.entry });
    const stop = {
      a: 1,
      b: false,
      p: '2610',
      s: '1',
      r: true,
      t: { trigger: { isMarket: true, triggerPx: '2900', tpsl: 'sl' as const } },
    };
    await expect(exchange.order({ orders: [...order.orders, stop] })).rejects.toThrow(
      'order 1: Invalid TP/SL price. asset=1',
    );
    expect(rig.venue.account(MASTER)?.positions).toHaveLength(1);
    expect(rig.venue.account(MASTER)?.orders).toHaveLength(0);
  });
});
