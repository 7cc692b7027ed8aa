// A process of its own on a store, for the tests that kill it or compete with it. argv: url, driver, what to do.
// It says on stdout what happened, a word or id per line; a fatal failure ends it with code 3, like the real one.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openStore } from '../../../src/shell/store/open-store.ts';
import { decision, intent, storedAlert } from './samples.ts';

const [url = '', driver, task] = process.argv.slice(2);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const fatal = (e: unknown): never => {
  say(`fatal ${String(e)}`);
  process.exit(3);
};

const store = await openStore({
  url,
  driver: driver === 'libsql' ? 'libsql' : 'node-sqlite',
  nowMs: () => 0,
  fatal,
}).catch((e: unknown) => {
  say(`refused ${e instanceof Error ? e.message : ''}`);
  process.exit(2);
});
say('open');

if (task === 'hold') {
  setInterval(() => {}, 60_000); // until it is killed
} else {
  // Groups of alerts without end, each decided; a line is written only after the store answered.
  for (let n = Number(task); ; n += 5) {
    await Promise.all(
      [0, 1, 2, 3, 4].map(async (i) => {
        await store.receiveAlert(storedAlert(n + i));
        say(`alert-${n + i}`);
      }),
    );
    await store.commitDecision({
      decision: decision(n),
      intents: [intent(n)],
      alertState: 'working',
      outcome: null,
    });
    say(`decision-${n}`);
    await nextTurn();
  }
}
