import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMinuteBook } from '../../src/app/minute-book.ts';
import type { MinuteListener } from '../../src/app/ports.ts';
import type { Candle } from '../../src/core/shared/candle.ts';

const MINUTE = 60_000;
const T0 = 1_760_130_000_000;
const KEPT = 240;

interface Trade {
  atMs: number;
  px: number;
}
/** The bar of the minute from `t` on as it stands at `nowMs`: what the venue pushes, and answers with. */
function barOf(trades: readonly Trade[], t: number, nowMs = Number.POSITIVE_INFINITY): Candle | null {
  const in_ = trades.filter((x) => x.atMs >= t && x.atMs < t + MINUTE && x.atMs <= nowMs).map((x) => x.px);
  if (in_.length === 0) return null;
  return { t, o: in_[0]!, h: Math.max(...in_), l: Math.min(...in_), c: in_.at(-1)!, v: in_.length };
}
const closedOf = (trades: readonly Trade[], fromMs: number, toMs: number): Candle[] => {
  const out: Candle[] = [];
  for (let t = Math.ceil(fromMs / MINUTE) * MINUTE; t + MINUTE <= toMs; t += MINUTE) {
    const bar = barOf(trades, t);
    if (bar !== null) out.push(bar);
  }
  return out;
};

function setup(o: { coins?: string[]; answer?: (startMs: number, endMs: number) => Candle[] } = {}) {
  let nowMs = T0;
  let on: MinuteListener | undefined;
  const asked: { coin: string; startMs: number }[] = [];
  const logged: [string, unknown][] = [];
  const log = {
    debug: () => undefined,
    info: (event: string, f?: Record<string, unknown>) => void logged.push([event, f?.['message']]),
    warn: (event: string, f?: Record<string, unknown>) => void logged.push([event, f?.['message']]),
    error: () => undefined,
  };
  const book = createMinuteBook({
    clock: { nowMs: () => nowMs, sleep: async () => undefined },
    log,
    feed: {
      start: (_, listener) => {
        on = listener;
      },
      stop: async () => undefined,
    },
    source: {
      minutes: async (coin, startMs, endMs) => {
        asked.push({ coin, startMs });
        return o.answer?.(startMs, endMs) ?? [];
      },
    },
  });
  book.start(o.coins ?? ['BTC']);
  return {
    book,
    asked,
    logged,
    at: (ms: number) => void (nowMs = ms),
    bar: (bar: Candle, coin = 'BTC') => on?.bar(coin, bar),
    up: (up: boolean) => on?.status(up),
    now: () => nowMs,
  };
}
const flat = (t: number, px = 100, v = 1): Candle => ({ t, o: px, h: px, l: px, c: px, v });

