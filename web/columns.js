// What the columns of every table are made of.
import { h } from './dom.js';
import { tone } from './format.js';

export const col = (label, cell, kind = '') => ({ label, cell, class: kind });
export const num = (label, cell, kind = '') => col(label, cell, `num ${kind}`);
export const empty =
  (...children) =>
  () =>
    h('div', { class: 'empty' }, ...children);
export const coloured = (value, text) => h('span', { class: tone(value) }, text);

/** A value with a smaller one under it (beside it on a phone). */
export const withSub = (main, sub) => h('span', {}, main, sub === '' ? '' : h('span', { class: 'sub' }, sub));
