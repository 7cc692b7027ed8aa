import { describe, expect, test } from 'vitest';
import { Alert } from '../../src/core/alert/schema.ts';
import { HL_5M, hasHlCandles, hlCandles } from '../../tests/core/detect/recorded.ts';
import { TF_MS } from '../../tests/core/detect/synthetic.ts';
import { chartOf, CODE, DEFAULTS, EAGER, kindOf, pineOn, twinOn } from './cascade-harness.ts';
import type { PineChart } from './fixture-provider.ts';
import type { PineAlert } from './run-pine.ts';
import { disagreements } from './twin.ts';

/** More of the same: `PINE_THOROUGH=1 npx vitest run --project node tools/pine-check/agreement`, a minute or two. */
const isThorough = process.env['PINE_THOROUGH'] === '1';
const SEEDS = isThorough ? 50 : 12;
const MORE_COINS: [coin: string, mintick: number][] = [
  ['ETH', 0.1],
  ['XRP', 0.0001],
  ['LINK', 0.001],
  ['HYPE', 0.001],
  ['DOGE', 0.00001],
];

/** How many of each kind and side, after parsing every payload with the server's schema. */
function tally(counts: Map<string, number>, alerts: readonly PineAlert[]): void {
  for (const { payload } of alerts) {
    const alert = Alert.parse(payload);
    const key = 'side' in alert ? `${alert.kind} ${alert.side}` : alert.kind;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

describe('script and twin agree on synthetic candles', () => {
  const counts = new Map<string, number>();

  test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))('seed %i', async (seed) => {
    const chart = chartOf(seed);
    const params = seed % 2 === 0 ? DEFAULTS : EAGER;
    const pine = await pineOn(chart, { params });
    expect(disagreements(pine, twinOn(chart, params))).toEqual([]);
    tally(counts, pine);
  });

  test('over enough events of every kind and side to mean something', () => {
    expect(Object.fromEntries(counts)).toEqual({
      'cascade.start long': expect.toSatisfy((n) => n > 60),
      'cascade.start short': expect.toSatisfy((n) => n > 60),
      'cascade.exhaustion long': expect.toSatisfy((n) => n > 60),
      'cascade.exhaustion short': expect.toSatisfy((n) => n > 60),
      'cascade.snapback long': expect.toSatisfy((n) => n > 40),
      'cascade.snapback short': expect.toSatisfy((n) => n > 40),
      heartbeat: expect.toSatisfy((n) => n > 1500),
    });
  });
});

describe.skipIf(!hasHlCandles())(
  `script and twin agree on recorded candles (skipped without ${HL_5M})`,
  () => {
    test.each([['BTC', 1], ['SOL', 0.01], ['AVAX', 0.001], ...(isThorough ? MORE_COINS : [])])(
      '%s',
      async (coin, mintick) => {
        const candles = hlCandles(coin, Date.UTC(2025, 3, 4), isThorough ? 5000 : 2000);
        const chart: PineChart = {
          exchange: 'HYPERLIQUID',
          ticker: `${coin}USDC.P`,
          interval: '5',
          intervalMs: TF_MS,
          mintick,
          candles,
          oi: null,
          funding: null,
        };
        const pine = await pineOn(chart);
        expect(disagreements(pine, twinOn(chart))).toEqual([]);
        expect(pine.filter((a) => kindOf(a) === 'cascade.exhaustion').length).toBeGreaterThan(10);
      },
    );
  },
);

describe('a change in either is caught', () => {
  const chart = chartOf(4, 800);
  const pine = pineOn(chart);
  test('left alone they agree, with the defaults of each', async () => {
    expect(disagreements(await pine, twinOn(chart))).toEqual([]);
  });
  test.each([
    ['input.float(25, "Weight: volume decay"', 'input.float(24, "Weight: volume decay"'],
    ['input.float(30, "Weight: reclaim"', 'input.float(29, "Weight: reclaim"'],
    ['input.float(15, "Weight: open interest"', 'input.float(14, "Weight: open interest"'],
    ['35 - c.rsi', '34 - c.rsi'],
    ['c.rsi - 65', 'c.rsi - 66'],
    ['atr[legBarsInput]', 'atr[1]'],
    ['baseline[1]', 'baseline[2]'],
  ])('in the script: %s → %s', async (from, to) => {
    expect(CODE).toContain(from);
    expect(disagreements(await pineOn(chart, { code: CODE.replace(from, to) }), twinOn(chart))).not.toEqual(
      [],
    );
  });
  test.each(['volume', 'wick', 'reclaim', 'rsi', 'oi'] as const)(
    'in the twin: weight of %s',
    async (part) => {
      const weights = { ...DEFAULTS.weights, [part]: DEFAULTS.weights[part] - 1 };
      expect(disagreements(await pine, twinOn(chart, { ...DEFAULTS, weights }))).not.toEqual([]);
    },
  );
});