describe('hearing minutes', () => {
  test('a minute counts when the next begins, or when something is heard well after its end; never before', () => {
    const s = setup({ coins: ['BTC', 'ETH'] });
    s.up(true);
    s.at(T0 + 10_000);
    s.bar(flat(T0));
    expect(s.book.minutes('BTC')).toBeNull();
    s.at(T0 + 61_000);
    s.bar(flat(T0 + MINUTE), 'ETH');
    // A second after the end: the last push may still come. It does.
    expect(s.book.minutes('BTC')).toBeNull();
    s.bar({ ...flat(T0), c: 101, h: 101, v: 2 });
    s.at(T0 + 63_000);
    expect(s.book.minutes('BTC')).toBeNull();
    s.bar(flat(T0 + MINUTE, 100, 2), 'ETH');
    expect(s.book.minutes('BTC')).toEqual({
      fromMs: T0,
      toMs: T0 + MINUTE,
      bars: [{ ...flat(T0), c: 101, h: 101, v: 2 }],
    });
    s.at(T0 + 70_000);
    s.bar(flat(T0 + MINUTE));
    s.at(T0 + 121_000);
    s.bar(flat(T0 + 2 * MINUTE));
    expect(s.book.minutes('BTC')?.bars.map((b) => b.t)).toEqual([T0, T0 + MINUTE]);
    expect(s.book.minutes('SOL')).toBeNull();
  });

  test('pushes again, out of order, of the past or of the future change nothing', () => {
    const s = setup();
    s.up(true);
    s.at(T0 + 30_000);
    s.bar({ ...flat(T0), v: 5 });
    s.bar({ ...flat(T0), v: 3, c: 90, l: 90 });
    s.bar(flat(T0 + 10 * MINUTE, 500));
    s.at(T0 + 65_000);
    s.bar(flat(T0 + MINUTE));
    s.bar({ ...flat(T0), v: 9 });
    s.bar(flat(T0 - MINUTE));
    expect(s.book.minutes('BTC')?.bars).toEqual([{ ...flat(T0), v: 5 }]);
  });

  test('a minute the connection ended in is not known, though its first half was heard', async () => {
    const trades: Trade[] = [0, 20_000, 50_000, 70_000, 130_000, 190_000].map((ms, i) => ({
      atMs: T0 + ms,
      px: 100 + i,
    }));
    const s = setup({ answer: (from, to) => closedOf(trades, from, Math.min(to, s.now())) });
    s.up(true);
    s.at(T0 + 20_000);
    s.bar(barOf(trades, T0, s.now())!);
    s.up(false);
    s.at(T0 + 71_000);
    s.up(true);
    s.bar(barOf(trades, T0 + MINUTE, s.now())!);
    s.at(T0 + 131_000);
    s.bar(barOf(trades, T0 + 2 * MINUTE, s.now())!);
    // Known from the first minute that was heard whole; the one before it is asked for.
    expect(s.book.minutes('BTC')).toMatchObject({ fromMs: T0 + MINUTE, toMs: T0 + 2 * MINUTE });
    await s.book.fill();
    expect(s.book.minutes('BTC')?.bars).toEqual(closedOf(trades, T0, T0 + 2 * MINUTE));
    expect(s.book.minutes('BTC')?.fromMs).toBe(T0 + 2 * MINUTE - (KEPT + 0) * MINUTE);
  });
});

describe('asking for what is missing', () => {
  const wave = (from: number, to: number): Candle[] => {
    const out: Candle[] = [];
    for (let t = Math.ceil(from / MINUTE) * MINUTE; t + MINUTE <= to; t += MINUTE) out.push(flat(t));
    return out;
  };

  test('four hours at the start, once the connection is up; the hole alone after one; nobody more than every five minutes', async () => {
    const s = setup({ coins: ['BTC', 'ETH'], answer: wave });
    await s.book.fill();
    expect(s.asked).toEqual([]);
    s.up(true);
    await s.book.fill();
    expect(s.asked).toEqual(['BTC', 'ETH'].map((coin) => ({ coin, startMs: T0 - KEPT * MINUTE })));
    await s.book.fill();
    expect(s.asked.length).toBe(2);
    s.up(false);
    s.at(T0 + 10 * MINUTE);
    s.up(true);
    s.bar(flat(T0 + 10 * MINUTE));
    s.at(T0 + 10 * MINUTE + 5_000);
    await s.book.fill();
    expect(s.asked.slice(2)).toEqual(['BTC', 'ETH'].map((coin) => ({ coin, startMs: T0 })));
    expect(s.book.minutes('BTC')).toMatchObject({ toMs: T0 + 10 * MINUTE });
    s.at(T0 + 14 * MINUTE);
    await s.book.fill();
    expect(s.asked.length).toBe(4);
  });

  test('an empty or refused answer leaves the hole a hole: minutes behind it wait, and count alone after an hour', async () => {
    let mode: 'well' | 'empty' | 'refused' = 'well';
    const s = setup({
      answer: (from, to) => {
        if (mode === 'refused') throw new Error('HTTP 429');
        return mode === 'well' ? wave(from, to) : [];
      },
    });
    s.up(true);
    await s.book.fill();
    mode = 'empty';
    const hear = (i: number): void => {
      s.at(T0 + i * MINUTE + 30_000);
      s.bar(flat(T0 + i * MINUTE));
    };
    for (let i = 5; i < 40; i++) {
      hear(i);
      if (i === 20) mode = 'refused';
      await s.book.fill();
      expect(s.book.minutes('BTC')?.toMs).toBe(T0);
    }
    expect(s.asked.length).toBeLessThanOrEqual(1 + 40 / 5);
    expect(s.book.feeds()[0]?.message).toBe('1 coin(s): BTC HTTP 429');
    for (let i = 40; i < 70; i++) hear(i);
    expect(s.book.minutes('BTC')).toMatchObject({ fromMs: T0 + 5 * MINUTE, toMs: T0 + 69 * MINUTE });
  });

  test('no more than four hours are kept, and the start moves with them', () => {
    const s = setup();
    s.up(true);
    for (let i = 0; i < KEPT + 60; i++) {
      s.at(T0 + i * MINUTE + 30_000);
      s.bar(flat(T0 + i * MINUTE));
    }
    const known = s.book.minutes('BTC')!;
    expect(known.bars.length).toBe(KEPT);
    expect(known.fromMs).toBe(known.bars[0]?.t);
    expect(known.toMs - known.fromMs).toBe(KEPT * MINUTE);
  });
});

