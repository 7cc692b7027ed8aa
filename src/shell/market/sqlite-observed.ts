import type { SQLInputValue } from 'node:sqlite';
import type { ObservedMemory } from '../../app/observed-port.ts';
import type { KeptAccount } from '../../core/zones/observed-book.ts';

export const OBSERVED_TABLES = `
  CREATE TABLE observed (address TEXT PRIMARY KEY, seen INTEGER, read INTEGER, traded REAL, positions TEXT)
    STRICT, WITHOUT ROWID;
`;

/** Addresses seen in public trades and what they were last read to hold, each with its time. */
export function sqliteObserved(
  rows: <T>(sql: string, ...of: SQLInputValue[]) => T[],
  run: (sql: string, ...of: SQLInputValue[]) => void,
  atomic: (work: () => void) => void,
): ObservedMemory {
  return {
    accounts: async (sinceMs) =>
      rows<Omit<KeptAccount, 'positions'> & { positions: string }>(
        'SELECT address, seen AS seenAtMs, read AS readAtMs, traded AS tradedShare, positions FROM observed WHERE max(seen, coalesce(read, 0)) >= ?',
        sinceMs,
      ).map((r): KeptAccount => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by us, below
        const positions = JSON.parse(r.positions) as KeptAccount['positions'];
        return { ...r, positions };
      }),
    saveAccounts: async (changed, gone) =>
      atomic(() => {
        for (const a of changed)
          run(
            'INSERT OR REPLACE INTO observed VALUES (?, ?, ?, ?, ?)',
            a.address,
            a.seenAtMs,
            a.readAtMs,
            a.tradedShare,
            JSON.stringify(a.positions),
          );
        for (const address of gone) run('DELETE FROM observed WHERE address = ?', address);
      }),
  };
}
