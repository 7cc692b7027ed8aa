// One trade as a story: what the chart said, why it was taken, what was sent and what came back, how it ended.
import { read } from './api.js';
import { CoinChart } from './chart.js';
import { coloured } from './columns.js';
import { missing } from './decisions.js';
import { $, h, show } from './dom.js';
import {
  bps,
  duration,
  market,
  multiple,
  percent,
  pnl,
  price,
  rough,
  size,
  tag,
  time,
  usd,
} from './format.js';
import { confidenceFacts, decisionDetail, fact, gateList, planFacts, since } from './gates.js';
import { EXIT_TONE, STATE_TONE } from './lists.js';
import { REASONS } from './reasons.js';

const HOUR_MS = 3_600_000;
/** Bars shown before the alert and after the exit, ms. */
const BEFORE_MS = 4 * HOUR_MS;
const AFTER_MS = 2 * HOUR_MS;
const INTERVAL_MS = { 5: 300_000, 15: 900_000, 60: 3_600_000, 240: 14_400_000 };
/** More bars than this in the picture are merged into longer ones. */
const BARS_MAX = 400;
/** An open trade goes on. */
const REFRESH_MS = 10_000;
const ZONES_SHOWN = 2;
/** Targets within this many stop distances are always in the picture. */
const TARGET_REACH = 1.2;

const head = (id, title, sub) =>
  h('div', { class: 'head' }, h('h2', { id }, title), h('span', { class: 'sum' }, sub));

/** A part of the story, under a title that says what it is. */
const chapter = (id, title, sub, ...body) =>
  h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    head(`${id}-title`, title, sub),
    h('div', { class: 'pad' }, ...body),
  );

const absent = (text) => h('p', { class: 'hint' }, text);

/** "05:01:01 (+34 ms)" */
const when = (ms, fromMs) => h('span', {}, time(ms), ' ', h('span', { class: 'dim' }, since(ms, fromMs)));

const number = (label, value, note = '') =>
  h(
    'div',
    { class: 'fact' },
    h('span', { class: 'label' }, label),
    h('span', { class: 'value' }, value),
    h('span', { class: 'note' }, note),
  );

function result({ trade: t }) {
  const isOpen = t.closedAtMs === null;
  return h(
    'section',
    { class: 'strip results', 'aria-label': 'Result' },
    number(
      'Net of fees and funding',
      isOpen ? 'open' : coloured(t.netPnlUsd, pnl(t.netPnlUsd)),
      `${isOpen ? 'so far ' : ''}price ${pnl(t.pnlUsd)}, fees ${usd(t.feesUsd)}, funding ${pnl(t.fundingUsd)}`,
    ),
    number(
      'In risk taken',
      isOpen ? '–' : multiple(t.rMultiple),
      t.plannedRiskUsd === null
        ? 'no risk was planned: not opened by a decision'
        : `planned risk ${usd(t.plannedRiskUsd)}`,
    ),
    number(
      'Entry → exit',
      `${price(t.entryPx)} → ${t.exitPx === null ? '…' : price(t.exitPx)}`,
      `${size(t.sz)} ${t.coin}`,
    ),
    number(
      'Slippage',
      bps(t.slippageBps),
      t.decisionMarkPx === null
        ? 'no mark of a decision to compare with'
        : `against ${price(t.decisionMarkPx)}, the mark at the decision`,
    ),
    number(
      'Without a full stop',
      t.unprotectedMs === 0
        ? h('span', { class: 'good' }, 'never')
        : h('span', { class: 'warn' }, duration(t.unprotectedMs)),
      'as seen by the guard',
    ),
    number(
      'Exit',
      t.exitReason === null ? 'none yet' : tag(t.exitReason, EXIT_TONE[t.exitReason] ?? ''),
      isOpen ? 'the position is open' : `held ${duration(t.closedAtMs - t.openedAtMs)}`,
    ),
  );
}

function alertPart({ alert, trade }) {
  if (trade.alertId === null)
    return chapter(
      'alert',
      'Alert',
      '',
      absent(
        'None: this position was opened by hand, or by an order this database does not know. The guard protects it all the same.',
      ),
    );
  if (alert === null)
    return chapter('alert', 'Alert', '', absent(`The alert ${trade.alertId} is not stored here.`));
  const { alert: a, receivedAtMs } = alert;
  return chapter(
    'alert',
    'Alert',
    time(receivedAtMs),
    h(
      'p',
      {},
      `${a.kind} on ${a.exchange ?? 'no chart'} ${a.ticker ?? ''} ${a.interval ?? ''}, `,
      h('span', { class: a.side }, a.side),
      ` at ${price(a.close)}`,
    ),
    h(
      'div',
      { class: 'kv' },
      fact('score', a.score === undefined || a.score === null ? 'none' : rough(a.score)),
      a.sentAt === undefined ? null : fact('sent', time(a.sentAt)),
      a.sentAt === undefined ? null : fact('on the way', duration(Math.max(0, receivedAtMs - a.sentAt))),
      a.cascade
        ? fact(
            'cascade',
            `${a.cascade.movePct.toFixed(2)} % in ${a.cascade.bars} bars, to ${price(a.cascade.extreme)}`,
          )
        : null,
      fact('outcome', alert.outcome ?? alert.state),
    ),
    h('details', {}, h('summary', {}, 'As it came'), h('pre', { tabindex: '0' }, JSON.stringify(a, null, 1))),
  );
}

