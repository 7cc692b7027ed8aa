import type { ExitReason } from './exits.ts';
import type { LoggedEvent } from './watch-log.ts';

/** What a person is told, wherever they are. Text is plain: nothing in it is markup, a link or a mention. */
export interface Notice {
  kind: (typeof NOTICE_KINDS)[number];
  /** `critical`: look now. Kept on disk until it was delivered. */
  severity: 'info' | 'warn' | 'critical';
  /** The same key within `quietMs` is not told again. */
  key: string;
  quietMs: number;
  text: string;
  atMs: number;
}

export const NOTICE_KINDS = [
  'started',
  'entry',
  'exit',
  'stop-repaired',
  'unprotected',
  'closed-by-guard',
  'guard-late',
  'invariant',
  'order-refused',
  'order-in-doubt',
  'state',
  'parameters',
  'feed-silent',
  'clock',
  'quota',
  'agent',
  'margin',
  'database',
  'disk',
  'test',
] as const;

const MINUTE_MS = 60_000;
const EXITS: ReadonlySet<unknown> = new Set<ExitReason>([
  'time-stop',
  'snapback-exit',
  'opposite-exit',
  'fading-exit',
  'flatten',
]);
type Fields = LoggedEvent['fields'];
type Told = Pick<Notice, 'kind' | 'severity' | 'quietMs' | 'text'> & { about?: string };

const word = (x: unknown): string =>
  typeof x === 'string' || typeof x === 'number' || typeof x === 'boolean' ? String(x) : '?';
const seconds = (ms: unknown): string => (typeof ms === 'number' ? `${Math.round(ms / 1_000)} s` : '?');
const usd = (x: unknown): string =>
  typeof x === 'number' ? `${x < 0 ? '−' : '+'}$${Math.abs(x).toFixed(2)}` : '?';

const critical = (kind: Notice['kind'], text: string, about = '', quietMs = 5 * MINUTE_MS): Told => ({
  kind,
  severity: 'critical',
  quietMs,
  text,
  about,
});
const warn = (kind: Notice['kind'], text: string, about = '', quietMs = 30 * MINUTE_MS): Told => ({
  kind,
  severity: 'warn',
  quietMs,
  text,
  about,
});
const info = (kind: Notice['kind'], text: string, about = '', quietMs = MINUTE_MS): Told => ({
  kind,
  severity: 'info',
  quietMs,
  text,
  about,
});

