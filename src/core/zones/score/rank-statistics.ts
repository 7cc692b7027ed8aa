import { assert } from '../../shared/assert.ts';

/** Ranks from 1, ties share the mean of theirs. */
export function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => values[a]! - values[b]!,
  );
  const ranks = new Float64Array(values.length);
  for (let i = 0; i < order.length;) {
    let end = i + 1;
    while (end < order.length && values[order[end]!] === values[order[i]!]) end++;
    for (let k = i; k < end; k++) ranks[order[k]!] = (i + 1 + end) / 2;
    i = end;
  }
  return ranks;
}

/** Pearson's correlation, −1..1; null when one of the two does not vary. */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  assert(x.length === y.length, 'a correlation needs pairs');
  const n = x.length;
  let [sx, sy] = [0, 0];
  for (let i = 0; i < n; i++) {
    sx += x[i]!;
    sy += y[i]!;
  }
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - sx / n;
    const dy = y[i]! - sy / n;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}

/** Probability that a positive scores above a negative, ties counted half; null without both kinds. */
export function auc(scores: ArrayLike<number>, isPositive: ArrayLike<boolean>): number | null {
  const ranks = ranksOf(scores);
  let sum = 0;
  let positives = 0;
  for (let i = 0; i < ranks.length; i++)
    if (isPositive[i] === true) {
      sum += ranks[i]!;
      positives++;
    }
  const negatives = ranks.length - positives;
  return positives === 0 || negatives === 0
    ? null
    : (sum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Share of `amounts` that falls in the quarter with the highest scores. A tie across the border is shared out evenly:
 * cutting it by order of appearance would favour whoever put the rows in order. Null when nothing was liquidated.
 */
export function captureTopQuarter(scores: ArrayLike<number>, amounts: ArrayLike<number>): number | null {
  const n = scores.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  let room = n / 4;
  let captured = 0;
  let total = 0;
  for (let i = 0; i < n;) {
    let end = i;
    let tied = 0;
    while (end < n && scores[order[end]!] === scores[order[i]!]) tied += amounts[order[end++]!]!;
    const taken = Math.min(room, end - i);
    captured += (tied * taken) / (end - i);
    room -= taken;
    total += tied;
    i = end;
  }
  return total > 0 ? captured / total : null;
}
