import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MarketSource } from '../../../src/app/ports.ts';
import { createTurnstile, inTurn } from '../../../src/shell/market/in-turn.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('as many run at once as may, none waits without need, all are served in order, failures free their place', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
      async (max, outcomes) => {
        const turn = createTurnstile(max);
        const started: number[] = [];
        const ends: (() => void)[] = [];
        const results = outcomes.map((isGood, i) =>
          turn(() => {
            started.push(i);
            return new Promise<number>((resolve, reject) => {
              ends.push(() => (isGood ? resolve(i) : reject(new Error('down'))));
            });
          }).catch(() => -1),
        );
        for (let ended = 0; ended < outcomes.length; ended++) {
          await settle();
          expect(started.length).toBe(Math.min(outcomes.length, ended + max));
          ends[ended]?.();
        }
        expect(started).toEqual(outcomes.map((_, i) => i));
        expect(await Promise.all(results)).toEqual(outcomes.map((isGood, i) => (isGood ? i : -1)));
      },
    ),
    { numRuns: 50 },
  );
});

test('sources that share a turnstile take turns with each other', async () => {
  let running = 0;
  let most = 0;
  const source: MarketSource = {
    venue: 'binance',
    candles: async () => {
      most = Math.max(most, ++running);
      await settle();
      running -= 1;
      return [];
    },
    marks: () => Promise.resolve([]),
  };
  const turn = createTurnstile(2);
  const [a, b] = [inTurn(source, turn), inTurn({ ...source, venue: 'okx' }, turn)];
  await Promise.all([a, b, a, b, a].map((s) => s.candles('BTC', 0, 1)));
  expect(most).toBe(2);
  expect([a.venue, b.venue]).toEqual(['binance', 'okx']);
});

test('marks with a turnstile of their own do not stand behind bars', async () => {
  const source: MarketSource = {
    venue: 'hyperliquid',
    candles: () => new Promise(() => undefined),
    marks: () => Promise.resolve([]),
  };
  const bars = createTurnstile(1);
  const [shared, apart] = [inTurn(source, bars), inTurn(source, bars, createTurnstile(1))];
  void apart.candles('BTC', 0, 1);
  const isRead = { shared: false, apart: false };
  void shared.marks(['BTC']).then(() => (isRead.shared = true));
  void apart.marks(['BTC']).then(() => (isRead.apart = true));
  await settle();
  expect(isRead).toEqual({ shared: false, apart: true });
});
