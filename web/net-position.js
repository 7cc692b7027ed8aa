// Where positions stand: longs less shorts by entry price, at the left edge of the chart and in words.
import { col, num } from './columns.js';
import { h } from './dom.js';
import { compactUsd, percent, price, rough } from './format.js';
import { plainTable } from './table.js';

/** Of the pane, and in pixels: the candles behind it stay readable. */
const WIDTH_SHARE = 0.16;
const WIDTH_MAX = 120;
/** Known entries below this part of open interest are a few accounts, not a market. */
const KNOWN_MIN = 0.01;
/** Rows in words, of each sign, and the least share of a side that is worth one. */
const ROWS_MAX = 3;
const SHARE_MIN = 0.001;

/** Whether enough real positions are known to be shown beside the estimate. */
const isKnown = ({ netPosition: p, openInterest }) =>
  p?.observed != null &&
  openInterest != null &&
  Math.min(p.observed.longUsd, p.observed.shortUsd) >= KNOWN_MIN * openInterest.usd;

/** A primitive of the chart library: bars from a line, longs to the right of it and shorts to the left. */
export class NetLayer {
  #host = null;
  #rows = [];
  #most = 0;
  /** A few accounts differ by far more than a market does: their bars have a scale of their own. */
  #mostKnown = 0;
  #hasKnown = false;
  #colour;

  /** @param {(name: string) => string} colour of the page by its name */
  constructor(colour) {
    this.#colour = colour;
  }

  attached(host) {
    this.#host = host;
  }

  detached() {
    this.#host = null;
  }

  /** @param {any} report answer of /api/v1/report, or null */
  setReport(report) {
    this.#rows = report?.netPosition?.rows ?? [];
    this.#hasKnown = report !== null && isKnown(report);
    this.#most = Math.max(0, ...this.#rows.map((r) => Math.abs(r.netShare)));
    this.#mostKnown = this.#hasKnown
      ? Math.max(0, ...this.#rows.map((r) => Math.abs(r.observedNetShare)))
      : 0;
    this.#host?.requestUpdate();
  }

  updateAllViews() {}

  paneViews() {
    return [{ zOrder: () => 'top', renderer: () => ({ draw: (target) => this.#draw(target) }) }];
  }

  #draw(target) {
    if (this.#host === null || this.#most < SHARE_MIN) return;
    const { series } = this.#host;
    target.useBitmapCoordinateSpace(
      ({ context, horizontalPixelRatio: rx, verticalPixelRatio: ry, bitmapSize, mediaSize }) => {
        const half = (Math.min(WIDTH_MAX, WIDTH_SHARE * mediaSize.width) / 2) * rx;
        context.globalAlpha = 0.7;
        context.fillStyle = this.#colour('--card');
        context.fillRect(0, 0, 2 * half, bitmapSize.height);
        context.globalAlpha = 1;
        for (const row of this.#rows) {
          const [top, bottom] = [series.priceToCoordinate(row.hiPx), series.priceToCoordinate(row.loPx)];
          if (top === null || bottom === null) continue;
          const [y, height] = [Math.round(top * ry), Math.max(1, Math.round((bottom - top) * ry) - 1)];
          const bar = (share, most, y0, h0) => {
            const length = (half * share) / most;
            context.fillRect(half + Math.min(0, length), y0, Math.abs(length), h0);
          };
          context.fillStyle = this.#colour(row.netShare >= 0 ? '--heat-long' : '--heat-short');
          bar(row.netShare, this.#most, y, height);
          if (this.#mostKnown === 0) continue;
          context.fillStyle = this.#colour('--text');
          bar(row.observedNetShare, this.#mostKnown, y + Math.floor(height / 2), Math.max(1, Math.round(ry)));
        }
        context.fillStyle = this.#colour('--dim');
        context.fillRect(Math.round(half), 0, Math.max(1, Math.round(rx)), bitmapSize.height);
      },
    );
  }
}

const share = (v) => percent(v, true);
const columns = [
  col(
    'Opened at',
    (r) =>
      h(
        'span',
        { class: `zone-${r.netShare > 0 ? 'long' : 'short'}` },
        `${price(r.loPx)} – ${price(r.hiPx)}`,
      ),
    'lead',
  ),
  num('Of all longs', (r) => percent(r.longShare)),
  num('Of all shorts', (r) => percent(r.shortShare)),
  num('Net', (r) => share(r.netShare)),
  num('Net, USD', (r) => (r.netUsd === null ? '–' : compactUsd(r.netUsd, true))),
];

/** @param {any} report answer of /api/v1/report */
export function netPositionSection(report) {
  const p = report.netPosition;
  const title = h(
    'div',
    { class: 'head wraps' },
    h('h2', {}, 'Where positions stand'),
    h('span', { class: 'sum' }, 'estimated, by entry price, Hyperliquid alone'),
  );
  if (p === null) return [title, h('div', { class: 'empty' }, 'Not known: there are no bars.')];
  const most = (sign) =>
    p.rows
      .filter((r) => r.netShare * sign >= SHARE_MIN)
      .toSorted((a, b) => sign * (b.netShare - a.netShare))
      .slice(0, ROWS_MAX);
  const rows = [...most(1), ...most(-1)].sort((a, b) => b.loPx - a.loPx);
  const known =
    p.observed === null
      ? 'No entries of both sides are known from real positions.'
      : `Known entries of real positions: ${compactUsd(p.observed.longUsd)} of longs, ${compactUsd(p.observed.shortUsd)} of shorts${isKnown(report) ? ', the thin dark bars in the chart, on a scale of their own' : ', too few to draw'}.`;
  return [
    title,
    h(
      'div',
      { class: 'columns flush' },
      h(
        'div',
        {},
        h(
          'p',
          { class: 'pad' },
          `Longs were opened at ${rough(p.longEntryPx)} in the mean and ${percent(p.longUnderWaterShare)} of them are under water; shorts at ${rough(p.shortEntryPx)}, ${percent(p.shortUnderWaterShare)}.`,
        ),
        h(
          'p',
          { class: 'hint pad' },
          `Made from ${p.bars} bars: whoever price has closed since is left out. Every contract has a long and a short, so over all prices the net is 0. ${known}`,
        ),
      ),
      rows.length === 0
        ? h('div', { class: 'empty' }, 'Nowhere does one side stand out.')
        : plainTable(columns, rows),
    ),
  ];
}
