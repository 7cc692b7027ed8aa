import type { Notice } from '../../app/notices.ts';
import { noticeOf } from '../../app/notices.ts';
import type { Clock, Log, Store } from '../../app/ports.ts';
import type { Listener } from '../../app/watch-log.ts';
import { redact } from '../redact.ts';
import type { Channel } from './channel.ts';

/** Waits before the second, third, … try, ms: a quarter of an hour in all, then it is given up. */
export const RETRY_MS: readonly number[] = [1_000, 5_000, 30_000, 120_000, 300_000, 480_000];
/** Messages waiting per channel; beyond it the oldest that is not critical makes room. */
const QUEUE_MAX = 100;
const KEYS_MAX = 500;
const TEXT_BYTES_MAX = 2_000;
const OUTBOX_SETTING = 'notify-outbox';
/** What was told lately: a runtime that forgets everything between two looks must not say it again with each. */
const TOLD_SETTING = 'notify-told';
/** Quiet times shorter than this are not worth a write, ms. */
const KEPT_QUIET_MS = 5 * 60_000;
/** Older than this at a start, it is no news any more, ms. */
const OUTBOX_KEPT_MS = 24 * 3_600_000;

export interface Notifier {
  /** A listener of `watchLog`: puts a notice in line and returns; never waits for a network or a disk. */
  onEvent: Listener;
  /**
   * Takes up critical notices that an earlier process could not deliver, and what it told lately. Events that come
   * meanwhile wait for it.
   */
  recall(): Promise<void>;
  /** Resolves when nothing is waiting any more: for tests and for the command. */
  idle(): Promise<void>;
  close(): void;
}

interface Line {
  channel: Channel;
  waiting: Notice[];
  work: Promise<void> | null;
}

/**
 * Messages for people, beside everything else: own lines, own time-outs, nothing of trading waits for them. What is
 * critical is kept in the store until it was delivered, so that a restart does not swallow the reason for it.
 * @param o.from how messages call themselves ("snapback LIVE")
 * @param o.secrets never to leave, whatever an event's text holds
 */