function decisionPart({ decision: d, alert, seen, trade }) {
  if (d === null)
    return chapter(
      'decision',
      'Decision',
      '',
      absent(
        trade.decisionId === null
          ? 'None: nothing of ours decided on this position.'
          : `The decision ${trade.decisionId} is not stored here.`,
      ),
    );
  return chapter(
    'decision',
    'Decision',
    when(d.decidedAtMs, alert?.receivedAtMs),
    h('p', {}, d.explain),
    d.plan === null ? null : planFacts(d.plan),
    d.plan === null ? null : confidenceFacts(d, alert?.alert.score),
    gateList(d.gates),
    signalsPart(seen),
    h('p', { class: 'hint' }, h('a', { href: `#/decisions/${d.id}` }, 'All of it, with its inputs')),
  );
}

function signalsPart(seen) {
  if (!seen?.signals) return null;
  const rows = seen.signals.timeframes.map((t) =>
    h(
      'li',
      {},
      h('b', {}, t.timeframe),
      ` ${t.direction}: `,
      t.cards
        .filter((c) => c.score !== 0 && c.strength > 0)
        .map((c) => `${c.name} ${c.score > 0 ? '+' : '−'}${Math.abs(c.score).toFixed(2)}`)
        .join(', ') || 'no signal says anything',
    ),
  );
  return h('details', {}, h('summary', {}, 'Signals it saw'), h('ul', { class: 'plain' }, ...rows));
}

const lines = (items, none) => (items.length === 0 ? absent(none) : h('ol', { class: 'events' }, ...items));
const event = (at, title, state, ...text) =>
  h('li', {}, h('span', { class: 'at' }, at), h('span', {}, h('b', {}, title), ' ', state, ' ', ...text));

function ordersPart({ orders, decision, trade }) {
  const from = decision?.decidedAtMs ?? trade.openedAtMs;
  const items = orders.map((o) =>
    event(
      when(o.createdAtMs, from),
      o.alertId === null ? `${o.role}, by the guard` : o.role,
      tag(o.state, STATE_TONE[o.state] ?? ''),
      `${o.isBuy ? 'buy' : 'sell'} ${size(o.sz)} ${o.triggerPx === null ? `at ${price(o.px)}` : `when ${price(o.triggerPx)} is reached`}`,
      o.filledSz ? `, filled ${size(o.filledSz)} at ${price(o.avgPx)}` : '',
      o.updatedAtMs > o.createdAtMs ? `, outcome after ${duration(o.updatedAtMs - o.createdAtMs)}` : '',
      [o.reason, o.message].some(Boolean) ? `. ${[o.reason, o.message].filter(Boolean).join(': ')}` : '',
      h(
        'span',
        { class: 'sub' },
        `order ${o.oid ?? 'without a number'}, `,
        h('code', { title: o.cloid }, `${o.cloid.slice(0, 10)}…`),
      ),
    ),
  );
  const who = orders.some((o) => o.alertId !== null) ? 'written down before they were sent' : '';
  return chapter('orders', 'Orders', who, lines(items, 'None of ours.'));
}

function fillsPart({ fills, trade, orders }) {
  const roles = new Map(orders.map((o) => [o.cloid, o.role]));
  const items = fills.map((f) =>
    event(
      when(f.timeMs, trade.openedAtMs),
      roles.get(f.cloid) ?? (f.liquidation === null ? 'not ours' : 'liquidation'),
      f.liquidation === null ? '' : tag(f.liquidation, 'bad'),
      `${f.isBuy ? 'bought' : 'sold'} ${size(f.sz)} at ${price(f.px)}, ${f.isTaker ? 'taker' : 'maker'}, fee ${usd(f.feeUsd)}`,
      f.closedPnlUsd === 0 ? '' : h('span', {}, ', ', coloured(f.closedPnlUsd, pnl(f.closedPnlUsd))),
    ),
  );
  return chapter('fills', 'Fills', `${fills.length}`, lines(items, 'None on record.'));
}

