// How well the map ranked the liquidations that were heard: per coin, beside every naive baseline, day by day.
import { read, Refused } from './api.js';
import { col, num, withSub } from './columns.js';
import { dayChart } from './day-chart.js';
import { h } from './dom.js';
import { tag, time } from './format.js';
import { plainTable } from './table.js';

const REFRESH_MS = 60_000;
const DAYS_READ = 90;
/** Rows of the day table until more is asked for: a phone is narrow and days are many. */
const DAYS_SHOWN = 10;

const WINDOWS = { '1h': '1 h, 0.1 %', '4h': '4 h, 0.25 %' };
const FIGURES = {
  meanPartialRho: 'Partial ρ',
  meanPartialRhoAll: 'ρ, all series',
  auc: 'AUC',
  captureTop25: 'Top ¼',
};
const MEANS = {
  meanPartialRho:
    'Partial ρ: rank correlation between what the map says of a price and what was liquidated there, with distance held fixed. 0 is knowing nothing beyond distance. Distance itself has none: it is what is held fixed.',
  meanPartialRhoAll:
    'The same over all series: one in which a map tells no prices apart counts 0 instead of being left out. This is the fair comparison between columns.',
  auc: 'AUC: how often a price with a liquidation is put above one without. 0.5 is chance.',
  captureTop25:
    'Top ¼: share of the liquidated USD in the quarter of prices that is put first. 0.25 is chance.',
};
const ENTRANTS = {
  model: 'Map',
  heat: 'Heat',
  distance: 'Distance alone',
  unswept: 'Not visited 24 h',
  uniform: 'All alike',
};

const figure = (x) => (x === null || x === undefined ? '–' : x.toFixed(3).replace('-', '−'));
/** Rounded, but "all of it" only when it was. */
const share = (x) => `${x >= 1 ? 100 : Math.min(99, Math.round(x * 100))} %`;
const day = (ms) =>
  h('time', { datetime: new Date(ms).toISOString() }, new Date(ms).toISOString().slice(0, 10));

const interval = (s) =>
  s.ci95 === null || s.ci95 === undefined ? '' : `95 %: ${figure(s.ci95[0])} … ${figure(s.ci95[1])}`;

/** Whether the map is above every baseline, by the mean alone. */
function standing(scores, key) {
  const own = scores.model[key];
  const others = ['distance', 'unswept', 'uniform'].map((e) => scores[e][key]).filter((x) => x !== null);
  if (own === null || others.length === 0) return '';
  return own > Math.max(...others) ? 'good' : '';
}

const fact = (label, value, note, tone = '') =>
  h(
    'div',
    { class: 'fact' },
    h('span', { class: 'label' }, label),
    h('span', { class: `value ${tone}` }, value),
    h('span', { class: 'note' }, note),
  );

const chooser = (label, options, current, choose) =>
  h(
    'div',
    { class: 'switch', role: 'group', 'aria-label': label },
    ...Object.entries(options).map(([name, text]) =>
      h(
        'button',
        {
          type: 'button',
          'data-choice': name,
          'aria-pressed': String(name === current),
          onclick: () => choose(name),
        },
        text,
      ),
    ),
  );

const MADE_UP = () =>
  h(
    'p',
    { class: 'notice warn', id: 'made-up' },
    'A made-up market: prices, holders and liquidations are invented, by the same liquidation prices the map assumes. These scores show that the scoring works and say nothing of a real market.',
  );

export class AccuracyView {
  title = 'Accuracy of the map';
  #root;
  #window = '4h';
  #key = 'meanPartialRho';
  #coin;
  #answer;
  #days;
  #hasAllDays = false;
  #readAt = Number.NEGATIVE_INFINITY;

  async open(root, coin) {
    this.#root = root;
    this.#coin = coin;
    await this.refresh(true);
  }

