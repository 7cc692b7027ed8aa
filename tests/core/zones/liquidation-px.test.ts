import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isolatedLiquidationPx,
  liquidationPx,
  tierAt,
  withCum,
} from '../../../src/core/zones/liquidation-px.ts';
import { binanceTiers, hyperliquidTiers } from '../../../src/core/zones/maintenance-tiers.ts';

const flat = (mmr: number) => withCum([{ floorUsd: 0, mmr, maxLeverage: 1 / (2 * mmr) }]);
const atEntry = (
  side: 'long' | 'short',
  px: number,
  sz: number,
  leverage: number,
  tiers: ReturnType<typeof flat>,
) => liquidationPx({ side, px, sz, marginUsd: (px * sz) / leverage, tiers });

const deduction = (coin: string) => hyperliquidTiers(coin)[1]?.cumUsd;

describe('worked examples', () => {
  test.each([
    ['20x, 0.4 %', 100, 20, flat(0.004), 95.3815, 104.5817],
    ['Hyperliquid BTC at 40x', 100, 40, hyperliquidTiers('BTC'), 98.734, 101.235],
    ['Hyperliquid BTC at 10x', 100, 10, hyperliquidTiers('BTC'), 91.139, 108.642],
    ['Hyperliquid HYPE at 10x', 100, 10, hyperliquidTiers('HYPE'), 94.737, 104.762],
    ['Hyperliquid HYPE at 5x', 100, 5, hyperliquidTiers('HYPE'), 84.211, 114.286],
  ])('%s', (_, px, leverage, tiers, long, short) => {
    expect(atEntry('long', px, 1, leverage, tiers)).toBeCloseTo(long, 3);
    expect(atEntry('short', px, 1, leverage, tiers)).toBeCloseTo(short, 3);
  });

  test('Binance BTC, 5 coins at 60,000, 50x: second step, cum 50', () => {
    const tiers = binanceTiers('BTC');
    expect(atEntry('long', 60_000, 5, 50, tiers)).toBeCloseTo(59_085.43, 2);
    expect(atEntry('short', 60_000, 5, 50, tiers)).toBeCloseTo(60_905.47, 2);
  });

  test('Binance BTC cum follows from the steps', () => {
    const cum = [0, 50, 950, 11_450, 131_450, 481_450, 2_981_450, 14_481_450];
    binanceTiers('BTC').forEach((t, i) => expect(t.cumUsd).toBeCloseTo(cum[i] ?? Number.NaN, 5));
  });

  test('Hyperliquid deductions follow from the steps', () => {
    expect(deduction('BTC')).toBeCloseTo(1_875_000, 3);
    expect(deduction('ETH')).toBeCloseTo(1_333_333.33, 2);
    expect(deduction('DOGE')).toBeCloseTo(1_000_000, 3);
    expect(deduction('ARB')).toBeCloseTo(150_000, 3);
  });

  test('an isolated position on the live table of the venue', () => {
    const tiers = [{ lowerBoundUsd: 0, maxLeverage: 40 }];
    const at = (side: 'long' | 'short', leverage: number) =>
      isolatedLiquidationPx({ side, entryPx: 100, sz: 2, leverage, tiers });
    expect(at('long', 10)).toBeCloseTo(91.139, 3);
    expect(at('short', 40)).toBeCloseTo(101.235, 3);
    expect(at('long', 1)).toBe(0);
  });

  test('rates rise from step to step in every table', () => {
    for (const coin of 'BTC ETH SOL XRP DOGE BNB AVAX LINK ADA LTC ARB SUI WIF ENA kPEPE HYPE'.split(' '))
      for (const tiers of [binanceTiers(coin), hyperliquidTiers(coin)])
        tiers.forEach((t, i) => {
          expect(t.mmr).toBeGreaterThan(tiers[i - 1]?.mmr ?? 0);
          expect(t.floorUsd).toBeGreaterThan(tiers[i - 1]?.floorUsd ?? -1);
          expect(1 / t.maxLeverage).toBeGreaterThan(t.mmr);
        });
  });
});

test('a long with as much margin as notional cannot be liquidated', () => {
  expect(atEntry('long', 100, 1, 1, flat(0.01))).toBeNull();
  expect(atEntry('short', 100, 1, 1, flat(0.01))).toBeCloseTo(200 / 1.01, 9);
});

const arbPosition = fc.record({
  side: fc.constantFrom('long' as const, 'short' as const),
  px: fc.double({ min: 1e-4, max: 1e5, noNaN: true }),
  notionalUsd: fc.double({ min: 10, max: 5e8, noNaN: true }),
  tiers: fc.constantFrom(
    binanceTiers('BTC'),
    binanceTiers('ARB'),
    hyperliquidTiers('BTC'),
    hyperliquidTiers('SUI'),
  ),
  leverageShare: fc.double({ min: 0.3, max: 0.9, noNaN: true }),
});

test('at the price found, margin equals the requirement of the step there, and only there', () => {
  fc.assert(
    fc.property(arbPosition, ({ side, px, notionalUsd, tiers, leverageShare }) => {
      const leverage = Math.max(1.2, tierAt(tiers, notionalUsd * 1.9).maxLeverage * leverageShare);
      const sz = notionalUsd / px;
      const marginUsd = notionalUsd / leverage;
      const p = liquidationPx({ side, px, sz, marginUsd, tiers });
      expect(p).not.toBeNull();
      if (p === null) return;
      const s = side === 'long' ? 1 : -1;
      const tier = tierAt(tiers, p * sz);
      const equity = marginUsd + s * sz * (p - px);
      expect(Math.abs(equity - (tier.mmr * p * sz - tier.cumUsd))).toBeLessThan(1e-8 * notionalUsd);
      // Losing side of the entry, and nearer than without any maintenance.
      expect(s * (px - p)).toBeGreaterThan(0);
      expect(s * (p - px * (1 - s / leverage))).toBeGreaterThan(0);
    }),
  );
});

test("Hyperliquid's own form gives the same price from any mark on the way", () => {
  fc.assert(
    fc.property(
      arbPosition,
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      ({ side, px, notionalUsd, leverageShare }, way) => {
        const tiers = hyperliquidTiers('BTC');
        const s = side === 'long' ? 1 : -1;
        const sz = notionalUsd / px;
        const marginUsd = notionalUsd / (20 * leverageShare);
        const p = liquidationPx({ side, px, sz, marginUsd, tiers });
        if (p === null) return;
        const tier = tierAt(tiers, p * sz);
        const mark = px + way * (p - px);
        const available = marginUsd + s * sz * (mark - px) - (tier.mmr * mark * sz - tier.cumUsd);
        const theirs = mark - (s * available) / sz / (1 - tier.mmr * s);
        expect(theirs / p).toBeCloseTo(1, 9);
        expect(
          liquidationPx({ side, px: mark, sz, marginUsd: marginUsd + s * sz * (mark - px), tiers }),
        ).toBeCloseTo(p, Math.max(0, 6 - Math.ceil(Math.log10(p))));
      },
    ),
  );
});
