import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { LiquidationSource } from '../../../src/app/market-ports.ts';
import type { Liquidation } from '../../../src/core/zones/realised/types.ts';
import {
  binanceLiquidations,
  bybitLiquidations,
  okxLiquidations,
} from '../../../src/shell/market/liquidation-protocols.ts';
import type { LiquidationProtocol } from '../../../src/shell/market/liquidation-stream.ts';
import { createLiquidationStream } from '../../../src/shell/market/liquidation-stream.ts';

const COINS = ['BTC', 'kPEPE'];
const BINANCE_SAMPLE =
  '../shared/data/fixtures/nautilus/binance__futures__market_data_json__liquidation_stream.json';

const all = async (coins: readonly string[]) => coins;
const contracts = async () =>
  new Map([
    ['BTC-USDT-SWAP', 0.01],
    ['PEPE-USDT-SWAP', 10_000_000],
  ]);

const order = (more: Record<string, unknown>) => ({
  e: 'forceOrder',
  E: 1_700_000_000_100,
  o: {
    s: 'BTCUSDT',
    S: 'SELL',
    o: 'LIMIT',
    f: 'IOC',
    q: '0.5',
    p: '60000',
    ap: '59900',
    X: 'FILLED',
    l: '0.2',
    z: '0.4',
    T: 1_700_000_000_000,
    ...more,
  },
});

describe('binance: an order that sells closed a long', () => {
  const protocol = binanceLiquidations(COINS);
  const read = (frame: unknown) => protocol.read(JSON.stringify(frame));

  test('as filled: 0.4 at 59,900', () => {
    expect(read(order({}))).toEqual({
      kind: 'liquidations',
      list: [
        {
          venue: 'binance',
          coin: 'BTC',
          side: 'long',
          px: 59_900,
          sz: 0.4,
          notionalUsd: 0.4 * 59_900,
          timeMs: 1_700_000_000_000,
        },
      ],
    });
  });

  test('nothing filled yet: the order as sent; a buy closed a short; 1000PEPE is kPEPE at the same price', () => {
    const frame = read(order({ s: '1000PEPEUSDT', S: 'BUY', ap: '0', z: '0', p: '0.012', q: '1000' }));
    expect(frame).toMatchObject({ list: [{ coin: 'kPEPE', side: 'short', px: 0.012, sz: 1_000 }] });
  });

  test('coins nobody follows, coin-margined ones and answers are not liquidations', () => {
    expect(read(order({ s: 'ETHUSDT' }))).toEqual({ kind: 'alive' });
    expect(read(order({ s: 'BTCUSD_PERP' }))).toEqual({ kind: 'alive' });
    expect(read({ result: null, id: 1 })).toEqual({ kind: 'subscribed' });
    expect(read({ error: { code: 2, msg: 'Invalid request' }, id: 1 })).toMatchObject({ kind: 'refused' });
    expect(read({ result: [], id: 2 })).toEqual({ kind: 'alive' });
  });

  test.each([
    '',
    'hello',
    '[]',
    'null',
    JSON.stringify(order({ S: 'HOLD' })),
    JSON.stringify(order({ q: 'x' })),
  ])('unreadable: %s', (text) => {
    expect(protocol.read(text)).toBeNull();
  });

  const sample = existsSync(BINANCE_SAMPLE);
  test.skipIf(!sample)(`a recorded frame${sample ? '' : ' (skipped: ../shared/data is not here)'}`, () => {
    expect(protocol.read(readFileSync(BINANCE_SAMPLE, 'utf8'))).toMatchObject({
      list: [{ coin: 'BTC', side: 'long', px: 9910.12345678, sz: 0.014, timeMs: 1_568_014_460_893 }],
    });
  });
});

describe('bybit: the side is the position’s', () => {
  const push = (S: string, s = 'BTCUSDT') =>
    JSON.stringify({
      topic: `allLiquidation.${s}`,
      type: 'snapshot',
      ts: 2,
      data: [{ T: 1_700_000_000_000, s, S, v: '2', p: '58000' }],
    });

  test('Buy: a long was liquidated, Sell: a short', async () => {
    const protocol = bybitLiquidations(COINS, all);
    await protocol.prepare?.();
    expect(protocol.read(push('Buy'))).toMatchObject({
      list: [{ venue: 'bybit', coin: 'BTC', side: 'long', px: 58_000, sz: 2, notionalUsd: 116_000 }],
    });
    expect(protocol.read(push('Sell'))).toMatchObject({ list: [{ side: 'short' }] });
    expect(protocol.read(push('Buy', 'ETHUSDT'))).toEqual({ kind: 'liquidations', list: [] });
    expect(protocol.read(push('Both'))).toBeNull();
  });

  test('only listed symbols are asked for, one request each', async () => {
    const protocol = bybitLiquidations(COINS, async () => ['kPEPE']);
    await protocol.prepare?.();
    expect(protocol.subscribe()).toEqual(['{"op":"subscribe","args":["allLiquidation.1000PEPEUSDT"]}']);
    expect(protocol.read('{"success":true,"ret_msg":"","conn_id":"a","op":"subscribe"}')?.kind).toBe(
      'subscribed',
    );
    expect(protocol.read('{"success":false,"ret_msg":"no","op":"subscribe"}')?.kind).toBe('refused');
    expect(protocol.read('{"success":true,"ret_msg":"pong","op":"ping"}')?.kind).toBe('alive');
  });
});

