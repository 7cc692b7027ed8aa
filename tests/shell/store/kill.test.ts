import { array, nat, sample } from 'fast-check';
import { expect, test } from 'vitest';
import { openStore } from '../../../src/shell/store/open-store.ts';
import { openReadOnly } from '../../../src/shell/store/node-sqlite.ts';
import { verifyJournal } from '../../../src/shell/store/verify-journal.ts';
import { inFolder, startChild } from './processes.ts';

const open = (path: string) =>
  openStore({
    url: `file:${path}`,
    nowMs: () => 0,
    fatal: (e) => {
      throw e;
    },
  });

const KILLS = 10;
// The moments are seeded: how many acknowledgements each child gives before it dies.
const [moments = []] = sample(array(nat({ max: 150 }), { minLength: 2 * KILLS, maxLength: 2 * KILLS }), {
  seed: 20_261_121,
  numRuns: 1,
});

test.concurrent.each([0, 1])(
  `loses nothing that was acknowledged, and the journal gives the tables (chain %i of ${KILLS} kills)`,
  (chain) =>
    inFolder(async (folder) => {
      const path = `${folder}/x.db`;
      const acked: string[] = [];
      const lost = async (ids: readonly string[]): Promise<string[]> => {
        const store = await open(path);
        const found = await Promise.all(
          ids.map((id) => (id.startsWith('alert') ? store.alert(id) : store.decision(id))),
        );
        await store.close();
        return ids.filter((_, i) => found[i] === undefined);
      };
      for (const [i, moment] of moments.slice(chain * KILLS, (chain + 1) * KILLS).entries()) {
        const child = startChild([`file:${path}`, 'node-sqlite', String(i * 100_000)]);
        await child.until(2 + moment);
        child.process.kill('SIGKILL');
        expect(await child.ended).toBeNull();
        const said = child.said.slice(1); // after "open"
        expect(said.length).toBeGreaterThan(moment);
        // As the killed process left it: nothing is recovered or rewritten before it is looked at.
        const left = openReadOnly(path);
        expect((await verifyJournal(left)).ok).toBe(true);
        await left.close();
        expect(await lost(said)).toEqual([]);
        acked.push(...said);
      }
      expect(await lost(acked)).toEqual([]);
    }),
  60_000, // 20 starts, of which each needs some fsyncs
);