function guardPart({ guard, trade }) {
  const items = guard.flatMap((run) =>
    run.findings.map((f) =>
      event(
        when(run.startedAtMs, trade.openedAtMs),
        f.code,
        run.verdict === 'unprotected' || run.verdict === 'unreadable' ? tag(run.verdict, 'bad') : '',
        `${f.message} → ${f.action}`,
        h('span', { class: 'sub' }, REASONS[f.code]?.means ?? ''),
      ),
    ),
  );
  return chapter(
    'guard',
    'Guard',
    trade.unprotectedMs === 0
      ? 'never without a full stop'
      : `${duration(trade.unprotectedMs)} without a full stop`,
    lines(items, 'It found nothing to do on this position.'),
  );
}

const EXITS = {
  stop: 'The stop was hit.',
  'take-profit': 'A take profit was the last to fill.',
  close: 'The bridge closed it.',
  liquidation: 'The venue liquidated it.',
  manual: 'It was closed by an order that is not ours.',
};

function exitPart({ trade: t, exits, guard }) {
  if (t.closedAtMs === null) return chapter('exit', 'Exit', '', absent('Not yet: the position is open.'));
  const codes = guard
    .flatMap((r) => r.findings.map((f) => f.code))
    .filter((c) => /-exit$|^time-stop$|^flatten$/.test(c));
  const why = [
    ...new Set([
      ...exits.flatMap((d) => d.reasons),
      ...codes,
      ...(REASONS[t.exitReason] ? [t.exitReason] : []),
    ]),
  ];
  return chapter(
    'exit',
    'Exit',
    when(t.closedAtMs, t.openedAtMs),
    h(
      'p',
      {},
      EXITS[t.exitReason] ?? 'The bridge closed it.',
      t.exitPx === null ? '' : ` Average exit ${price(t.exitPx)}.`,
    ),
    ...why.map((code) => h('p', { class: 'meaning' }, tag(code), ` ${REASONS[code]?.means ?? ''}`)),
    ...exits.map((d) =>
      h('details', {}, h('summary', {}, `Decision to close, `, time(d.decidedAtMs)), decisionDetail(d)),
    ),
  );
}

export class StoryView {
  title = 'Trade';
  #id;
  #root;
  #chart = null;
  #story = null;
  #drawn = '';
  #readAt = 0;

  async open(root, id) {
    this.#root = root;
    this.#id = id;
    await this.refresh(true);
  }

