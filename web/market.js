// "What is the market doing", in one table: how many coins cascade at once, and where each points.
import { read } from './api.js';
import { col, num } from './columns.js';
import { $, h, show } from './dom.js';
import { compactUsd, percent, tag } from './format.js';
import { Table } from './table.js';

/** Maps are made anew every ten seconds. */
const REFRESH_MS = 15_000;
/** Shown before the rest is asked for, the cascading ones first; how many there are stands above. */
const ROWS = 6;

const SIGN = { up: '▲', down: '▼', neutral: '–' };
const BIAS_TONE = { up: 'good', down: 'bad', neutral: 'dim' };
const OPEN_INTEREST = {
  'washed-out': ['washed out', 'good'],
  loading: ['loading', 'warn'],
  rising: ['rising', ''],
  steady: ['steady', 'dim'],
  unknown: ['unknown', 'dim'],
};

function flow({ state, side, by }) {
  if (state === 'quiet') return h('span', { class: 'dim' }, 'none');
  return h(
    'span',
    {},
    tag(`${side}s ${state}`, state === 'running' ? 'bad' : 'warn'),
    h('span', { class: 'dim' }, ` ${by.join(' and ')}`),
  );
}

const points = (c) =>
  h(
    'span',
    {},
    ...c.timeframes.flatMap((f) => [
      h('span', { class: 'dim' }, `${f.timeframe} `),
      h(
        'span',
        { class: `way ${BIAS_TONE[f.direction]}`, role: 'img', 'aria-label': f.direction },
        SIGN[f.direction],
      ),
      ' ',
    ]),
    h('span', { class: 'dim' }, c.agreement === 'neutral' ? '' : c.agreement),
  );

function openInterest({ openInterest: state }) {
  const [text, kind] = OPEN_INTEREST[state] ?? [state, ''];
  return h('span', { class: kind }, text);
}

const coinsList = {
  path: 'market',
  id: (c) => c.coin,
  columns: [
    col(
      'Coin',
      (c) =>
        h(
          'span',
          {},
          h('a', { class: 'coin', href: `#/coin/${encodeURIComponent(c.coin)}` }, c.coin),
          c.isTooHot ? ' ' : '',
          c.isTooHot ? tag('too hot', 'warn') : '',
        ),
      'lead',
    ),
    col('Cascade', (c) => flow(c.flow), 'full'),
    col('Points', points, 'full'),
    num('Confidence', (c) =>
      c.confidence === 0 ? h('span', { class: 'dim' }, '–') : c.confidence.toFixed(2),
    ),
    col('Open interest', openInterest),
  ],
  empty: () => h('div', { class: 'empty' }, 'No coin has a map yet: nothing is known of the market.'),
};

let table = null;
let isAll = false;
let answer = null;
let readAt = Number.NEGATIVE_INFINITY;

function draw() {
  const rows = isAll ? answer.coins : answer.coins.slice(0, ROWS);
  const hasMore = rows.length < answer.coins.length;
  table ??= new Table({ ...coinsList, more: '' }, $('#market .body'), () => {
    isAll = true;
    draw();
  });
  table.list.more = `All ${answer.coins.length} coins`;
  table.setPage({ items: rows.map(({ asOfMs, markPx, ...c }) => c), nextCursor: hasMore ? 'all' : null });
  show($('#market .sum'), summary(answer));
}

/** "2 of 18 coins lose longs, 1 loses shorts" and what the day brought. */
function summary({ running, missing, marketWide, coins }) {
  const lose = ['long', 'short'].filter((side) => running[side] > 0);
  const now = lose.map((side, i) => {
    const of = i === 0 ? ` of ${coins.length} coins` : '';
    return `${running[side]}${of} ${running[side] === 1 ? 'loses' : 'lose'} ${side}s`;
  });
  return [
    now.length === 0 && coins.length > 0 ? 'no cascade runs' : now.join(', '),
    dayOf(marketWide),
    missing.length === 0 ? '' : `${missing.length} ${missing.length === 1 ? 'coin' : 'coins'} without a map`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** A lower bound: streams leave out, and not every minute was listened to. */
function dayOf(wide) {
  if (wide === null) return 'liquidations are not listened to here';
  const share = wide.usd > 0 ? `, ${percent(wide.longUsd / wide.usd)} of them longs` : '';
  const state = wide.state === null ? `${percent(wide.heardFraction)} of the day heard` : wide.state;
  return `at least ${compactUsd(wide.usd)} liquidated in 24 h${share} (${state})`;
}

export async function refreshMarket() {
  if (performance.now() - readAt < REFRESH_MS) return;
  readAt = performance.now();
  answer = await read('/api/v1/market');
  draw();
}
