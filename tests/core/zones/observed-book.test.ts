import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ObservedBook, ReadPosition } from '../../../src/core/zones/observed-book.ts';
import {
  AGAIN_AFTER_MS,
  createObservedBook,
  FORGOTTEN_AFTER_MS,
} from '../../../src/core/zones/observed-book.ts';

const T = 1_760_000_000_000;
const MINUTE = 60_000;
const long = (liquidationPx: number | null, sz = 1, coin = 'BTC'): ReadPosition => ({
  coin,
  side: 'long',
  liquidationPx,
  sz,
});
const short = (liquidationPx: number, sz = 1): ReadPosition => ({
  coin: 'BTC',
  side: 'short',
  liquidationPx,
  sz,
});

let book: ObservedBook;
beforeEach(() => {
  book = createObservedBook();
  // Open interest: 1,000 coins of either.
  book.marked('BTC', 100, 100_000);
  book.marked('DOGE', 1, 1_000);
});
const trade = (users: string[], sz = 1, coin = 'BTC', nowMs = T) => book.traded({ coin, sz, users }, nowMs);
const levels = (nowMs = T, coin = 'BTC') =>
  (book.reading(coin, nowMs)?.positions ?? []).map((p) => p.liquidationPx);

describe('who is read next', () => {
  test('who traded most of open interest, whatever it is worth in USD', () => {
    expect(book.next(T)).toBeNull();
    trade(['a', 'b'], 5);
    trade(['c'], 9, 'DOGE');
    trade(['b'], 1);
    expect(book.next(T)).toBe('c');
    book.took('c', [], T);
    expect(book.next(T)).toBe('b');
    book.failed('b', T);
    expect(book.next(T)).toBe('a');
    book.took('a', [], T);
    expect(book.next(T)).toBeNull();
  });

  test('nobody twice within minutes; one that failed comes again', () => {
    trade(['a']);
    book.failed('a', T);
    expect([book.next(T + AGAIN_AFTER_MS - 1), book.next(T + AGAIN_AFTER_MS)]).toEqual([null, 'a']);
    book.took('a', [], T + AGAIN_AFTER_MS);
    trade(['a'], 1, 'BTC', T + AGAIN_AFTER_MS + 1);
    expect(book.next(T + 2 * AGAIN_AFTER_MS - 1)).toBeNull();
    expect(book.next(T + 2 * AGAIN_AFTER_MS)).toBe('a');
  });

  test('of those known: the larger, the older, and who is near the end', () => {
    trade(['large', 'small', 'near', 'old'], 1);
    book.took('old', [long(80, 20)], T - 60 * MINUTE);
    book.took('large', [long(80, 20)], T - 10 * MINUTE);
    book.took('near', [long(99, 10)], T - 10 * MINUTE);
    book.took('small', [long(80, 10)], T - 10 * MINUTE);
    const order = [];
    for (let name = book.next(T); name !== null; name = book.next(T)) {
      order.push(name);
      book.failed(name, T);
    }
    expect(order).toEqual(['old', 'near', 'large', 'small']);
  });

  test('whoever was never read comes before those who are known, unless these are much larger', () => {
    trade(['known', 'huge'], 1);
    book.took('known', [long(80, 20)], T - 10 * MINUTE);
    book.took('huge', [long(80, 900)], T - 60 * MINUTE);
    trade(['new'], 1);
    expect(book.next(T)).toBe('huge');
    book.failed('huge', T);
    expect(book.next(T)).toBe('new');
    book.took('new', [], T);
    expect(book.next(T)).toBe('known');
  });

  test('trades of a coin without a mark, and of one without open interest, call nobody up', () => {
    trade(['a'], 1, 'XYZ');
    expect(book.counts().addresses).toBe(0);
    book.marked('XYZ', 5, null);
    trade(['a'], 1, 'XYZ');
    expect([book.counts().addresses, book.next(T)]).toEqual([1, null]);
  });
});

