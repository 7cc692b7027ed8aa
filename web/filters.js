// The filters over a list: what is set stands in the address and goes to the server; a file gets the same.
import { h } from './dom.js';

/**
 * @typedef {{ name: string, label: string, type: 'text' | 'date' | 'choice', options?: [string, string][], placeholder?: string }} Field
 * @param {Field[]} fields @param {URLSearchParams} given what the address says
 * @param {(values: Record<string, string>) => void} onChange what is set, by name; told at once when something changes
 */
export function filterForm(fields, given, onChange) {
  const inputs = fields.map((f) => {
    const id = `filter-${f.name}`;
    const value = given.get(f.name) ?? '';
    const input =
      f.type === 'choice'
        ? h(
            'select',
            { id, name: f.name },
            ...f.options.map(([v, text]) => h('option', { value: v, selected: v === value }, text)),
          )
        : h('input', {
            id,
            name: f.name,
            type: f.type,
            value,
            autocomplete: 'off',
            spellcheck: 'false',
            ...(f.type === 'text' ? { size: 9, maxlength: 40, placeholder: f.placeholder ?? 'all' } : {}),
          });
    return h('span', { class: 'field' }, h('label', { for: id }, f.label), input);
  });
  const form = h('form', { class: 'filters', role: 'search' }, ...inputs);
  const values = () =>
    Object.fromEntries([...new FormData(form)].map(([k, v]) => [k, v.trim()]).filter(([, v]) => v !== ''));
  const clear = h(
    'button',
    {
      type: 'button',
      class: 'csv',
      onclick() {
        for (const input of form.elements) if (input.name) input.value = '';
        onChange({});
      },
    },
    'Clear',
  );
  form.append(clear);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', () => onChange(values()));
  return { form, values };
}

/** Midnight of a day of the reader's own calendar, ms. @param {string} day "2026-11-22" */
const midnight = (day, plusDays = 0) => {
  const [y, m, d] = day.split('-').map(Number);
  return new Date(y, m - 1, d + plusDays).getTime();
};

/** The filters as the API takes them: `from` and `to` are days, both included. */
export function apiParams({ from, to, ...same }) {
  const params = new URLSearchParams(same);
  if (from !== undefined) params.set('since', String(midnight(from)));
  if (to !== undefined) params.set('until', String(midnight(to, 1)));
  return params;
}
