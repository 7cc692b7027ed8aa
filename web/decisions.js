// Every decision, refused ones too: how often for which reason, each with its gates, and one with all of its inputs.
import { download, read } from './api.js';
import { col, empty, num } from './columns.js';
import { $, h, show } from './dom.js';
import { filterForm } from './filters.js';
import { market, percent, price, size, tag, time } from './format.js';
import { decisionDetail, fact } from './gates.js';
import { decisions } from './lists.js';
import { REASONS } from './reasons.js';
import { keepFilters } from './router.js';
import { plainTable, Table } from './table.js';

const DAY_MS = 86_400_000;
const PERIODS = { 1: '24 h', 7: '7 days', 30: '30 days', 90: '90 days' };
const ROWS = 50;
/** Counting looks at every decision of the time. */
const COUNT_MS = 15_000;
const FIELDS = [
  { name: 'coin', label: 'Coin', type: 'text' },
  {
    name: 'status',
    label: 'Verdict',
    type: 'choice',
    options: [
      ['', 'both'],
      ['approved', 'approved'],
      ['refused', 'refused'],
    ],
  },
  {
    name: 'days',
    label: 'Time',
    type: 'choice',
    options: Object.entries(PERIODS).map(([days, text]) => [days === '7' ? '' : days, text]),
  },
];

const nameOf = (i) => i.reason ?? 'entered';

export class DecisionsView {
  title = 'Decisions';
  #filters = {};
  #reason = null;
  #table;
  #root;
  #countedAt = Number.NEGATIVE_INFINITY;
  #drawn = '';

  async open(root, _param, given) {
    this.#root = root;
    this.#reason = given.get('reason');
    const { form, values } = filterForm(FIELDS, given, (v) => this.#narrow(v));
    this.#filters = values();
    const list = h('div', { class: 'body' });
    root.replaceChildren(
      h(
        'section',
        { 'aria-labelledby': 'why-title' },
        h(
          'div',
          { class: 'head' },
          h('h2', { id: 'why-title' }, 'Why'),
          h('span', { class: 'sum', id: 'why-sum', role: 'status' }),
        ),
        form,
        h('div', { id: 'why' }),
      ),
      h(
        'section',
        { 'aria-labelledby': 'list-title' },
        h(
          'div',
          { class: 'head' },
          h('h2', { id: 'list-title' }, 'Decisions'),
          h('span', { class: 'sum', id: 'list-sum' }),
          h('button', { type: 'button', class: 'csv', onclick: () => void this.#save() }, 'CSV'),
        ),
        list,
      ),
    );
    this.#table = new Table(
      { ...decisions, empty: empty('No decision like this within the time shown.') },
      list,
      (cursor) => void this.#more(cursor),
    );
    await this.refresh();
  }

  #since() {
    return Date.now() - Number(this.#filters.days ?? 7) * DAY_MS;
  }

  #params(more) {
    const { coin, status } = this.#filters;
    const all = { coin, status, reason: this.#reason ?? undefined, since: this.#since(), ...more };
    return new URLSearchParams(Object.entries(all).filter(([, v]) => v !== undefined));
  }

  #narrow(values) {
    this.#filters = values;
    this.#countedAt = Number.NEGATIVE_INFINITY;
    this.#reread();
  }

  #choose(reason) {
    this.#reason = reason === this.#reason ? null : reason;
    this.#drawn = '';
    this.#countedAt = Number.NEGATIVE_INFINITY;
    this.#reread();
  }

