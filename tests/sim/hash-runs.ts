// One line per seed: a hash of everything its run tells and leaves behind. Printed before and after a change that is
// meant to change nothing, and compared: npx node tests/sim/hash-runs.ts --seeds 300 --from 1 > before.txt
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runOnDatabase } from '../../src/shell/runtime/sim/run-on-database.ts';
import { runScenario } from '../../src/shell/runtime/sim/run-scenario.ts';
import { drawScenario } from '../../src/shell/runtime/sim/scenario.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    /** Every run on SQLite, with everything printed and parsed. */
    database: { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
const run = values.database ? runOnDatabase : runScenario;

for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const hash = createHash('sha256');
  const { rows, ...told } = await run(drawScenario(seed), { trace: (line) => void hash.update(`${line}\n`) });
  hash.update(JSON.stringify(told));
  for (const [table, kept] of Object.entries(rows)) hash.update(JSON.stringify([table, ...kept]));
  const verdict = told.violations.map((v) => v.invariant).join(' ') || 'none violated';
  process.stdout.write(`${seed} ${hash.digest('hex').slice(0, 16)} ${verdict}\n`);
}
