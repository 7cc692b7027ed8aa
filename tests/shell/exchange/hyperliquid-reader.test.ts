import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ReadError } from '../../../src/app/ports.ts';
import { createHyperliquidReader } from '../../../src/shell/exchange/hyperliquid-reader.ts';
import { deadUrl, type FakeVenue, type Reply, startFakeVenue } from './fake-venue.ts';
import { ACCOUNT, fixture, list } from './samples.ts';

const CLOID = '0x5bac0000000000000000000000000897';
const FILLED_AT = 1_760_130_000_500;

let venue: FakeVenue;
let nowMs = FILLED_AT + 60_000;
/** Our clock less the venue's. */
let aheadMs = 0;
/** Answers by request type. */
let answers: Record<string, unknown> = {};
beforeAll(async () => {
  venue = await startFakeVenue();
  venue.reply = ({ body }): Reply => {
    const answer = answers[String(body['type'])];
    const headers = { date: new Date(nowMs - aheadMs).toUTCString() };
    return answer === undefined ? { status: 500, text: 'not scripted' } : { json: answer, headers };
  };
});
beforeEach(() => {
  venue.seen.length = 0;
  nowMs = FILLED_AT + 60_000;
  aheadMs = 0;
  answers = {
    meta: fixture('meta.json'),
    clearinghouseState: fixture('clearinghouse-state.json'),
    frontendOpenOrders: fixture('frontend-open-orders.json'),
    orderStatus: fixture('order-status.json'),
    userFillsByTime: fixture('user-fills.json'),
    userFunding: fixture('user-funding.json'),
  };
});
afterAll(() => venue.close());

const readerAt = (url: string, timeoutMs = 1_000) =>
  createHyperliquidReader({
    url,
    account: ACCOUNT.toUpperCase().replace('0X', '0x'),
    timeoutMs,
    nowMs: () => nowMs,
  });
const types = () => venue.seen.map((s) => s.body['type']);

test('an account is positions and orders, orders read first', async () => {
  const state = await readerAt(venue.url).accountState();
  expect(state).toMatchObject({ readAtMs: nowMs, equityUsd: 13109.482328, withdrawableUsd: 13104.514502 });
  expect([state.positions.length, state.openOrders.length]).toEqual([2, 4]);
  expect(venue.seen.map((s) => [s.path, s.body])).toEqual([
    ['/info', { type: 'frontendOpenOrders', user: ACCOUNT }],
    ['/info', { type: 'clearinghouseState', user: ACCOUNT }],
  ]);
});

test('meta is read', async () => {
  expect((await readerAt(venue.url).meta()).map((m) => m.coin)).toEqual(['BTC', 'ETH', 'MATIC', 'kPEPE']);
});

const find = (cloid = CLOID, coin = 'ETH') => readerAt(venue.url).findOrder(cloid, coin);
const status = (o: { status: string; sz?: string; origSz?: string; reduceOnly?: boolean }) => {
  const { status: word, ...order } = o;
  const base = JSON.parse(JSON.stringify(fixture('order-status.json')));
  base.order.status = word;
  Object.assign(base.order.order, order);
  return base;
};

describe('an order is found', () => {
  test('by its status, with size and price from its fills', async () => {
    expect(await find()).toEqual({ state: 'filled', oid: 897, filledSz: 0.0335, avgPx: 2986.3 });
    expect(venue.seen.map((s) => s.body)).toEqual([
      { type: 'orderStatus', user: ACCOUNT, oid: CLOID },
      { type: 'userFillsByTime', user: ACCOUNT, startTime: 1_760_130_000_400 },
    ]);
  });

  test('with the average of several fills and no dust of adding floats', async () => {
    const [, , , fill] = list(fixture('user-fills.json'));
    answers['userFillsByTime'] = [
      { ...fill, tid: 1, sz: '0.1', px: '100.0' },
      { ...fill, tid: 2, sz: '0.2', px: '103.0' },
      { ...fill, tid: 2, sz: '0.2', px: '103.0' },
    ];
    answers['orderStatus'] = status({ status: 'canceled', origSz: '0.5', sz: '0.2' });
    expect(await find()).toEqual({
      state: 'canceled',
      oid: 897,
      filledSz: 0.3,
      avgPx: expect.closeTo(102, 9),
    });
  });

  test('refused without asking for fills', async () => {
    answers['orderStatus'] = status({ status: 'iocCancelRejected', sz: '0.0335' });
    expect(await find()).toEqual({ state: 'refused', oid: 897, filledSz: 0, avgPx: null });
    expect(types()).toEqual(['orderStatus']);
  });

  test.each([
    ['filled', { status: 'filled' }],
    ['filled, reduce-only', { status: 'filled', reduceOnly: true }],
    ['cancelled after a part', { status: 'canceled', sz: '0.02' }],
  ])('not yet, while the fills of one %s lag behind its status', async (_, o) => {
    answers['userFillsByTime'] = [];
    answers['orderStatus'] = status(o);
    nowMs = FILLED_AT + 1_000;
    await expect(find()).rejects.toThrow(new ReadError('userFills: behind the order status'));
  });

  test('its age is the venue’s to say: with our clock half a minute ahead it is as new as it is', async () => {
    answers['userFillsByTime'] = [];
    answers['orderStatus'] = status({ status: 'filled', reduceOnly: true });
    aheadMs = 33_000;
    nowMs = FILLED_AT + 1_000 + aheadMs;
    await expect(find()).rejects.toThrow(new ReadError('userFills: behind the order status'));
  });

  test('by its status alone when its fills never come', async () => {
    answers['userFillsByTime'] = [];
    expect(await find()).toEqual({ state: 'filled', oid: 897, filledSz: 0.0335, avgPx: null });
  });

  test('cancelled and unfilled when the venue only cut a reduce-only order', async () => {
    answers['userFillsByTime'] = [];
    answers['orderStatus'] = status({ status: 'reduceOnlyCanceled', sz: '0.01', reduceOnly: true });
    nowMs = FILLED_AT + 1_000;
    expect(await find()).toEqual({ state: 'canceled', oid: 897, filledSz: 0, avgPx: null });
  });

  test('in the open orders although its status is unknown', async () => {
    answers['orderStatus'] = { status: 'unknownOid' };
    expect(await find('0x5bac0000000000000000000000000903')).toEqual({
      state: 'open',
      oid: 903,
      filledSz: 0.02,
      avgPx: 2990.5,
    });
  });

  test('in the fills although status and open orders do not know it', async () => {
    answers['orderStatus'] = { status: 'unknownOid' };
    expect(await find()).toEqual({ state: 'filled', oid: 897, filledSz: 0.0335, avgPx: 2986.3 });
    expect(types()).toEqual(['orderStatus', 'frontendOpenOrders', 'userFillsByTime']);
  });

  test('absent only when all three say so', async () => {
    answers['orderStatus'] = { status: 'unknownOid' };
    expect(await find('0x5bac00000000000000000000000000aa')).toBe('absent');
    for (const silent of ['orderStatus', 'frontendOpenOrders', 'userFillsByTime']) {
      const kept = answers[silent];
      answers[silent] = undefined;
      await expect(find('0x5bac00000000000000000000000000aa')).rejects.toThrow(ReadError);
      answers[silent] = kept;
    }
  });
});