  async refresh(isForced = false) {
    if (!isForced && performance.now() - this.#readAt < REFRESH_MS) return;
    this.#readAt = performance.now();
    try {
      this.#answer = await read('/api/v1/accuracy?limit=1');
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'not-available') throw error;
      this.#root.replaceChildren(
        h('section', {}, h('div', { class: 'empty' }, h('p', {}, `Not here: ${error.message}.`))),
      );
      return;
    }
    const known = this.#answer.coins.map((c) => c.coin);
    if (!known.includes(this.#coin)) this.#coin = known.includes('BTC') ? 'BTC' : known[0];
    await this.#readDays();
    this.#draw();
  }

  async #readDays() {
    const coin = this.#coin;
    if (coin === undefined) return;
    const path = `/api/v1/accuracy?coin=${encodeURIComponent(coin)}&limit=${DAYS_READ}`;
    const { items } = await read(path);
    if (coin === this.#coin) this.#days = items;
  }

  /** @param {string} [focus] what to give the focus back to */
  #draw(focus) {
    const { isMadeUp, dataSource, coins } = this.#answer;
    const parts = coins.length === 0 ? [this.#empty()] : [this.#facts(), this.#byCoin(), this.#byDay()];
    this.#root.replaceChildren(...(isMadeUp ? [MADE_UP()] : []), ...parts);
    const where = this.#root.querySelector('#accuracy-source');
    if (where !== null) where.textContent = dataSource;
    if (focus !== undefined) this.#root.querySelector(focus)?.focus();
  }

  #empty() {
    const { nextAtMs } = this.#answer;
    return h(
      'section',
      { 'aria-labelledby': 'accuracy-title' },
      h('div', { class: 'head' }, h('h2', { id: 'accuracy-title' }, 'Accuracy of the map')),
      h(
        'div',
        { class: 'empty' },
        h('p', {}, 'No day has been scored yet.'),
        h(
          'p',
          {},
          'Once a day the map is rebuilt from its bars and compared with the liquidations that venues reported. A day needs half of its minutes listened to, its bars and those of three days before, and some liquidations. Days before the first start have none.',
        ),
        h('p', {}, 'The first score comes after ', time(nextAtMs), ', if that day was listened to.'),
        h(
          'p',
          {},
          'Market data on ',
          h('a', { href: '#/' }, 'Now'),
          ' says which streams of liquidations are heard. On the testnet there is none.',
        ),
      ),
    );
  }