/** One line for people per event that is worth a message; docs/notifications.md lists them. */
const TELL: Readonly<Record<string, (f: Fields) => Told | null>> = {
  'bridge.started': (f) => info('started', `started; data: ${word(f['dataSource'])}`),
  fill: (f) =>
    f['role'] === 'entry'
      ? info(
          'entry',
          `entered ${word(f['coin'])} ${f['isBuy'] === true ? 'long' : 'short'} ${word(f['sz'])} at ${word(f['px'])}`,
          word(f['coin']),
        )
      : null,
  'position.closed': (f) =>
    info(
      'exit',
      `closed ${word(f['coin'])}: ${usd(f['netPnlUsd'])} net (${word(f['exitReason'])})`,
      word(f['coin']),
      0,
    ),
  'stop.placed': (f) =>
    warn(
      'stop-repaired',
      `the guard placed a ${word(f['coin'])} stop at ${word(f['triggerPx'])} for ${word(f['sz'])}`,
      word(f['coin']),
      MINUTE_MS,
    ),
  // An exit that was planned or asked for is told as `exit` when it is done.
  'position.closed-by-guard': (f) =>
    EXITS.has(f['code']) && f['outcome'] === 'placed'
      ? null
      : critical(
          'closed-by-guard',
          `the guard closes ${word(f['coin'])} ${word(f['sz'])} (${word(f['code'])}): ${word(f['outcome'])}`,
          word(f['coin']),
        ),
  'guard.pass': (f) =>
    f['verdict'] === 'unprotected'
      ? critical(
          'unprotected',
          'a guard pass ended with a position that has no full valid stop: look at positions',
        )
      : null,
  // Of the guard in a process of its own.
  'guard.look': (f) =>
    f['verdict'] === 'unprotected'
      ? critical(
          'unprotected',
          'the second guard sees a position that has no full valid stop: look at positions',
        )
      : f['isBridgeProtecting'] === false
        ? critical(
            'guard-late',
            'something is wrong on the account and the bridge gives no sign of a working guard: the second guard acts',
          )
        : null,
  'guard.memory-only': () =>
    warn('database', 'the second guard cannot use its file: it protects, and records nothing'),
  'guard.record-lost': () =>
    warn('database', 'the second guard lost its file: it protects, and records nothing'),
  'guard.late': (f) =>
    critical(
      'guard-late',
      `no good guard pass for ${seconds(f['ageMs'])}: entries are off, resting stops still protect`,
    ),
  'invariant.violated': (f) =>
    critical(
      f['invariant'] === 'I3' ? 'unprotected' : 'invariant',
      `${word(f['invariant'])} is violated: ${typeof f['what'] === 'string' ? f['what'] : f['invariant'] === 'I3' ? `${word(f['coin'])} without a full valid stop` : 'an alert is still open'}${typeof f['forMs'] === 'number' ? ` for ${seconds(f['forMs'])}` : ''}`,
      `${typeof f['what'] === 'string' ? `${word(f['invariant'])} ` : ''}${word(f['coin'] ?? f['alertId'] ?? '')}`,
    ),
  'action.refused': (f) =>
    warn(
      'order-refused',
      `an approved order was not placed (${word(f['outcome'])}): ${word(f['message'])}`,
      word(f['alertId']),
    ),
  'action.unknown': (f) =>
    warn(
      'order-in-doubt',
      `the outcome of a ${word(f['coin'])} order is unknown: fenced, the guard looks`,
      word(f['coin']),
      MINUTE_MS,
    ),
  'trading-state.changed': (f) =>
    (f['origin'] === 'limit' ? critical : info)(
      'state',
      `trading is ${word(f['to'])}: ${word(f['reason'])}`,
      word(f['to']),
      0,
    ),
  'coin-params.changed': (f) =>
    info(
      'parameters',
      `parameters of ${word(f['coin'])} were changed (version ${word(f['version'])})`,
      word(f['coin']),
      0,
    ),
  'feedback.applied': (f) =>
    info(
      'parameters',
      typeof f['to'] === 'number'
        ? `learned weights of version ${f['to']} are in force`
        : 'the hand-set weights are in force',
      '',
      0,
    ),
  'feedback.unusable': () =>
    critical('parameters', 'the stored learned weights cannot be used: the hand-set ones are in force'),
  'coin-params.unusable': (f) =>
    critical(
      'parameters',
      `stored parameters of ${word(f['coin'])} cannot be used: the coin is off`,
      word(f['coin']),
    ),
  'alert-feed-silent': (f) =>
    warn(
      'feed-silent',
      `no heartbeat from ${word(f['chart'])}: its TradingView alert has died`,
      word(f['chart']),
      0,
    ),
  'feed.stale': (f) =>
    warn('feed-silent', `market data of ${word(f['venue'])}: ${word(f['message'])}`, word(f['venue'])),
  'clock.skewed': (f) => warn('clock', `this clock is ${word(f['skewMs'])} ms off the venue's`),
  'quota.low': () => warn('quota', 'the action quota runs low: entries stop at its reserve'),
  'quota.exhausted': () => critical('quota', 'the action quota is used up: only protection is sent'),
  'self-test.failed': (f) =>
    critical(
      'agent',
      `self-test ${word(f['check'])}: ${word(f['message'])}`,
      word(f['check']),
      12 * 60 * MINUTE_MS,
    ),
  'agent.expiring': (f) =>
    critical(
      'agent',
      `the ${word(f['wallet'])} wallet expires in ${word(f['daysLeft'])} days: approve a new one`,
      word(f['wallet']),
      12 * 60 * MINUTE_MS,
    ),
  'margin.thin': (f) =>
    critical(
      'margin',
      `${word(f['code'])} ${word(f['coin'] ?? 'account')}: ${word(f['message'])}`,
      `${word(f['code'])} ${word(f['coin'])}`,
      60 * MINUTE_MS,
    ),
  'guard.not-recorded': () =>
    critical(
      'database',
      'the database does not write: the guard works on, nothing is entered',
      '',
      30 * MINUTE_MS,
    ),
  'disk.nearly-full': (f) =>
    critical('disk', `the disk is nearly full: ${word(f['freeMb'])} MB free`, '', 60 * MINUTE_MS),
};

/** The notice of an event; null for most. */
export function noticeOf({ event, fields, atMs }: LoggedEvent): Notice | null {
  const told = TELL[event]?.(fields) ?? null;
  if (told === null) return null;
  const { about = '', ...notice } = told;
  return { ...notice, atMs, key: `${notice.kind}|${about}` };
}