describe('history', () => {
  const [sample] = list(fixture('user-fills.json'));
  const page = (count: number, firstTid: number, atMs: (n: number) => number) =>
    Array.from({ length: count }, (_, n) => ({ ...sample, tid: firstTid + n, time: atMs(firstTid + n) }));

  test('is read page by page, each fill once, oldest first', async () => {
    venue.reply = ({ body }) => {
      const start = Number(body['startTime']);
      // Two fills a millisecond, 4,501 in all: pages overlap by the last millisecond.
      const all = page(4_501, 0, (tid) => 1_000 + Math.floor(tid / 2));
      return { json: all.filter((f) => f.time >= start).slice(0, 2_000) };
    };
    const fills = await readerAt(venue.url).fillsSince(1_000);
    expect(fills.map((f) => f.tid)).toEqual(Array.from({ length: 4_501 }, (_, n) => n));
    expect(venue.seen.map((s) => s.body['startTime'])).toEqual([1_000, 1_999, 2_998]);
  });

  test('that cannot be complete is an error', async () => {
    venue.reply = () => ({ json: page(2_000, 0, () => 5_000) });
    await expect(readerAt(venue.url).fillsSince(5_000)).rejects.toThrow('one millisecond fills a whole page');
    venue.reply = ({ body }) => {
      const start = Number(body['startTime']);
      return { json: page(2_000, start, (tid) => tid) };
    };
    await expect(readerAt(venue.url).fillsSince(1)).rejects.toThrow('more than the venue keeps');
  });

  test('of funding is read page by page', async () => {
    venue.reply = ({ body }) => {
      const start = Number(body['startTime']);
      const all = Array.from({ length: 1_203 }, (_, n) => ({
        time: 1_000 + n,
        delta: { type: 'funding', coin: 'ETH', usdc: '-0.5' },
      }));
      return { json: all.filter((f) => f.time >= start).slice(0, 500) };
    };
    const payments = await readerAt(venue.url).fundingSince(1_000);
    expect(payments.map((p) => p.timeMs)).toEqual(Array.from({ length: 1_203 }, (_, n) => 1_000 + n));
    expect(payments[0]).toEqual({ coin: 'ETH', timeMs: 1_000, usd: -0.5 });
  });
});

describe('a read that fails', () => {
  const cases: [string, Reply, string][] = [
    ['429', { status: 429, text: 'slow down SECRET' }, 'clearinghouseState: HTTP 429'],
    ['502', { status: 502, text: '<html>SECRET</html>' }, 'clearinghouseState: HTTP 502'],
    ['a redirect', { status: 302, text: '', headers: { location: '/x' } }, 'clearinghouseState: HTTP 302'],
    ['no JSON', { status: 200, text: 'SECRET' }, 'clearinghouseState: answer is not JSON'],
    [
      'another answer',
      { json: ['SECRET'] },
      'clearinghouseState: answer: Invalid input: expected object, received array',
    ],
    ['null', { json: null }, 'clearinghouseState: answer: Invalid input: expected object, received null'],
    ['silence', 'hang', 'clearinghouseState: no answer within 100 ms'],
  ];
  test.each(cases)('with %s is a ReadError that says so and no more', async (_, reply, message) => {
    venue.reply = ({ body }) => (body['type'] === 'clearinghouseState' ? reply : { json: [] });
    await expect(readerAt(venue.url, 100).accountState()).rejects.toThrow(new ReadError(message));
  });

  test('for want of a connection is one too', async () => {
    await expect(readerAt(await deadUrl()).meta()).rejects.toThrow(
      new ReadError('meta: not connected (ECONNREFUSED)'),
    );
  });
});
