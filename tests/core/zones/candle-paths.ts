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

/**
 * Bars that run up to half the price in one direction, turn, and run back: enough to move the engine's window and return
 * to old levels, not enough for any level to fall off its ends.
 */
export const arbTurn = fc
  .record({
    run: finite(-0.4, 0.4),
    stepBack: finite(0.2, 1.5),
    bars: fc.integer({ min: 10, max: 40 }),
    wick: finite(0, 0.004),
  })
  .map(({ run, stepBack, bars, wick }) =>
    toCandles(
      100,
      Array.from({ length: 2 * bars }, (_, i) => ({
        // Uneven, or the lows would meet every level in the same part of a bucket.
        move: (((i < bars ? 1 : -stepBack) * run) / bars) * (1 + 0.3 * Math.sin(i)),
        up: wick,
        down: wick,
        turnoverUsd: 1e6,
        gapBars: 0,
      })),
    ),
  );
