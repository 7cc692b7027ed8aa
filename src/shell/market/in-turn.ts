import type { MarketSource } from '../../app/ports.ts';

/** Runs work at once or, while `max` others run, in turn. */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurnstile(max: number): Turnstile {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < max) running += 1;
    else await new Promise<void>((enter) => void waiting.push(enter)); // takes over the place of one that left
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/**
 * The source with its requests going through a turnstile, which it may share with others.
 * @param marksTurn where marks must not wait behind bars: one of their own; default the same
 */
export const inTurn = (source: MarketSource, turn: Turnstile, marksTurn = turn): MarketSource => ({
  ...source,
  candles: (coin, startMs, endMs) => turn(() => source.candles(coin, startMs, endMs)),
  marks: (coins) => marksTurn(() => source.marks(coins)),
});
