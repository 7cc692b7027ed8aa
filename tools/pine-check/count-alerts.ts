// How often the script would have fired on recorded 5 m candles, by its twin, and how price moved afterwards: the
// figures behind the alert budget, and the reason why the script alone claims no edge.
//   node tools/pine-check/count-alerts.ts [--plain] [--coins BTC,ETH] [--from 2025-04-06 --to 2025-04-09]
import { parseArgs } from 'node:util';
import { createDetector } from '../../src/core/detect/create-detector.ts';
import { sign } from '../../src/core/shared/coin.ts';
import { DEFAULT_DETECTOR_PARAMS } from '../../src/core/detect/params.ts';
import { DETECTOR_PRESETS, presetParamsOf } from '../../src/core/detect/presets.ts';
import type { DetectorEvent } from '../../src/core/detect/types.ts';
import { hlCandles } from '../../tests/core/detect/recorded.ts';
import { meanOf } from './mean-of.ts';

const INTERVAL_MS = 300_000;
const DAY_MS = 86_400_000;
/** TradingView stops an alert that fires more than 15 times in 3 minutes. */
const BUDGET_WINDOW_MS = 180_000;

const { values } = parseArgs({
  options: {
    plain: { type: 'boolean', default: false },
    coins: { type: 'string', default: Object.keys(DETECTOR_PRESETS).join(',') },
    from: { type: 'string', default: '2025-03-15' },
    to: { type: 'string', default: '2025-06-15' },
  },
});
const [fromMs, toMs] = [Date.parse(values.from), Date.parse(values.to)];
const days = (toMs - fromMs) / DAY_MS;

/** An hour: what the move after an exhaustion is measured over. */
const AFTER_BARS = 12;

/**
 * What one chart would have sent in the span (the bars before it warm the detector up), and for every exhaustion the
 * move of the next hour, close to close, towards the side to enter, basis points, without costs.
 */
function sentOn(coin: string): { events: DetectorEvent[]; movesBps: number[] } {
  const params = values.plain ? DEFAULT_DETECTOR_PARAMS : presetParamsOf(coin);
  const detector = createDetector(params, { intervalMs: INTERVAL_MS, mintick: null });
  const candles = hlCandles(coin);
  const movesBps: number[] = [];
  const events = candles.flatMap((candle, i) => {
    const sent = detector.push(candle).filter((e) => e.barTime >= fromMs && e.barTime < toMs);
    const after = candles[i + AFTER_BARS];
    for (const e of sent)
      if (e.kind === 'cascade.exhaustion' && after !== undefined)
        movesBps.push(sign(e.side) * 10_000 * (after.c / candle.c - 1));
    return sent;
  });
  return { events, movesBps };
}

/** Most alerts of one chart whose bars close within one window. */
function busiest(events: readonly DetectorEvent[]): number {
  let first = 0;
  return events.reduce((most, event, i) => {
    while (event.barTime - (events[first]?.barTime ?? 0) > BUDGET_WINDOW_MS) first += 1;
    return Math.max(most, i - first + 1);
  }, 0);
}

const count = (events: readonly DetectorEvent[], kind: string, side?: string): number =>
  events.filter((e) => e.kind === kind && (side === undefined || ('side' in e && e.side === side))).length;

const allMoves: number[] = [];
const rows = values.coins.split(',').map((coin) => {
  const { events, movesBps } = sentOn(coin);
  allMoves.push(...movesBps);
  const cells = [
    coin,
    count(events, 'cascade.start'),
    count(events, 'cascade.exhaustion', 'long'),
    count(events, 'cascade.exhaustion', 'short'),
    count(events, 'cascade.snapback'),
    count(events, 'heartbeat'),
    (count(events, 'cascade.exhaustion') / days).toFixed(2),
    busiest(events),
    meanOf(movesBps),
  ];
  return `| ${cells.join(' | ')} |`;
});
process.stdout.write(
  [
    `Hyperliquid 5 m, ${values.from} … ${values.to} (${days} days), ${values.plain ? 'preset off' : 'default inputs: presets by coin'}:`,
    '',
    '| coin | start | exhaustion long | short | snap-back | heartbeat | exhaustions a day | most in 3 minutes | next hour, bps |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `All ${allMoves.length} exhaustions: ${meanOf(allMoves)} bps in the next hour, before costs.`,
    '',
  ].join('\n'),
);
