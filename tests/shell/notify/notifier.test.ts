import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Notice } from '../../../src/app/notices.ts';
import { NOTICE_KINDS, noticeOf } from '../../../src/app/notices.ts';
import type { Log } from '../../../src/app/ports.ts';
import type { LoggedEvent } from '../../../src/app/watch-log.ts';
import type { Channel, Delivery } from '../../../src/shell/notify/channel.ts';
import { createNotifier, RETRY_MS } from '../../../src/shell/notify/create-notifier.ts';
import { createVirtualClock } from '../../../src/shell/runtime/virtual-clock.ts';

const T0 = 1_760_000_000_000;
const SECRET = 'canary-secret-of-the-notifier';

function rig(answers: (n: Notice, i: number) => Delivery | Promise<Delivery> = () => ({ kind: 'sent' })) {
  const clock = createVirtualClock(T0);
  const got: { notice: Notice; atMs: number }[] = [];
  let tries = 0;
  const channel: Channel = {
    name: 'webhook',
    gapMs: 100,
    async deliver(notice) {
      const answer = await answers(notice, tries++);
      if (answer.kind === 'sent') got.push({ notice, atMs: clock.nowMs() });
      return answer;
    },
  };
  const kept = new Map<string, string>();
  const store = {
    setting: (name: string) => Promise.resolve(kept.get(name) ?? null),
    setSetting: (name: string, value: string) => Promise.resolve(void kept.set(name, value)),
  };
  const lines: string[] = [];
  const line = (event: string, fields?: object): void =>
    void lines.push(JSON.stringify({ event, ...fields }));
  const log: Log = { debug: line, info: line, warn: line, error: line };
  const notifier = () =>
    createNotifier({ channels: [channel], from: 'snapback TEST', clock, log, store, secrets: [SECRET] });
  const n = notifier();
  return {
    n,
    notifier,
    clock,
    got,
    lines,
    kept,
    tries: () => tries,
    texts: () => got.map((g) => g.notice.text),
    say: (event: string, fields: LoggedEvent['fields'] = {}) =>
      n.onEvent({ atMs: clock.nowMs(), level: 'info', event, fields }),
    async pass(ms: number): Promise<void> {
      const untilMs = clock.nowMs() + ms;
      for (let i = 0; i < 3; i++) await clock.sleep(0); // what is ready now registers its sleeps first
      await clock.advanceTo(untilMs);
      for (let i = 0; i < 3; i++) await clock.sleep(0);
    },
  };
}
const invariant = { invariant: 'I4', alertId: 'a', forMs: 130_000 };

