import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MarketSource } from '../../../src/app/ports.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import type { RememberedCandles } from '../../../src/shell/market/remember-candles.ts';
import { rememberCandles } from '../../../src/shell/market/remember-candles.ts';

const BAR_MS = 300_000;
const T0 = 1_760_000_100_000;

const bar = (i: number): Candle => ({ t: T0 + i * BAR_MS, o: i, h: i + 1, l: i, c: i, v: 1 });

/** A venue that has every bar of time, and counts what it is asked for. */
function open() {
  const asked: number[] = [];
  const kept = new Map<string, RememberedCandles>();
  const source: MarketSource = {
    venue: 'hyperliquid',
    marks: () => Promise.resolve([]),
    candles: (_, startMs, endMs) => {
      const first = Math.ceil((startMs - T0) / BAR_MS);
      const end = Math.ceil((endMs - T0) / BAR_MS);
      asked.push(end - first);
      return Promise.resolve(Array.from({ length: Math.max(0, end - first) }, (_x, i) => bar(first + i)));
    },
  };
  const memory = {
    read: (key: string) => Promise.resolve(structuredClone(kept.get(key))),
    write: (key: string, value: RememberedCandles) =>
      Promise.resolve(void kept.set(key, structuredClone(value))),
  };
  return { asked, kept, source, remembered: rememberCandles(source, memory) };
}

test('after memory loss only the bars closed since are asked for', async () => {
  const { asked, remembered } = open();
  const at = (n: number) => remembered.candles('BTC', T0 + (n - 1_500) * BAR_MS + 1, T0 + n * BAR_MS);
  expect(await at(2_000)).toHaveLength(1_499);
  expect(await at(2_000)).toHaveLength(1_499);
  expect((await at(2_001)).at(-1)).toEqual(bar(2_000));
  expect(asked).toEqual([1_499, 1]);
});

test('bars that turned out wrong are forgotten, the other coins’ are not', async () => {
  const { asked, remembered } = open();
  const at = (coin: string) => remembered.candles(coin, T0, T0 + 10 * BAR_MS);
  await at('BTC');
  await at('ETH');
  await remembered.forget?.('BTC');
  await at('BTC');
  await at('ETH');
  expect(asked).toEqual([10, 10, 10]);
});

test('coins are kept apart, and what is kept is bounded', async () => {
  const { kept, remembered } = open();
  await remembered.candles('BTC', T0, T0 + 5_000 * BAR_MS);
  expect((await remembered.candles('ETH', T0, T0 + BAR_MS)).map((c) => c.t)).toEqual([T0]);
  expect(kept.get('candles|hyperliquid|BTC')?.candles).toHaveLength(1_600);
});

test('says exactly what the source says, whatever was asked before', async () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: -1, max: 2_000 }));
  await fc.assert(
    fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 12 }), async (ranges) => {
      const { source, remembered } = open();
      for (const [from, length] of ranges) {
        const startMs = T0 + from * BAR_MS - (from % 7);
        const endMs = startMs + length * BAR_MS;
        const said = await remembered.candles('BTC', startMs, endMs);
        expect(JSON.stringify(said)).toBe(JSON.stringify(await source.candles('BTC', startMs, endMs)));
      }
    }),
    { numRuns: 20 },
  );
});
