/** One measured figure against its budget. `floor` says which side of the budget is good. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  budget: number;
  ok: boolean;
  /** True when the value must not fall below the budget; left out when it must not exceed it. */
  floor?: true;
  /** What exactly was measured, in a sentence. */
  note: string;
}

export const atMost = (name: string, value: number, unit: string, budget: number, note: string): Figure => ({
  name,
  value: round(value),
  unit,
  budget,
  ok: value <= budget,
  note,
});

export const atLeast = (name: string, value: number, unit: string, budget: number, note: string): Figure => ({
  name,
  value: round(value),
  unit,
  budget,
  ok: value >= budget,
  floor: true,
  note,
});

const round = (x: number): number => Number(x.toPrecision(4));

/** The value below which a share `q` of the sorted values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
