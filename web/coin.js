// One coin: candles on the liquidation heatmap, zones, what the bridge did, and the report in words and figures.
import { read } from './api.js';
import { CoinChart } from './chart.js';
import { col, num } from './columns.js';
import { $, h, show } from './dom.js';
import { compactUsd, duration, percent, price, tag, time } from './format.js';
import { netPositionSection } from './net-position.js';
import { plainTable } from './table.js';

const INTERVALS = { 5: '5 min', 15: '15 min', 60: '1 h', 240: '4 h' };
const HOUR_MS = 3_600_000;
const RANGES = { '6 h': 6 * HOUR_MS, '1 day': 24 * HOUR_MS, '3 days': 72 * HOUR_MS, all: null };
/** Bars close every five minutes, and zones move with the mark. */
const REFRESH_MS = 15_000;
const EVENTS_MAX = 200;

/** @param {[string, string][]} options value and text */
const choice = (label, options, chosen, onChoose) =>
  h(
    'div',
    { class: 'switch', role: 'group', 'aria-label': label },
    ...options.map(([value, text]) =>
      h(
        'button',
        {
          type: 'button',
          'aria-pressed': String(value === chosen),
          onclick(event) {
            for (const b of event.target.parentElement.children) b.setAttribute('aria-pressed', 'false');
            event.target.setAttribute('aria-pressed', 'true');
            onChoose(value);
          },
        },
        text,
      ),
    ),
  );

const orNull = (path) =>
  read(path).catch((error) => {
    if (error.status === 404 || error.status === 503) return null;
    throw error;
  });

export class CoinView {
  title = 'Coin';
  #coin;
  #root;
  #chart = null;
  #interval = '5';
  #readAt = 0;
  #intervalMs = 300_000;

  /** @param {HTMLElement} root @param {string | undefined} coin */
  async open(root, coin = 'BTC') {
    this.#root = root;
    this.#coin = coin;
    const { items } = await read('/api/v1/coins');
    const names = items.map((i) => i.params.coin);
    const select = h(
      'select',
      { id: 'coin-select', onchange: (e) => (location.hash = `#/coin/${e.target.value}`) },
      ...names.map((name) => h('option', { value: name, selected: name === coin }, name)),
    );
    const box = h('div', {
      class: 'chart',
      tabindex: '0',
      role: 'img',
      'aria-label': `Candles and liquidation heatmap of ${coin}. Arrow keys move, plus and minus zoom. The levels stand in the table below.`,
      onkeydown: (event) => this.#key(event),
    });
    root.replaceChildren(
      h(
        'section',
        { 'aria-labelledby': 'coin-title' },
        h(
          'div',
          { class: 'head tools' },
          h('h2', { id: 'coin-title' }, h('label', { for: 'coin-select' }, 'Coin'), ' ', select),
          choice('Bars', Object.entries(INTERVALS), this.#interval, (v) => {
            this.#interval = v;
            void this.refresh(true).then(() => this.#chart?.showLast(24 * HOUR_MS, this.#intervalMs));
          }),
          choice(
            'Time shown',
            Object.keys(RANGES).map((name) => [name, name]),
            '1 day',
            (name) => this.#chart?.showLast(RANGES[name], this.#intervalMs),
          ),
          h('output', { class: 'readout', 'aria-live': 'off' }),
        ),
        box,
        h(
          'p',
          { class: 'legend' },
          h('i', { class: 'heat long' }),
          'longs would be liquidated ',
          h('i', { class: 'heat short' }),
          'shorts would be. Densities are estimates, relative to the picture. At the left edge: where more longs (right) or shorts (left) were opened and still stand. ',
          h('span', { id: 'map-note' }),
        ),
      ),
      h(
        'div',
        { class: 'columns' },
        h('section', { id: 'levels', 'aria-label': 'Levels' }),
        h('section', { id: 'report', 'aria-label': 'Report' }),
      ),
      h('section', { id: 'net-position', 'aria-label': 'Where positions stand' }),
    );
    this.#chart = new CoinChart(box, (at) => this.#readout(at));
    await this.refresh(true);
  }

  #key(event) {
    const act = {
      ArrowLeft: () => this.#chart.pan(-0.2),
      ArrowRight: () => this.#chart.pan(0.2),
      '+': () => this.#chart.zoom(0.7),
      '=': () => this.#chart.zoom(0.7),
      '-': () => this.#chart.zoom(1.4),
    }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  #readout(at) {
    const out = $('.readout', this.#root);
    if (at === null) return show(out, '');
    const cell =
      at.cell === null || at.cell === 0
        ? 'nothing estimated here'
        : `${at.cell > 0 ? 'longs' : 'shorts'}, ${Math.abs(at.cell)} % of the densest`;
    show(out, `${price(at.px)} · ${time(at.timeMs).textContent} · ${cell}`);
  }

