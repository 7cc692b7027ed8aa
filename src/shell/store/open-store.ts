import { quickResolve } from '../quick-resolve.ts';
import type { BridgeStore } from './create-store.ts';
import type { Driver } from './driver.ts';
import { type JournalHead, journaled } from './journal.ts';
import { migrate } from './migrate.ts';
import { verifyChain } from './verify-chain.ts';

export interface OpenOptions {
  /** `file:` path, or `libsql:`/`http(s):` address of a libSQL server; `file::memory:` for tests. */
  url: string;
  /** For `file:` URLs only. Default node-sqlite. */
  driver?: 'node-sqlite' | 'libsql' | undefined;
  nowMs: () => number;
  /** Called once when the database can no longer be trusted: must end the process, boot recovers. */
  fatal: (e: unknown) => void;
}

export interface OpenedStore extends BridgeStore {
  /** Checks the journal's hash chain from a checked head on, see verify-chain. */
  verifyChain(from: JournalHead, pause: () => Promise<void>): ReturnType<typeof verifyChain>;
  /** Left out where the database keeps copies itself. */
  backup?: (path: string) => Promise<void>;
}

/**
 * The path a `file:` URL names: relative to the working directory unless it starts with a slash.
 * @throws Error on a host, a query or another scheme
 */
export function pathOfUrl(url: string): string {
  const path = /^file:(?:\/\/(?=\/))?(?!\/\/)([^?#]+)$/.exec(url)?.[1];
  if (path === undefined)
    throw new Error(`DATABASE_URL is not a file: path, libsql: or http(s): address without a query`);
  return decodeURIComponent(path);
}

/** Drivers are loaded only when they are needed: libSQL's native package would slow every start. */
async function openDriver(o: OpenOptions): Promise<{ driver: Driver; name: string }> {
  if (/^(libsql|https?):/.test(o.url)) {
    const { openRemoteLibsql } = await import('./libsql.ts');
    return { driver: openRemoteLibsql(o.url), name: new URL(o.url).host };
  }
  const path = pathOfUrl(o.url);
  if (o.driver === 'libsql') {
    const { openLocalLibsql } = await import('./libsql.ts');
    return { driver: await openLocalLibsql(path, o.fatal), name: path };
  }
  const { openNodeSqlite } = await import('./node-sqlite.ts');
  return { driver: openNodeSqlite(path, o.fatal), name: path };
}

/**
 * Opens and migrates the store of a Node process. A local file is locked for this process alone until it ends.
 * @throws Error that names the database and what to do: in use, damaged, read-only, from a newer version
 */
export async function openStore(o: OpenOptions): Promise<OpenedStore> {
  const { driver, name } = await openDriver(o);
  try {
    const journal = journaled(driver);
    await migrate(journal, name);
    // Drizzle is 109 modules.
    quickResolve();
    const { createStore } = await import('./create-store.ts');
    const store = createStore(journal, setImmediate, () => performance.now());
    // A real commit before anything depends on one: it proves the lock and the disk.
    await store.setSetting('opened-at-ms', String(o.nowMs()));
    const opened = {
      ...store,
      verifyChain: (from: JournalHead, pause: () => Promise<void>) => verifyChain(driver, from, pause),
    };
    return driver.backup === undefined ? opened : { ...opened, backup: driver.backup };
  } catch (e) {
    await driver.close();
    // What fetch throws names nobody.
    if (e instanceof TypeError && e.message === 'fetch failed')
      throw new Error(`DATABASE_URL: ${name} cannot be reached: check the address and the network`, {
        cause: e,
      });
    throw e;
  }
}
