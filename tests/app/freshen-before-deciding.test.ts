import { expect, test, vi } from 'vitest';
import type { Desk } from '../../src/app/desk.ts';
import { freshenBeforeDeciding } from '../../src/app/freshen-before-deciding.ts';
import type { MarketBook } from '../../src/app/market-book.ts';
import { ReadError } from '../../src/app/ports.ts';
import { RISK_LIMITS } from '../../src/core/decide/risk-limits.ts';
import { exhaustion } from '../support/alerts.ts';

const NOW_MS = 1_760_130_000_000;

/** A desk of two coins whose market answers when told; only what freshening looks at. */
function open(markAgeMs: Record<string, number | null>) {
  const asked: (readonly string[])[] = [];
  const waits: number[] = [];
  const answers: (() => void)[] = [];
  const marks = new Map(
    Object.entries(markAgeMs).flatMap(([c, age]) => (age === null ? [] : [[c, NOW_MS - age]])),
  );
  const market: Partial<MarketBook> = {
    mark: (coin) => {
      const markAtMs = marks.get(coin);
      return markAtMs === undefined
        ? null
        : { coin, markPx: 1, openInterestUsd: null, fundingHourlyFraction: null, markAtMs };
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only its being there counts
    zoneMap: (coin) => (marks.has(coin) ? ({ coin } as ReturnType<MarketBook['zoneMap']>) : null),
    refresh: (coins = [], waitMs = 0) => {
      asked.push(coins);
      waits.push(waitMs);
      return new Promise((resolve) => {
        answers.push(() => {
          for (const c of coins) marks.set(c, NOW_MS);
          resolve();
        });
      });
    },
  };
  const desk = {
    clock: { nowMs: () => NOW_MS, sleep: () => new Promise<void>(() => undefined) },
    market,
    meta: new Map(Object.keys(markAgeMs).map((c) => [c, {}])),
    guardIntervalMs: 45_000,
    guardLastOkMs: NOW_MS - 40_000,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    newId: () => 'id',
    inFlight: new Set(),
    guardPasses: 0,
    unreadablePasses: 0,
    quota: { left: 1_000, cancelsLeft: 1_000, readAtMs: NOW_MS },
    account: null,
    reader: { accountState: vi.fn<() => Promise<never>>(() => Promise.reject(new ReadError('down'))) },
    store: { recordGuardRun: () => Promise.resolve() },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what freshening looks at, and no more
  const freshen = freshenBeforeDeciding(desk as unknown as Desk);
  return {
    desk,
    asked,
    waits,
    answers,
    freshen: (coin: string) => freshen(exhaustion({ ticker: `${coin}USDT.P` })),
  };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('fresh data costs an alert nothing', async () => {
  const { asked, freshen } = open({ BTC: 10_000 });
  await freshen('BTC');
  expect(asked).toEqual([]);
});

test.each([['an old mark', 10_001] as const, ['no data at all', null] as const])(
  'an alert waits for its own coin: %s',
  async (_, ageMs) => {
    const { asked, answers, freshen } = open({ BTC: ageMs, ETH: null });
    let isReady = false;
    const done = freshen('BTC').then(() => (isReady = true));
    await settle();
    expect(asked).toEqual([['BTC']]);
    expect(isReady).toBe(false);
    answers[0]?.();
    await done;
    expect(asked).toHaveLength(1);
  },
);

test('it waits for bars as long as the mark it read before them stays young enough to decide on', async () => {
  const { waits, answers, freshen } = open({ BTC: null });
  const done = freshen('BTC');
  await settle();
  answers[0]?.();
  await done;
  expect(waits[0]).toBeGreaterThan(10_000);
  expect(waits[0]).toBeLessThan(RISK_LIMITS.markAgeMsMax - 5_000);
});

test('alerts that come during a reading share the next one', async () => {
  const { asked, answers, freshen } = open({ BTC: null, ETH: null, SOL: null });
  const first = freshen('BTC');
  await settle();
  const others = Promise.all(['ETH', 'SOL', 'BTC', 'ETH'].map(freshen));
  await settle();
  answers[0]?.();
  await first;
  await settle();
  answers[1]?.();
  await others;
  expect(asked).toEqual([['BTC'], ['ETH', 'SOL']]);
});

test.each([
  [90_000, 0],
  [90_001, 1],
])('a guard that last passed %i ms ago looks %i times first', async (ageMs, looks) => {
  const { desk, freshen } = open({ BTC: 0 });
  desk.guardLastOkMs = NOW_MS - ageMs;
  await freshen('BTC');
  expect(desk.reader.accountState).toHaveBeenCalledTimes(looks);
});

test('a ticker the venue does not list is not asked for', async () => {
  const { asked, freshen } = open({ BTC: 0 });
  await freshen('NOPE');
  expect(asked).toEqual([]);
});