  async refresh(isForced = false) {
    const isOver = this.#story !== null && this.#story.trade.closedAtMs !== null;
    if (!isForced && (isOver || performance.now() - this.#readAt < REFRESH_MS)) return;
    this.#readAt = performance.now();
    const story = await read(`/api/v1/trades/${encodeURIComponent(this.#id)}`).catch((error) => {
      if (error.status !== 404) throw error;
      return null;
    });
    if (story === null) return void this.#root.replaceChildren(missing('trade', this.#id));
    const isFirst = this.#story === null;
    this.#story = story;
    const text = JSON.stringify(story);
    if (text !== this.#drawn) this.#draw(story, isFirst);
    this.#drawn = text;
    await this.#drawChart(story);
  }

  #draw(story, isFirst) {
    const parts = [
      [alertPart, decisionPart],
      [ordersPart, fillsPart, guardPart, exitPart],
    ].map((column) => h('div', { class: 'stack' }, ...column.map((part) => part(story))));
    if (!isFirst) {
      $('.results', this.#root).replaceWith(result(story));
      $('.chapters', this.#root).replaceChildren(...parts);
      return;
    }
    const { trade: t } = story;
    this.#root.replaceChildren(
      h(
        'p',
        { class: 'crumbs' },
        h('a', { href: '#/trades' }, 'Trades'),
        ' / ',
        market(t.coin, t.side),
        ' ',
        time(t.openedAtMs),
        story.truncated
          ? h(
              'span',
              { class: 'warn' },
              ' – too much is on record: the oldest 500 rows of each kind are shown',
            )
          : '',
      ),
      result(story),
      h(
        'section',
        { 'aria-label': 'Chart' },
        h('div', {
          class: 'chart story-chart',
          tabindex: '0',
          role: 'img',
          'aria-label': `Candles of ${t.coin} around the trade with its entry, stop, targets and exit. Arrow keys move, plus and minus zoom. The figures stand in the story below.`,
          onkeydown: (e) => this.#key(e),
        }),
        h('p', { class: 'legend' }, h('span', { id: 'chart-note' })),
      ),
      h('div', { class: 'columns chapters' }, ...parts),
    );
  }

  #key(event) {
    const act = {
      ArrowLeft: () => this.#chart?.pan(-0.2),
      ArrowRight: () => this.#chart?.pan(0.2),
      '+': () => this.#chart?.zoom(0.7),
      '=': () => this.#chart?.zoom(0.7),
      '-': () => this.#chart?.zoom(1.4),
    }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  async #drawChart(story) {
    const { trade: t, alert, decision, seen } = story;
    const fromMs = (alert?.alert.cascade?.startTime ?? decision?.decidedAtMs ?? t.openedAtMs) - BEFORE_MS;
    const endMs = t.closedAtMs ?? Date.now();
    const interval =
      Object.keys(INTERVAL_MS).find((i) => (endMs - fromMs) / INTERVAL_MS[i] < BARS_MAX) ?? '240';
    const bars = await read(`/api/v1/candles/${encodeURIComponent(t.coin)}?interval=${interval}`).catch(
      (error) => {
        if (error.status !== 404 && error.status !== 503) throw error;
        return null;
      },
    );
    const box = $('.story-chart', this.#root);
    const note = $('#chart-note', this.#root);
    const has = bars !== null && bars.t.length > 0 && bars.t[0] <= t.openedAtMs;
    box.hidden = !has;
    if (!has)
      return show(
        note,
        `No bars of that time any more: five days are kept. What is known of ${t.coin}'s price then stands below.`,
      );
    const isFirst = this.#chart === null;
    this.#chart ??= new CoinChart(box, () => {});
    this.#chart.setData(cut(bars, fromMs, endMs + AFTER_MS), null);
    this.#chart.setZones(seen === null ? null : nearZones(seen.zones));
    this.#chart.setLevels(levelsOf(story));
    this.#chart.setEvents(eventsOf(story));
    if (isFirst) this.#chart.showAll();
    show(
      note,
      seen === null
        ? 'Zones are not shown: what the decision saw is not on record.'
        : 'Zones and max pain as the decision saw them. Lines: plan and averages of this trade.',
    );
  }

  close() {
    this.#chart?.close();
    this.#chart = null;
  }
}

/** Bars within a time, columns as they came. */
function cut(bars, fromMs, toMs) {
  const from = Math.max(
    0,
    bars.t.findIndex((t) => t >= fromMs),
  );
  const after = bars.t.findIndex((t) => t > toMs);
  const to = after < 0 ? bars.t.length : after;
  const part = Object.fromEntries(['t', 'o', 'h', 'l', 'c', 'v'].map((k) => [k, bars[k].slice(from, to)]));
  return { ...bars, ...part };
}

/** Those next to the price: the others are in the decision's inputs. */
function nearZones(map) {
  const near = (side) =>
    map.zones
      .filter((z) => z.side === side)
      .sort((a, b) => a.distanceBps - b.distanceBps)
      .slice(0, ZONES_SHOWN);
  return { ...map, zones: [...near('long'), ...near('short')] };
}

function levelsOf({ trade: t, decision, orders }) {
  const stops = orders.filter((o) => o.role === 'stop' && o.triggerPx !== null && o.state !== 'refused');
  const levels = [{ px: t.entryPx, title: 'entry', tone: '--text' }];
  const first = decision?.plan?.stopPx ?? stops[0]?.triggerPx;
  if (first !== undefined) levels.push({ px: first, title: 'stop', tone: '--bad' });
  const last = stops.at(-1)?.triggerPx;
  if (last !== undefined && last !== first) levels.push({ px: last, title: 'stop, last', tone: '--bad' });
  for (const [i, target] of (decision?.plan?.takeProfits ?? []).entries())
    levels.push({ px: target.px, title: `target ${i + 1}`, tone: '--good' });
  if (t.exitPx !== null) levels.push({ px: t.exitPx, title: 'exit', tone: '--accent' });
  // A far target would press the candles flat: the picture goes as far the other way as the stop is away.
  const reach = TARGET_REACH * Math.abs(t.entryPx - (first ?? t.entryPx));
  return levels.map((l) => ({
    ...l,
    isFar: l.title.startsWith('target') && Math.abs(l.px - t.entryPx) > reach,
  }));
}

const eventsOf = ({ alert, fills, guard, trade }) =>
  [
    ...(alert === null ? [] : [{ timeMs: alert.receivedAtMs, kind: 'alert', text: 'alert' }]),
    ...fills.map((f) => ({ timeMs: f.timeMs, kind: f.isBuy ? 'buy' : 'sell', text: price(f.px) })),
    ...guard
      .filter((r) => r.startedAtMs <= (trade.closedAtMs ?? Infinity))
      .flatMap((r) => r.findings.map((f) => ({ timeMs: r.startedAtMs, kind: 'alert', text: f.code }))),
  ].sort((a, b) => a.timeMs - b.timeMs);
