// A decision in full: what was planned, and each gate with the numbers it compared.
import { h } from './dom.js';
import { duration, percent, price, rough, size, tag, time, usd } from './format.js';
import { REASONS } from './reasons.js';

export const fact = (label, value) => h('span', {}, `${label} `, h('b', {}, value));

const words = (name) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();

const compared = (name, v) =>
  v === null ? 'not known' : typeof v !== 'number' ? v : name.endsWith('Px') ? price(v) : rough(v);
const numbersOf = (gate) =>
  Object.entries(gate.numbers)
    .map(([k, v]) => `${words(k)} ${compared(k, v)}`)
    .join(' · ');

/** What a reason code means, in the words of docs/errors.md. */
export function meaning(code) {
  const known = REASONS[code];
  if (known === undefined) return h('p', { class: 'meaning' }, tag(code));
  return h(
    'p',
    { class: 'meaning' },
    tag(code),
    ` ${known.means}. `,
    h('span', { class: 'dim' }, `What to do: ${known.todo}.`),
  );
}

/** Folded on a phone: seventeen gates are longer than its screen. */
export function gateList(gates) {
  const refused = gates.find((g) => !g.ok);
  const passed = gates.filter((g) => g.ok).length;
  const sum =
    refused === undefined ? `all ${passed} passed` : `${passed} passed, then ${refused.gate} said no`;
  const isWide = matchMedia('(min-width: 721px)').matches;
  return h('details', { open: isWide }, h('summary', {}, `Gate by gate: ${sum}`), gateTable(gates));
}

const gateTable = (gates) =>
  h(
    'ul',
    { class: 'gates' },
    ...gates.map((g) =>
      h(
        'li',
        {},
        h(
          'span',
          { class: g.ok ? 'good' : 'bad' },
          g.ok ? '✓' : '✗',
          h('span', { class: 'unseen' }, g.ok ? ' passed' : ' refused'),
        ),
        h('span', { class: 'gate' }, g.gate),
        h(
          'span',
          { class: 'message' },
          g.code === null ? '' : tag(g.code, 'bad'),
          ` ${g.message} `,
          h('span', { class: 'numbers' }, numbersOf(g)),
        ),
      ),
    ),
  );

export const planFacts = (plan) =>
  h(
    'div',
    { class: 'kv' },
    fact('size', size(plan.sz)),
    fact('mark', price(plan.markPx)),
    fact('worst entry', price(plan.entryLimitPx)),
    fact('stop', `${price(plan.stopPx)} (${percent(plan.stopDistanceBps / 10_000)} away)`),
    fact('targets', plan.takeProfits.map((t) => `${size(t.sz)} at ${price(t.px)}`).join(', ') || 'none'),
    fact('notional', usd(plan.notionalUsd)),
    fact('risk', usd(plan.riskUsd)),
    fact('confidence', percent(plan.confidence)),
    fact('latest exit', plan.timeStopAtMs === undefined ? '–' : time(plan.timeStopAtMs)),
  );

/**
 * What the confidence was made of: the alert's score, and what the signals said for and against.
 * @param {any} decision @param {number | null | undefined} score of the alert, 0 … 100
 */
export function confidenceFacts({ plan, gates }, score) {
  const of = (name) => gates.find((g) => g.gate === name)?.numbers ?? {};
  const { agreement, support, tooHot, turning, fading, ...others } = of('timeframes');
  const byTimeframe = Object.entries(others).filter(([k, v]) => /^support\w/.test(k) && v !== null);
  const signed = (v) => (typeof v === 'number' ? `${v > 0 ? '+' : ''}${v.toFixed(2)}` : 'not known');
  return h(
    'div',
    { class: 'kv' },
    h('span', {}, 'Confidence ', h('b', {}, percent(plan.confidence)), ' from'),
    fact('score', score === null || score === undefined ? 'none (counts as 50)' : `${rough(score)} of 100`),
    fact('signals', signed(support)),
    ...byTimeframe.map(([k, v]) => fact(k.replace('support', ''), signed(v))),
    fact('timeframes', agreement ?? 'not known'),
    ...[
      ['turning', turning],
      ['fading', fading],
      ['both sides dense', tooHot],
    ].map(([label, v]) => (v === undefined ? null : fact(label, v))),
    fact('size factor', rough(of('plan').sizeFactor)),
    fact('size bound by', of('plan').boundBy ?? 'not known'),
  );
}

/** @param {any} d a decision without its inputs @param {boolean} isAlone on a page of its own it needs no way there */
export const decisionDetail = (d, isAlone = false) =>
  h(
    'div',
    {},
    h('p', {}, d.explain),
    ...d.reasons.map(meaning),
    d.plan === null ? null : planFacts(d.plan),
    gateList(d.gates),
    h(
      'div',
      { class: 'kv' },
      fact('decision', d.id),
      fact('alert', d.alertId),
      isAlone ? null : h('a', { href: `#/decisions/${d.id}` }, 'All of it, with its inputs'),
    ),
  );

/** "+34 ms after the alert" */
export const since = (ms, fromMs) =>
  fromMs === null || fromMs === undefined
    ? ''
    : `${ms < fromMs ? '−' : '+'}${duration(Math.abs(ms - fromMs))}`;
