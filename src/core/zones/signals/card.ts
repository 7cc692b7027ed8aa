import type { SignalCard, SignalName } from './types.ts';

/** `x` kept in 0..1; what is no number is 0. */
export const clamp01 = (x: number): number => (x > 0 ? Math.min(1, x) : 0);

const clampScore = (x: number): number => (x < 0 ? -clamp01(-x) : clamp01(x));

/** A card within its bounds, whatever went in. */
export const card = (
  name: SignalName,
  score: number,
  strength: number,
  confidence: number,
  state: string,
  numbers: SignalCard['numbers'],
): SignalCard => ({
  name,
  score: clampScore(score),
  strength: clamp01(strength),
  confidence: clamp01(confidence),
  state,
  numbers,
});
