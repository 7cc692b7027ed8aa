import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bridge } from '../../../src/shell/runtime/assemble-bridge.ts';
import { standReady } from '../../../src/shell/runtime/stand-ready.ts';

const MINUTE_MS = 60_000;

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }),
);
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A bridge of which only what getting ready touches is there. Its first step is a request to itself. */
function open() {
  const cascades = new Map<string, number>();
  const seen = { warmUps: 0, kept: 0, collected: 0, reads: 0 };
  const desk = { cascades, isStopping: false, clock: { nowMs: Date.now }, log: { warn: () => undefined } };
  const app = {
    request: () => {
      seen.warmUps += 1;
      // What follows would go on behind the test.
      desk.isStopping = true;
      return Promise.resolve();
    },
  };
  vi.stubGlobal('gc', () => void (seen.collected += 1));
  const ready = standReady({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts that are touched
    bridge: { app, desk } as unknown as Bridge,
    info: () => {
      seen.reads += 1;
      return Promise.reject(new Error('not there'));
    },
    connections: {
      fetch,
      keep: () => Promise.resolve(void (seen.kept += 1)),
      close: () => Promise.resolve(),
    },
  });
  const pass = async (ms: number): Promise<void> => {
    desk.isStopping = false;
    await vi.advanceTimersByTimeAsync(ms);
    for (let i = 0; i < 20; i++) await new Promise((resolve) => void setImmediate(resolve));
  };
  return { cascades, seen, ready, pass };
}

test('keeps connections and gets ready two seconds after the start, then every ten minutes while nothing happens', async () => {
  const { seen, ready, pass } = open();
  await pass(1_900);
  expect(seen).toMatchObject({ warmUps: 0, kept: 0 });
  await pass(200);
  expect(seen).toMatchObject({ warmUps: 1, kept: 1, collected: 1 });
  await pass(9 * MINUTE_MS);
  expect(seen.warmUps).toBe(1);
  await pass(MINUTE_MS + 2_500);
  expect(seen).toMatchObject({ warmUps: 2, kept: 1, collected: 2 });
  ready.stop();
});

test('gets ready again at once when a cascade starts, and every two minutes while it runs', async () => {
  const { cascades, seen, ready, pass } = open();
  await pass(5 * MINUTE_MS);
  expect(seen.warmUps).toBe(1);
  const readsBefore = seen.reads;
  for (const ticker of ['A', 'B', 'C']) cascades.set(ticker, Date.now() + 30 * MINUTE_MS);
  await pass(2_500);
  expect(seen).toMatchObject({ warmUps: 2, collected: 2 });
  // One connection for each and one more.
  expect(seen.reads - readsBefore).toBe(4);
  await pass(MINUTE_MS);
  expect(seen.warmUps).toBe(2);
  await pass(MINUTE_MS);
  expect(seen.warmUps).toBe(3);
  ready.stop();
});

test('a cascade that starts right after getting ready is not a reason to do it again', async () => {
  const { cascades, seen, ready, pass } = open();
  await pass(2_000);
  cascades.set('A', Date.now() + 30 * MINUTE_MS);
  await pass(MINUTE_MS);
  expect(seen.warmUps).toBe(1);
  ready.stop();
});

test('does nothing any more once it was stopped', async () => {
  const { seen, ready, pass } = open();
  ready.stop();
  await pass(30 * MINUTE_MS);
  expect(seen).toEqual({ warmUps: 0, kept: 0, collected: 0, reads: 0 });
});
