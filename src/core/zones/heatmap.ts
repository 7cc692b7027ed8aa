import type { Candle } from '../shared/candle.ts';
import type { Heat } from './heat.ts';
import { createHeat } from './heat.ts';
import type { MaintenanceTier } from './liquidation-px.ts';
import { gridPosition, gridPx } from './log-grid.ts';

const BAR_MS = 300_000;
/** How far above the highest and below the lowest price the picture goes, fraction. */
const MARGIN = 0.1;
/** Cells are whole numbers up to this. */
export const CELL_MAX = 100;

export interface HeatmapSize {
  /** At most this many of each, ≥ 1: 120 × 200 cells are some 80 kB of JSON. */
  columns: number;
  rows: number;
}

const DEFAULT_SIZE: HeatmapSize = { columns: 120, rows: 200 };

/**
 * Where one venue's liquidations were likely, over time: the heat of each moment (`heat.ts`). Relative, not USD, and
 * good for comparing the prices of one column.
 */
export interface Heatmap {
  bars: number;
  /** Close of each column's last bar, ms, oldest first. */
  times: number[];
  /** Its close price, USD. */
  closes: number[];
  /** Middle of each row, USD, lowest first. */
  prices: number[];
  /**
   * columns × rows, a column's rows together: what stood there at the column's end, +1…100 of longs, −1…−100 of
   * shorts, 100 = the densest cell of the picture.
   */
  cells: number[];
  /** Share of a side's standing mass that price took during each column, 0..1. */
  swept: { long: number[]; short: number[] };
}

/**
 * Plays the bars through a map and looks at it at even steps. The first columns know little: levels need time to build
 * up. Null without bars.
 * @param candles closed five-minute bars, oldest first
 */
export function heatmapOf(
  candles: readonly Candle[],
  tiers: readonly MaintenanceTier[],
  size: HeatmapSize = DEFAULT_SIZE,
): Heatmap | null {
  const first = candles[0];
  if (first === undefined) return null;
  const heat = createHeat(tiers, BAR_MS);
  const { engine } = heat;
  const grid = gridOf(candles, size.rows);
  const perColumn = Math.ceil(candles.length / size.columns);
  const columns = Math.ceil(candles.length / perColumn);
  const mass = new Float64Array(columns * grid.rows);
  const map: Heatmap = {
    bars: candles.length,
    times: [],
    closes: [],
    prices: Array.from({ length: grid.rows }, (_, r) =>
      rounded(gridPx(grid.from + (r + 0.5) * grid.step - 0.5)),
    ),
    cells: [],
    swept: { long: [], short: [] },
  };
  let sinceMs = first.t;
  for (let column = 0; column < columns; column++) {
    const part = candles.slice(column * perColumn, (column + 1) * perColumn);
    for (const c of part) heat.push(c);
    look(heat, grid, mass.subarray(column * grid.rows, (column + 1) * grid.rows));
    for (const side of ['long', 'short'] as const) {
      const taken = engine.sweeps(sinceMs).reduce((sum, s) => (s.side === side ? sum + s.mass : sum), 0);
      const all = taken + engine.total(side);
      map.swept[side].push(all > 0 ? Number((taken / all).toFixed(4)) : 0);
    }
    map.times.push(engine.asOfMs());
    map.closes.push(engine.lastClosePx());
    sinceMs = engine.asOfMs();
  }
  const densest = mass.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  // `+ 0` makes −0 a 0.
  map.cells = Array.from(mass, (m) => (densest > 0 ? Math.round((m / densest) * CELL_MAX) : 0) + 0);
  return map;
}

interface Grid {
  /** Bucket of the lowest row's lowest price. */
  from: number;
  /** Buckets a row. */
  step: number;
  rows: number;
}

function gridOf(candles: readonly Candle[], rows: number): Grid {
  let [low, high] = [Infinity, 0];
  for (const c of candles) {
    low = Math.min(low, c.l);
    high = Math.max(high, c.h);
  }
  const from = Math.floor(gridPosition(low * (1 - MARGIN)));
  const buckets = Math.ceil(gridPosition(high * (1 + MARGIN))) - from + 1;
  const step = Math.ceil(buckets / rows);
  return { from, step, rows: Math.ceil(buckets / step) };
}

/** Longs count up, shorts down: they only meet in the row of the price itself. */
function look(heat: Heat, grid: Grid, column: Float64Array): void {
  const px = heat.engine.lastClosePx();
  for (let row = 0; row < grid.rows; row++) {
    const loPx = gridPx(grid.from + row * grid.step - 0.5);
    const hiPx = gridPx(grid.from + (row + 1) * grid.step - 0.5);
    const long = loPx < px ? heat.between('long', hiPx, loPx, px) : 0;
    const short = hiPx > px ? heat.between('short', loPx, hiPx, px) : 0;
    column[row] = long - short;
  }
}

const rounded = (px: number): number => Number(px.toPrecision(7));
