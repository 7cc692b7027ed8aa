import * as fc from 'fast-check';
import type { Candle } from '../../../src/core/shared/candle.ts';

export const BAR_MS = 300_000;
export const T0 = 1_700_000_000_000 - (1_700_000_000_000 % BAR_MS);

/** One step of a random walk: log return of the close, how far high and low go beyond the body, turnover in USD. */
interface Step {
  move: number;
  up: number;
  down: number;
  turnoverUsd: number;
  gapBars: number;
}

export function toCandles(startPx: number, steps: readonly Step[]): Candle[] {
  let px = startPx;
  let t = T0;
  return steps.map((s) => {
    const o = px;
    const c = px * Math.exp(s.move);
    const h = Math.max(o, c) * Math.exp(s.up);
    const l = Math.min(o, c) * Math.exp(-s.down);
    px = c;
    t += BAR_MS * (1 + s.gapBars);
    return { t, o, h, l, c, v: s.turnoverUsd / c };
  });
}

const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Bars that move like perps do on a wild day, with gaps now and then. */
export const arbSteps = fc.array(
  fc.record({
    move: finite(-0.03, 0.03),
    up: finite(0, 0.02),
    down: finite(0, 0.02),
    turnoverUsd: fc.oneof({ weight: 9, arbitrary: finite(1, 1e8) }, { weight: 1, arbitrary: fc.constant(0) }),
    gapBars: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 500 }) },
    ),
  }),
  { minLength: 1, maxLength: 80 },
);

export const arbCandles = fc
  .tuple(finite(1e-4, 1e5), arbSteps)
  .map(([startPx, steps]) => toCandles(startPx, steps));
