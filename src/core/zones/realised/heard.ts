import type { HeardSpan } from './types.ts';

/** Times in ascending order that do not touch, ms. */
export type Times = readonly { fromMs: number; toMs: number }[];

/** When at least one of the venues was listened to. */
export function heardTimes(spans: readonly HeardSpan[]): Times {
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else if (toMs > fromMs) merged.push({ fromMs, toMs });
  }
  return merged;
}

/** Part of [fromMs, toMs] that lies within `times`, 0..1. */
export function heardFraction(times: Times, fromMs: number, toMs: number): number {
  if (toMs <= fromMs) return 0;
  let ms = 0;
  for (const t of times) ms += Math.max(0, Math.min(t.toMs, toMs) - Math.max(t.fromMs, fromMs));
  return Math.min(1, ms / (toMs - fromMs));
}

/** The same for `count` intervals of `stepMs` that follow each other from `startMs` on, in one pass. */
export function heardBySteps(times: Times, startMs: number, stepMs: number, count: number): Float64Array {
  const heard = new Float64Array(count);
  for (const { fromMs, toMs } of times) {
    const first = Math.max(0, Math.floor((fromMs - startMs) / stepMs));
    for (let i = first; i < count && startMs + i * stepMs < toMs; i++) {
      const begin = Math.max(fromMs, startMs + i * stepMs);
      const end = Math.min(toMs, startMs + (i + 1) * stepMs);
      heard[i] = (heard[i] ?? 0) + Math.max(0, end - begin) / stepMs;
    }
  }
  return heard;
}
