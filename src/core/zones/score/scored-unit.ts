/**
 * What is ranked against each other: the hours of one coin and side, or the price buckets of one side of one window.
 * Parallel arrays, one entry a row.
 */
export interface ScoredUnit {
  name: string;
  /** Day of each row, days since the epoch: errors are clustered by it. */
  day: number[];
  /** What the model said. */
  predicted: number[];
  /** What was liquidated, USD. */
  actualUsd: number[];
  /** What is held fixed: how far price went, or how far away the bucket is. */
  control: number[];
  /** Rows that a good model puts first. */
  isHit: boolean[];
}

export const dayOf = (ms: number): number => Math.floor(ms / 86_400_000);
