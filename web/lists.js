// The lists of /api/v1 as tables: which columns, what to say when there is nothing, what a row opens into.
import { col, coloured, empty, num, withSub } from './columns.js';
import { h } from './dom.js';
import { decisionDetail } from './gates.js';
import { bps, duration, market, multiple, percent, pnl, price, size, tag, time, usd } from './format.js';

const short = (id) =>
  id === null || id === undefined ? '–' : h('code', { title: id }, `${id.slice(0, 10)}…`);
const isBuy = (row) => (row.isBuy ? 'buy' : 'sell');

/** How to send an alert with today's prices, without TradingView. */
const exampleCommand = () =>
  `curl -s -H "Authorization: Bearer $READ_TOKEN" "${location.origin}/api/v1/example-alert?coin=BTC" |\n` +
  `  curl -d @- "${location.origin}/webhook/$WEBHOOK_TOKEN"`;

const noAlerts = () =>
  h(
    'div',
    { class: 'empty' },
    h(
      'p',
      {},
      'No alert has come in yet. Set one up in TradingView as pine/README.md says, or send an example now:',
    ),
    h('pre', { tabindex: '0' }, exampleCommand()),
  );

// ---------------------------------------------------------------- decisions

/** What was planned, or which gates said no; the row opens into all of it. */
const why = (d) =>
  d.plan === null
    ? d.status === 'approved'
      ? h('span', {}, ...d.reasons.map((r) => tag(r)), ` ${d.explain}`)
      : h(
          'span',
          {},
          ...d.gates.filter((g) => !g.ok).flatMap((g) => [tag(g.code ?? g.gate), ` ${g.message} `]),
        )
    : `${size(d.plan.sz)} at ${price(d.plan.markPx)}, stop ${price(d.plan.stopPx)} (${percent(d.plan.stopDistanceBps / 10_000)} away), risking ${usd(d.plan.riskUsd)}`;

/** An approved decision without a plan closes a position. */
const verdict = ({ status, plan }) =>
  status === 'refused' ? tag(status) : plan === null ? tag('exit', 'info') : tag(status, 'good');

export const decisions = {
  path: 'decisions',
  id: (d) => d.id,
  detail: (d) => decisionDetail(d),
  columns: [
    col('Decision', (d) => market(d.coin ?? '?', d.side), 'lead'),
    col('When', (d) => time(d.decidedAtMs)),
    col('Verdict', (d) => verdict(d)),
    col('Why', why, 'text'),
  ],
  empty: noAlerts,
  sum: (rows) =>
    rows.length === 0
      ? ''
      : `${rows.filter((d) => d.status === 'approved').length} approved of ${rows.length} shown`,
};

// ---------------------------------------------------------------- trades

export const EXIT_TONE = { stop: 'bad', liquidation: 'bad', 'take-profit': 'good' };

export const trades = {
  path: 'trades',
  id: (t) => t.id,
  columns: [
    col(
      'Trade',
      (t) => h('a', { href: `#/trades/${t.id}`, 'data-id': `trade-${t.id}` }, market(t.coin, t.side)),
      'lead',
    ),
    col('Opened', (t) =>
      withSub(
        time(t.openedAtMs),
        t.closedAtMs === null ? 'open' : `held ${duration(t.closedAtMs - t.openedAtMs)}`,
      ),
    ),
    num('Entry → exit', (t) =>
      withSub(
        `${price(t.entryPx)} → ${t.exitPx === null ? '…' : price(t.exitPx)}`,
        t.slippageBps === null ? '' : `slippage ${bps(t.slippageBps)}`,
      ),
    ),
    num('Net', (t) =>
      t.closedAtMs === null ? '–' : withSub(coloured(t.netPnlUsd, pnl(t.netPnlUsd)), multiple(t.rMultiple)),
    ),
    col('Exit', (t) =>
      withSub(
        t.exitReason === null ? '–' : tag(t.exitReason, EXIT_TONE[t.exitReason] ?? ''),
        t.unprotectedMs === 0
          ? ''
          : h('span', { class: 'warn' }, `${duration(t.unprotectedMs)} without stop`),
      ),
    ),
  ],
  empty: empty('No trades yet: an approved decision that fills becomes one.'),
  sum(rows) {
    const closed = rows.filter((t) => t.closedAtMs !== null);
    const net = closed.reduce((total, t) => total + t.netPnlUsd, 0);
    return closed.length === 0 ? '' : `${closed.length} closed shown, net ${pnl(net)} after fees and funding`;
  },
};

// ---------------------------------------------------------------- the record

export const STATE_TONE = {
  acked: 'good',
  landed: 'good',
  sending: 'warn',
  unknown: 'bad',
  refused: 'bad',
  missed: 'bad',
};

