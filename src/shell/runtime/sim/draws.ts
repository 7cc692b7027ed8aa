import { seeded } from '../../../venue/faults.ts';

/** Seeded choices. Streams of one seed are independent: a draw on one does not shift another. */
export interface Draws {
  /** Uniform in [0, 1). */
  next(): number;
  chance(probability: number): boolean;
  /** Uniform in [min, max). */
  between(min: number, max: number): number;
  /** Whole, min..max, both included. */
  int(min: number, max: number): number;
  pick<T>(list: readonly T[]): T;
}

/** @param stream a small whole number that names the stream */
export function createDraws(seed: number, stream: number): Draws {
  const next = seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b));
  next();
  return {
    next,
    chance: (probability) => probability > 0 && next() < probability,
    between: (min, max) => min + (max - min) * next(),
    int: (min, max) => min + Math.floor((max - min + 1) * next()),
    pick(list) {
      const chosen = list[Math.floor(next() * list.length)];
      if (chosen === undefined) throw new Error('nothing to pick from');
      return chosen;
    },
  };
}
