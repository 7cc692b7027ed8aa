// The synthetic market's holders have known liquidation prices: how much of the truth does the map see, and how much
// more with part of the positions known? The made-up population is not a real one; only comparisons count.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Side } from '../../../src/core/shared/coin.ts';
import { seededRandom } from '../../../src/core/shared/seeded-random.ts';
import { blendObserved } from '../../../src/core/zones/blend-observed.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { maintenanceOf } from '../../../src/core/zones/liquidation-px.ts';
import { gridPosition } from '../../../src/core/zones/log-grid.ts';
import { createMapEngine } from '../../../src/core/zones/map-engine.ts';
import { correlation, ranksOf } from '../../../src/core/zones/score/rank-statistics.ts';
import { SYNTHETIC_COINS } from '../../../src/venue/market/synthetic-coins.ts';
import type { SyntheticMarket } from '../../../src/venue/market/synthetic-market.ts';
import { createSyntheticMarket } from '../../../src/venue/market/synthetic-market.ts';

const COINS = SYNTHETIC_COINS.filter((c) => ['BTC', 'ETH', 'SOL'].includes(c.coin));
const SEEDS = [1, 2, 3, 4];
const REACH = 0.1;
/** Buckets of 0.1 % compared together. */
const ROW = 3;

const sum = (a: Float64Array): number => a.reduce((x, y) => x + y, 0);

/** Share of true mass that lies where the map puts its own: 1 = the same shape, whatever the size. */
function captured(map: Float64Array, truth: Float64Array): number {
  const [m, t] = [sum(map), sum(truth)];
  return map.reduce((total, x, i) => total + Math.min(x / m, (truth[i] ?? 0) / t), 0);
}

interface Seen {
  captured: number;
  rho: number;
}

/** Every way of looking at one side of one coin, by name. */
function looks(market: SyntheticMarket, coin: string, side: Side, seed: number): Map<string, Seen> {
  const spec = COINS.find((c) => c.coin === coin);
  const kernel = leverageKernel(DEFAULT_MIX, maintenanceOf([...(spec?.marginTiers ?? [])]));
  const engineOf = (isSweeping: boolean) => {
    const engine = createMapEngine({ kernel, intervalMs: 300_000, isSweeping });
    for (const c of market.history(coin, '5m')) engine.push(c);
    return engine;
  };
  const markPx = market.mark(coin);
  const at = gridPosition(markPx);
  const from = side === 'long' ? Math.ceil(gridPosition(markPx * (1 - REACH))) : Math.floor(at) + 1;
  const to = side === 'long' ? Math.ceil(at) - 1 : Math.floor(gridPosition(markPx * (1 + REACH)));
  const rows = (buckets: Float64Array): Float64Array => {
    const out = new Float64Array(Math.ceil(buckets.length / ROW));
    for (const [i, x] of buckets.entries()) out[Math.floor(i / ROW)] = (out[Math.floor(i / ROW)] ?? 0) + x;
    return out;
  };
  const massOf = (engine: ReturnType<typeof engineOf>): Float64Array => {
    const out = new Float64Array(to - from + 1);
    engine.addTo(out, side, from, 1);
    return out;
  };
  const holders = market.population(coin).filter((p) => p.side === side);
  const heldUsd = holders.reduce((total, p) => total + p.notionalUsd, 0);
  const engine = engineOf(true);
  const estimated = massOf(engine);
  const knowing = (coverage: number): Float64Array => {
    const random = seededRandom(`${seed}/${coin}/${side}`);
    const positions = holders.filter(() => random.next() < coverage);
    return blendObserved({
      side,
      positions,
      estimated,
      estimatedTotal: engine.total(side),
      fromBucket: from,
      openInterestUsd: heldUsd,
    }).usd;
  };
  const truth = rows(knowing(1));
  const n = truth.length;
  const seen = (map: Float64Array): Seen => ({
    captured: captured(map, truth),
    rho: correlation(ranksOf(map), ranksOf(truth)) ?? 0,
  });
  return new Map([
    ['map', seen(rows(estimated))],
    ['noSweep', seen(rows(massOf(engineOf(false))))],
    ['distance', seen(Float64Array.from({ length: n }, (_, i) => (side === 'long' ? n - i : i + 1)))],
    ['uniform', seen(new Float64Array(n).fill(1))],
    ...[0.1, 0.3, 0.6].map((c) => [`known ${c * 100} %`, seen(rows(knowing(c)))] as const),
  ]);
}

describe('four markets, three coins, two sides', () => {
  const means = new Map<string, Seen>();
  beforeAll(() => {
    const all = SEEDS.flatMap((seed) => {
      const market = createSyntheticMarket({
        seed,
        startMs: 1_760_054_400_000,
        historyBars: 3_000,
        coins: COINS,
      });
      return COINS.flatMap(({ coin }) =>
        (['long', 'short'] as const).map((side) => looks(market, coin, side, seed)),
      );
    });
    for (const name of all[0]?.keys() ?? []) {
      const seen = all.map((l) => l.get(name) ?? { captured: 0, rho: 0 });
      const mean = (of: (s: Seen) => number) => seen.reduce((total, s) => total + of(s), 0) / seen.length;
      means.set(name, { captured: mean((s) => s.captured), rho: mean((s) => s.rho) });
    }
  });
  const mean = (name: string): Seen => means.get(name) ?? { captured: Number.NaN, rho: Number.NaN };

  test('the map captures more of the truth than distance, an even spread and itself without sweeping', () => {
    for (const naive of ['distance', 'uniform', 'noSweep'])
      expect(mean('map').captured).toBeGreaterThan(mean(naive).captured + 0.03);
    for (const naive of ['distance', 'noSweep'])
      expect(mean('map').rho).toBeGreaterThan(mean(naive).rho + 0.05);
    expect(mean('map').captured).toBeGreaterThan(0.75);
    expect(mean('map').captured).toBeLessThan(0.95);
  });

  test('every part of the positions known raises it further: 10, 30, 60 %', () => {
    const steps = ['map', 'known 10 %', 'known 30 %', 'known 60 %'].map((n) => mean(n).captured);
    for (const [i, x] of steps.slice(1).entries()) expect(x).toBeGreaterThan((steps[i] ?? 0) + 0.005);
    const rhos = ['map', 'known 10 %', 'known 30 %', 'known 60 %'].map((n) => mean(n).rho);
    for (const [i, x] of rhos.slice(1).entries()) expect(x).toBeGreaterThan((rhos[i] ?? 0) + 0.02);
    expect(mean('known 60 %').captured).toBeLessThan(1);
  });
});
