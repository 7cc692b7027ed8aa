// Scored days as a bridge would have them, without a market: figures that differ by coin, day and entrant.
import type { MapScores } from '../../../src/app/score-map.ts';
import type { ScoredDaysStore } from '../../../src/app/score-map-port.ts';
import { scoredDaysInMemory } from '../../../src/app/score-map-port.ts';
import { seededRandom } from '../../../src/core/shared/seeded-random.ts';
import type { Entrant, ScoredDay, ScoreSums } from '../../../src/core/zones/score/score-day.ts';
import { forEntrants, mergedByDay, scoreAllDays } from '../../../src/core/zones/score/score-days.ts';

const DAY = 86_400_000;
export const MAP = '0badcafe';
const MEANS: Readonly<Record<Entrant, { partial: number | null; auc: number; capture: number }>> = {
  model: { partial: 0.28, auc: 0.79, capture: 0.46 },
  heat: { partial: 0.26, auc: 0.82, capture: 0.48 },
  distance: { partial: null, auc: 0.8, capture: 0.47 },
  unswept: { partial: 0.21, auc: 0.68, capture: 0.39 },
  uniform: { partial: null, auc: 0.5, capture: 0.25 },
};

export const scoredDay = (coin: string, dayMs: number): ScoredDay => {
  const random = seededRandom(`${coin} ${dayMs}`);
  const sums = (units: number): Record<Entrant, ScoreSums> => {
    const luck = random.normal();
    return forEntrants((e) => {
      const { partial, auc, capture } = MEANS[e];
      const of = (mean: number, spread: number) => ({ n: units, sum: units * (mean + spread * luck) });
      return {
        units,
        rows: units * 14,
        rho: of(auc - 0.2, 0.05),
        partialRho: partial === null ? { n: 0, sum: 0 } : of(partial, 0.09),
        auc: of(auc, e === 'uniform' ? 0 : 0.03),
        captureTop25: of(capture, e === 'uniform' ? 0 : 0.04),
      };
    });
  };
  return {
    coin,
    dayMs,
    map: MAP,
    heardFraction: 0.97,
    liquidations: 400 + Math.floor(600 * random.next()),
    bars: { day: 288, before: 864 },
    venues: ['hyperliquid', 'binance', 'bybit', 'okx'],
    notEnough: null,
    windows: {
      '1h': sums(12 + Math.floor(8 * random.next())),
      '4h': sums(4 + Math.floor(5 * random.next())),
    },
  };
};

/** A day that was hardly listened to. */
export const unheardDay = (coin: string, dayMs: number): ScoredDay => ({
  ...scoredDay(coin, dayMs),
  heardFraction: 0.31,
  liquidations: 88,
  notEnough: { code: 'not-heard', message: '31 % of the day was listened to, 50 % are needed' },
  windows: {},
});

/** @param days in any order */
export async function exampleScores(
  days: readonly ScoredDay[],
  o: { nowMs: number; isMadeUp?: boolean },
): Promise<Pick<MapScores, 'accuracy' | 'days'>> {
  const store: ScoredDaysStore = scoredDaysInMemory();
  for (const day of days) await store.saveScoredDay(day);
  const coins = [...new Set(days.map((d) => d.coin))].sort();
  const found = await Promise.all(
    coins.map(async (coin) => {
      const own = await store.scoredDays({ coin, sinceMs: 0 });
      return { coin, windows: scoreAllDays(own), latest: own.slice(0, 7) };
    }),
  );
  return {
    accuracy: () => ({
      coins: found,
      all: scoreAllDays(mergedByDay(days)),
      map: MAP,
      nextAtMs: Math.floor(o.nowMs / DAY) * DAY + DAY + 600_000,
      isMadeUp: o.isMadeUp ?? false,
    }),
    days: store.scoredDays,
  };
}
