import { env } from 'cloudflare:workers';
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { BridgeStore } from '../../src/shell/store/create-store.ts';
import type { Driver } from '../../src/shell/store/driver.ts';
import { durableDriver, openDurableStore } from '../../src/shell/store/durable.ts';
import { verifyJournal } from '../../src/shell/store/verify-journal.ts';
import { decision, guardRun, intent, storedAlert } from '../shell/store/samples.ts';
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

/** The bare driver of an object, under its journal. */
const driverIn = (stub: DurableObjectStub): Driver => {
  const inObject = <T>(work: (driver: Driver) => Promise<T>): Promise<T> =>
    runInDurableObject(stub, (_, state) => work(durableDriver(state.storage)));
  return {
    read: (statement) => inObject((driver) => driver.read(statement)),
    write: (statements) => inObject((driver) => driver.write(statements)),
    close: async () => {},
  };
};

test('the journal of an object gives its tables again, and shows what was altered', async () => {
  const stub = newObject();
  const store = await openInObject(stub);
  await Promise.all([1, 2].map((n) => store.receiveAlert(storedAlert(n))));
  await store.commitDecision({
    decision: decision(1),
    intents: [intent(1)],
    alertState: 'working',
    outcome: null,
  });
  await expect(
    store.commitIntents([intent(1, { alertId: null, decisionId: null, role: 'stop' })]),
  ).rejects.toThrow(/constraint/i);
  await store.recordGuardRun(guardRun(1));
  const verify = async () => {
    const empty = newObject();
    await runInDurableObject(empty, (_, state) => state.storage.deleteAll());
    return verifyJournal(driverIn(stub), { foldOn: driverIn(empty) });
  };
  const { ok, breaks, tables } = await verify();
  expect({ ok, breaks, differ: tables.filter((t) => t.differences > 0) }).toEqual({
    ok: true,
    breaks: [],
    differ: [],
  });
  await driverIn(stub).write([{ sql: 'update intents set sz = 1', params: [] }]);
  expect((await verify()).tables.find((t) => t.name === 'intents')?.first).toEqual(['seq 1: sz differs']);
});
