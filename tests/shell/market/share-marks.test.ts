import { expect, test } from 'vitest';
import type { MarketSource, MarkInfo } from '../../../src/app/ports.ts';
import { FOLLOWED_AGE_MS } from '../../../src/shell/runtime/paper-market.ts';
import { shareMarks } from '../../../src/shell/market/share-marks.ts';

const MAX_AGE_MS = 5_000;

/** A source that counts questions about marks; a mark is the number of the question it answers. */
function open() {
  const at = { nowMs: 0, asked: 0, isDown: false };
  const source: MarketSource = {
    venue: 'hyperliquid',
    candles: () => Promise.resolve([]),
    marks: async (coins) => {
      const markPx = ++at.asked;
      await Promise.resolve();
      if (at.isDown) throw new Error('down');
      return coins.map((coin): MarkInfo => ({
        coin,
        markPx,
        openInterestUsd: null,
        fundingHourlyFraction: null,
      }));
    },
  };
  return { at, ...shareMarks(source, { nowMs: () => at.nowMs, maxAgeMs: MAX_AGE_MS }) };
}
const px = (list: readonly MarkInfo[]) => list.map((m) => m.markPx);

test('the first reader always asks; the second takes that reading for as long as it is young', async () => {
  const { at, source, recentMarks } = open();
  expect(px(await source.marks(['BTC', 'ETH']))).toEqual([1, 1]);
  at.nowMs = MAX_AGE_MS;
  expect(px(await recentMarks(['ETH']))).toEqual([1]);
  expect(at.asked).toBe(1);
  expect(px(await source.marks(['BTC', 'ETH']))).toEqual([2, 2]);
  at.nowMs = 2 * MAX_AGE_MS + 1;
  expect(px(await recentMarks(['BTC']))).toEqual([3]);
});

test('one who asks every ten seconds and one who looks every second: twelve questions a minute, none older than six seconds', async () => {
  for (const phaseMs of [0, 100, 400, 700]) {
    const at = { nowMs: 0, asked: 0 };
    const readAtMs = (list: readonly MarkInfo[]): number => list[0]?.markPx ?? 0;
    const source: MarketSource = {
      venue: 'hyperliquid',
      candles: () => Promise.resolve([]),
      marks: async (coins) => {
        at.asked += 1;
        const markPx = at.nowMs;
        return coins.map((coin) => ({ coin, markPx, openInterestUsd: null, fundingHourlyFraction: null }));
      },
    };
    const shared = shareMarks(source, { nowMs: () => at.nowMs, maxAgeMs: FOLLOWED_AGE_MS });
    let oldestMs = 0;
    const bookMs: number[] = [];
    for (at.nowMs = 0; at.nowMs < 600_000; at.nowMs += 100) {
      if (at.nowMs % 1_000 === phaseMs)
        oldestMs = Math.max(oldestMs, at.nowMs - readAtMs(await shared.recentMarks(['BTC'])));
      if (at.nowMs % 10_000 === 0) bookMs.push(at.nowMs - readAtMs(await shared.source.marks(['BTC'])));
    }
    expect(Math.max(...bookMs)).toBe(0);
    expect(at.asked).toBeLessThanOrEqual(121);
    expect(at.asked).toBeGreaterThanOrEqual(119);
    expect(oldestMs).toBeLessThan(6_000);
    expect(oldestMs).toBeGreaterThan(4_000);
  }
});

test('a reading under way is waited for; a coin it lacks is asked about', async () => {
  const { at, source, recentMarks } = open();
  const [first, second] = await Promise.all([source.marks(['BTC']), recentMarks(['BTC'])]);
  expect([px(first), px(second), at.asked]).toEqual([[1], [1], 1]);
  expect(px(await recentMarks(['BTC', 'SOL']))).toEqual([2, 2]);
});

test('a failure is told to those who waited for it, and not kept', async () => {
  const { at, source, recentMarks } = open();
  at.isDown = true;
  await expect(source.marks(['BTC'])).rejects.toThrow('down');
  at.isDown = false;
  expect(px(await recentMarks(['BTC']))).toEqual([2]);
});
