// End to end over loopback: trades on the venue → addresses → their positions → zones → HTTP and Pine.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import type { ObservedWatch } from '../../src/app/watch-observed.ts';
import { watchObserved } from '../../src/app/watch-observed.ts';
import type { ObservedBook } from '../../src/core/zones/observed-book.ts';
import { createObservedBook } from '../../src/core/zones/observed-book.ts';
import { DECIDES_FROM } from '../../src/core/zones/observed-zones.ts';
import { createFetchJson } from '../../src/shell/market/fetch-json.ts';
import { createHyperliquidPositions } from '../../src/shell/market/hyperliquid-positions.ts';
import { createHyperliquidTrades } from '../../src/shell/market/hyperliquid-trades.ts';
import { Zones } from '../../src/shell/http/zone-schemas.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld, READ_TOKEN } from '../support/bridge-world.ts';
import { FLUSH_CLOSE } from '../support/flush-market.ts';

const WEIGHT_PER_MINUTE = 400;
const whale = (i: number): string => `0x${String(i).padStart(40, 'f')}`;
const State = z.object({
  assetPositions: z.array(z.object({ position: z.object({ liquidationPx: z.string().nullable() }) })),
});

const Decisions = z.object({ items: z.array(z.object({ id: z.string() })).length(1) });
const Inputs = z.object({
  inputs: z.object({
    zones: z.object({ blend: z.object({ coverage: z.object({ long: z.number() }) }) }),
  }),
});

let w: BridgeWorld;
let book: ObservedBook;
let watch: ObservedWatch;
beforeEach(async () => {
  book = createObservedBook();
  w = await openBridgeWorld({ observed: book });
  watch = watchObserved({
    clock: w.clock,
    log: w.desk.log,
    book,
    trades: createHyperliquidTrades({ wsUrl: `${w.venueUrl.replace('http', 'ws')}/ws` }),
    reader: createHyperliquidPositions({
      fetchJson: createFetchJson({
        venue: 'hyperliquid',
        baseUrl: w.venueUrl,
        nowMs: w.clock.nowMs,
        sleep: w.clock.sleep,
        retries: 0,
      }),
    }),
    coins: ['BTC'],
    weightPerMinute: WEIGHT_PER_MINUTE,
  });
  await vi.waitUntil(() => w.lines.some((l) => l.event === 'trades.up'), 5_000);
});
afterEach(async () => {
  await watch.stop();
  await w.close();
});

/** A stranger opens an isolated position at the market. */
function open(i: number, o: { isLong: boolean; sz: number; leverage: number }): void {
  const address = whale(i);
  w.venue.openAccount({ address, usd: 1e9 });
  w.venue.act(address, { type: 'updateLeverage', asset: 0, isCross: false, leverage: o.leverage } as never);
  const p = String(Math.round(FLUSH_CLOSE * (o.isLong ? 1.08 : 0.92)));
  const order = { a: 0, b: o.isLong, p, s: String(o.sz), r: false, t: { limit: { tif: 'Ioc' } } };
  const answer = w.venue.act(address, { type: 'order', orders: [order], grouping: 'na' } as never);
  expect(JSON.stringify(answer)).toContain('"filled"');
}

const reads = (): number => w.venue.stats().infoRequests;

/** Lets virtual time pass at the watch's own pace. */
async function run(forMs: number): Promise<void> {
  for (const untilMs = w.clock.nowMs() + forMs; w.clock.nowMs() < untilMs;) {
    await watch.readNext();
    await w.clock.advanceTo(w.clock.nowMs() + watch.waitMs());
  }
}

const zones = async () => Zones.parse(await w.get('/api/v1/zones/BTC'));
async function pine(): Promise<string> {
  const headers = { authorization: `Bearer ${READ_TOKEN}` };
  const env = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };
  return (await w.bridge.app.request('/pine/zones.pine?coin=BTC', { headers }, env)).text();
}
const seen = (count: number) =>
  vi.waitFor(() => expect(book.counts().addresses).toBeGreaterThanOrEqual(count));

test('before anybody is known it says so, and draws only the estimate', async () => {
  expect(await zones()).toMatchObject({
    observed: null,
    notObserved: 'no position of this coin has been read yet',
    blended: null,
    decidesOn: 'estimated',
  });
  expect(await pine()).toContain('nothing observed: no position of this coin has been read yet');
});

test('a bridge that reads no positions, as in a Worker, says so', async () => {
  const plain = await openBridgeWorld();
  expect(await plain.get('/api/v1/zones/BTC')).toMatchObject({
    observed: null,
    notObserved: expect.stringMatching(/only by a bridge that runs all the time/),
    decidesOn: 'estimated',
  });
  await plain.close();
});

