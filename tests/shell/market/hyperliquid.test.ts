import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseHyperliquidMarks } from '../../../src/shell/market/hyperliquid-parse.ts';
import { createHyperliquidMarket } from '../../../src/shell/market/hyperliquid.ts';
import type { Asked } from './fake-server.ts';
import { json } from './fake-server.ts';
import { venueSetup } from './venue-setup.ts';

const BAR = 300_000;
/** On a bar's edge. */
const T = 1_760_129_700_000;
const NOW = T + 10 * BAR + 60_000;

interface WireBar {
  t: number;
  T: number;
  s: string;
  i: string;
  o: string;
  c: string;
  h: string;
  l: string;
  v: string;
  n: number;
}
const wireBar = (t: number, px = 100, coin = 'BTC'): WireBar => ({
  t,
  T: t + BAR - 1,
  s: coin,
  i: '5m',
  o: `${px}.0`,
  c: `${px + 1}.0`,
  h: `${px + 2}.0`,
  l: `${px - 2}.0`,
  v: '12.5',
  n: 7,
});
/** Bars T … T + 10: the last one is running. */
const series = Array.from({ length: 11 }, (_, i) => wireBar(T + i * BAR));

const context = (markPx: string | null, openInterest = '1000.5') => ({
  funding: '0.0000125',
  openInterest,
  prevDayPx: '1',
  dayNtlVlm: '1',
  premium: null,
  oraclePx: '1',
  markPx,
  midPx: null,
  impactPxs: null,
  dayBaseVlm: '1',
});
const marksReply = [
  {
    universe: [
      { name: 'BTC', szDecimals: 5, maxLeverage: 40, marginTableId: 56 },
      { name: 'OLD', szDecimals: 1, maxLeverage: 3, marginTableId: 3, isDelisted: true },
      { name: 'kPEPE', szDecimals: 0, maxLeverage: 10, marginTableId: 52 },
    ],
    marginTables: [],
  },
  [context('100000.0'), context('1.0'), context('0.012', '2000000')],
];

async function setup(reply: unknown, status = 200) {
  const { parts, ...rest } = await venueSetup('hyperliquid', json(reply, status), NOW);
  return { ...rest, market: createHyperliquidMarket(parts) };
}

describe('candles', () => {
  test('closed bars, oldest first, as numbers; the running one is not among them', async () => {
    const { market, server, taken } = await setup(series);
    const candles = await market.candles('BTC', T, NOW);
    expect(candles.map((c) => c.t)).toEqual(series.slice(0, 10).map((b) => b.t));
    expect(candles[0]).toEqual({ t: T, o: 100, h: 102, l: 98, c: 101, v: 12.5 });
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      path: '/info',
      body: {
        type: 'candleSnapshot',
        req: { coin: 'BTC', interval: '5m', startTime: T, endTime: T + 10 * BAR - 1 },
      },
    } satisfies Partial<Asked>);
    expect(taken).toEqual([21]);
  });

  test('a bar that closed a moment ago may still change: not taken yet', async () => {
    const { market } = await setup(series.slice(0, 9));
    expect((await market.candles('BTC', T, T + 9 * BAR)).at(-1)?.t).toBe(T + 8 * BAR);
  });

  test('bars before and after the range asked for are left out', async () => {
    const { market } = await setup(series);
    const candles = await market.candles('BTC', T + 2 * BAR, T + 5 * BAR);
    expect(candles.map((c) => c.t)).toEqual([2, 3, 4].map((i) => T + i * BAR));
  });

  test('no more than the 5,000 bars the venue keeps, for 104 weight', async () => {
    const { market, server, taken } = await setup(series);
    await market.candles('BTC', 0, NOW);
    expect(server.asked[0]?.body).toMatchObject({ req: { startTime: T + 9 * BAR - 4_999 * BAR } });
    expect(taken).toEqual([104]);
  });

  test('a range without a closed bar asks nothing', async () => {
    const { market, server } = await setup(series);
    expect(await market.candles('BTC', T + 10 * BAR, NOW)).toEqual([]);
    expect(server.asked).toEqual([]);
  });

  const replaced = (i: number, change: Partial<Record<keyof WireBar, unknown>>) =>
    series.map((b, n) => (n === i ? { ...b, ...change } : b));
  test.each([
    ['an empty list', [], 'incomplete', /no bar at all/],
    ['a frozen series', series.slice(0, 5), 'incomplete', /frozen, the newest bar is 25 min older than due/],
    [
      'prices ten times too high from one bar on',
      series.map((b, i) => (i < 5 ? b : wireBar(b.t, 1_000))),
      'malformed',
      /bar 5 .* opens at 9.901 × the close before/,
    ],
    ['the wrong order', series.toReversed(), 'malformed', /bar 1 .* not after the one before/],
    ['a bar twice', [series[0], ...series], 'malformed', /bar 1 .* not after/],
    ['another coin', series.map((b) => ({ ...b, s: 'ETH' })), 'malformed', /bars of another coin/],
    ['a missing field', series.map((b) => ({ ...b, v: undefined })), 'malformed', /0\.v: /],
    ['a number where text is documented', replaced(3, { c: 101 }), 'malformed', /3\.c: /],
    ['not a number', replaced(3, { h: 'NaN' }), 'malformed', /3\.h: not a decimal number/],
    ['a number beyond all bounds', replaced(3, { h: '1e999' }), 'malformed', /3\.h/],
    ['a low above the close', replaced(3, { l: '101.5' }), 'malformed', /bar 3 .* outside high and low/],
    ['a price of zero', replaced(3, { l: '0.0' }), 'malformed', /not above 0/],
    ['a bar off the interval', replaced(3, { t: T + 3 * BAR + 1 }), 'malformed', /bar 3 .* interval/],
    ['an object', { error: 'nope' }, 'malformed', /the whole/],
    ['null', null, 'malformed', /the whole/],
  ])('%s is refused', async (_, reply, reason, message) => {
    const { market } = await setup(reply);
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({ reason, message });
  });

  test('451 is passed on as blocked', async () => {
    const { market } = await setup({}, 451);
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({ reason: 'blocked' });
  });
});

