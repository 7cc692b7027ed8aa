// What trading brought: every figure with its sample size and its 95 % interval, because one without them says nothing.
import { read } from './api.js';
import { col, coloured, num, withSub } from './columns.js';
import { feedbackSection } from './feedback.js';
import { h } from './dom.js';
import { duration, pnl, usd } from './format.js';
import { plainTable } from './table.js';

const GROUPS = { coin: 'Coin', side: 'Side', exit: 'Exit', week: 'Week', strategy: 'Strategy' };
const REFRESH_MS = 30_000;

const signed = (v, digits) => `${v > 0 ? '+' : v < 0 ? '−' : ''}${Math.abs(v).toFixed(digits)}`;

/** "+0.21 (−0.10 … +0.52), n 34"; without an interval the sample is too small for one. */
function withInterval(m, digits, unit) {
  if (m === null) return '–';
  const [lo, hi] = m.ci95 ?? [];
  return withSub(
    `${signed(m.mean, digits)}${unit}`,
    m.ci95 === null
      ? `n ${m.n}: too few for an interval`
      : `${signed(lo, digits)} … ${signed(hi, digits)}, n ${m.n}`,
  );
}

const shareInterval = (r) =>
  `95 %: ${Math.round(r.ci95[0] * 100)} … ${Math.round(r.ci95[1] * 100)} %, n ${r.n}`;
const share = (r) => (r === null ? '–' : withSub(`${Math.round(r.share * 100)} %`, shareInterval(r)));

const columns = (by) => [
  col(GROUPS[by], (g) => h('span', { class: 'coin' }, g.group[by] ?? 'not known'), 'lead'),
  num('Trades', (g) => withSub(String(g.n), g.open === 0 ? '' : `${g.open} open`)),
  num('Net', (g) => coloured(g.netPnlUsd, pnl(g.netPnlUsd))),
  num('Net R', (g) => withInterval(g.netR, 2, ' R')),
  num('Net bps', (g) => withInterval(g.netBps, 1, '')),
  num('Hit rate', (g) => share(g.hitRate)),
  num('Fees', (g) => usd(g.feesUsd)),
  num('Funding', (g) => pnl(g.fundingUsd)),
  num('Drawdown', (g) => usd(g.maxDrawdownUsd)),
  num('Without stop, worst', (g) => (g.unprotectedMs.max === 0 ? 'never' : duration(g.unprotectedMs.max))),
];

const fact = (label, value, note) =>
  h(
    'div',
    { class: 'fact' },
    h('span', { class: 'label' }, label),
    h('span', { class: 'value' }, value),
    h('span', { class: 'note' }, note),
  );

const interval = (m, digits, unit) =>
  m?.ci95
    ? `95 %: ${signed(m.ci95[0], digits)} … ${signed(m.ci95[1], digits)}${unit}, n ${m.n}`
    : `n ${m?.n ?? 0}`;

function facts(total) {
  const mean = (m, digits, unit) => (m === null ? '–' : `${signed(m.mean, digits)}${unit}`);
  return h(
    'section',
    { class: 'strip', 'aria-label': 'Totals' },
    fact(
      'Net of fees and funding',
      coloured(total.netPnlUsd, pnl(total.netPnlUsd)),
      total.n === 1 ? '1 closed trade' : `${total.n} closed trades`,
    ),
    fact('Mean per trade, R', mean(total.netR, 2, ' R'), interval(total.netR, 2, ' R')),
    fact('Mean per trade, bps', mean(total.netBps, 1, ' bps'), interval(total.netBps, 1, ' bps')),
    fact(
      'Hit rate',
      total.hitRate === null ? '–' : `${Math.round(total.hitRate.share * 100)} %`,
      total.hitRate === null ? 'n 0' : shareInterval(total.hitRate),
    ),
    fact('Largest drawdown', usd(total.maxDrawdownUsd), 'of closed trades, from their highest sum'),
    fact('Fees', usd(total.feesUsd), `funding ${pnl(total.fundingUsd)}`),
  );
}

/** Null where nothing is learned: on a Worker. */
const readFeedback = () =>
  read('/api/v1/feedback').catch((error) => {
    if (error.status === 501) return null;
    throw error;
  });

export class PerformanceView {
  title = 'Performance';
  #root;
  #by = 'coin';
  #readAt = 0;
  #feedback = h('div', { class: 'stack' });

  async open(root) {
    this.#root = root;
    await this.refresh(true);
  }

  async refresh(isForced = false) {
    if (!isForced && performance.now() - this.#readAt < REFRESH_MS) return;
    this.#readAt = performance.now();
    const answer = await read(`/api/v1/performance?by=${this.#by}`);
    const { total, items } = answer;
    const since = new Date(answer.sinceMs).toISOString().slice(0, 10);
    const choose = (by) => {
      this.#by = by;
      void this.refresh(true).then(() => this.#root.querySelector(`[data-by="${by}"]`)?.focus());
    };
    this.#root.replaceChildren(
      facts(total),
      h(
        'section',
        { 'aria-labelledby': 'groups-title' },
        h(
          'div',
          { class: 'head tools' },
          h('h2', { id: 'groups-title' }, 'By'),
          h(
            'div',
            { class: 'switch', role: 'group', 'aria-label': 'Grouped by' },
            ...Object.entries(GROUPS).map(([by, label]) =>
              h(
                'button',
                {
                  type: 'button',
                  'data-by': by,
                  'aria-pressed': String(by === this.#by),
                  onclick: () => choose(by),
                },
                label,
              ),
            ),
          ),
          h('span', { class: 'sum' }, `since ${since}${answer.truncated ? ', newest trades only' : ''}`),
        ),
        items.length === 0
          ? h('div', { class: 'empty' }, 'No closed trade in this time.')
          : plainTable(columns(this.#by), items),
        h(
          'p',
          { class: 'hint pad' },
          'Trades are taken as independent; those of one cascade are not, so true intervals are wider. Nothing here claims an edge.',
        ),
      ),
      this.#feedback,
    );
    // A year of trades is looked through for it at the first time: nothing waits for that.
    const feedback = await readFeedback();
    if (feedback === null) this.#feedback.replaceChildren();
    else this.#feedback.replaceChildren(feedbackSection(feedback));
  }

  close() {}
}
