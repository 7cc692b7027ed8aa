import * as fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { PublicTrade, TradeFeed } from '../../src/app/ports.ts';
import { ReadError } from '../../src/app/ports.ts';
import type { KeptObserved, ObservedWatch } from '../../src/app/watch-observed.ts';
import type { Candle } from '../../src/core/shared/candle.ts';
import { watchObserved } from '../../src/app/watch-observed.ts';
import type { ObservedBook, ReadPosition } from '../../src/core/zones/observed-book.ts';
import { createObservedBook } from '../../src/core/zones/observed-book.ts';
import { openSqliteHistory } from '../../src/shell/market/sqlite-history.ts';

const T = 1_760_000_000_000;

/** A watch whose trades and readings a test makes; time passes only as the watch asks. */
function scene(weightPerMinute = 300, kept?: KeptObserved, startMs = T) {
  let nowMs = startMs;
  let push: (trades: PublicTrade[]) => void = () => {};
  const read: { address: string; atMs: number }[] = [];
  const events: string[] = [];
  const held = new Map<string, ReadPosition[] | Error>();
  const at = (event: string): void => void events.push(event);
  const trades: TradeFeed = {
    start: (_, on) => {
      push = (list) => on.trades(list);
      on.status(true);
    },
    stop: () => Promise.resolve(),
  };
  const book: ObservedBook = createObservedBook();
  book.marked('BTC', 100, 100_000);
  const watch: ObservedWatch = watchObserved({
    clock: { nowMs: () => nowMs, sleep: () => Promise.resolve() },
    log: { debug: at, info: at, warn: at, error: at },
    book,
    trades,
    reader: {
      positionsOf(address) {
        read.push({ address, atMs: nowMs });
        const found = held.get(address) ?? [];
        return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
      },
    },
    coins: ['BTC'],
    weightPerMinute,
    kept,
  });
  const run = async (forMs: number): Promise<void> => {
    for (const untilMs = nowMs + forMs; nowMs < untilMs; nowMs += watch.waitMs()) await watch.readNext();
  };
  return {
    watch,
    book,
    held,
    read,
    events,
    run,
    push: (list: PublicTrade[]) => push(list),
    now: () => nowMs,
  };
}
const trade = (users: string[], sz = 1): PublicTrade => ({ coin: 'BTC', sz, users });

let s: ReturnType<typeof scene>;
beforeEach(() => {
  s = scene();
});

test('reads who traded, the largest first, and knows what they hold', async () => {
  s.held.set('whale', [{ coin: 'BTC', side: 'long', liquidationPx: 80, sz: 50 }]);
  s.push([trade(['small', 'other'], 1), trade(['whale', 'other'], 40)]);
  await s.run(10_000);
  expect(s.read.map((r) => r.address)).toEqual(['other', 'whale', 'small']);
  expect(s.book.reading('BTC', s.now())).toMatchObject({
    addresses: 1,
    positions: [{ side: 'long', liquidationPx: 80, notionalUsd: 5_000 }],
  });
});

test.each([300, 400, 20])(
  'spends %i weight a minute at most, however many there are to read',
  async (weight) => {
    s = scene(weight);
    s.push(Array.from({ length: 2_000 }, (_, i) => trade([`a${i}`, `b${i}`])));
    await s.run(5 * 60_000);
    for (const { atMs } of s.read) {
      const within = s.read.filter((r) => r.atMs >= atMs && r.atMs < atMs + 60_000).length;
      expect(2 * within).toBeLessThanOrEqual(weight);
    }
    expect(2 * s.read.length).toBeGreaterThan(4.9 * weight);
  },
);

test('while nothing can be read it asks ever more rarely, once a minute at last, and says so once', async () => {
  const all = Array.from({ length: 500 }, (_, i) => `a${i}`);
  for (const a of all) s.held.set(a, new ReadError('429'));
  s.push(all.map((a) => trade([a, a])));
  await s.run(30 * 60_000);
  expect(s.read.length).toBeLessThan(40);
  expect(s.events).toEqual(['trades.up', 'observed.unreadable']);
  s.held.clear();
  const before = s.read.length;
  await s.run(3 * 60_000);
  expect(s.events.at(-1)).toBe('observed.recovered');
  expect(s.read.length - before).toBeGreaterThan(200);
});

