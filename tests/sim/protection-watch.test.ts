import { expect, test } from 'vitest';
import type { Bare } from '../../src/shell/runtime/sim/protection-watch.ts';
import { createProtectionWatch } from '../../src/shell/runtime/sim/protection-watch.ts';
import { createSimVenue } from '../../src/shell/runtime/sim/sim-venue.ts';

/** A long whose stop comes and goes at given times, ms; `~` before a loss that nobody is told of. */
function bareTimes(steps: readonly ['stop' | 'lose' | '~lose' | 'hang' | 'answer', number][]): Bare {
  let nowMs = 0;
  const gaps: Bare[] = [];
  const venue = createSimVenue({ nowMs: () => nowMs, onStep: () => watch.look() });
  const watch = createProtectionWatch({
    state: venue.state,
    account: venue.account,
    nowMs: () => nowMs,
    onGap: (b) => void gaps.push(b),
    onTurn: () => undefined,
  });
  watch.setCounting({ isAlive: true, isAnswered: true });
  venue.setPrice('BTC', 100_000);
  const a = venue.coin('BTC').asset;
  const order = (o: object): void =>
    void venue.act({ type: 'order', grouping: 'na', orders: [{ a, s: '0.1', ...o }] } as never);
  order({ b: true, p: '101000', r: false, t: { limit: { tif: 'Ioc' } } });
  for (const [what, atMs] of steps) {
    nowMs = atMs;
    watch.look();
    if (what === 'stop')
      order({
        b: false,
        p: '80000',
        r: true,
        t: { trigger: { isMarket: true, triggerPx: '95000', tpsl: 'sl' } },
      });
    else if (what === 'hang' || what === 'answer')
      watch.setCounting({ isAlive: true, isAnswered: what === 'answer' });
    else for (const oid of venue.account.open) void venue.act({ type: 'cancel', cancels: [{ a, o: oid }] });
    if (what === '~lose') watch.untold();
  }
  watch.finish();
  return gaps[0]!;
}

test('each gap is measured by itself, and all together beside it', () => {
  const b = bareTimes([
    ['stop', 0],
    ['lose', 10_000],
    ['stop', 20_300],
    ['lose', 93_000],
    ['stop', 98_400],
  ]);
  expect(b).toMatchObject({ longestMs: 10_300, longestUntoldMs: 0, answeredMs: 15_700, wallMs: 15_700 });
});

test('a stop that does not last five seconds ends no gap', () => {
  const steps = (protectedForMs: number) =>
    bareTimes([
      ['stop', 0],
      ['lose', 10_000],
      ['stop', 18_000],
      ['lose', 18_000 + protectedForMs],
      ['stop', 26_000 + protectedForMs],
    ]);
  expect(steps(4_999)).toMatchObject({ longestMs: 16_000, answeredMs: 16_000 });
  expect(steps(5_000)).toMatchObject({ longestMs: 8_000, answeredMs: 16_000 });
});

test('a gap that nobody was told of has a bound of its own, and does not excuse the others', () => {
  const b = bareTimes([
    ['stop', 0],
    ['~lose', 10_000],
    ['stop', 50_000],
    ['lose', 60_000],
    ['stop', 64_000],
  ]);
  expect(b).toMatchObject({ longestMs: 4_000, longestUntoldMs: 40_000, isUntold: true, answeredMs: 44_000 });
});

test('what lasts until the end counts, and time without an answer does not', () => {
  const b = bareTimes([
    ['stop', 0],
    ['lose', 10_000],
    ['hang', 12_000],
    ['answer', 17_000],
    ['hang', 20_000],
  ]);
  expect(b).toMatchObject({ longestMs: 5_000, answeredMs: 5_000, wallMs: 10_000 });
});
