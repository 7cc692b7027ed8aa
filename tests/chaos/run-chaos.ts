// `npm run chaos -- --kills 300 --seed 1 --json`: the bridge killed at seeded moments, on a real database file, against
// a venue over HTTP that misbehaves; then what must hold whatever happens.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { playRound } from './play-round.ts';
import { sumUp } from './sum-up.ts';

const HELP = `usage: npm run chaos -- [options]

  --kills N      default 300
  --seed S       default 1
  --per-round N  kills on one database and account, default 10
  --minutes N    stop after the round that passes this, default 40
  --guard        npm run guard beside the bridge, alive through all of its deaths
  --keep         leave the databases behind, and say where
  --json         print one JSON object only
`;
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    'per-round': { type: 'string', default: '10' },
    minutes: { type: 'string', default: '40' },
    guard: { type: 'boolean', default: false },
    keep: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help === true) {
  process.stdout.write(HELP);
  process.exit(0);
}
const whole = (name: 'kills' | 'per-round' | 'minutes'): number => {
  const n = Number(values[name]);
  if (!Number.isSafeInteger(n) || n < 1) throw new Error(`--${name} is a whole number, 1 or more`);
  return n;
};
const kills = whole('kills');
const perRound = whole('per-round');
const endMs = Date.now() + whole('minutes') * 60_000;
const folder = mkdtempSync(join(tmpdir(), 'snapback-chaos-'));
const rounds = [];
for (let done = 0; done < kills && Date.now() < endMs;) {
  const seed = `${values.seed}/${rounds.length}`;
  const round = await playRound({
    seed,
    kills: Math.min(perRound, kills - done),
    folder,
    withGuard: values.guard,
  });
  rounds.push(round);
  done += round.kills;
  const { killed, unprotectedMs, startMs, ...rest } = round;
  if (values.json !== true || process.stderr.isTTY || values.keep === true)
    process.stderr.write(
      `${seed}: ${done}/${kills} ${JSON.stringify({ ...rest, worstMs: Math.max(0, ...unprotectedMs), startMsMax: Math.max(0, ...startMs), killed })}\n`,
    );
}
const summary = { ...sumUp(values.seed, rounds), guard: values.guard };
if (values.keep === true) process.stderr.write(`databases: ${folder}\n`);
else rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(summary, null, values.json === true ? 0 : 2)}\n`);
process.exit(summary.ok ? 0 : 1);
