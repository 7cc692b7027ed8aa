import { describe, expect, test } from 'vitest';
import { DEFAULT_MIX, leverageKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { withCum } from '../../../src/core/zones/liquidation-px.ts';
import { binanceTiers, hyperliquidTiers } from '../../../src/core/zones/maintenance-tiers.ts';

const total = (k: readonly { weight: number }[]): number => k.reduce((n, tap) => n + tap.weight, 0);

describe('leverageKernel', () => {
  test('20x under 0.4 % is liquidated at 0.953815 and 1.045817 of entry', () => {
    const [tap] = leverageKernel([[20, 1, 7]], withCum([{ floorUsd: 0, mmr: 0.004, maxLeverage: 125 }]));
    expect(tap?.longRatio).toBeCloseTo(0.953815, 6);
    expect(tap?.shortRatio).toBeCloseTo(1.045817, 6);
    expect(tap?.weight).toBe(1);
  });

  test('what leaves sooner must arrive oftener: seed share is standing share over half-life', () => {
    const kernel = leverageKernel(
      [
        [5, 0.5, 8],
        [10, 0.5, 2],
      ],
      binanceTiers('BTC'),
    );
    expect(kernel.map((tap) => tap.weight)).toEqual([0.2, 0.8]);
  });

  test.each(['BTC', 'SOL', 'ARB', 'HYPE'])('all of the default mix is placed, %s, both venues', (coin) => {
    for (const tiers of [binanceTiers(coin), hyperliquidTiers(coin)]) {
      const kernel = leverageKernel(DEFAULT_MIX, tiers);
      expect(total(kernel)).toBeCloseTo(1, 12);
      for (const tap of kernel) {
        expect(tap.longRatio).toBeGreaterThan(0.55);
        expect(tap.longRatio).toBeLessThan(1);
        expect(tap.shortRatio).toBeGreaterThan(1);
        expect(tap.shortRatio).toBeLessThan(1.45);
      }
    }
  });

  test('leverage above the maximum becomes the maximum: nothing nearer than half of it on Hyperliquid', () => {
    const kernel = leverageKernel(DEFAULT_MIX, hyperliquidTiers('DOGE'));
    const nearest = Math.max(...kernel.map((tap) => tap.longRatio));
    expect(nearest).toBeCloseTo(0.94737, 5);
    const above = DEFAULT_MIX.filter(([leverage]) => leverage >= 10).reduce(
      (n, [, standing]) => n + standing,
      0,
    );
    const all = DEFAULT_MIX.reduce((n, [, standing]) => n + standing, 0);
    expect(kernel.find((tap) => tap.longRatio === nearest)?.weight).toBeCloseTo(above / all, 9);
  });
});
