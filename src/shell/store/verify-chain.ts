import type { Driver } from './driver.ts';
import type { JournalHead } from './journal.ts';
import { entrySha } from './journal.ts';

/** Entries of one read; some 200 KB each when they hold a decision. */
const PAGE = 10;

/**
 * Checks the journal's hash chain from a head that was checked before, while the bridge writes on. The chain alone: that
 * the entries give the tables is for `verify-journal` on a copy.
 * @param from the head to go on from; {seq: 0, sha: ''} for all of it
 * @param pause waited for between two reads, so that nobody else waits for all of them
 * @returns the newest entry checked, and what is wrong, null when nothing is
 */
export async function verifyChain(
  driver: Pick<Driver, 'read'>,
  from: JournalHead,
  pause: () => Promise<void>,
): Promise<{ head: JournalHead; entries: number; wrong: string | null }> {
  const read = (sql: string, ...params: (number | string)[]) => driver.read({ sql, params });
  if (from.seq > 0) {
    const [noted] = await read('select sha from journal where seq = ?', from.seq);
    if (noted?.[0] !== from.sha)
      return { head: from, entries: 0, wrong: `entry ${from.seq} is not the one that was checked before` };
  }
  let head = from;
  let entries = 0;
  for (;;) {
    const page = await read(
      `select seq, data, sha from journal where seq > ? order by seq limit ${PAGE}`,
      head.seq,
    );
    for (const row of page) {
      const [seq, data, sha] = [Number(row[0]), String(row[1]), String(row[2])];
      if (seq !== head.seq + 1) return { head, entries, wrong: `entry ${head.seq + 1} is missing` };
      if (entrySha(head.sha, seq, data) !== sha)
        return {
          head,
          entries,
          wrong: `entry ${seq}: its hash is not that of its content and the entry before`,
        };
      head = { seq, sha };
      entries += 1;
    }
    if (page.length < PAGE) return { head, entries, wrong: null };
    await pause();
  }
}