export function createNotifier(o: {
  channels: readonly Channel[];
  from: string;
  clock: Clock;
  log: Log;
  store: Pick<Store, 'setting' | 'setSetting'>;
  secrets: readonly string[];
}): Notifier {
  const lines = o.channels.map((channel): Line => ({ channel, waiting: [], work: null }));
  const quiet = createQuiet();
  /** Notices of events during the recall; null when there is none. */
  let early: Notice[] | null = null;
  let isClosed = false;
  let saving: Promise<void> = Promise.resolve();

  /** One row for all of them. */
  const writeOutbox = async (): Promise<void> => {
    const outbox = lines.flatMap(({ channel, waiting }) =>
      waiting.filter((n) => n.severity === 'critical').map((notice) => ({ channel: channel.name, notice })),
    );
    try {
      await o.store.setSetting(OUTBOX_SETTING, JSON.stringify(outbox));
      await o.store.setSetting(TOLD_SETTING, JSON.stringify(quiet.recent(o.clock.nowMs())));
    } catch {
      // A full disk is one of the things to tell about: telling does not depend on it.
    }
  };
  /** After each change, one write at a time. */
  const save = (): void => {
    saving = saving.then(writeOutbox);
  };

  const put = (line: Line, notice: Notice): void => {
    line.waiting.push(notice);
    if (line.waiting.length > QUEUE_MAX) {
      // Never the one under way.
      const i = line.waiting.findIndex((n, k) => k > 0 && n.severity !== 'critical');
      line.waiting.splice(i === -1 ? 1 : i, 1);
    }
    line.work ??= drain(line).finally(() => {
      line.work = null;
    });
  };

  const drain = async (line: Line): Promise<void> => {
    for (;;) {
      const [notice] = line.waiting;
      if (notice === undefined || isClosed) return;
      const result = await deliver(line.channel, notice);
      if (isClosed) return;
      line.waiting.shift();
      if (notice.severity === 'critical') save();
      o.log[result === 'sent' ? 'debug' : 'warn']('notify.done', {
        channel: line.channel.name,
        kind: notice.kind,
        result,
      });
      await o.clock.sleep(line.channel.gapMs);
    }
  };

  const deliver = async (channel: Channel, notice: Notice): Promise<'sent' | 'given-up'> => {
    for (let attempt = 0; ; attempt++) {
      if (isClosed) return 'given-up';
      const result = await channel.deliver(notice, o.from);
      if (result.kind === 'sent') return 'sent';
      const waitMs = RETRY_MS[attempt];
      const isOver = result.kind === 'rejected' || waitMs === undefined;
      o.log.debug('notify.failed', { channel: channel.name, why: result.why, isOver });
      if (isOver) return 'given-up';
      o.log.debug('notify.done', { channel: channel.name, result: 'retried' });
      await o.clock.sleep(Math.max(waitMs, result.kind === 'retry' ? (result.afterMs ?? 0) : 0));
    }
  };

  const tell = (found: Notice): void => {
    if (quiet.isQuiet(found)) return;
    const notice = { ...found, text: redact(found.text, o.secrets, TEXT_BYTES_MAX) };
    for (const line of lines) put(line, notice);
    if (notice.severity === 'critical' || notice.quietMs >= KEPT_QUIET_MS) save();
  };

  return {
    onEvent(e) {
      if (lines.length === 0 || isClosed) return;
      const found = noticeOf(e);
      if (found === null) return;
      if (early === null) tell(found);
      else if (early.length < QUEUE_MAX) early.push(found);
    },
    async recall() {
      early = [];
      try {
        quiet.recall(parseTold(await o.store.setting(TOLD_SETTING)));
        for (const { channel, notice } of parseOutbox(await o.store.setting(OUTBOX_SETTING))) {
          const line = lines.find((l) => l.channel.name === channel);
          if (line !== undefined && o.clock.nowMs() - notice.atMs < OUTBOX_KEPT_MS) put(line, notice);
        }
      } finally {
        const held = early;
        early = null;
        for (const found of held) tell(found);
      }
    },
    async idle() {
      for (;;) {
        const works = lines.flatMap((l) => l.work ?? []);
        await Promise.all([...works, saving]);
        if (lines.every((l) => l.work === null)) return;
      }
    },
    close() {
      isClosed = true;
    },
  };
}

/** A key, when it was told, and how long it is not told again, ms. */
type Told = [key: string, atMs: number, quietMs: number];

/** Whether the same thing was told within its quiet time. Bounded: the oldest key is forgotten first. */
function createQuiet() {
  const told = new Map<string, Told>();
  return {
    isQuiet({ key, atMs, quietMs }: Notice): boolean {
      const before = told.get(key);
      if (before !== undefined && atMs - before[1] < quietMs) return true;
      told.delete(key);
      if (told.size >= KEYS_MAX) told.delete(told.keys().next().value ?? '');
      told.set(key, [key, atMs, quietMs]);
      return false;
    },
    /** Those whose quiet time is worth remembering and still runs. */
    recent: (nowMs: number): Told[] =>
      [...told.values()].filter(([, atMs, quietMs]) => quietMs >= KEPT_QUIET_MS && nowMs - atMs < quietMs),
    recall(list: readonly Told[]): void {
      for (const entry of list.slice(-KEYS_MAX)) told.set(entry[0], entry);
    },
  };
}

function parseTold(text: string | null): Told[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter(isTold) : [];
  } catch {
    return [];
  }
}

const isTold = (x: unknown): x is Told =>
  Array.isArray(x) && typeof x[0] === 'string' && typeof x[1] === 'number' && typeof x[2] === 'number';

/** What an earlier process left; anything that is not ours to read is left out. */
function parseOutbox(text: string | null): { channel: string; notice: Notice }[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter(isKept) : [];
  } catch {
    return [];
  }
}

const isKept = (x: unknown): x is { channel: string; notice: Notice } =>
  x !== null &&
  typeof x === 'object' &&
  'channel' in x &&
  'notice' in x &&
  x.notice !== null &&
  typeof x.notice === 'object' &&
  'text' in x.notice &&
  typeof x.notice.text === 'string' &&
  'atMs' in x.notice &&
  typeof x.notice.atMs === 'number';