  #facts() {
    const all = this.#answer.all[this.#window];
    const next = fact('Next day scored', time(this.#answer.nextAtMs), 'the day that ended before');
    const label = FIGURES[this.#key];
    if (all === null)
      return h(
        'section',
        { class: 'strip', 'aria-label': 'All coins' },
        fact(`${label}, all coins`, '–', `no window of ${WINDOWS[this.#window]} had enough in it yet`),
        next,
      );
    const { model, distance, unswept } = all.scores;
    const note =
      this.#key === 'meanPartialRho'
        ? interval(model) || 'an interval from five days on'
        : 'mean of all series';
    return h(
      'section',
      { class: 'strip', 'aria-label': 'All coins' },
      fact(`Map, ${label}`, figure(model[this.#key]), note, standing(all.scores, this.#key)),
      fact(
        'Not visited 24 h',
        figure(unswept[this.#key]),
        this.#key === 'meanPartialRho' ? interval(unswept) : 'knows only where price has been',
      ),
      fact(
        'Distance alone',
        figure(distance[this.#key]),
        this.#key === 'meanPartialRho' ? 'is what is held fixed' : 'the farther, the more',
      ),
      fact(
        'Sample',
        `${all.days} day${all.days === 1 ? '' : 's'}`,
        `${model.units} series, ${model.rows} prices, ${this.#answer.coins.length} coin${this.#answer.coins.length === 1 ? '' : 's'}`,
      ),
      next,
    );
  }

  #byCoin() {
    const redraw = (name) => this.#draw(`[data-choice="${name}"]`);
    const scores = (c) => c.windows[this.#window]?.scores;
    const cell = (entrant) => (c) => {
      const s = scores(c)?.[entrant];
      if (s === undefined) return '–';
      const tone = entrant === 'model' ? standing(scores(c), this.#key) : '';
      const text = h('span', { class: tone }, figure(s[this.#key]));
      return this.#key === 'meanPartialRho' ? withSub(text, interval(s)) : text;
    };
    const columns = [
      col(
        'Coin',
        (c) =>
          h(
            'button',
            {
              type: 'button',
              class: 'chooser',
              'data-coin': c.coin,
              'aria-pressed': String(c.coin === this.#coin),
              onclick: () => void this.#choose(c.coin, `[data-coin="${CSS.escape(c.coin)}"]`),
            },
            c.coin,
          ),
        'lead',
      ),
      ...Object.entries(ENTRANTS).map(([entrant, label]) => num(label, cell(entrant))),
      num('Days', (c) => String(c.windows[this.#window]?.days ?? 0)),
      num('n', (c) => {
        const model = scores(c)?.model;
        return model === undefined ? '–' : withSub(`${model.units} series`, `${model.rows} prices`);
      }),
      num('Heard, 7 days', (c) => share(c.heardFraction)),
      col('Newest day', ({ newest }) =>
        newest === null
          ? '–'
          : h(
              'span',
              {},
              day(newest.dayMs),
              ' ',
              newest.notEnough === null ? '' : tag(newest.notEnough.code, 'warn'),
            ),
      ),
    ];
    return h(
      'section',
      { 'aria-labelledby': 'accuracy-title' },
      h(
        'div',
        { class: 'head tools' },
        h('h2', { id: 'accuracy-title' }, 'By coin'),
        chooser('Figure', FIGURES, this.#key, (key) => {
          this.#key = key;
          redraw(key);
        }),
        chooser('Windows', WINDOWS, this.#window, (window) => {
          this.#window = window;
          redraw(window);
        }),
        h('span', { class: 'sum', id: 'accuracy-source' }),
      ),
      plainTable(columns, this.#answer.coins),
      h('p', { class: 'hint pad' }, MEANS[this.#key]),
      h(
        'p',
        { class: 'hint pad' },
        'Map: what decisions rest on. Heat: what colours the picture of a coin, on Hyperliquid alone. Only what was heard counts: venues do not report all of their liquidations. Intervals resample whole days. Green: above every baseline, by the mean alone.',
      ),
    );
  }

  async #choose(coin, focus) {
    this.#coin = coin;
    await this.#readDays();
    this.#draw(focus);
  }

  #byDay() {
    const days = this.#days ?? [];
    const of = (d, entrant) => d.windows[this.#window]?.[entrant][this.#key] ?? null;
    const columns = [
      col('Day (UTC)', (d) => day(d.dayMs), 'lead'),
      num('Map', (d) => figure(of(d, 'model'))),
      num('Heat', (d) => figure(of(d, 'heat'))),
      num('Distance', (d) => figure(of(d, 'distance'))),
      num('Not visited', (d) => figure(of(d, 'unswept'))),
      num('n', (d) => String(d.windows[this.#window]?.model.units ?? '–')),
      num('Heard', (d) => withSub(share(d.heardFraction), `${d.liquidations} liquidations`)),
      col(
        'Note',
        (d) =>
          d.notEnough !== null
            ? h('span', {}, tag(d.notEnough.code, 'warn'), ` ${d.notEnough.message}`)
            : d.windows[this.#window] === null
              ? 'no window of this size had enough in it'
              : d.map === this.#answer.map
                ? ''
                : 'an earlier map: not in the means',
        'text',
      ),
    ];
    const lines = [
      { name: 'Map', class: 'own', value: (d) => of(d, 'model') },
      { name: 'Heat', class: 'heat-line', value: (d) => of(d, 'heat') },
      { name: 'Not visited 24 h', class: 'unswept', value: (d) => of(d, 'unswept') },
      { name: 'Distance alone', class: 'distance', value: (d) => of(d, 'distance') },
    ];
    return h(
      'section',
      { 'aria-labelledby': 'days-title' },
      h(
        'div',
        { class: 'head tools' },
        h('h2', { id: 'days-title' }, `${this.#coin} by day`),
        h('span', { class: 'sum' }, `${FIGURES[this.#key]}, ${WINDOWS[this.#window]}`),
      ),
      dayChart(days.toReversed(), lines, {
        base: { meanPartialRho: 0, meanPartialRhoAll: 0, auc: 0.5, captureTop25: 0.25 }[this.#key],
        label: `${FIGURES[this.#key]} of ${this.#coin} by day; the table below has the numbers`,
        figure,
      }),
      plainTable(columns, this.#hasAllDays ? days : days.slice(0, DAYS_SHOWN)),
      this.#hasAllDays || days.length <= DAYS_SHOWN
        ? null
        : h(
            'button',
            {
              type: 'button',
              class: 'more',
              onclick: () => {
                this.#hasAllDays = true;
                this.#draw();
              },
            },
            `All ${days.length} days`,
          ),
    );
  }

  close() {}
}