  #reread() {
    keepFilters('decisions', {
      ...this.#filters,
      ...(this.#reason === null ? {} : { reason: this.#reason }),
    });
    this.#table.reset();
    void this.refresh().catch((error) => show($('#why-sum', this.#root), error.message, 'bad'));
  }

  async #more(cursor) {
    this.#table.addOlder(await read(`/api/v1/decisions?${this.#params({ limit: ROWS, cursor })}`));
  }

  #save() {
    const path = `/api/v1/decisions?${this.#params({ limit: 'all', format: 'csv' })}`;
    return download(path, 'snapback-decisions.csv').catch((error) =>
      show($('#list-sum', this.#root), error.message, 'bad'),
    );
  }

  async refresh() {
    const asked = [this.#filters, this.#reason];
    const isDue = performance.now() - this.#countedAt > COUNT_MS;
    if (isDue) this.#countedAt = performance.now();
    const coin = this.#filters.coin === undefined ? '' : `&coin=${encodeURIComponent(this.#filters.coin)}`;
    const [page, counts] = await Promise.all([
      read(`/api/v1/decisions?${this.#params({ limit: ROWS })}`),
      isDue ? read(`/api/v1/decisions/summary?since=${this.#since()}${coin}`) : null,
    ]);
    if (asked[0] !== this.#filters || asked[1] !== this.#reason) return;
    this.#table.setPage(page);
    if (counts !== null) this.#drawCounts(counts);
    const chosen = this.#reason === null ? '' : ` for ${this.#reason}`;
    show($('#list-sum', this.#root), `newest first${chosen}`);
  }

  #drawCounts(counts) {
    const text = JSON.stringify([counts.items, this.#reason]);
    const sum = `${counts.total} ${counts.total === 1 ? 'decision' : 'decisions'}: ${counts.approved} approved, ${counts.refused} refused`;
    show($('#why-sum', this.#root), counts.truncated ? `the newest ${sum}; older ones are not counted` : sum);
    if (text === this.#drawn) return;
    this.#drawn = text;
    const box = $('#why', this.#root);
    const focused = document.activeElement?.dataset.id;
    const columns = [
      col('Reason', (i) => this.#chooser(i), 'lead'),
      num('Decisions', (i) => size(i.n)),
      num('Share', (i) => percent(i.n / counts.total)),
      col('', (i) => bar(i.n / counts.items[0].n, i.status), 'full wide'),
      col('Newest', (i) => time(i.newestMs)),
      col(
        'Means',
        (i) => (i.reason === null ? 'an entry was sent' : (REASONS[i.reason]?.means ?? '')),
        'text',
      ),
    ];
    box.replaceChildren(
      counts.items.length === 0
        ? h('div', { class: 'empty' }, 'No decision within this time.')
        : plainTable(columns, counts.items),
    );
    if (focused?.startsWith('why-')) $(`[data-id="${CSS.escape(focused)}"]`, box)?.focus();
  }

  #chooser(i) {
    if (i.reason === null) return tag('entered', 'good');
    return h(
      'button',
      {
        type: 'button',
        class: 'chooser',
        'data-id': `why-${i.reason}`,
        'aria-pressed': String(i.reason === this.#reason),
        title: 'Show these alone',
        onclick: () => this.#choose(i.reason),
      },
      nameOf(i),
    );
  }

  close() {}
}

function bar(share, status) {
  const fill = h('i', { class: status });
  fill.style.width = `${Math.max(1, share * 100)}%`;
  return h('div', { class: 'share', 'aria-hidden': 'true' }, fill);
}

/** One decision, with the trade that came of it and everything it was computed from. */
export class DecisionView {
  title = 'Decision';

  async open(root, id) {
    const d = await read(`/api/v1/decisions/${encodeURIComponent(id)}`).catch((error) => {
      if (error.status !== 404) throw error;
      return null;
    });
    if (d === null) return void root.replaceChildren(missing('decision', id));
    const trade = await this.#tradeOf(d);
    const { inputs } = d;
    root.replaceChildren(
      h('p', { class: 'crumbs' }, h('a', { href: '#/decisions' }, 'Decisions')),
      h(
        'section',
        { 'aria-labelledby': 'decision-title' },
        h(
          'div',
          { class: 'head' },
          h('h2', { id: 'decision-title' }, market(d.coin ?? 'no coin', d.side)),
          tag(d.status, d.status === 'approved' ? 'good' : 'warn'),
          h('span', { class: 'sum' }, time(d.decidedAtMs)),
          trade === null
            ? ''
            : h(
                'a',
                { class: 'end', href: `#/trades/${trade.id}`, 'data-id': 'trade' },
                'The trade that came of it',
              ),
        ),
        h(
          'div',
          { class: 'pad' },
          decisionDetail(d, true),
          trade === null && d.plan !== null
            ? h('p', { class: 'hint' }, 'No trade came of it: the entry did not fill.')
            : null,
        ),
      ),
      h(
        'section',
        { 'aria-labelledby': 'inputs-title' },
        h(
          'div',
          { class: 'head' },
          h('h2', { id: 'inputs-title' }, 'Inputs'),
          h('span', { class: 'sum' }, 'all it was computed from: the same inputs give the same decision'),
        ),
        h('div', { class: 'pad' }, ...inputParts(inputs)),
      ),
    );
  }

  async #tradeOf(d) {
    if (d.coin === null || d.plan === null) return null;
    const { items } = await read(
      `/api/v1/trades?coin=${encodeURIComponent(d.coin)}&decision=${d.id}&limit=1`,
    );
    return items[0] ?? null;
  }

  refresh() {
    return Promise.resolve();
  }

  close() {}
}

export const missing = (what, id) =>
  h('section', {}, h('div', { class: 'empty' }, `No ${what} has the id ${id}.`));

/** One fold per part of the inputs, written out when it is opened: together they are large. */
function inputParts(inputs) {
  if (inputs === null || typeof inputs !== 'object') return [h('p', { class: 'empty' }, 'None were kept.')];
  return Object.entries(inputs).map(([name, value]) => {
    if (value === null || typeof value !== 'object')
      return h('div', { class: 'kv' }, fact(name, value === null ? 'not known' : scalar(name, value)));
    const text = JSON.stringify(value, null, 1);
    return h(
      'details',
      {
        ontoggle: ({ target }) => {
          if (target.open && target.lastElementChild.textContent === '')
            target.lastElementChild.textContent = text;
        },
      },
      h('summary', {}, name, h('span', { class: 'dim' }, ` ${size(Math.ceil(text.length / 1_024))} KB`)),
      h('pre', { tabindex: '0' }),
    );
  });
}

const scalar = (name, value) =>
  name.endsWith('Ms') ? time(value) : typeof value === 'number' ? price(value) : String(value);
