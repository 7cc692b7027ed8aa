import type { Command } from './commands.ts';

/** `npm run score`. */
export const SCORE: Command = {
  summary: 'accuracy of the zone map against recorded liquidations, beside naive baselines',
  help: `usage: npm run score -- --data DIR [options]

Ranks hours (utc_<COIN>USDT_1h.csv.gz with liq_long and liq_short) by the map, or price buckets
(liquidation_events.csv.gz) by the heat, each built from the past alone, and says how well that agrees with what was
liquidated, distance held fixed. docs/zones.md explains the rows.

  --data DIR     folder with one of the two
  --candles DIR  five-minute candles for liquidation_events, default DIR/../hl-freqtrade
  --overlap      windows of liquidation_events begin every quarter of their length, so that where they are cut matters
                 less
  --synthetic    instead: the map, and its blend with a part of the positions known, against the built-in synthetic
                 market, whose holders' liquidation prices are known
  --markets N    how many synthetic markets, default 4
  --seed N       the first one's seed, default 1
  --json         print one JSON object only
`,
  options: {
    data: { type: 'string' },
    candles: { type: 'string' },
    overlap: { type: 'boolean' },
    synthetic: { type: 'boolean' },
    markets: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean' },
  },
  load: async () => (await import('./score.ts')).score,
};
