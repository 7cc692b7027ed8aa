import type { SeededRandom } from '../../src/core/shared/seeded-random.ts';
import type { Fault } from '../../src/venue/faults.ts';

/** One life of the bridge: what it is sent, what goes wrong meanwhile, and when it dies. */
export interface KillPlan {
  /**
   * `boot`: after the process began, whatever it is doing; `recovery`: after it listens; `acked`: after the answer to
   * an alert; `later`: seconds after it, when time-outs and fences are at work; `unanswered`: after an alert was sent, its answer not awaited; `idle`: when nothing is in flight.
   */
  when: 'boot' | 'recovery' | 'acked' | 'later' | 'unanswered' | 'idle';
  delayMs: number;
  /** Coins of the alerts, sent at once. */
  coins: string[];
  /** Sends one alert again although it was accepted, as a second alert set on the same chart does. */
  resends: boolean;
  faults: Fault[];
  /** Before the alerts: open positions' prices to this multiple and back, which fires take profits (1.06) or stops. */
  swing: { coins: 'first' | 'all'; ratio: 1.06 | 0.95 } | null;
}

const SHARES: readonly [KillPlan['when'], number][] = [
  ['acked', 0.4],
  ['later', 0.5],
  ['unanswered', 0.7],
  ['recovery', 0.82],
  ['boot', 0.9],
  ['idle', 1],
];

const pick = <T>(r: SeededRandom, from: readonly [T, ...T[]]): T =>
  from[Math.floor(r.next() * from.length)] ?? from[0];

/** Every way the venue's fault plane can hit an order on its way. */
function drawOrderFault(r: SeededRandom): Fault {
  const order = { path: 'exchange', type: 'order' } as const;
  return pick<Fault>(r, [
    { kind: 'drop-reply', mode: 'hang', where: order },
    { kind: 'drop-reply', mode: 'reset', where: order },
    { kind: 'drop-reply', mode: 'cut', where: order },
    { kind: 'drop-request', mode: 'hang', where: order },
    { kind: 'drop-request', mode: 'reset', where: order },
    { kind: 'http', status: 502, when: 'after', where: order },
    { kind: 'http', status: 502, when: 'before', where: order },
    { kind: 'http', status: 429, when: 'before', where: order },
    // Past the bridge's patience of 3 s and around its expiry of 5 s: it lands late, or not any more.
    { kind: 'delay', ms: Math.round(500 + 5_500 * r.next()), when: 'before', where: order },
    { kind: 'delay', ms: Math.round(100 + 3_500 * r.next()), when: 'after', where: order },
  ]);
}

/** The same, and what else can go wrong around it: with a leg, the reads after it, the feed, a hand on the stops. */
function drawFault(r: SeededRandom, account: string): Fault {
  if (r.next() < 0.5) return drawOrderFault(r);
  return pick<Fault>(r, [
    { kind: 'partial-fill', fraction: 0.3, where: { legRole: 'entry' } },
    { kind: 'refuse-leg', message: 'Invalid TP/SL price. asset=0', where: { legRole: 'stop' } },
    { kind: 'stale-reads', forMs: Math.round(1_000 + 3_000 * r.next()), where: { user: account } },
    { kind: 'http', status: 502, count: 2, where: { path: 'info', type: 'clearinghouseState' } },
    { kind: 'http', status: 502, count: 2, where: { path: 'info', type: 'orderStatus' } },
    { kind: 'drop-reply', mode: 'hang', where: { path: 'exchange', type: 'noop' } },
    { kind: 'ws-close' },
    { kind: 'lose-stop', how: 'cancel' },
    { kind: 'lose-stop', how: 'half-size' },
  ]);
}

/** The plan of one kill, a function of the draws alone. */
export function planKill(r: SeededRandom, coins: readonly string[], account: string): KillPlan {
  const coin = (): string => coins[Math.floor(r.next() * coins.length)] ?? 'BTC';
  const share = r.next();
  const when = SHARES.find(([, upTo]) => share < upTo)?.[0] ?? 'idle';
  const delay = {
    boot: 100 + 900 * r.next(),
    recovery: 120 * r.next(),
    // Half within 12 ms: deciding, committing, signing; half while the order travels.
    acked: r.next() < 0.5 ? 12 * r.next() : 150 * r.next(),
    later: 1_000 + 5_000 * r.next(),
    unanswered: 10 * r.next(),
    idle: 400,
  }[when];
  return {
    when,
    delayMs: Math.round(delay),
    coins:
      when === 'boot' || when === 'idle' ? [] : Array.from({ length: 1 + Math.floor(3 * r.next()) }, coin),
    resends: r.next() < 0.3,
    faults: when === 'later' ? [drawOrderFault(r)] : r.next() < 0.6 ? [drawFault(r, account)] : [],
    // Mostly profits: the daily loss cap would end the entries.
    swing:
      r.next() < 0.7
        ? { coins: r.next() < 0.6 ? 'all' : 'first', ratio: r.next() < 0.8 ? 1.06 : 0.95 }
        : null,
  };
}