describe('what is known', () => {
  test('a reading has all positions of the coin at the mark, with their age', () => {
    trade(['a', 'b']);
    book.took('a', [long(80, 2), short(130, 3), long(0.5, 7, 'DOGE'), long(1, 1, 'XYZ')], T);
    book.took('b', [long(null, 4)], T + MINUTE);
    book.marked('BTC', 110, 110_000);
    expect(book.reading('BTC', T + 2 * MINUTE)).toEqual({
      addresses: 2,
      asOfMs: T + MINUTE,
      positions: [
        { side: 'long', liquidationPx: 80, notionalUsd: 220, ageMs: 2 * MINUTE },
        { side: 'short', liquidationPx: 130, notionalUsd: 330, ageMs: 2 * MINUTE },
        { side: 'long', liquidationPx: null, notionalUsd: 440, ageMs: MINUTE },
      ],
    });
    expect(levels(T, 'DOGE')).toEqual([0.5]);
    expect([book.reading('XYZ', T), book.counts()]).toEqual([null, { addresses: 2, read: 2 }]);
  });

  test('a level the mark was at is dead, though the mark comes back, until the account is read again', () => {
    trade(['a']);
    book.took('a', [long(95), long(90), short(105), short(120)], T);
    book.marked('BTC', 95, 95_000);
    book.marked('BTC', 110, 110_000);
    book.marked('BTC', 100, 100_000);
    expect(levels()).toEqual([90, 120]);
    book.took('a', [long(95), short(99)], T + MINUTE);
    expect(levels(T + MINUTE)).toEqual([95]);
  });

  test('could not read is not "nothing there": the old stays and ages', () => {
    trade(['a']);
    book.took('a', [long(80)], T);
    book.failed('a', T + 5 * MINUTE);
    expect(book.reading('BTC', T + 6 * MINUTE)?.positions[0]?.ageMs).toBe(6 * MINUTE);
    book.took('a', [], T + 7 * MINUTE);
    expect(book.reading('BTC', T + 7 * MINUTE)).toBeNull();
  });

  test('is forgotten after hours', () => {
    trade(['a']);
    book.took('a', [long(80)], T);
    expect(levels(T + FORGOTTEN_AFTER_MS)).toEqual([80]);
    expect(levels(T + FORGOTTEN_AFTER_MS + 1)).toEqual([]);
    expect(book.next(T + FORGOTTEN_AFTER_MS + 1)).toBeNull();
    expect(book.counts().addresses).toBe(0);
  });
});

test('it never holds more than it may, and keeps the holders', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 50 })), { maxLength: 300 }),
      (trades) => {
        const small = createObservedBook({ addressesMax: 20 });
        small.marked('BTC', 100, 100_000);
        small.traded({ coin: 'BTC', sz: 60, users: ['whale'] }, T);
        small.took('whale', [long(80, 60)], T);
        trades.forEach(([who, sz], i) => {
          small.traded({ coin: 'BTC', sz, users: [`x${who}`, `y${i}`] }, T + i);
          small.took(`x${who}`, [long(90)], T + i);
          expect(small.counts().addresses).toBeLessThanOrEqual(20);
          // Whoever was forgotten is in no reading any more.
          expect(small.reading('BTC', T + i)?.addresses).toBe(small.counts().read);
        });
        const kept = new Set(trades.flatMap(([who], i) => [`x${who}`, `y${i}`])).size;
        expect(small.counts().addresses).toBeGreaterThanOrEqual(Math.min(kept + 1, 18));
        const held = small.reading('BTC', T + 1_000)?.positions.map((p) => p.notionalUsd) ?? [];
        expect(Math.max(...held)).toBe(6_000);
      },
    ),
    { numRuns: 60 },
  );
});

