// A coin's candles with the liquidation heatmap behind them, its zones as lines, and what the bridge did as markers.
import { CandlestickSeries, createChart, createSeriesMarkers } from './vendor/lightweight-charts.js';
import { HeatLayer } from './heat-layer.js';
import { NetLayer } from './net-position.js';

const SECOND = 1_000;
/** Lines of a side: more than these hide the candles. */
const ZONES_MAX = 3;
/** The picture reaches to the zones within the one distance, and beyond the other in any case. */
const REACH_BPS_MAX = 400;
const REACH_BPS_MIN = 150;
const DASHED = 2;
const DOTTED = 1;
const SOLID = 0;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The library counts in UTC; people read their own clock. */
const local = (ms) => ms / SECOND - new Date(ms).getTimezoneOffset() * 60;

function themeOptions() {
  return {
    layout: {
      background: { color: 'transparent' },
      textColor: colour('--dim'),
      // Its notice stands in the page's footer; the logo would need inline styles, which the policy forbids.
      attributionLogo: false,
    },
    grid: { vertLines: { color: colour('--line-soft') }, horzLines: { color: colour('--line-soft') } },
    rightPriceScale: { borderColor: colour('--line') },
    timeScale: { borderColor: colour('--line'), timeVisible: true, secondsVisible: false },
  };
}

const decimalsOf = (px) => Math.max(0, Math.min(8, 5 - Math.ceil(Math.log10(px))));

/** As far as the nearest zones of both sides, and at least a little. */
function reachOf({ zones, markPx }) {
  const near = zones.filter((z) => z.distanceBps < REACH_BPS_MAX);
  const least = (REACH_BPS_MIN / 10_000) * markPx;
  return {
    loPx: Math.min(markPx - least, ...near.map((z) => z.loPx)),
    hiPx: Math.max(markPx + least, ...near.map((z) => z.hiPx)),
  };
}

export class CoinChart {
  #chart;
  #series;
  #markers;
  #heat = new HeatLayer();
  #net = new NetLayer(colour);
  #lines = [];
  #levels = [];
  #times = [];
  #onRead;

  /** @param {HTMLElement} box @param {(at: {timeMs: number, px: number, cell: number | null} | null) => void} onRead what the crosshair stands on */
  constructor(box, onRead) {
    this.#onRead = onRead;
    this.#chart = createChart(box, { autoSize: true, ...themeOptions() });
    this.#series = this.#chart.addSeries(CandlestickSeries, this.#candleColours());
    this.#series.attachPrimitive(this.#heat);
    this.#series.attachPrimitive(this.#net);
    this.#markers = createSeriesMarkers(this.#series, []);
    this.#chart.subscribeCrosshairMove((move) => this.#read(move));
    this.#scheme.addEventListener('change', this.#repaint);
  }

