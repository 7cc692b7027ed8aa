// `npm run venue:fuzz -- --actions 200000 --seed 1`: random actions, every invariant after each; then the event log's
// hash of one game played twice and once through a restart.
import { parseArgs } from 'node:util';
import { check, checkReduceOnly, playAndHash, Player, replayAndHash } from './fuzz-player.ts';

const STEPS_PER_GAME = 1_000;

const { values } = parseArgs({ options: { actions: { type: 'string' }, seed: { type: 'string' } } });
const wanted = Number(values.actions ?? 200_000);
const first = Number(values.seed ?? 1);
if (!(wanted > 0) || !Number.isSafeInteger(first)) throw new Error('--actions and --seed are whole numbers');

const seen: Record<string, number> = {};
let actions = 0;
let prices = 0;
let seed = first;
for (; actions < wanted; seed++) {
  const player = new Player(seed);
  for (let i = 0; i < STEPS_PER_GAME && actions < wanted; i++) {
    const before = player.s.seq;
    const { kind } = player.step();
    try {
      check(player.s);
      checkReduceOnly(player.s, before);
    } catch (error) {
      throw new Error(`seed ${seed}, step ${i}`, { cause: error });
    }
    if (kind === 'price') prices++;
    else actions++;
  }
  for (const e of player.s.events) seen[e.kind] = (seen[e.kind] ?? 0) + 1;
}
const print = (text: string): void => void process.stdout.write(`${text}\n`);
print(`${actions} actions and ${prices} prices in ${seed - first} games: every invariant held after each`);
print(`in the last events of each game: ${JSON.stringify(seen)}`);

const game = playAndHash(first, 2_000);
const hashes = [
  game.hash,
  playAndHash(first, 2_000).hash,
  playAndHash(first, 2_000, 1_000).hash,
  replayAndHash(first, game.log, 1_500),
];
const isSame = new Set(hashes).size === 1;
print(`event log of seed ${first}, 2000 steps, sha256 ${game.hash}`);
print(
  isSame
    ? 'the same played twice, across a restart, and replayed from the log'
    : `but not the same: ${hashes.join(' ')}`,
);
process.exitCode = isSame ? 0 : 1;
