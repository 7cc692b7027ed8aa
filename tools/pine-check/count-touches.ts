// How often liquidation_zones.pine would have alerted on recorded 5 m candles, by its twin, and how price moved
// afterwards.
//   node tools/pine-check/count-touches.ts [--coins BTC,ETH] [--from 2025-04-06 --to 2025-04-09]
import { parseArgs } from 'node:util';
import { sign } from '../../src/core/shared/coin.ts';
import { COIN_PARAMS } from '../../src/core/shared/coin-params.ts';
import { hlCandles } from '../../tests/core/detect/recorded.ts';
import { meanOf } from './mean-of.ts';
import { createZonesTwin, ZONES_DEFAULTS } from './zones-twin.ts';

const DAY_MS = 86_400_000;
/** An hour: what the move after a touch is measured over. */
const AFTER_BARS = 12;

const { values } = parseArgs({
  options: {
    coins: { type: 'string', default: COIN_PARAMS.map((p) => p.coin).join(',') },
    from: { type: 'string', default: '2025-03-15' },
    to: { type: 'string', default: '2025-06-15' },
  },
});
const [fromMs, toMs] = [Date.parse(values.from), Date.parse(values.to)];
const days = (toMs - fromMs) / DAY_MS;

const allMoves: number[] = [];
const rows = values.coins.split(',').map((coin) => {
  const twin = createZonesTwin(ZONES_DEFAULTS);
  const candles = hlCandles(coin);
  const count = { long: 0, short: 0, deeper: 0 };
  const moves: number[] = [];
  candles.forEach((k, i) => {
    for (const { side, depth } of twin.push(k)) {
      if (k.t < fromMs || k.t >= toMs) continue;
      count[side] += 1;
      if (depth > 0) count.deeper += 1;
      const after = candles[i + AFTER_BARS];
      if (after !== undefined) moves.push(sign(side) * 10_000 * (after.c / k.c - 1));
    }
  });
  allMoves.push(...moves);
  const perDay = (count.long + count.short) / days;
  return `| ${coin} | ${count.long} | ${count.short} | ${count.deeper} | ${perDay.toFixed(2)} | ${meanOf(moves)} |`;
});
process.stdout.write(
  [
    `Hyperliquid 5 m, ${values.from} … ${values.to} (${days} days), default inputs:`,
    '',
    '| coin | long zone reached | short zone reached | of these behind another | a day | next hour, bps |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `All ${allMoves.length}: ${meanOf(allMoves)} bps in the next hour, before costs.`,
    '',
  ].join('\n'),
);
