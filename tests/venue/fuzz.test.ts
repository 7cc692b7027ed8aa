// Random games: the books must balance after every step. `npm run venue:fuzz` plays long ones.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check, checkReduceOnly, playAndHash, Player, replayAndHash } from './fuzz-player.ts';

const STEPS = 300;
const RUNS = 30;

function playGames(numRuns: number, steps: number): void {
  const balanced = fc.property(fc.nat(), (seed) => {
    const player = new Player(seed);
    for (let i = 0; i < steps; i++) {
      const before = player.s.seq;
      player.step();
      check(player.s);
      checkReduceOnly(player.s, before);
    }
  });
  fc.assert(balanced, { numRuns, seed: 1 });
}

describe('fuzz', () => {
  test(`${RUNS} games of ${STEPS} random steps keep the books to the micro-dollar`, () => {
    expect(() => playGames(RUNS, STEPS)).not.toThrow();
  });

  test('the games are worth playing: fills, liquidations, brackets, refusals all happen', () => {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const player = new Player(seed);
      for (let i = 0; i < 600; i++) player.step();
      for (const e of player.s.events) kinds.add(e.kind === 'order' ? e.status : e.kind);
    }
    for (const k of [
      'fill',
      'liquidation',
      'funding',
      'filled',
      'triggered',
      'siblingFilledCanceled',
      'reduceOnlyCanceled',
      'selfTradeCanceled',
      'liquidatedCanceled',
      'perpMarginRejected',
      'badAloPxRejected',
      'iocCancelRejected',
    ]) {
      expect(kinds).toContain(k);
    }
  });

  // Seed 3 plays with a modelled mark and auto-deleveraging, seed 1 with given marks.
  test.each([1, 3])(
    'seed %i, 400 steps: one event-log hash, played twice, saved and restored half-way, replayed from its log',
    (seed) => {
      const { hash, log } = playAndHash(seed, 400);
      expect(playAndHash(seed, 400).hash).toBe(hash);
      expect(playAndHash(seed, 400, 200).hash).toBe(hash);
      expect(replayAndHash(seed, log, 300)).toBe(hash);
      expect(replayAndHash(seed, log.slice(0, 300), 200)).not.toBe(hash);
      expect(playAndHash(seed + 1, 400).hash).not.toBe(hash);
    },
  );
});