  #scheme = matchMedia('(prefers-color-scheme: dark)');
  #repaint = () => {
    this.#chart.applyOptions(themeOptions());
    this.#series.applyOptions(this.#candleColours());
  };

  #candleColours() {
    const [up, down] = [colour('--text'), colour('--dim')];
    // Hollow and filled instead of green and red: those colours belong to the zones.
    return {
      upColor: colour('--card'),
      downColor: down,
      borderUpColor: up,
      borderDownColor: down,
      wickUpColor: up,
      wickDownColor: down,
      lastValueVisible: true,
    };
  }

  #read({ point, logical }) {
    const px = point === undefined ? null : this.#series.coordinateToPrice(point.y);
    const index = logical === undefined || logical === null ? -1 : Math.round(logical);
    const timeMs = this.#times[index];
    if (px === null || timeMs === undefined) this.#onRead(null);
    else this.#onRead({ timeMs, px, cell: this.#heat.cellAt(index, px) });
  }

  /** @param {any} bars answer of /api/v1/candles @param {any} heatmap answer of /api/v1/heatmap, or null */
  setData(bars, heatmap) {
    const isFirst = this.#times.length === 0;
    this.#times = bars.t;
    const last = bars.c.at(-1) ?? 1;
    const precision = decimalsOf(last);
    this.#series.applyOptions({ priceFormat: { type: 'price', precision, minMove: 10 ** -precision } });
    this.#series.setData(
      bars.t.map((t, i) => ({
        time: local(t),
        open: bars.o[i],
        high: bars.h[i],
        low: bars.l[i],
        close: bars.c[i],
      })),
    );
    this.#heat.setMap(heatmap, bars.t);
    if (isFirst) this.showLast(24 * 3_600_000, bars.intervalMs);
  }

  /** @param {any} report answer of /api/v1/report, or null */
  setNetPosition(report) {
    this.#net.setReport(report);
  }

  /** @param {any} zones answer of /api/v1/zones, or null */
  setZones(zones) {
    for (const line of this.#lines) this.#series.removePriceLine(line);
    this.#lines = zones === null ? [] : this.#zoneLines(zones);
    this.#heat.setReach(zones === null ? null : reachOf(zones));
  }

  /**
   * Lines of a trade. The picture reaches to all of them but the far ones.
   * @param {{px: number, title: string, tone: string, isFar: boolean}[]} levels tone: a colour of the page
   */
  setLevels(levels) {
    for (const line of this.#levels) this.#series.removePriceLine(line);
    this.#levels = levels.map(({ px, title, tone }) =>
      this.#series.createPriceLine({ price: px, color: colour(tone), lineWidth: 1, lineStyle: SOLID, title }),
    );
    const prices = levels.filter((l) => !l.isFar).map((l) => l.px);
    const room = (Math.max(...prices) - Math.min(...prices)) * 0.08;
    this.#series.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.06 } });
    this.#heat.setReach({ loPx: Math.min(...prices) - room, hiPx: Math.max(...prices) + room });
  }

  #zoneLines({ zones, maxPain }) {
    const ofSide = (side) => {
      const nearest = zones
        .filter((z) => z.side === side)
        .sort((a, b) => a.distanceBps - b.distanceBps)
        .slice(0, ZONES_MAX);
      const color = colour(side === 'long' ? '--heat-long' : '--heat-short');
      const lines = nearest.map((z) => ({ px: z.peakPx, title: `${side}s`, lineStyle: DOTTED }));
      const pain = maxPain[side];
      if (pain !== null) {
        const known = lines.find((l) => l.px === pain.peakPx);
        const line = { px: pain.peakPx, title: `max pain, ${side}s`, lineStyle: DASHED };
        if (known === undefined) lines.push(line);
        else Object.assign(known, line);
      }
      return lines.map((l) =>
        this.#series.createPriceLine({
          price: l.px,
          color,
          lineWidth: 1,
          lineStyle: l.lineStyle,
          title: l.title,
        }),
      );
    };
    return [...ofSide('long'), ...ofSide('short')];
  }

  /** @param {{timeMs: number, kind: 'alert' | 'buy' | 'sell', text: string}[]} events oldest first */
  setEvents(events) {
    const first = this.#times[0] ?? Infinity;
    const look = {
      alert: { position: 'aboveBar', shape: 'circle', color: colour('--dim') },
      buy: { position: 'belowBar', shape: 'arrowUp', color: colour('--good') },
      sell: { position: 'aboveBar', shape: 'arrowDown', color: colour('--bad') },
    };
    this.#markers.setMarkers(
      events
        .filter((e) => e.timeMs >= first)
        .map((e) => ({ time: local(this.#barOf(e.timeMs)), text: e.text, ...look[e.kind] })),
    );
  }

  /** Open of the bar a moment lies in, or of the nearest one. */
  #barOf(ms) {
    const later = this.#times.findIndex((t) => t > ms);
    return this.#times[later < 0 ? this.#times.length - 1 : Math.max(0, later - 1)];
  }

  /** @param {number | null} spanMs null for all of it */
  showLast(spanMs, intervalMs) {
    const to = this.#times.length + 10; // room for the names of the newest markers
    if (spanMs === null) this.#chart.timeScale().fitContent();
    else this.#chart.timeScale().setVisibleLogicalRange({ from: to - spanMs / intervalMs, to });
  }

  /** All bars, with room for the names of the newest markers. */
  showAll() {
    const { length } = this.#times;
    this.#chart.timeScale().setVisibleLogicalRange({ from: -1, to: length + Math.max(6, length * 0.12) });
  }

  /** Moves by a share of what is shown; zooms about the middle. */
  pan(share) {
    this.#range(({ from, to }) => ({ from: from + share * (to - from), to: to + share * (to - from) }));
  }
  zoom(factor) {
    this.#range(({ from, to }) => {
      const [middle, half] = [(from + to) / 2, ((to - from) / 2) * factor];
      return { from: middle - half, to: middle + half };
    });
  }
  #range(change) {
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    if (range !== null) this.#chart.timeScale().setVisibleLogicalRange(change(range));
  }

  close() {
    this.#scheme.removeEventListener('change', this.#repaint);
    this.#chart.remove();
  }
}
