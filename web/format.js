import { h } from './dom.js';

const number = (options) => new Intl.NumberFormat('en-US', options);
const significant = number({ maximumSignificantDigits: 6 });
const four = number({ maximumSignificantDigits: 4 });
const cents = number({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const dollars = number({ maximumFractionDigits: 0 });
const compact = number({ notation: 'compact', minimumSignificantDigits: 3, maximumSignificantDigits: 3 });

const DASH = '–';
const given = (format) => (value) => (value === null || value === undefined ? DASH : format(value));
const signed = (value, text) => `${value > 0 ? '+' : value < 0 ? '−' : ''}${text}`;

/** USD per coin, or coins: six significant digits, which is more than the venue quotes. */
export const price = given((v) => significant.format(v));
export const size = price;
/** A figure that was compared with another: four significant digits. */
export const rough = given((v) => four.format(v).replace('-', '−'));
export const usd = given((v) => `$${Math.abs(v) >= 100_000 ? dollars.format(v) : cents.format(v)}`);
export const pnl = given((v) => signed(v, `$${cents.format(Math.abs(v))}`));
/** @param isSigned says + as well */
export const percent = (v, isSigned = false) => {
  if (v === null || v === undefined) return DASH;
  const text = `${Math.abs(v * 100).toFixed(Math.abs(v) < 0.1 ? 2 : 1)} %`;
  return v < 0 ? `−${text}` : isSigned ? signed(v, text) : text;
};
/** Of an estimate: no more digits than it has. @param isSigned says + as well */
export const compactUsd = (v, isSigned = false) => {
  if (v === null || v === undefined) return DASH;
  const text = `$${compact.format(Math.abs(v))}`;
  return v < 0 ? `−${text}` : isSigned ? signed(v, text) : text;
};
export const multiple = given((v) => signed(v, `${Math.abs(v).toFixed(2)} R`));
export const bps = given((v) => signed(v, `${Math.abs(v).toFixed(1)} bps`));

/** A length of time in the two units that matter. */
export const duration = given((ms) => {
  const s = ms / 1_000;
  // What would be rounded to 1000 ms is a second.
  if (s < 0.9995) return `${Math.round(ms)} ms`;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 100) return `${Math.round(s)} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
});

export const tone = (v) => (v > 0 ? 'good' : v < 0 ? 'bad' : '');

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** Local time, the day only when it is not today; UTC in the title. */
export function time(ms) {
  if (ms === null || ms === undefined) return h('span', { class: 'dim' }, DASH);
  const at = new Date(ms);
  const isToday = at.toDateString() === new Date().toDateString();
  const utc = at.toISOString();
  return h(
    'time',
    { datetime: utc, title: `${utc.replace('T', ' ').replace('Z', '')} UTC` },
    (isToday ? clock : day).format(at),
  );
}

export const tag = (text, kind = '') => h('span', { class: `tag ${kind}` }, text);

/** "BTC long" with the side in its colour. */
export const market = (coin, side) =>
  h(
    'span',
    {},
    h('span', { class: 'coin' }, coin ?? DASH),
    ' ',
    side === null || side === undefined ? '' : h('span', { class: side }, side),
  );