describe('marks', () => {
  test('mark, open interest in USD and hourly funding, in the order asked', async () => {
    const { market, server } = await setup(marksReply);
    expect(await market.marks(['kPEPE', 'BTC'])).toEqual([
      { coin: 'kPEPE', markPx: 0.012, openInterestUsd: 24_000, fundingHourlyFraction: 0.0000125 },
      { coin: 'BTC', markPx: 100_000, openInterestUsd: 100_050_000, fundingHourlyFraction: 0.0000125 },
    ]);
    expect(server.asked[0]?.body).toEqual({ type: 'metaAndAssetCtxs' });
  });

  test.each([['OLD'], ['NOSUCH']])('%s does not trade: unsupported, not empty', async (coin) => {
    const { market } = await setup(marksReply);
    await expect(market.marks(['BTC', coin])).rejects.toMatchObject({ reason: 'unsupported' });
  });

  test('a universe and contexts of different lengths cannot be matched: refused', async () => {
    const { market } = await setup([marksReply[0], [context('1.0')]]);
    await expect(market.marks(['BTC'])).rejects.toMatchObject({ message: /differ in length/ });
  });

  test('a mark that is null is refused by name', async () => {
    const { market } = await setup([marksReply[0], [context('1'), context(null), context('1')]]);
    await expect(market.marks(['BTC'])).rejects.toMatchObject({ message: /1\.1\.markPx/ });
  });
});

const FIXTURES = join(import.meta.dirname, '../../../../shared/data/fixtures/nautilus');
test.skipIf(!existsSync(FIXTURES))('recorded contexts parse (skipped without the shared data folder)', () => {
  const text = readFileSync(join(FIXTURES, 'hyperliquid__ws_all_dexs_asset_ctxs.json'), 'utf8');
  const frame: { data: { ctxs: [string, unknown[]][] } } = JSON.parse(text);
  const contexts = frame.data.ctxs[0]?.[1] ?? [];
  const universe = contexts.map((_, i) => ({ name: `C${i}` }));
  const marks = parseHyperliquidMarks([{ universe }, contexts], 'recorded');
  expect(marks.get('C0')).toEqual({
    coin: 'C0',
    markPx: 77_562,
    openInterestUsd: 27_353.17682 * 77_562,
    fundingHourlyFraction: -0.0000015186,
  });
  expect(marks.size).toBe(contexts.length);
});