test('what could not be read keeps what was known, older', async () => {
  s.held.set('whale', [{ coin: 'BTC', side: 'long', liquidationPx: 80, sz: 50 }]);
  s.push([trade(['whale', 'whale'])]);
  await s.run(1_000);
  s.held.set('whale', new ReadError('timeout'));
  s.push([trade(['whale', 'whale'])]);
  await s.run(10 * 60_000);
  expect(s.read.length).toBeGreaterThan(2);
  expect(s.book.reading('BTC', s.now())?.positions[0]?.ageMs).toBeGreaterThan(9 * 60_000);
});

test('an error that is no failed reading is not swallowed', async () => {
  s.held.set('whale', new TypeError('a bug'));
  s.push([trade(['whale', 'whale'])]);
  await expect(s.watch.readNext()).rejects.toThrow('a bug');
});

test('it never waits less than its pace nor more than a minute', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (fails) => {
      const w = scene();
      for (const [i, isFailing] of fails.entries()) {
        w.push([trade([`a${i}`, `a${i}`])]);
        if (isFailing) w.held.set(`a${i}`, new ReadError('down'));
        await w.watch.readNext();
        expect(w.watch.waitMs()).toBeGreaterThanOrEqual(400);
        expect(w.watch.waitMs()).toBeLessThanOrEqual(60_000);
        expect(isFailing || w.watch.waitMs() === 400).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

const BAR = 300_000;
/** Bars of 99.5 to 100.5, but for one that opens at `dipMs` and goes down to 85. */
const barsUntil = (untilMs: number, dipMs: number): Candle[] => {
  const out: Candle[] = [];
  for (let t = Math.floor((T - 3_600_000) / BAR) * BAR; t + BAR <= untilMs; t += BAR)
    out.push({ t, o: 100, h: 100.5, l: t === dipMs ? 85 : 99.5, c: 100, v: 1 });
  return out;
};

test('a restart knows what was known, once bars tell where price has been since', async () => {
  const memory = openSqliteHistory(':memory:');
  const first = scene(300, { memory, candles: () => [] });
  first.held.set('whale', [{ coin: 'BTC', side: 'long', liquidationPx: 80, sz: 50 }]);
  first.held.set('eager', [{ coin: 'BTC', side: 'long', liquidationPx: 90, sz: 50 }]);
  first.push([trade(['whale', 'eager'])]);
  await first.watch.keep();
  await first.run(5_000);
  await first.watch.keep();

  // A quarter of an hour later; meanwhile price was at 85 and came back.
  const startMs = first.now() + 900_000;
  let bars = barsUntil(startMs, Math.floor((T + 400_000) / BAR) * BAR);
  const second = scene(300, { memory, candles: () => bars }, startMs);
  await second.watch.keep();
  expect(second.book.counts()).toEqual({ addresses: 2, read: 2 });
  expect(second.book.reading('BTC', startMs)).toBeNull(); // the bar of the restart is still open
  bars = barsUntil(startMs + BAR, Math.floor((T + 400_000) / BAR) * BAR);
  await second.watch.keep();
  const found = second.book.reading('BTC', startMs)?.positions;
  expect(found?.map((p) => p.liquidationPx)).toEqual([80]);
  expect(found?.[0]?.ageMs).toBeGreaterThanOrEqual(900_000);
  memory.close();
});

test('a memory that fails is said once, and what could not be written is written later', async () => {
  const saved: string[] = [];
  let isBroken = true;
  const w = scene(300, {
    memory: {
      accounts: async () => [],
      saveAccounts: async (changed) => {
        if (isBroken) throw new Error('disk full');
        saved.push(...changed.map((k) => k.address));
      },
    },
    candles: () => [],
  });
  w.push([trade(['a', 'b'])]);
  await w.watch.keep();
  await w.watch.keep();
  expect(w.events).toEqual(['trades.up', 'observed.not-kept']);
  isBroken = false;
  await w.watch.keep();
  await w.watch.keep();
  expect(saved).toEqual(['a', 'b']);
});