  async refresh(isForced = false) {
    if (!isForced && performance.now() - this.#readAt < REFRESH_MS) return;
    this.#readAt = performance.now();
    const coin = encodeURIComponent(this.#coin);
    const [bars, heatmap, zones, report, alerts, fills] = await Promise.all([
      orNull(`/api/v1/candles/${coin}?interval=${this.#interval}`),
      orNull(`/api/v1/heatmap/${coin}`),
      orNull(`/api/v1/zones/${coin}`),
      orNull(`/api/v1/report/${coin}`),
      read(`/api/v1/alerts?coin=${coin}&limit=${EVENTS_MAX}`),
      read(`/api/v1/fills?coin=${coin}&limit=${EVENTS_MAX}`),
    ]);
    if (this.#chart === null) return;
    if (bars === null) show($('#map-note', this.#root), 'No bars of this coin yet: asking again.', 'warn');
    else {
      this.#intervalMs = bars.intervalMs;
      this.#chart.setData(bars, heatmap);
      this.#chart.setZones(zones?.decidesOn === 'blended' ? { ...zones, ...zones.blended } : zones);
      this.#chart.setEvents(eventsOf(alerts.items, fills.items));
      show($('#map-note', this.#root), noteOf(zones));
    }
    this.#chart.setNetPosition(report);
    this.#drawReport(report);
  }

  #drawReport(report) {
    const [levels, panel, net] = ['#levels', '#report', '#net-position'].map((id) => $(id, this.#root));
    net.hidden = report === null;
    if (report === null) {
      levels.replaceChildren(h('div', { class: 'empty' }, 'No map of this coin yet.'));
      panel.replaceChildren(h('div', { class: 'empty' }, 'No report of this coin yet.'));
      return;
    }
    levels.replaceChildren(head('Key levels', 'estimated liquidations'), levelTable(report.keyLevels));
    panel.replaceChildren(head('Report', report.dataSource), reportBody(report));
    net.replaceChildren(...netPositionSection(report));
  }

  close() {
    this.#chart?.close();
    this.#chart = null;
  }
}

function noteOf(zones) {
  if (zones === null) return 'No map yet.';
  const venues = zones.sources.map((s) => `${s.venue} ${percent(s.weight)}`).join(', ');
  const out = zones.leftOut.map((l) => `${l.venue} left out: ${l.why}`).join('; ');
  const seen =
    zones.observed === null
      ? ''
      : ` Real positions known: ${percent(zones.observed.coverageLong)} of long, ${percent(zones.observed.coverageShort)} of short open interest.`;
  return `Zones from ${venues}.${seen} ${out}`;
}

const eventsOf = (alerts, fills) =>
  [
    // Heartbeats would be in the way every half hour.
    ...alerts
      .filter((a) => a.alert.kind !== 'heartbeat')
      .map((a) => ({
        timeMs: a.alert.barTime,
        kind: 'alert',
        text: a.alert.kind.replace('cascade.', ''),
      })),
    ...fills.map((f) => ({ timeMs: f.timeMs, kind: f.isBuy ? 'buy' : 'sell', text: price(f.px) })),
  ].sort((a, b) => a.timeMs - b.timeMs);

const head = (title, sub) =>
  h('div', { class: 'head' }, h('h2', {}, title), h('span', { class: 'sum' }, sub));

const levelColumns = [
  col(
    'Level',
    (l) => h('span', { class: l.kind.startsWith('long') ? 'zone-long' : 'zone-short' }, l.kind),
    'lead',
  ),
  num('Price', (l) => price(l.px)),
  num('Band', (l) => `${price(l.loPx)} – ${price(l.hiPx)}`),
  num('Away', (l) => percent(l.distanceFraction)),
  num('Estimated', (l) => compactUsd(l.notionalUsd)),
  col('Priority', (l) => tag(l.priority, l.priority === 'high' ? 'warn' : '')),
];

const levelTable = (levels) =>
  levels.length === 0 ? h('div', { class: 'empty' }, 'No levels.') : plainTable(levelColumns, levels);

const line = (label, ...value) =>
  h('div', { class: 'pair' }, h('span', { class: 'dim' }, label), h('span', {}, ...value));

function reportBody(r) {
  const { overview, magnets, cascadeRisk, bias } = r;
  const magnet = (m) =>
    m === null ? 'none' : `${price(m.px)}, ${percent(m.distanceFraction)} away, ${compactUsd(m.notionalUsd)}`;
  return h(
    'div',
    { class: 'pairs' },
    line('Mark', price(r.markPx)),
    line('24 h', overview.priceChangeFraction === null ? '–' : percent(overview.priceChangeFraction, true)),
    line('Market', overview.state ?? 'not known'),
    line(
      'Swept in 24 h',
      `longs ${compactUsd(overview.sweptUsd.long)}, shorts ${compactUsd(overview.sweptUsd.short)} (estimate)`,
    ),
    line('Magnet above', magnet(magnets.above)),
    line('Magnet below', magnet(magnets.below)),
    line('Cascade risk', `down ${cascadeRisk.down.level}, up ${cascadeRisk.up.level}`),
    line(
      'Bias',
      `${bias.timeframes.map((t) => `${t.timeframe} ${t.direction}`).join(', ')} – ${bias.agreement}`,
    ),
    line('Key level', r.keyLevel === null ? 'none' : `${price(r.keyLevel.px)} ${r.keyLevel.direction}`),
    ...r.recentLevels.slice(0, 4).map((l) => line(`Recent ${l.kind}`, price(l.px), ' ', time(l.toMs))),
    line(
      'Sources',
      r.sources.map((s) => `${s.venue}${s.ageMs === null ? '' : ` ${duration(s.ageMs)} old`}`).join(', '),
    ),
    h('p', { class: 'hint' }, r.risk),
  );
}
