import { env } from 'cloudflare:workers';
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { BridgeStore } from '../../src/shell/store/create-store.ts';
import { openDurableStore } from '../../src/shell/store/durable.ts';
import { storedAlert } from '../shell/store/samples.ts';
import { storeContract } from '../shell/store/store-contract.ts';

let objects = 0;

// The objects are desks; with their alarms far in the real clock's future they are nothing but their storage.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2031, 4, 6) }));
afterAll(() => void vi.useRealTimers());

/** The store of one Durable Object: every verb runs inside the object, as it does when the desk calls it. */
async function openInObject(stub: DurableObjectStub): Promise<BridgeStore> {
  const store = await runInDurableObject(stub, (_, state) => openDurableStore(state.storage));
  const inObject = (verb: keyof BridgeStore) => {
    const run: (...args: never[]) => Promise<unknown> = store[verb];
    return (...args: never[]) => runInDurableObject(stub, () => run(...args));
  };
  // Not for every name: a proxy that answers to `then` would be taken for a promise.
  return new Proxy(store, {
    get: (_, name: keyof BridgeStore) => (name in store ? inObject(name) : undefined),
  });
}
const newObject = () => env.DESK.get(env.DESK.idFromName(`store-${++objects}`));

storeContract('Durable Object SQLite', async () => {
  const store = await openInObject(newObject());
  return { store, close: () => store.close() };
});

test('what was stored is there after the object was evicted', async () => {
  const stub = newObject();
  const store = await openInObject(stub);
  await store.receiveAlert(storedAlert(1));
  await evictDurableObject(stub);
  const again = await openInObject(stub);
  expect(await again.openAlerts()).toEqual([storedAlert(1)]);
});