test('health: not connected, up, lost, up again; each change is logged once', () => {
  const s = setup();
  const health = () => s.book.feeds()[0];
  expect(health()).toMatchObject({
    venue: 'hyperliquid 1m bars',
    lastOkMs: null,
    message: 'one-minute bars: not connected yet',
  });
  s.up(true);
  expect(health()).toMatchObject({ lastOkMs: T0, message: null });
  s.at(T0 + 5_000);
  s.up(false);
  s.at(T0 + 9_000);
  expect(health()).toMatchObject({ lastOkMs: T0 + 5_000, message: 'one-minute bars: connection lost' });
  s.up(true);
  expect(health()?.message).toBeNull();
  expect(s.logged).toEqual([
    ['feed.stale', 'one-minute bars: connection lost'],
    ['feed.recovered', null],
  ]);
});

test('whatever is lost, late or repeated: what is known is what happened, to the last trade, and nothing newer than now', async () => {
  const step = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('trade' as const),
        afterMs: fc.integer({ min: 100, max: 40_000 }),
        px: fc.integer({ min: 90, max: 110 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('quiet' as const),
        afterMs: fc.integer({ min: 30_000, max: 240_000 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('down' as const, 'up' as const),
        afterMs: fc.integer({ min: 0, max: 90_000 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), afterMs: fc.constant(0) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('fill' as const, 'fill-fails' as const),
        afterMs: fc.constant(0),
      }),
    },
  );
  let known = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 120 }), async (steps) => {
      const trades: Trade[] = [];
      let isUp = false;
      let fails = false;
      const s = setup({
        coins: ['BTC', 'ETH'],
        answer: (from, to) => {
          if (fails) throw new Error('no');
          return closedOf(trades, from, Math.min(to, s.now() - 1_500));
        },
      });
      const pushed: Candle[] = [];
      for (const st of steps) {
        s.at(s.now() + st.afterMs);
        // Another coin is always busy: it shows that the connection lives.
        if (isUp) s.bar(flat(Math.floor(s.now() / MINUTE) * MINUTE, 50, s.now()), 'ETH');
        if (st.kind === 'trade') {
          trades.push({ atMs: s.now(), px: st.px });
          const bar = barOf(trades, Math.floor(s.now() / MINUTE) * MINUTE, s.now())!;
          if (isUp) s.bar(bar);
          pushed.push(bar);
        }
        if (st.kind === 'again' && isUp) for (const bar of pushed.slice(-3)) s.bar(bar);
        if ((st.kind === 'up' || st.kind === 'down') && isUp !== (st.kind === 'up')) {
          isUp = st.kind === 'up';
          s.up(isUp);
        }
        fails = st.kind === 'fill-fails';
        if (st.kind === 'fill' || st.kind === 'fill-fails') await s.book.fill();
        const found = s.book.minutes('BTC');
        if (found === null) continue;
        known += 1;
        expect(found.toMs).toBeLessThanOrEqual(s.now());
        expect(found.fromMs).toBeLessThanOrEqual(found.toMs);
        expect(found.bars).toEqual(closedOf(trades, found.fromMs, found.toMs));
      }
    }),
    { numRuns: 600 },
  );
  expect(known).toBeGreaterThan(3_000);
});
