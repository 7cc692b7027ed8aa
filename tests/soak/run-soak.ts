// `npm run soak -- --hours 24 --json`: the bridge as `npm start` runs it in paper mode, for so many hours of market
// time, as fast as it can; then what must not have grown, and what must hold whatever happens.
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const HELP = `usage: npm run soak -- [options]

  --hours N      hours of market time, default 24
  --coins N      how many of the 18 coins of the made-up market, default 18
  --seed S       default 1
  --observed N   weight a minute for reading positions, default 40 (the bridge's own default is 300)
  --json         print one JSON object only
`;
const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    coins: { type: 'string', default: '18' },
    seed: { type: 'string', default: '1' },
    observed: { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const number = (name: 'hours' | 'coins' | 'observed', max: number): number => {
  const n = Number(values[name]);
  if (!(n > 0 && n <= max)) throw new Error(`--${name} is a number above 0, ${max} at most`);
  return n;
};
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const result = await soak({
  hours: number('hours', 24 * 31),
  coins: number('coins', 18),
  observedWeight: number('observed', 400),
  seed: values.seed,
  onSample: values.json && !process.stderr.isTTY ? () => undefined : (s) => say(JSON.stringify(s)),
});
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`);
process.exit(result.problems.length === 0 ? 0 : 1);