describe('okx: sizes are contracts', () => {
  const push = (instId: string, detail: Record<string, unknown>) =>
    JSON.stringify({
      arg: { channel: 'liquidation-orders', instType: 'SWAP' },
      data: [
        {
          instId,
          instType: 'SWAP',
          details: [
            {
              side: 'sell',
              posSide: 'long',
              bkPx: '60000',
              sz: '12',
              bkLoss: '0',
              ts: '1700000000000',
              ...detail,
            },
          ],
        },
      ],
    });

  test('12 contracts of 0.01 are 0.12 coins', async () => {
    const protocol = okxLiquidations(COINS, contracts);
    await protocol.prepare?.();
    const frame = protocol.read(push('BTC-USDT-SWAP', {}));
    expect(frame).toMatchObject({
      list: [{ venue: 'okx', coin: 'BTC', side: 'long', px: 60_000, sz: 0.12 }],
    });
    expect(frame?.kind === 'liquidations' ? frame.list[0]?.notionalUsd : 0).toBeCloseTo(7_200, 9);
  });

  test('posSide names the side; without one the order’s side does', async () => {
    const protocol = okxLiquidations(COINS, contracts);
    await protocol.prepare?.();
    const side = (detail: Record<string, unknown>) => {
      const frame = protocol.read(push('BTC-USDT-SWAP', detail));
      return frame?.kind === 'liquidations' ? frame.list[0]?.side : undefined;
    };
    expect(side({ side: 'buy', posSide: 'short' })).toBe('short');
    expect(side({ side: 'sell', posSide: 'net' })).toBe('long');
    expect(side({ side: 'buy', posSide: null })).toBe('short');
  });

  test('PEPE by the coin is kPEPE by the thousand: the same USD', async () => {
    const protocol = okxLiquidations(COINS, contracts);
    await protocol.prepare?.();
    const frame = protocol.read(push('PEPE-USDT-SWAP', { bkPx: '0.00001', sz: '2' }));
    const [one] = frame?.kind === 'liquidations' ? frame.list : [];
    expect(one?.px).toBeCloseTo(0.01, 12);
    expect(one?.sz).toBeCloseTo(20_000, 6);
    expect(one?.notionalUsd).toBeCloseTo(200, 6);
  });

  test('before its contract value is known an instrument is left out; pong, answers, errors', async () => {
    const protocol = okxLiquidations(COINS, contracts);
    expect(protocol.read(push('BTC-USDT-SWAP', {}))).toEqual({ kind: 'liquidations', list: [] });
    expect(protocol.read('pong')?.kind).toBe('alive');
    expect(protocol.read('{"event":"subscribe","arg":{}}')?.kind).toBe('subscribed');
    expect(protocol.read('{"event":"error","code":"60018"}')?.kind).toBe('refused');
    expect(protocol.read('{"data":1}')).toBeNull();
  });
});

// ------------------------------------------------------------------ over the wire

