import { type BridgeStore, createStore } from './create-store.ts';
import type { Driver, Row, Statement } from './driver.ts';
import { journaled } from './journal.ts';
import { migrate } from './migrate.ts';

/** What the store uses of a Durable Object's storage (SQLite-backed); `DurableObjectStorage` fits. */
export interface DurableStorage {
  sql: { exec(sql: string, ...params: unknown[]): { raw(): Iterable<Row> } };
  transactionSync<T>(work: () => T): T;
  /** Resolves when all writes so far are on disk. */
  sync(): Promise<void>;
}

/**
 * The object is the lock and its storage the database: one writer, in one thread. A write waits for `sync`, so that it
 * is durable when it resolves, as everywhere; the output gate alone would only hold back what leaves the object.
 */
export function durableDriver(storage: DurableStorage): Driver {
  const run = ({ sql, params }: Statement): Row[] => Array.from(storage.sql.exec(sql, ...params).raw());
  return {
    read: async (statement) => run(statement),
    write: async (statements) => {
      // Synchronous on purpose: an async transaction would not roll back in a Durable Object.
      const rows = storage.transactionSync(() => statements.map(run));
      await storage.sync();
      return rows;
    },
    close: async () => {},
  };
}

/** The store of a Durable Object, migrated. Call it inside `blockConcurrencyWhile`. */
export async function openDurableStore(storage: DurableStorage): Promise<BridgeStore> {
  const driver = journaled(durableDriver(storage));
  await migrate(driver, 'the Durable Object');
  return createStore(driver, queueMicrotask);
}