describe('a notifier', () => {
  test('sends one line, in order, with a gap between two', async () => {
    const r = rig();
    r.say('fill', { coin: 'BTC', role: 'entry', isBuy: true, sz: 0.5, px: 100_000 });
    r.say('position.closed', { coin: 'BTC', netPnlUsd: -12.345, exitReason: 'stop' });
    r.say('alert.handled', { status: 'refused' });
    await r.pass(1_000);
    expect(r.texts()).toEqual(['entered BTC long 0.5 at 100000', 'closed BTC: −$12.35 net (stop)']);
    expect(r.got.map((g) => g.atMs - T0)).toEqual([0, 100]);
  });

  test('says the same thing once within its quiet time, and again after it', async () => {
    const r = rig();
    for (let i = 0; i < 5; i++) r.say('feed.stale', { venue: 'okx', message: 'HTTP 451' });
    r.say('feed.stale', { venue: 'bybit', message: 'HTTP 403' });
    await r.pass(29 * 60_000);
    r.say('feed.stale', { venue: 'okx', message: 'HTTP 451' });
    await r.pass(60_000);
    r.say('feed.stale', { venue: 'okx', message: 'HTTP 451' });
    await r.pass(1_000);
    expect(r.texts().map((t) => /of (\w+)/.exec(t)?.[1])).toEqual(['okx', 'bybit', 'okx']);
  });

  test('tries again, waiting longer each time and as long as it is asked to, then gives up and goes on', async () => {
    const r = rig((n) =>
      n.kind === 'entry' ? { kind: 'retry', afterMs: null, why: 'HTTP 502' } : { kind: 'sent' },
    );
    r.say('fill', { coin: 'BTC', role: 'entry', isBuy: true, sz: 1, px: 1 });
    r.say('position.closed', { coin: 'BTC', netPnlUsd: 1, exitReason: 'stop' });
    await r.pass(RETRY_MS.reduce((a, b) => a + b, 0) - 1);
    expect([r.tries(), r.got.length]).toEqual([RETRY_MS.length, 0]);
    await r.pass(1_000);
    expect(r.texts()).toEqual(['closed BTC: +$1.00 net (stop)']);
    expect(r.lines.filter((l) => l.includes('given-up'))).toHaveLength(1);
  });

  test('a wait that the channel asks for is kept', async () => {
    const r = rig((_, i) =>
      i === 0 ? { kind: 'retry', afterMs: 42_000, why: 'HTTP 429' } : { kind: 'sent' },
    );
    r.say('guard.late', { ageMs: 95_000 });
    await r.pass(41_999);
    expect(r.tries()).toBe(1);
    await r.pass(1);
    expect(r.got).toHaveLength(1);
  });

  test('what is rejected is not tried again', async () => {
    const r = rig(() => ({ kind: 'rejected', why: 'HTTP 401' }));
    r.say('guard.late', { ageMs: 95_000 });
    await r.pass(3_600_000);
    expect(r.tries()).toBe(1);
  });

  test('holds a bounded number, and lets go of what is critical last', async () => {
    let open: (d: Delivery) => void = () => undefined;
    const first = new Promise<Delivery>((resolve) => (open = resolve));
    const r = rig((_, i) => (i === 0 ? first : { kind: 'sent' }));
    r.say('trading-state.changed', { to: 'HALTED', reason: 'r', origin: 'operator' });
    for (let i = 0; i < 90; i++) r.say('invariant.violated', { ...invariant, alertId: `a${i}` });
    for (let i = 0; i < 500; i++)
      r.say('position.closed', { coin: `C${i}`, netPnlUsd: 1, exitReason: 'stop' });
    open({ kind: 'sent' });
    await r.pass(60_000);
    expect(r.got).toHaveLength(100);
    expect(r.got.filter((g) => g.notice.severity === 'critical')).toHaveLength(90);
    expect(r.texts().at(-1)).toContain('C499');
  });

  test('a listener never waits: with a channel that hangs, events return at once', () => {
    const r = rig(() => new Promise(() => undefined));
    for (let i = 0; i < 1_000; i++) r.say('position.closed', { coin: `C${i}`, netPnlUsd: 1 });
    expect(r.tries()).toBe(1);
  });
});

describe('what is critical', () => {
  test('is kept until it was delivered, and taken up by the next process', async () => {
    const r = rig((_, i) => (i < 3 ? { kind: 'retry', afterMs: null, why: 'HTTP 502' } : { kind: 'sent' }));
    r.say('invariant.violated', invariant);
    r.say('position.closed', { coin: 'BTC', netPnlUsd: 1, exitReason: 'stop' });
    await r.pass(2_000);
    expect(JSON.parse(r.kept.get('notify-outbox') ?? '')).toMatchObject([
      { channel: 'webhook', notice: { key: 'invariant|a' } },
    ]);
    r.n.close();
    const next = r.notifier();
    await next.recall();
    await r.pass(600_000);
    expect(r.texts()).toEqual([expect.stringContaining('I4 is violated')]);
    expect(r.kept.get('notify-outbox')).toBe('[]');
  });

  test.each(['nonsense', '{}', '[1,null,{"channel":"webhook","notice":{}}]', null])(
    'an outbox that is not ours (%s) is left alone',
    async (text) => {
      const r = rig();
      if (text !== null) r.kept.set('notify-outbox', text);
      await r.n.recall();
      await r.pass(1_000);
      expect(r.got).toEqual([]);
    },
  );

  test('that is a day old is no news any more', async () => {
    const r = rig();
    const notice = {
      ...noticeOf({ atMs: T0 - 86_400_001, level: 'error', event: 'guard.late', fields: {} }),
    };
    r.kept.set('notify-outbox', JSON.stringify([{ channel: 'webhook', notice }]));
    await r.n.recall();
    await r.pass(1_000);
    expect(r.got).toEqual([]);
  });

  test('what was told is not told again by the next process within its quiet time, when that is long', async () => {
    const r = rig();
    const stale = { venue: 'okx', message: 'HTTP 451' };
    r.say('feed.stale', stale); // quiet for 30 minutes
    r.say('stop.placed', { coin: 'BTC', triggerPx: 1, sz: 1 }); // for one
    await r.pass(1_000);
    expect(r.texts()).toHaveLength(2);
    const next = r.notifier();
    const say = (event: string, fields: LoggedEvent['fields']): void =>
      next.onEvent({ atMs: r.clock.nowMs(), level: 'info', event, fields });
    const recalled = next.recall();
    say('feed.stale', stale); // before the recall is through: it waits for it
    say('feed.stale', { ...stale, venue: 'bybit' });
    await recalled;
    say('stop.placed', { coin: 'BTC', triggerPx: 1, sz: 1 });
    await r.pass(1_000);
    expect(r.texts().slice(2)).toEqual([
      'market data of bybit: HTTP 451',
      'the guard placed a BTC stop at 1 for 1',
    ]);
    await r.pass(30 * 60_000);
    say('feed.stale', stale);
    await r.pass(1_000);
    expect(r.texts()).toHaveLength(5);
  });

  test.each(['nonsense', '{}', '[1,["a"],["a","b",1]]'])(
    'a record of what was told that is %s is none',
    async (text) => {
      const r = rig();
      r.kept.set('notify-told', text);
      await r.n.recall();
      r.say('feed.stale', { venue: 'okx', message: 'x' });
      await r.pass(1_000);
      expect(r.texts()).toHaveLength(1);
    },
  );

  test('a store that cannot write stops nothing', async () => {
    const r = rig();
    r.kept.set = () => {
      throw new Error('disk full');
    };
    r.say('disk.nearly-full', { freeMb: 12 });
    await r.pass(1_000);
    expect(r.texts()).toEqual(['the disk is nearly full: 12 MB free']);
  });
});

