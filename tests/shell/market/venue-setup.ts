import { onTestFinished } from 'vitest';
import { createFetchJson } from '../../../src/shell/market/fetch-json.ts';
import type { Answer } from './fake-server.ts';
import { fakeClock, startFakeServer } from './fake-server.ts';

/** A venue on the loopback until the test is over, and what a reader of it is made from. */
export async function venueSetup(venue: string, answer: Answer, nowMs?: number) {
  const server = await startFakeServer(answer);
  onTestFinished(() => server.close());
  const clock = fakeClock(nowMs);
  /** Weights the limiter was asked for. */
  const taken: number[] = [];
  return {
    server,
    clock,
    taken,
    parts: {
      fetchJson: createFetchJson({ venue, baseUrl: server.url, ...clock }),
      limiter: { take: async (weight: number) => void taken.push(weight) },
      nowMs: clock.nowMs,
    },
  };
}
