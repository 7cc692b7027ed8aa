// "What happened, and what is my edge", in two figures of the status strip.
import { read } from './api.js';
import { $, h, show } from './dom.js';
import { multiple, pnl, tone } from './format.js';

const DAY_MS = 86_400_000;
/** Both are counted when asked. */
const REFRESH_MS = 60_000;
/** Fewer closed trades than this say nothing about an edge. */
const EDGE_TRADES_MIN = 20;

let readAt = Number.NEGATIVE_INFINITY;
let isReading = false;

export async function refreshOverview() {
  if (isReading || performance.now() - readAt < REFRESH_MS) return;
  isReading = true;
  try {
    const since = Date.now() - DAY_MS;
    const [day, quarter, decided] = await Promise.all([
      read(`/api/v1/performance?since=${since}`),
      read('/api/v1/performance'),
      read(`/api/v1/decisions/summary?since=${since}`),
    ]);
    readAt = performance.now();
    showDay(day.total, decided);
    showEdge(quarter.total);
  } finally {
    isReading = false;
  }
}

function showDay({ n, netPnlUsd }, { approved, refused }) {
  show($('#day'), n === 0 ? 'no trade closed' : pnl(netPnlUsd), n === 0 ? 'small dim' : tone(netPnlUsd));
  const trades = n === 0 ? '' : `${n} closed; `;
  $('#day-note').replaceChildren(
    trades,
    h('a', { href: '#/decisions?days=1' }, `${approved} ${approved === 1 ? 'alert' : 'alerts'} approved, ${refused} refused`),
  );
}

/** An edge is claimed by nobody: the interval says what the trades so far can tell. */
function showEdge({ n, netR }) {
  const ci = netR?.ci95 ?? null;
  if (netR === null || ci === null || netR.n < EDGE_TRADES_MIN) {
    show($('#edge'), 'too few trades', 'small dim');
    show($('#edge-note'), `${netR?.n ?? n} with a planned risk in 90 days; ${EDGE_TRADES_MIN} at least`);
    return;
  }
  const [lo, hi] = ci;
  show($('#edge'), multiple(netR.mean), lo > 0 ? 'good' : hi < 0 ? 'bad' : '');
  const verdict = lo > 0 ? 'above zero' : hi < 0 ? 'below zero' : 'not told from zero';
  show($('#edge-note'), `${verdict}: ${multiple(lo)} … ${multiple(hi)}, n ${netR.n}, 90 days`);
}
