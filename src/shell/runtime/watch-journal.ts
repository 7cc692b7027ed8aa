import * as z from 'zod';
import type { Clock, Log } from '../../app/ports.ts';
import type { OpenedStore } from '../store/open-store.ts';
import { every } from './every.ts';

const CHECK_MS = 24 * 3_600_000;
/** Between two reads of ten entries, ms: the first check of a large journal takes minutes, and nobody notices. */
const PAUSE_MS = 50;
const SETTING = 'journal-checked';
const Head = z.object({ seq: z.number(), sha: z.string() });

/** Checks once a day that nothing in the journal was changed since it was checked last (I5). @returns stop */
export function watchJournal(store: OpenedStore, o: { clock: Clock; log: Log }): () => Promise<void> {
  return every(
    () => CHECK_MS,
    () => checkJournal(store, o),
    (e) => o.log.warn('journal.unchecked', { type: e instanceof Error ? e.name : typeof e }),
  );
}

export async function checkJournal(
  store: Pick<OpenedStore, 'verifyChain' | 'setting' | 'setSetting'>,
  { clock, log }: { clock: Clock; log: Log },
): Promise<void> {
  const stored = Head.safeParse(JSON.parse((await store.setting(SETTING)) ?? 'null'));
  const from = stored.success ? stored.data : { seq: 0, sha: '' };
  const { head, entries, wrong } = await store.verifyChain(from, () => clock.sleep(PAUSE_MS));
  if (wrong === null) await store.setSetting(SETTING, JSON.stringify(head));
  else log.error('invariant.violated', { invariant: 'I5', what: `the journal is not intact: ${wrong}` });
  log.debug('invariant.checked', { invariants: ['I5'], entries });
}
