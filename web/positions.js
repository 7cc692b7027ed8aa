// The positions: each with its stop, how far that is, and how long there was none.
import { col, coloured, empty, num, withSub } from './columns.js';
import { h } from './dom.js';
import { flattenButton } from './operate.js';
import { duration, market, percent, pnl, price, size, tag, usd } from './format.js';

const distance = (from, to) =>
  from === null || to === null || to === undefined ? null : Math.abs(to - from) / from;

/** Stop, entry, mark and targets on one line; only pictures what the columns say, so screen readers skip it. */
function lane(p) {
  const marks = [p.stop?.triggerPx, p.entryPx, p.markPx, ...p.takeProfits.map((t) => t.px)].filter(
    (v) => v !== null && v !== undefined,
  );
  const [lo, hi] = [Math.min(...marks), Math.max(...marks)];
  const at = (px) => {
    const share = hi === lo ? 0.5 : (px - lo) / (hi - lo);
    return 3 + 94 * (p.side === 'long' ? share : 1 - share);
  };
  const tick = (px, kind) => {
    const i = h('i', { class: kind });
    i.style.left = `${at(px)}%`;
    return i;
  };
  const line = h('div', { class: 'lane', 'aria-hidden': 'true' });
  if (p.markPx !== null) {
    const [from, to] = [at(p.entryPx), at(p.markPx)];
    const run = h('i', { class: `run ${to >= from ? 'good' : 'bad'}` });
    run.style.left = `${Math.min(from, to)}%`;
    run.style.width = `${Math.abs(to - from)}%`;
    line.append(run);
  }
  line.append(tick(p.entryPx, 'entry'), ...p.takeProfits.map((t) => tick(t.px, 'target')));
  if (p.stop !== null) line.append(tick(p.stop.triggerPx, 'stop'));
  if (p.markPx !== null) line.append(tick(p.markPx, 'mark'));
  return line;
}

/** @param {(message: string) => void} onDone @param {(error: Error) => void} onError of closing a position */
export const positionsWith = (onDone, onError) => ({
  path: 'positions',
  id: (p) => p.coin,
  alarm: (p) => !p.isProtected,
  columns: [
    col('Position', (p) => market(p.coin, p.side), 'lead'),
    col(
      'Protection',
      (p) =>
        p.isProtected
          ? tag('protected', 'good')
          : h('span', {}, tag('UNPROTECTED', 'bad'), ` ${p.reason ?? ''}`),
      'full',
    ),
    num('Stop', (p) =>
      p.stop === null
        ? h('span', { class: 'bad' }, 'none')
        : withSub(price(p.stop.triggerPx), p.stop.sz === p.sz ? 'full size' : `for ${size(p.stop.sz)}`),
    ),
    num('To stop', (p) => percent(distance(p.markPx, p.stop?.triggerPx))),
    num('Liquidation', (p) => price(p.liquidationPx)),
    num('To liquidation', (p) => percent(distance(p.markPx, p.liquidationPx))),
    col('Stop · mark · targets', lane, 'full'),
    num('Mark', (p) => withSub(price(p.markPx), `entry ${price(p.entryPx)}`)),
    num('Unrealised', (p) => coloured(p.unrealizedPnlUsd, pnl(p.unrealizedPnlUsd))),
    num('Size', (p) => withSub(size(p.sz), `${usd(p.sz * (p.markPx ?? p.entryPx))} · ${p.leverage}×`)),
    num('Without stop', (p) =>
      p.unprotectedMs === 0
        ? h('span', { class: 'dim' }, 'never')
        : h('span', { class: 'warn' }, duration(p.unprotectedMs)),
    ),
    col('', (p) => flattenButton(p.coin, onDone, onError)),
  ],
  empty: empty('No open positions.'),
});
