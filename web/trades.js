// All trades: narrowed by the server, sorted here, one row each into its story.
import { download, read } from './api.js';
import { col, coloured, empty, num, withSub } from './columns.js';
import { h, show } from './dom.js';
import { apiParams, filterForm } from './filters.js';
import { bps, duration, market, multiple, pnl, price, tag, time, usd } from './format.js';
import { EXIT_TONE, trades } from './lists.js';
import { keepFilters } from './router.js';
import { Table } from './table.js';

const ROWS = 100;

const FIELDS = [
  { name: 'coin', label: 'Coin', type: 'text' },
  { name: 'strategy', label: 'Strategy', type: 'text' },
  {
    name: 'side',
    label: 'Side',
    type: 'choice',
    options: [
      ['', 'both'],
      ['long', 'long'],
      ['short', 'short'],
    ],
  },
  {
    name: 'result',
    label: 'Result',
    type: 'choice',
    options: [
      ['', 'all'],
      ['won', 'won'],
      ['lost', 'lost'],
      ['open', 'open'],
    ],
  },
  { name: 'from', label: 'From', type: 'date' },
  { name: 'to', label: 'To', type: 'date' },
];

const heldMs = (t) => (t.closedAtMs === null ? null : t.closedAtMs - t.openedAtMs);
const netOf = (t) => (t.closedAtMs === null ? null : t.netPnlUsd);

const columns = [
  col(
    'Trade',
    (t) => h('a', { href: `#/trades/${t.id}`, 'data-id': `trade-${t.id}` }, market(t.coin, t.side)),
    'lead',
    (t) => t.coin,
  ),
  col(
    'Opened',
    (t) => time(t.openedAtMs),
    '',
    (t) => t.openedAtMs,
  ),
  col('Held', (t) => (t.closedAtMs === null ? tag('open', 'info') : duration(heldMs(t))), '', heldMs),
  num('Entry → exit', (t) =>
    withSub(`${price(t.entryPx)} → ${t.exitPx === null ? '…' : price(t.exitPx)}`, price(t.sz)),
  ),
  num('Net', (t) => (netOf(t) === null ? '–' : coloured(t.netPnlUsd, pnl(t.netPnlUsd))), '', netOf),
  num(
    'R',
    (t) => (netOf(t) === null ? '–' : multiple(t.rMultiple)),
    '',
    (t) => (netOf(t) === null ? null : t.rMultiple),
  ),
  num(
    'Fees',
    (t) => withSub(usd(t.feesUsd), t.fundingUsd === 0 ? '' : `funding ${pnl(t.fundingUsd)}`),
    '',
    (t) => t.feesUsd,
  ),
  num(
    'Slippage',
    (t) => bps(t.slippageBps),
    '',
    (t) => t.slippageBps,
  ),
  num(
    'Without stop',
    (t) =>
      t.unprotectedMs === 0
        ? h('span', { class: 'dim' }, 'never')
        : h('span', { class: 'warn' }, duration(t.unprotectedMs)),
    '',
    (t) => t.unprotectedMs,
  ),
  col(
    'Exit',
    (t) => (t.exitReason === null ? '–' : tag(t.exitReason, EXIT_TONE[t.exitReason] ?? '')),
    '',
    (t) => t.exitReason,
  ),
  col('Strategy', (t) => t.strategy ?? h('span', { class: 'dim' }, 'by hand')),
];

export class TradesView {
  title = 'Trades';
  #filters = {};
  #table;
  #sum;
  #sort;

  async open(root, _param, given) {
    this.#sum = h('span', { class: 'sum', role: 'status' });
    const body = h('div', { class: 'body' });
    const { form, values } = filterForm(FIELDS, given, (v) => void this.#narrow(v));
    this.#filters = values();
    this.#sort = h(
      'select',
      { id: 'sort', onchange: (e) => this.#table.sortBy(e.target.value || null, true) },
      h('option', { value: '' }, 'newest first'),
      ...columns.filter((c) => c.by).map((c) => h('option', { value: c.label }, c.label)),
    );
    root.replaceChildren(
      h(
        'section',
        { 'aria-labelledby': 'trades-title' },
        h(
          'div',
          { class: 'head' },
          h('h2', { id: 'trades-title' }, 'Trades'),
          this.#sum,
          h('button', { type: 'button', class: 'csv', onclick: () => void this.#save() }, 'CSV'),
        ),
        form,
        h('p', { class: 'phone-sort' }, h('label', { for: 'sort' }, 'Sorted by '), this.#sort),
        body,
      ),
    );
    this.#table = new Table(
      {
        ...trades,
        columns,
        empty: empty('No trade like this. Every approved decision that fills becomes one.'),
      },
      body,
      (cursor) => void this.#more(cursor),
    );
    await this.refresh();
  }

  #path(more = {}) {
    const params = apiParams(this.#filters);
    for (const [k, v] of Object.entries({ limit: String(ROWS), ...more })) params.set(k, v);
    return `/api/v1/trades?${params}`;
  }

  async #narrow(values) {
    this.#filters = values;
    keepFilters('trades', values);
    this.#table.reset();
    await this.refresh().catch((error) => show(this.#sum, error.message, 'bad'));
  }

  async #more(cursor) {
    this.#table.addOlder(await read(this.#path({ cursor })));
    this.#say();
  }

  #save() {
    return download(this.#path({ limit: 'all', format: 'csv' }), 'snapback-trades.csv').catch((error) =>
      show(this.#sum, error.message, 'bad'),
    );
  }

  async refresh() {
    const asked = this.#filters;
    const page = await read(this.#path());
    if (asked !== this.#filters) return;
    this.#table.setPage(page);
    this.#say();
  }

  #say() {
    const rows = this.#table.all;
    const isAll = this.#table.nextCursor === null;
    const what = trades.sum(rows);
    const loaded = isAll ? `${rows.length} in all` : `newest ${rows.length} loaded; sorting orders these`;
    show(this.#sum, [loaded, what].filter(Boolean).join(' · '));
  }

  close() {}
}
