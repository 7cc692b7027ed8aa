import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../src/shell/store/open-store.ts';
import { type HranaServer, startHranaServer } from './hrana-server.ts';
import { decision, intent, storedAlert } from './samples.ts';
import { storeContract } from './store-contract.ts';

const fatal = (e: unknown): never => {
  throw e;
};
const openAt = (url: string) => openStore({ url, nowMs: () => 0, fatal });

storeContract('a libSQL server over HTTP', async () => {
  const server = await startHranaServer();
  const store = await openAt(server.url);
  return {
    store,
    close: async () => {
      await store.close();
      await server.close();
    },
  };
});

let server: HranaServer;
beforeEach(async () => {
  server = await startHranaServer();
});
afterEach(() => server.close());

test('a write whose answer was lost rejects, and asking again tells what happened', async () => {
  const store = await openAt(server.url);
  server.loseNextAnswer();
  await expect(store.receiveAlert(storedAlert(1))).rejects.toThrow(/fetch failed/);
  expect(await store.receiveAlert(storedAlert(1))).toEqual({ was: 'same', alertId: 'alert-1' });
  const o = { decision: decision(1), intents: [intent(1)], alertState: 'working', outcome: null } as const;
  server.loseNextAnswer();
  await expect(store.commitDecision(o)).rejects.toThrow(/fetch failed/);
  expect(await store.commitDecision(o)).toBe(false);
  expect(await store.unresolvedIntents()).toEqual([intent(1)]);
  await store.close();
});

test('a server that is gone: the write rejects, the process stays', async () => {
  const store = await openAt(server.url);
  await server.close();
  await expect(store.receiveAlert(storedAlert(1))).rejects.toThrow(/fetch failed/);
  server = await startHranaServer();
  await store.close();
});
