import type { Mean } from '../../../core/review/statistics.ts';
import { meanByDay, meanOf } from '../../../core/review/statistics.ts';
import { assert } from '../../../core/shared/assert.ts';

/** A closed trade as far as tuning looks at it. */
export interface TunedTrade {
  openedAtMs: number;
  netBps: number;
  /** Net result ÷ planned risk. */
  netR: number;
}

/** Trades by candidate (the first is what is committed), then coin. */
export type TradesOf = ReadonlyMap<string, ReadonlyMap<string, readonly TunedTrade[]>>;

export interface Sample {
  trades: number;
  netBps: Mean | null;
  /** Mean of the sum of net R of all coins, a UTC day, days without trades included. */
  netRPerDay: Mean | null;
}

export interface WalkForward {
  /** Each fold but the first, decided on what came before it. */
  outOfSample: { committed: Sample; tuned: Sample };
  /** Tuned less committed, net R a day, out of sample. */
  differenceRPerDay: Mean | null;
  /** What the same choice looks like on the very trades it was made on: what not to believe. */
  inSample: { committed: Sample; tuned: Sample };
  /** True when the difference's whole interval lies above zero. */
  isBetter: boolean;
  /** Chosen on everything, by coin. */
  chosen: Record<string, { candidate: string; trades: number; meanBps: number | null }>;
}

const DAY_MS = 86_400_000;
/** Trades of all coins together count in a coin's estimate as so many of its own: a coin alone has too few. */
const PRIOR_TRADES = 20;

/**
 * Walk-forward choice of one candidate a coin. Time is cut into `folds` equal parts; for each but the first, every coin
 * takes the candidate with the best mean net bps on the trades opened before it, shrunk towards the candidate's mean
 * over all coins, and is judged on the trades opened in it. A candidate must beat the committed one, not equal it.
 * @param o.folds ≥ 2
 */
export function walkForward(
  trades: TradesOf,
  o: { coins: readonly string[]; fromMs: number; toMs: number; folds: number },
): WalkForward {
  assert(o.folds >= 2, `${o.folds} folds`);
  const [committed = ''] = trades.keys();
  const edge = (k: number): number => o.fromMs + ((o.toMs - o.fromMs) * k) / o.folds;
  const of = (candidate: string, coin: string, fromMs: number, toMs: number): TunedTrade[] =>
    (trades.get(candidate)?.get(coin) ?? []).filter((t) => t.openedAtMs >= fromMs && t.openedAtMs < toMs);
  const choose = (toMs: number): Map<string, string> => {
    const pooled = new Map(
      [...trades.keys()].map((name) => [
        name,
        meanBps(o.coins.flatMap((coin) => of(name, coin, o.fromMs, toMs))) ?? 0,
      ]),
    );
    const worth = (name: string, coin: string): number => {
      const own = of(name, coin, o.fromMs, toMs);
      const sum = own.reduce((a, t) => a + t.netBps, 0);
      return (sum + PRIOR_TRADES * (pooled.get(name) ?? 0)) / (own.length + PRIOR_TRADES);
    };
    return new Map(
      o.coins.map((coin) => {
        let best = committed;
        for (const name of trades.keys()) if (worth(name, coin) > worth(best, coin)) best = name;
        return [coin, best];
      }),
    );
  };
  const out = { committed: [] as TunedTrade[], tuned: [] as TunedTrade[] };
  for (let k = 1; k < o.folds; k++)
    for (const [coin, name] of choose(edge(k))) {
      out.tuned.push(...of(name, coin, edge(k), edge(k + 1)));
      out.committed.push(...of(committed, coin, edge(k), edge(k + 1)));
    }
  const chosen = choose(o.toMs);
  const all = (name: (coin: string) => string): TunedTrade[] =>
    o.coins.flatMap((coin) => of(name(coin), coin, o.fromMs, o.toMs));
  const sample = (list: readonly TunedTrade[], fromMs: number): Sample => sampleOf(list, fromMs, o.toMs);
  const difference = meanOf(
    rByDay(out.tuned, edge(1), o.toMs).map((r, i) => r - (rByDay(out.committed, edge(1), o.toMs)[i] ?? 0)),
  );
  return {
    outOfSample: { committed: sample(out.committed, edge(1)), tuned: sample(out.tuned, edge(1)) },
    differenceRPerDay: difference,
    inSample: {
      committed: sample(
        all(() => committed),
        o.fromMs,
      ),
      tuned: sample(
        all((coin) => chosen.get(coin) ?? committed),
        o.fromMs,
      ),
    },
    isBetter: difference?.ci95 != null && difference.ci95[0] > 0,
    chosen: Object.fromEntries(
      [...chosen].map(([coin, candidate]) => {
        const own = of(candidate, coin, o.fromMs, o.toMs);
        return [coin, { candidate, trades: own.length, meanBps: meanBps(own) }];
      }),
    ),
  };
}

const meanBps = (trades: readonly TunedTrade[]): number | null =>
  trades.length === 0 ? null : trades.reduce((a, t) => a + t.netBps, 0) / trades.length;

const sampleOf = (trades: readonly TunedTrade[], fromMs: number, toMs: number): Sample => ({
  trades: trades.length,
  netBps: meanByDay(trades.map((t) => ({ atMs: t.openedAtMs, value: t.netBps }))),
  netRPerDay: meanOf(rByDay(trades, fromMs, toMs)),
});

/** Sum of net R for each UTC day that the time touches. */
function rByDay(trades: readonly TunedTrade[], fromMs: number, toMs: number): number[] {
  const first = Math.floor(fromMs / DAY_MS);
  const days = Array.from({ length: Math.ceil(toMs / DAY_MS) - first }, () => 0);
  for (const t of trades) days[Math.floor(t.openedAtMs / DAY_MS) - first]! += t.netR;
  return days;
}