test('a secret in an event’s text never leaves', async () => {
  const r = rig();
  r.say('action.refused', { alertId: 'a', outcome: 'refused', message: `no ${SECRET} 0x${'ab'.repeat(32)}` });
  await r.pass(1_000);
  expect(r.texts()).toEqual(['an approved order was not placed (refused): no [removed] [removed]']);
});

test('fields of any shape make a line, never a throw', () => {
  const events = Object.keys(eventsOfPage());
  expect(events.length).toBeGreaterThan(15);
  for (const event of events)
    for (const x of [undefined, null, {}, [], 1, 'x', Number.NaN]) {
      const fields = Object.fromEntries(['coin', 'role', 'verdict', 'origin', 'invariant', 'forMs', 'netPnlUsd', 'message'].map((k) => [k, x])); // prettier-ignore
      const notice = noticeOf({ atMs: 1, level: 'info', event, fields });
      expect(notice === null || (notice.text.length > 5 && !notice.text.includes('[object'))).toBe(true);
    }
});

const page = readFileSync(join(import.meta.dirname, '../../../docs/notifications.md'), 'utf8');
/** Event → kind and severity, as the page has them. */
const eventsOfPage = (): Record<string, string[]> =>
  Object.fromEntries(
    [...page.matchAll(/^\| `([a-z.-]+)` \| `([a-z-]+)` \| ([^|]+) \|/gm)].map(
      ([, event = '', kind = '', severity = '']) => [event, [kind, severity.trim()]],
    ),
  );

describe('docs/notifications.md', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../src/app/notices.ts'), 'utf8');
  const body = source.slice(source.indexOf('const TELL'));
  const events = [...body.matchAll(/^ {2}(?:'([a-z.-]+)'|([a-z]+)): \(/gm)].map(([, a, b]) => a ?? b ?? '');

  test('has every event', () => {
    expect(Object.keys(eventsOfPage()).sort()).toEqual(events.sort());
  });

  test('has kind and severity right, and every kind', () => {
    const sample = { role: 'entry', verdict: 'unprotected', invariant: 'I4', origin: 'operator' };
    for (const [event, [kind, severity]] of Object.entries(eventsOfPage())) {
      const notice = noticeOf({ atMs: 1, level: 'info', event, fields: sample });
      expect([event, notice?.kind]).toEqual([event, kind]);
      expect([event, severity]).toEqual([event, expect.stringContaining(notice?.severity ?? '?')]);
    }
    const kinds = new Set([...Object.values(eventsOfPage()).map(([kind]) => kind), 'test']);
    expect([...NOTICE_KINDS].filter((k) => !kinds.has(k))).toEqual([]);
  });
});
