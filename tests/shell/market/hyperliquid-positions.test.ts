import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createFetchJson } from '../../../src/shell/market/fetch-json.ts';
import {
  createHyperliquidPositions,
  parsePositions,
} from '../../../src/shell/market/hyperliquid-positions.ts';
import type { Answer, FakeServer } from './fake-server.ts';
import { fakeClock, json, startFakeServer } from './fake-server.ts';

const ADDRESS = `0x${'ab'.repeat(20)}`;
const reply = (over: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  assetPositions: [
    {
      type: 'oneWay',
      position: { coin: 'BTC', szi: '-1.5', liquidationPx: '120000.25', entryPx: '100100.5', ...over },
    },
  ],
  time: 1_760_130_000_000,
  ...more,
});

test('sizes without a sign, sides from it, prices as told', () => {
  expect(parsePositions(reply(), 'x')).toEqual([
    { coin: 'BTC', side: 'short', liquidationPx: 120_000.25, sz: 1.5, entryPx: 100_100.5 },
  ]);
  expect(parsePositions(reply({ szi: '0.3', liquidationPx: null }), 'x')).toEqual([
    { coin: 'BTC', side: 'long', liquidationPx: null, sz: 0.3, entryPx: 100_100.5 },
  ]);
  // What no price reaches is no price.
  expect(parsePositions(reply({ szi: '0.3', liquidationPx: '-12.5' }), 'x')[0]?.liquidationPx).toBeNull();
  expect(parsePositions(reply({ szi: '0.0' }), 'x')).toEqual([]);
  expect(parsePositions({ assetPositions: [], time: 1 }, 'x')).toEqual([]);
});

test.each([null, undefined, '0.0', 'unknown', 7])(
  'an entry of %s is not known, and the rest of the answer counts',
  (entryPx) => {
    expect(parsePositions(reply({ entryPx }), 'x')).toEqual([
      { coin: 'BTC', side: 'short', liquidationPx: 120_000.25, sz: 1.5, entryPx: null },
    ]);
  },
);

test('a recorded answer', () => {
  const file = join(import.meta.dirname, '../../fixtures/exchange/clearinghouse-state.json');
  const positions = parsePositions(JSON.parse(readFileSync(file, 'utf8')), 'x');
  expect(positions.length).toBeGreaterThan(0);
  for (const p of positions)
    expect([p.sz > 0, p.liquidationPx === null || p.liquidationPx > 0, (p.entryPx ?? 0) > 0]).toEqual([
      true,
      true,
      true,
    ]);
});

test.each([
  ['no positions at all', { time: 1 }, 'assetPositions'],
  ['a number for a price', reply({ liquidationPx: 120_000 }), 'assetPositions.0.position.liquidationPx'],
  ['no price', reply({ liquidationPx: undefined }), 'assetPositions.0.position.liquidationPx'],
  ['NaN for a size', reply({ szi: 'NaN' }), 'assetPositions.0.position.szi'],
  ['nothing', null, 'the whole'],
])('%s is malformed, and named: never "no positions"', (_, body, field) => {
  expect(() => parsePositions(body, 'hyperliquid positions')).toThrow(new RegExp(`positions: ${field}`));
});

describe('over HTTP', () => {
  let server: FakeServer | undefined;
  afterEach(() => server?.close());
  const open = async (answer: Answer) => {
    server = await startFakeServer(answer);
    const clock = fakeClock(1_760_130_000_000);
    const fetchJson = createFetchJson({ venue: 'hyperliquid', baseUrl: server.url, ...clock, retries: 0 });
    return { clock, asked: server.asked, positions: createHyperliquidPositions({ fetchJson }) };
  };

  test('asks /info for one address', async () => {
    const { asked, positions } = await open(json(reply()));
    expect(await positions.positionsOf(ADDRESS)).toHaveLength(1);
    expect(asked.map((a) => [a.path, a.body])).toEqual([
      ['/info', { type: 'clearinghouseState', user: ADDRESS }],
    ]);
  });

  test('after a 429 nothing is asked until its time is over, and no error names the address', async () => {
    const { asked, positions } = await open(json(null, 429, { 'retry-after': '30' }));
    for (let i = 0; i < 5; i++) {
      const error = await positions.positionsOf(ADDRESS).catch((e: unknown) => e);
      expect(String(error)).toMatch(/hyperliquid positions of an address/);
      expect(String(error)).not.toContain(ADDRESS);
    }
    expect(asked).toHaveLength(1);
  });
});
