import type { Store } from '../../../src/app/ports.ts';
import type { ExampleData } from './example-data.ts';

/** Writes example data through the port's own verbs, in the order in which it would have happened. */
export async function seed(store: Store, data: ExampleData): Promise<void> {
  for (const alert of data.alerts) await store.receiveAlert(alert);
  for (const { decision, intents, outcome } of data.decisions) {
    await store.commitDecision({ decision, intents, alertState: 'done', outcome });
    for (const { cloid, state, updatedAtMs } of intents)
      await store.advanceIntent(cloid, ['sending', state], { state, updatedAtMs });
  }
  await store.recordFills(data.fills);
  for (const trade of data.trades) await store.saveTrade(trade);
  for (const run of data.guardRuns.toReversed()) await store.recordGuardRun(run);
  for (const letter of data.deadLetters) await store.recordDeadLetter(letter);
}
