// Small parts of a life: its clock, its timers, its log; and what may become of one leg.
import type { Clock, Log } from '../../../app/ports.ts';
import type { VenueEvent } from '../../../venue/core/types.ts';
import type { Timers } from '../every.ts';
import type { Draws } from './draws.ts';
import type { SimLoop } from './event-loop.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './link.ts';
import type { Faults } from './scenario.ts';

export function clockOf(loop: SimLoop, life: Life, skewMs: () => number): Clock {
  return {
    nowMs: () => Math.floor(loop.nowMs() + skewMs()),
    sleep: (ms) =>
      new Promise((resolve) => {
        loop.after(ms, () => {
          if (life.isAlive) resolve();
        });
      }),
  };
}

/** Timers do not follow the clock of the day. */
export const timersOf = (loop: SimLoop, life: Life): Timers => ({
  nowMs: loop.nowMs,
  after: (ms, run) =>
    loop.after(ms, () => {
      if (life.isAlive) run();
    }),
});

export function logOf(ledger: Ledger, life: Life, say: ((line: string) => void) | undefined): Log {
  const at =
    (level: string) =>
    (event: string, fields?: Record<string, unknown>): void => {
      if (!life.isAlive) return;
      ledger.logged(event, fields);
      say?.(`${level} ${event} ${JSON.stringify(fields ?? {})}`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** What becomes of one leg: a thin book, an empty one, or a stop the venue will not have. */
export function legFault(d: Draws, f: Faults, role: string, count: (fault: string) => void) {
  if (role === 'entry' && d.chance(f.partialFill)) {
    count('partial-fill');
    return { fraction: d.between(0.05, 0.95) };
  }
  if (role === 'entry' && d.chance(f.noFill)) {
    count('no-fill');
    return { fraction: 0 };
  }
  if (role === 'stop' && d.chance(f.refusedStop)) {
    count('refused-stop');
    return { refuse: 'Invalid TP/SL price.' };
  }
  return undefined;
}

export function tell(e: VenueEvent): string {
  if (e.kind === 'order') {
    const { oid, coin, orderType, sz } = e.order;
    return `order ${oid} ${String(coin)} ${String(orderType)} ${String(sz)} ${e.status}`;
  }
  if (e.kind === 'fill') {
    const { coin, dir, sz, px } = e.fill;
    return `fill ${String(coin)} ${String(dir)} ${String(sz)} at ${String(px)}`;
  }
  return e.kind === 'position' ? `position ${e.coin} ${e.szi}` : e.kind;
}
