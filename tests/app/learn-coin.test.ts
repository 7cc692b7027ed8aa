import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReadError } from '../../src/app/ports.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { tradeByHand } from '../support/by-hand.ts';

let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
  // As if the venue had listed it after the start.
  w.desk.meta = new Map();
  tradeByHand(w, true, '0.05');
});
afterEach(() => w.close());

/** @returns how often the account was read, and the coin list */
const countReads = (): { account: number; meta: number } => {
  const reads = { account: 0, meta: 0 };
  const { accountState, meta } = w.desk.reader;
  w.desk.reader = {
    ...w.desk.reader,
    accountState: () => ((reads.account += 1), accountState()),
    meta: () => ((reads.meta += 1), meta()),
  };
  return reads;
};

describe('a position on a coin that was listed after the start', () => {
  test('is protected in the same pass, at its own lot and tick', async () => {
    await w.guard();
    expect(w.stops()).toMatchObject([{ sz: 0.05 }]);
    expect(w.stops()[0]!.triggerPx / w.position()!.entryPx).toBeCloseTo(0.97, 4);
    expect(w.desk.guardVerdict).toBe('repaired');
  });

  test('whose coin list cannot be read costs two readings a pass, and the list once a minute', async () => {
    w.desk.reader = { ...w.desk.reader, meta: () => Promise.reject(new ReadError('meta: HTTP 502')) };
    const reads = countReads();
    for (let pass = 1; pass <= 5; pass++) {
      await w.guard();
      expect(w.desk.guardVerdict).toBe('unprotected');
      expect(reads.account).toBeLessThanOrEqual(2 * pass);
    }
    expect(reads.meta).toBe(1);
    expect(w.lines.filter((l) => l.event === 'coin.unknown')).toHaveLength(1);
  });

  test('is protected once the list can be read', async () => {
    const { reader } = w.desk;
    w.desk.reader = { ...reader, meta: () => Promise.reject(new ReadError('meta: HTTP 502')) };
    await w.guard();
    w.desk.reader = reader;
    await w.clock.advanceTo(w.clock.nowMs() + 61_000);
    await w.guard();
    await w.settle();
    expect(w.stops()).toHaveLength(1);
  });
});