/** A venue that acknowledges subscriptions and answers pings as told. */
async function startServer() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  const self = {
    url: `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    asked: [] as string[],
    connections: 0,
    acknowledges: true,
    answersPings: true,
    push: (text: string) => {
      for (const client of server.clients) client.send(text);
    },
    drop: () => {
      for (const client of server.clients) client.terminate();
    },
    close: () => {
      self.drop();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('connection', (client) => {
    self.connections += 1;
    client.on('message', (raw: Buffer) => {
      const text = raw.toString();
      self.asked.push(text);
      if (text.includes('SUBSCRIPTIONS')) {
        if (self.answersPings) client.send('{"result":[],"id":2}');
      } else if (self.acknowledges) client.send('{"result":null,"id":1}');
    });
  });
  return self;
}

const streams: LiquidationSource[] = [];
const servers: Awaited<ReturnType<typeof startServer>>[] = [];
afterEach(async () => {
  await Promise.all(streams.splice(0).map((s) => s.stop()));
  await Promise.all(servers.splice(0).map((s) => s.close()));
});

async function scene(o: { protocol?: LiquidationProtocol; silentMs?: number; acknowledges?: boolean } = {}) {
  const server = await startServer();
  server.acknowledges = o.acknowledges ?? true;
  servers.push(server);
  let nowMs = 1_000_000;
  const heard = {
    list: [] as Liquidation[],
    status: [] as [boolean, number][],
    problems: [] as (string | null)[],
  };
  const stream = createLiquidationStream({
    url: server.url,
    protocol: o.protocol ?? binanceLiquidations(COINS),
    nowMs: () => nowMs,
    random: () => 1,
    pingMs: 5,
    silentMs: o.silentMs ?? 1e9,
    retryMs: 1,
    retryMsMax: 8,
  });
  streams.push(stream);
  stream.start({
    liquidation: (l) => void heard.list.push(l),
    status: (up, atMs) => void heard.status.push([up, atMs]),
    problem: (message) => void heard.problems.push(message),
  });
  return { server, heard, stream, pass: (ms: number) => void (nowMs += ms) };
}

test('up once the venue acknowledged, and what it pushes comes through', async () => {
  const { server, heard } = await scene();
  await vi.waitFor(() => expect(heard.status).toEqual([[true, 1_000_000]]));
  server.push(JSON.stringify(order({})));
  await vi.waitFor(() => expect(heard.list).toMatchObject([{ coin: 'BTC', side: 'long' }]));
  expect(JSON.parse(server.asked[0] ?? '')).toEqual({
    method: 'SUBSCRIBE',
    params: ['btcusdt@forceOrder', '1000pepeusdt@forceOrder'],
    id: 1,
  });
});

test('a subscription nobody acknowledged is not up, however alive the connection', async () => {
  const { server, heard } = await scene({ acknowledges: false });
  await vi.waitFor(() =>
    expect(server.asked.filter((a) => a.includes('SUBSCRIPTIONS')).length).toBeGreaterThan(2),
  );
  expect(heard.status).toEqual([]);
});

test('dropped: heard until the last sign of life, then again on a new connection', async () => {
  const { server, heard, pass } = await scene();
  await vi.waitFor(() => expect(heard.status).toHaveLength(1));
  server.answersPings = false;
  pass(7_000);
  server.drop();
  await vi.waitFor(() => expect(heard.status).toHaveLength(3));
  expect(heard.status[1]?.[0]).toBe(false);
  expect(heard.status[1]?.[1]).toBeLessThanOrEqual(1_007_000);
  expect(heard.status[2]).toEqual([true, 1_007_000]);
  expect(server.connections).toBe(2);
  expect(heard.problems.at(-1)).toBeNull();
});

test('silence although asked: the connection counts as dead and is replaced', async () => {
  const { server, heard, pass } = await scene({ silentMs: 30_000 });
  await vi.waitFor(() => expect(heard.status).toHaveLength(1));
  server.answersPings = false;
  const pings = server.asked.length;
  await vi.waitFor(() => expect(server.asked.length).toBeGreaterThan(pings + 1));
  pass(31_000);
  await vi.waitFor(() => expect(heard.problems).toContain('liquidations: no sign of life'));
  expect(heard.status[1]).toEqual([false, 1_000_000]);
  await vi.waitFor(() => expect(server.connections).toBeGreaterThan(1));
});

test('a frame that cannot be read ends the connection: what else it held is not known', async () => {
  const { server, heard } = await scene();
  await vi.waitFor(() => expect(heard.status).toHaveLength(1));
  server.push('{"e":"forceOrder","o":{}}');
  await vi.waitFor(() => expect(heard.problems).toContain('liquidations: sent what cannot be read'));
  expect(heard.status[1]?.[0]).toBe(false);
});

test('what must be known first is not there: said, and tried again', async () => {
  let tries = 0;
  const protocol = okxLiquidations(COINS, async () => {
    tries += 1;
    if (tries < 3) throw new Error('instruments: HTTP 451');
    return contracts();
  });
  const { heard, server } = await scene({ protocol });
  await vi.waitFor(() => expect(server.connections).toBeGreaterThan(0));
  expect(heard.problems.slice(0, 2)).toEqual([
    'liquidations: instruments: HTTP 451',
    'liquidations: instruments: HTTP 451',
  ]);
});

test('stopped: heard until now, nothing after, no connection left', async () => {
  const { server, heard, stream, pass } = await scene();
  await vi.waitFor(() => expect(heard.status).toHaveLength(1));
  pass(5_000);
  await stream.stop();
  expect(heard.status).toEqual([
    [true, 1_000_000],
    [false, 1_005_000],
  ]);
  server.push(JSON.stringify(order({})));
  expect(heard.list).toEqual([]);
});

test('stopped while a venue does not answer: at once', async () => {
  const protocol = okxLiquidations(COINS, () => new Promise(() => undefined));
  const { server, stream } = await scene({ protocol });
  await stream.stop();
  expect(server.connections).toBe(0);
});