describe('over a restart', () => {
  /** What a first process knew, in the book of a second one that has marks. */
  const restarted = (nowMs: number, markPx = 100): ObservedBook => {
    const kept = book.unwritten().changed;
    const next = createObservedBook();
    expect(next.restore(kept, nowMs)).toBe(false);
    next.marked('BTC', markPx, 100_000);
    next.marked('DOGE', 1, 1_000);
    expect(next.restore(kept, nowMs)).toBe(true);
    return next;
  };
  const calm = () => ({ loPx: 99, hiPx: 101 });

  test('readings come back as old as they are, and only once it is known where price has been', () => {
    trade(['a', 'b', 'c']);
    book.took('a', [{ ...long(80, 2), entryPx: 97 }, short(130, 3)], T);
    book.took('b', [long(90), long(0.5, 7, 'DOGE')], T + MINUTE);
    const next = restarted(T + 10 * MINUTE);
    expect(next.counts()).toEqual({ addresses: 3, read: 2 });
    expect(next.reading('BTC', T + 10 * MINUTE)).toBeNull();
    next.release('BTC', () => null);
    expect(next.reading('BTC', T + 10 * MINUTE)).toBeNull();
    next.release('BTC', calm);
    expect(next.reading('BTC', T + 10 * MINUTE)).toEqual({
      addresses: 2,
      asOfMs: T + MINUTE,
      positions: [
        { side: 'long', liquidationPx: 80, notionalUsd: 200, ageMs: 10 * MINUTE, entryPx: 97 },
        { side: 'short', liquidationPx: 130, notionalUsd: 300, ageMs: 10 * MINUTE },
        { side: 'long', liquidationPx: 90, notionalUsd: 100, ageMs: 9 * MINUTE },
      ],
    });
    expect(next.reading('DOGE', T + 10 * MINUTE)).toBeNull();
  });

  test('a level that price was at meanwhile is dead, and so is one the mark reaches before the bars are there', () => {
    trade(['a']);
    book.took('a', [long(95), long(90), short(105), short(120), long(null, 1)], T);
    const next = restarted(T + MINUTE);
    next.marked('BTC', 104.9, 100_000);
    next.marked('BTC', 105, 100_000);
    next.marked('BTC', 100, 100_000);
    next.release('BTC', (sinceMs) => (sinceMs === T ? { loPx: 92, hiPx: 104 } : null));
    const found = next.reading('BTC', T + MINUTE)?.positions.map((p) => p.liquidationPx);
    expect(found).toEqual([90, 120, null]);
  });

  test('a dead level is not kept, and what was read since the start is not replaced by what is older', () => {
    trade(['a', 'b']);
    book.took('a', [long(95), long(80)], T);
    book.marked('BTC', 95, 95_000);
    book.took('b', [long(70)], T);
    const kept = book.unwritten().changed;
    expect(kept[0]?.positions.map((p) => p.liquidationPx)).toEqual([80]);
    const next = createObservedBook();
    next.marked('BTC', 100, 100_000);
    next.traded({ coin: 'BTC', sz: 1, users: ['b'] }, T + MINUTE);
    next.took('b', [long(75)], T + MINUTE);
    next.restore(kept, T + 2 * MINUTE);
    next.release('BTC', calm);
    expect(
      next
        .reading('BTC', T + 2 * MINUTE)
        ?.positions.map((p) => p.liquidationPx)
        .sort(),
    ).toEqual([75, 80]);
  });

  test('a reading from the future is not believed; the address is', () => {
    trade(['a']);
    book.took('a', [long(80)], T);
    const next = restarted(T - MINUTE);
    next.release('BTC', calm);
    expect([next.reading('BTC', T), next.counts()]).toEqual([null, { addresses: 1, read: 0 }]);
  });

  test('no reading is ever younger than it is', () => {
    fc.assert(
      fc.property(fc.nat(FORGOTTEN_AFTER_MS), fc.nat(FORGOTTEN_AFTER_MS), (readMs, offMs) => {
        book = createObservedBook();
        book.marked('BTC', 100, 100_000);
        trade(['a'], 1, 'BTC', T + readMs);
        book.took('a', [long(80)], T + readMs);
        const nowMs = T + readMs + offMs;
        const next = restarted(nowMs);
        next.release('BTC', calm);
        expect(next.reading('BTC', nowMs)?.positions).toMatchObject([{ ageMs: offMs }]);
        expect(next.reading('BTC', nowMs + FORGOTTEN_AFTER_MS - offMs + 1)).toBeNull();
      }),
      { numRuns: 50 },
    );
  });

  test('tells what is new once, again when it could not be written, and whom it forgot', () => {
    trade(['a', 'b']);
    book.took('a', [long(80)], T);
    const batch = book.unwritten();
    expect(batch.changed.map((k) => [k.address, k.readAtMs, k.positions.length])).toEqual([
      ['a', T, 1],
      ['b', null, 0],
    ]);
    expect(book.unwritten()).toEqual({ changed: [], gone: [] });
    book.notWritten(batch);
    expect(book.unwritten()).toEqual(batch);
    book.next(T + FORGOTTEN_AFTER_MS + 1);
    expect(book.unwritten()).toEqual({ changed: [], gone: ['a', 'b'] });
  });
});