const orders = {
  path: 'orders',
  title: 'Orders',
  id: (o) => o.cloid,
  columns: [
    col('Order', (o) => h('span', {}, h('span', { class: 'coin' }, o.coin), ` ${o.role}`), 'lead'),
    col('Written', (o) => time(o.createdAtMs)),
    col('State', (o) => tag(o.state, STATE_TONE[o.state] ?? '')),
    col('Side', (o) => `${isBuy(o)}${o.reduceOnly ? ', reduce only' : ''}`),
    num('Size', (o) => size(o.sz)),
    num('Price', (o) =>
      o.triggerPx === null ? price(o.px) : h('span', {}, `trigger ${price(o.triggerPx)}`),
    ),
    num('Filled', (o) => (o.filledSz === null ? '–' : `${size(o.filledSz)} at ${price(o.avgPx)}`)),
    col('Order id', (o) => o.oid ?? '–'),
    col('Client id', (o) => short(o.cloid)),
    col('Note', (o) => [o.reason, o.message].filter(Boolean).join(': '), 'text'),
  ],
  empty: empty('No orders yet. Each is written down here before it is sent.'),
};

const fills = {
  path: 'fills',
  title: 'Fills',
  id: (f) => String(f.tid),
  columns: [
    col('Fill', (f) => h('span', {}, h('span', { class: 'coin' }, f.coin), ` ${isBuy(f)}`), 'lead'),
    col('When', (f) => time(f.timeMs)),
    num('Size', (f) => size(f.sz)),
    num('Price', (f) => price(f.px)),
    num('Closed pnl', (f) => coloured(f.closedPnlUsd, pnl(f.closedPnlUsd))),
    num('Fee', (f) => usd(f.feeUsd)),
    col('As', (f) => (f.isTaker ? 'taker' : 'maker')),
    num('Position before', (f) => size(f.startPosition)),
    col('Order id', (f) => f.oid),
    col('Liquidation', (f) => (f.liquidation === null ? '' : tag(f.liquidation, 'bad')), 'text'),
  ],
  empty: empty('No fills yet.'),
};

const alerts = {
  path: 'alerts',
  title: 'Alerts',
  id: (a) => a.id,
  columns: [
    col('Alert', (a) => market(a.alert.ticker, a.alert.side), 'lead'),
    col('Stored', (a) => time(a.receivedAtMs)),
    col('Kind', (a) => a.alert.kind),
    col('Strategy', (a) => a.alert.strategy),
    col('Chart', (a) => `${a.alert.exchange} ${a.alert.interval}`),
    num('Close', (a) => price(a.alert.close)),
    num('Score', (a) => size(a.alert.score)),
    num('Delay', (a) => duration(Math.max(0, a.receivedAtMs - a.alert.sentAt))),
    col('State', (a) =>
      tag(a.outcome ?? a.state, a.outcome === 'filled' ? 'good' : a.state === 'done' ? '' : 'info'),
    ),
    col('Id', (a) => short(a.id)),
  ],
  empty: noAlerts,
};

const deadLetters = {
  path: 'dead-letters',
  title: 'Dead letters',
  id: (d) => d.id,
  detail: (d) => h('div', {}, h('p', {}, d.issues), h('pre', { tabindex: '0' }, d.bodyHead)),
  columns: [
    col('Refused', (d) => tag(d.code, 'bad'), 'lead'),
    col('When', (d) => time(d.receivedAtMs)),
    col('Collided with', (d) => short(d.alertId)),
    col('What was wrong', (d) => firstIssue(d.issues), 'text'),
  ],
  empty: empty('No refused alerts: every body that came with a right token could be read.'),
};

/** Issues are a JSON list for malformed bodies and a sentence for conflicts. */
function firstIssue(issues) {
  try {
    const [first] = JSON.parse(issues);
    return `${first.path === '' ? '' : `${first.path}: `}${first.message}`;
  } catch {
    return issues;
  }
}

const VERDICT_TONE = { protected: 'good', repaired: 'warn', unprotected: 'bad', unreadable: 'bad' };

const guard = {
  path: 'guard',
  title: 'Guard',
  id: (g) => g.id,
  columns: [
    col('Verdict', (g) => tag(g.verdict, VERDICT_TONE[g.verdict]), 'lead'),
    col('When', (g) => time(g.startedAtMs)),
    col('Because of', (g) => g.trigger),
    num('Took', (g) => duration(g.finishedAtMs - g.startedAtMs)),
    num('Positions', (g) => g.positions),
    col(
      'Findings',
      (g) => g.findings.map((f) => `${f.coin} ${f.code} → ${f.action}: ${f.message}`).join('; '),
      'text',
    ),
  ],
  empty: empty('The guard has not made a pass yet.'),
};

export const record = [orders, fills, alerts, deadLetters, guard];
