// What closed trades say of the signals, and the weights learned from it, which nothing uses until a person says so.
import { col, num, withSub } from './columns.js';
import { h } from './dom.js';
import { time, tag } from './format.js';
import { plainTable } from './table.js';

const MODE = {
  collecting: ['collecting', ''],
  shadow: ['in shadow', 'info'],
  applied: ['in force', 'warn'],
};

const r = (v) => `${v > 0 ? '+' : v < 0 ? '−' : ''}${Math.abs(v).toFixed(2)} R`;
const spoke = ({ n, meanR }) => (n === 0 ? h('span', { class: 'dim' }, '–') : withSub(r(meanR), `n ${n}`));
const interval = ({ value, ci95: [lo, hi] }) => withSub(r(value), `95 %: ${r(lo)} … ${r(hi)}`);
const times = (x) => `× ${x.toFixed(2)}`;

/** @param {Record<string, number> | null} learned multipliers of the version shown */
const columns = (learned) => [
  col('Signal', (s) => h('span', { class: 'coin' }, s.signal), 'lead'),
  num('Weight by hand', (s) => s.weight.toFixed(2)),
  num('Learned', (s) =>
    learned === null ? h('span', { class: 'dim' }, '–') : times(learned[s.signal] ?? 1),
  ),
  num('Spoke for the entry', (s) => spoke(s.spokeFor)),
  num('Against it', (s) => spoke(s.spokeAgainst)),
  num('Per unit of voice', (s) =>
    s.slope === null ? h('span', { class: 'dim' }, 'too few') : interval(s.slope),
  ),
];

function standing({ mode, needed, versions, applied, feedback }) {
  const last = versions.at(-1);
  const seen = `${feedback.trades} of ${needed.trades} closed trades on ${feedback.days} of ${needed.days} days`;
  if (mode === 'collecting')
    return [
      `${seen} are there to learn from. Until then the weights set by hand decide, and nothing is multiplied.`,
    ];
  const version = versions.find((v) => v.version === applied) ?? last;
  return [
    `Version ${version.version}, learned `,
    time(version.learnedAtMs),
    ` from ${version.trades} trades on ${version.days} days, `,
    mode === 'applied'
      ? 'multiplies the weights set by hand in every decision.'
      : 'is computed beside every decision and changes none. A person puts it in force.',
  ];
}

/** The same trades weighted by either confidence. */
function comparison({ comparison: c }) {
  if (c === null) return '';
  const apart =
    c.difference === null
      ? ''
      : `, difference ${r(c.difference.value)} (95 %: ${r(c.difference.ci95[0])} … ${r(c.difference.ci95[1])})`;
  return ` The ${c.trades} trades decided with both, weighted by either confidence: by hand ${r(c.handSetR)}, learned ${r(c.learnedR)}${apart}.`;
}

/** @param {any} answer of /api/v1/feedback */
export function feedbackSection(answer) {
  const [label, kind] = MODE[answer.mode];
  const version = answer.versions.find((v) => v.version === answer.applied) ?? answer.versions.at(-1) ?? null;
  const heard = answer.feedback.signals.filter((s) => s.spokeFor.n + s.spokeAgainst.n > 0);
  return h(
    'section',
    { id: 'feedback', 'aria-labelledby': 'feedback-title' },
    h('div', { class: 'head' }, h('h2', { id: 'feedback-title' }, 'Weights that learn'), tag(label, kind)),
    h('p', { class: 'pad' }, ...standing(answer), comparison(answer.feedback)),
    heard.length === 0 ? '' : plainTable(columns(version?.multipliers ?? null), heard),
    h(
      'p',
      { class: 'hint pad' },
      heard.length === 0 ? 'No signal has spoken on a closed trade yet. ' : '',
      'Days are the units of the intervals. A dozen signals are looked at at once: one interval in twenty misses the truth. Nothing here claims an edge.',
    ),
  );
}
