import type { Clock, Log, Store } from '../../app/ports.ts';
import type { Config } from '../config.ts';
import { openStore, pathOfUrl } from '../store/open-store.ts';

/** The guard's own record beside the bridge's: `data/snapback.db` → `data/snapback-guard.db`. */
export function guardDatabaseUrl(databaseUrl: string): string {
  if (!databaseUrl.startsWith('file:')) return 'file:./data/snapback-guard.db';
  const path = pathOfUrl(databaseUrl);
  return `file:${path.replace(/(\.\w+)?$/, (extension) => `-guard${extension}`).replace(/%|\?|#/g, encodeURIComponent)}`;
}

/**
 * The store of the guard's process. The bridge holds its database exclusively, so this is another file: intents are
 * written before orders are sent, nonces survive a restart, and its lock makes this the only guard process of the
 * account here. When that file cannot be used (disk full, damaged, read-only), memory must do, and when it breaks
 * later the guard goes on without: positions are protected from the venue's truth, what is lost is only the record.
 * @throws Error when another guard process holds the file
 */
export async function openGuardStore(
  config: Config,
  o: { clock: Clock; log: Log },
): Promise<{ store: Store; kept: string | null }> {
  const url = guardDatabaseUrl(config.DATABASE_URL);
  const said = (e: unknown): string => (e instanceof Error ? e.message : 'unknown');
  const open = (at: string) =>
    openStore({
      url: at,
      nowMs: o.clock.nowMs,
      fatal: (e) => o.log.error('guard.record-lost', { message: said(e) }),
    });
  try {
    return { store: await open(url), kept: pathOfUrl(url) };
  } catch (e) {
    const message = said(e);
    if (message.startsWith('another snapback process'))
      throw new Error(`a guard process is running already: it holds ${pathOfUrl(url)}`, { cause: e });
    o.log.error('guard.memory-only', {
      message,
      using: 'memory: protected all the same, nothing is recorded',
    });
    return { store: await open('file::memory:'), kept: null };
  }
}
