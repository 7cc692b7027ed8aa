// What the columns of every table are made of.
import { h } from './dom.js';
import { tone } from './format.js';

/** @param by what the column is sorted by, if it can be */
export const col = (label, cell, kind = '', by = undefined) => ({ label, cell, class: kind, by });
export const num = (label, cell, kind = '', by = undefined) => col(label, cell, `num ${kind}`, by);
export const empty =
  (...children) =>
  () =>
    h('div', { class: 'empty' }, ...children);
export const coloured = (value, text) => h('span', { class: tone(value) }, text);

/** A value with a smaller one under it (beside it on a phone). */
export const withSub = (main, sub) => h('span', {}, main, sub === '' ? '' : h('span', { class: 'sub' }, sub));