describe('with strangers who trade', () => {
  beforeEach(async () => {
    w.venue.setContext('BTC', { openInterest: 2_000 });
    open(1, { isLong: true, sz: 120, leverage: 10 });
    open(2, { isLong: false, sz: 100, leverage: 20 });
    open(3, { isLong: true, sz: 50, leverage: 5 });
    // Three strangers, and the rest of the market they traded with.
    await seen(4);
    await run(10_000);
    await w.desk.market.refresh();
  });

  test('their liquidation prices, as the venue tells them, become zones beside the estimate', async () => {
    const { observed, notObserved, decidesOn, blended } = await zones();
    expect([notObserved, decidesOn]).toEqual([null, 'estimated']);
    expect(observed).toMatchObject({ addresses: 3, positions: 3 });
    expect(observed?.coverageLong).toBeCloseTo(170 / 2_000, 3);
    expect(observed?.coverageShort).toBeCloseTo(100 / 2_000, 3);
    const px = await Promise.all(
      [1, 2, 3].map(async (i) => {
        const reply = await w.venue.handle(
          'info',
          JSON.stringify({ type: 'clearinghouseState', user: whale(i) }),
        );
        if (typeof reply === 'string') throw new Error(reply);
        return Number(State.parse(JSON.parse(reply.body)).assetPositions[0]?.position.liquidationPx);
      }),
    );
    const within = observed?.zones.filter((zone) =>
      px.some((x) => x >= zone.loPx * 0.999 && x <= zone.hiPx * 1.001),
    );
    expect(within).toHaveLength(observed?.zones.length ?? -1);
    expect(observed?.zones.map((zone) => zone.side).sort()).toEqual(['long', 'long', 'short']);
    expect(blended?.blend?.coverage.long).toBe(observed?.coverageLong);
    const code = await pine();
    expect(code.match(/^ {4}real\(/gm)).toHaveLength(3);
    expect(code).toMatch(/observed: \d+(\.\d)? % of longs, \d+(\.\d)? % of shorts, half read within \d+ min/);
  });

  test('when most of open interest is known, decisions rest on the blend', async () => {
    w.venue.setContext('BTC', { openInterest: 300 });
    await w.desk.market.refresh();
    const { decidesOn, observed, totalUsd } = await zones();
    expect(decidesOn).toBe('blended');
    expect(w.desk.market.zoneMap('BTC')?.blend?.coverage.long).toBe(observed?.coverageLong);
    // The answer's top level stays the estimate.
    expect(totalUsd).toEqual(w.desk.market.zones('BTC')?.estimated.totalUsd);
    // And a decision keeps what it rested on.
    await w.post();
    await w.settle();
    const { items } = Decisions.parse(await w.get('/api/v1/decisions'));
    const { inputs } = Inputs.parse(await w.get(`/api/v1/decisions/${items[0]?.id}`));
    expect(inputs.zones.blend.coverage.long).toBeGreaterThan(DECIDES_FROM.coverage);
  });

  test('a level the mark went through is gone until its account is read again', async () => {
    const before = (await zones()).observed;
    const long10 = Math.max(...(before?.zones.filter((x) => x.side === 'long').map((x) => x.peakPx) ?? []));
    w.venue.setRules({ liquidations: false });
    w.setPrice(Math.floor(long10 * 0.99));
    await w.desk.market.refresh();
    w.setPrice(FLUSH_CLOSE);
    await w.desk.market.refresh();
    expect((await zones()).observed).toMatchObject({ positions: 2 });
    await run(4 * 60_000);
    await w.desk.market.refresh();
    expect((await zones()).observed).toMatchObject({ positions: 3 });
  });

  test('refused with 429, it leaves the venue alone, keeps what it knows and goes on later', async () => {
    w.venue.faults.inject({
      kind: 'http',
      status: 429,
      where: { type: 'clearinghouseState' },
      count: null,
    });
    const before = reads();
    await run(11 * 60_000);
    await w.desk.market.refresh();
    // One question a minute at most, where 200 were in the budget.
    expect(reads() - before).toBeLessThanOrEqual(11);
    expect(reads() - before).toBeGreaterThan(0);
    const { observed } = await zones();
    expect(observed).toMatchObject({ positions: 3 });
    expect(observed?.ageP50Ms).toBeGreaterThan(10 * 60_000);
    w.venue.faults.clear();
    await run(2 * 60_000);
    await w.desk.market.refresh();
    expect((await zones()).observed?.ageP50Ms).toBeLessThan(3 * 60_000);
  });
});

test('with hundreds to read it keeps to its budget, which the venue that counts never refuses', async () => {
  w.venue.setRules({ ipWeights: true });
  for (let i = 0; i < 300; i++)
    w.venue.addTrade('BTC', {
      isBuy: true,
      px: FLUSH_CLOSE,
      sz: 1,
      taker: whale(2 * i),
      maker: whale(2 * i + 1),
    });
  await seen(600);
  const before = reads();
  await run(60_000);
  expect(2 * (reads() - before)).toBeLessThanOrEqual(WEIGHT_PER_MINUTE + 2);
  expect(2 * (reads() - before)).toBeGreaterThan(0.9 * WEIGHT_PER_MINUTE);
  expect(w.lines.filter((l) => l.event === 'observed.unreadable')).toEqual([]);
});
