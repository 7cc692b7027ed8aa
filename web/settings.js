// Every coin's parameters: their values, where each came from, and a form that keeps their bounds.
import { read } from './api.js';
import { col, num } from './columns.js';
import { h, show } from './dom.js';
import { size, tag, time } from './format.js';
import { operate } from './operate.js';
import { PARAMS } from './params.js';
import { Table } from './table.js';

const text = (value) =>
  Array.isArray(value) ? value.join(' / ') : typeof value === 'number' ? size(value) : String(value);

/** What was typed, as the parameter's own type; undefined when it is none. */
function parsed(input, example) {
  const value = input.trim();
  if (typeof example === 'boolean') return { true: true, false: false }[value];
  if (typeof example === 'string') return value === '' ? undefined : value;
  const numbers = value.split('/').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.some((n) => !Number.isFinite(n))) return undefined;
  return Array.isArray(example) ? numbers : numbers[0];
}

function editor(entry, onChanged) {
  const { coin } = entry.params;
  const said = h('p', { class: 'hint', role: 'status' });
  const change = (name, value, what) =>
    operate({
      title: `Change ${name} of ${coin}?`,
      message: `${what} The next decision uses it; the change is kept with its history.`,
      label: 'Change',
      method: 'PUT',
      path: `/api/v1/coins/${encodeURIComponent(coin)}`,
      body: { [name]: value },
    }).then(
      (answer) => answer !== null && onChanged(),
      (error) => show(said, `Not changed: ${error.message}.`, 'bad'),
    );
  const field = ([name, value]) => {
    const id = `${coin}-${name}`;
    const shown = Array.isArray(value) ? value.join(' / ') : String(value);
    const input = h('input', { id, value: shown, autocomplete: 'off', spellcheck: 'false', size: 12 });
    const isOwn = entry.provenance[name] === 'override';
    return h(
      'form',
      {
        class: 'param',
        onsubmit(event) {
          event.preventDefault();
          const next = parsed(input.value, value);
          if (next === undefined)
            return show(said, `${name}: "${input.value}" is not a value like ${shown}`, 'bad');
          void change(name, next, `From ${shown} to ${text(next)}.`);
        },
      },
      h('label', { for: id }, name, h('span', { class: 'means' }, PARAMS[name] ?? '')),
      input,
      h('button', { type: 'submit', class: 'csv' }, 'Set…'),
      isOwn
        ? h(
            'button',
            {
              type: 'button',
              class: 'csv',
              onclick: () => void change(name, null, `Back to the default, ${text(entry.defaults[name])}.`),
            },
            `Default ${text(entry.defaults[name])}`,
          )
        : h('span', { class: 'dim' }, 'default'),
    );
  };
  const params = Object.entries(entry.params).filter(([name]) => name !== 'coin');
  const history = entry.history.map((v) =>
    h('li', {}, `version ${v.version}, `, time(v.atMs), `: ${JSON.stringify(v.changes)} by ${v.by}`),
  );
  return h(
    'div',
    {},
    h('div', { class: 'params' }, ...params.map(field)),
    said,
    h(
      'p',
      { class: 'hint' },
      entry.source.tuned ? '' : 'Defaults are cautious starting points, not tuned values: ',
      `${entry.source.file}, ${entry.source.decision}.`,
    ),
    history.length === 0 ? null : h('ul', { class: 'history' }, ...history),
  );
}

export class SettingsView {
  title = 'Settings';
  #table;
  #edited = false;

  async open(root) {
    const body = h('div', { class: 'body' });
    root.replaceChildren(
      h(
        'section',
        { 'aria-labelledby': 'coins-title' },
        h(
          'div',
          { class: 'head' },
          h('h2', { id: 'coins-title' }, 'Parameters by coin'),
          h('span', { class: 'sum' }, 'a row opens into all of them'),
        ),
        body,
      ),
    );
    const own = (e) => Object.values(e.provenance).filter((p) => p === 'override').length;
    this.#table = new Table(
      {
        path: 'coins',
        id: (e) => e.params.coin,
        detail: (e) =>
          editor(e, () => {
            this.#edited = true;
            void this.refresh();
          }),
        columns: [
          col('Coin', (e) => h('span', { class: 'coin' }, e.params.coin), 'lead'),
          col('Trades', (e) => tag(e.params.enabled ? 'enabled' : 'off', e.params.enabled ? 'good' : 'warn')),
          num('Risk', (e) => `${(e.params.riskFraction * 100).toFixed(2)} %`),
          num('Leverage', (e) => `${e.params.leverage}×`),
          num('Notional, most', (e) => `$${size(e.params.notionalUsdMax)}`),
          num('Stop distance, bps', (e) => `${e.params.stopDistanceBpsMin} – ${e.params.stopDistanceBpsMax}`),
          num('Drift, bps', (e) => size(e.params.driftBpsMax)),
          col('Changed', (e) =>
            own(e) === 0 ? h('span', { class: 'dim' }, 'no') : `${own(e)} of yours, version ${e.version}`,
          ),
        ],
        empty: () => h('div', { class: 'empty' }, 'No coins.'),
      },
      body,
      () => {},
    );
    this.#table.setPage(await read('/api/v1/coins'));
  }

  /** What is being typed must stay: read again only after a change. */
  async refresh() {
    if (!this.#edited) return;
    this.#edited = false;
    this.#table.drawn = '';
    this.#table.setPage(await read('/api/v1/coins'));
  }

  close() {}
}
