// The liquidation heatmap behind the candles: our own primitive for the chart library, drawn on its canvas.

/** Colour-blind safe on light and dark: longs blue below the price, shorts orange above it. */
const HUES = { long: [33, 113, 181], short: [217, 95, 2] };
/** Only the densest cells should stand out: most of the picture is somewhere in the middle. */
const GAMMA = 1.2;
const ALPHA_MAX = 0.85;
const CELL_MAX = 100;

const ramp = (side) =>
  Array.from({ length: CELL_MAX + 1 }, (_, i) => {
    const alpha = i === 0 ? 0 : ALPHA_MAX * (i / CELL_MAX) ** GAMMA;
    return `rgba(${HUES[side].join(',')},${alpha.toFixed(3)})`;
  });
const COLOURS = { long: ramp('long'), short: ramp('short') };

/** First index whose value is not below `value`. */
function indexAt(sorted, value) {
  let [lo, hi] = [0, sorted.length];
  while (lo < hi) {
    const middle = (lo + hi) >> 1;
    if (sorted[middle] < value) lo = middle + 1;
    else hi = middle;
  }
  return lo;
}

/** Edges of the rows, USD: half-way between their middles, and as far beyond at the ends. */
function edgesOf(prices) {
  const edges = prices.slice(1).map((px, i) => Math.sqrt(px * prices[i]));
  if (edges.length === 0) return prices.flatMap((px) => [px * 0.999, px * 1.001]);
  return [prices[0] ** 2 / edges[0], ...edges, prices.at(-1) ** 2 / edges.at(-1)];
}

export class HeatLayer {
  #host = null;
  #map = null;
  #edges = [];
  /** By column: where it begins and ends among the chart's bars. */
  #spans = [];
  #reach = null;

  attached(host) {
    this.#host = host;
  }

  detached() {
    this.#host = null;
  }

  /** @param {any} map answer of /api/v1/heatmap, or null @param {number[]} barTimes opens of the chart's bars, ms */
  setMap(map, barTimes) {
    this.#map = map;
    this.#edges = map === null ? [] : edgesOf(map.prices);
    const ends = map === null ? [] : map.times.map((t) => indexAt(barTimes, t));
    this.#spans = ends.map((end, i) => ({ from: i === 0 ? 0 : ends[i - 1], to: end }));
    this.#host?.requestUpdate();
  }

  /** The cell under a price at a bar, or null outside of the picture. */
  cellAt(barIndex, px) {
    const column = this.#spans.findIndex((s) => barIndex >= s.from && barIndex < s.to);
    const row = indexAt(this.#edges, px) - 1;
    const rows = this.#map?.prices.length ?? 0;
    return column < 0 || row < 0 || row >= rows ? null : this.#map.cells[column * rows + row];
  }

  /** Prices that stay in the picture beside the candles: where nothing was reached yet, there the levels are. */
  setReach(reach) {
    this.#reach = reach;
    this.#host?.requestUpdate();
  }

  autoscaleInfo() {
    return this.#reach === null
      ? null
      : { priceRange: { minValue: this.#reach.loPx, maxValue: this.#reach.hiPx } };
  }

  updateAllViews() {}

  paneViews() {
    return [{ zOrder: () => 'bottom', renderer: () => ({ draw: (target) => this.#draw(target) }) }];
  }

  #draw(target) {
    if (this.#host === null || this.#map === null) return;
    const { chart, series } = this.#host;
    const timeScale = chart.timeScale();
    const ys = this.#edges.map((px) => series.priceToCoordinate(px));
    // Between two bars: the library knows whole ones only.
    const half = timeScale.options().barSpacing / 2;
    const xAt = (index) => timeScale.logicalToCoordinate(index) - half;
    target.useBitmapCoordinateSpace(
      ({ context, horizontalPixelRatio: rx, verticalPixelRatio: ry, bitmapSize }) => {
        for (const [column, span] of this.#spans.entries()) {
          const [x0, x1] = [xAt(span.from), xAt(span.to)];
          if (x1 * rx < 0 || x0 * rx > bitmapSize.width) continue;
          const left = Math.round(x0 * rx);
          this.#drawColumn(context, column, { left, width: Math.round(x1 * rx) - left, ys, ry });
        }
      },
    );
  }

  /** Cells of one colour that lie on each other are one rectangle. */
  #drawColumn(context, column, { left, width, ys, ry }) {
    const rows = this.#map.prices.length;
    for (let row = 0; row < rows;) {
      const cell = this.#map.cells[column * rows + row];
      let end = row + 1;
      while (end < rows && this.#map.cells[column * rows + end] === cell) end++;
      if (cell !== 0 && ys[row] !== null && ys[end] !== null) {
        context.fillStyle = COLOURS[cell > 0 ? 'long' : 'short'][Math.min(CELL_MAX, Math.abs(cell))];
        const [top, bottom] = [Math.round(ys[end] * ry), Math.round(ys[row] * ry)];
        context.fillRect(left, top, width, Math.max(1, bottom - top));
      }
      row = end;
    }
  }
}
