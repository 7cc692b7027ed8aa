import { describe, expect, test } from 'vitest';
import { blockRank, createBlocks } from '../../src/venue/blocks.ts';
import { cast, cloid, createRig, errorOf, limit, MASTER, trigger } from './rig.ts';

describe('the order within a block', () => {
  test.each([
    ['an IOC', { type: 'order', orders: [limit('ETH', true, '1', '3000', 'Ioc')] }, 2],
    [
      'post-only and a GTC',
      { type: 'order', orders: [limit('ETH', true, '1', '1', 'Alo'), limit('ETH', true, '1', '1')] },
      2,
    ],
    ['post-only', { type: 'order', orders: [limit('ETH', true, '1', '3000', 'Alo')] }, 0],
    ['a trigger', { type: 'order', orders: [trigger('ETH', false, '1', '2900')] }, 0],
    ['a cancel', { type: 'cancel', cancels: [] }, 1],
    ['a cancel by cloid', { type: 'cancelByCloid', cancels: [] }, 1],
    ['a modify to a GTC', { type: 'modify', oid: 1, order: limit('ETH', true, '1', '3000') }, 2],
    [
      'a batch of post-only modifies',
      { type: 'batchModify', modifies: [{ oid: 1, order: limit('ETH', true, '1', '3', 'Alo') }] },
      0,
    ],
    ['a leverage', { type: 'updateLeverage', asset: 1, isCross: true, leverage: 3 }, 0],
  ])('%s', (_, action, rank) => {
    expect(blockRank(cast(action))).toBe(rank);
  });

  test('by rank, then by arrival; the next arrival opens a new block', async () => {
    const closers: (() => void)[] = [];
    const commit = createBlocks({
      blockMs: () => 100,
      sleep: () => new Promise((r) => void closers.push(r)),
    });
    const done: string[] = [];
    const send = (rank: number, name: string) => commit(rank, () => done.push(name));
    const first = [send(2, 'take 1'), send(1, 'cancel'), send(2, 'take 2'), send(0, 'post-only')];
    expect(done).toEqual([]);
    expect(closers).toHaveLength(1);
    closers[0]?.();
    await Promise.all(first);
    expect(done).toEqual(['post-only', 'cancel', 'take 1', 'take 2']);
    const later = send(2, 'take 3');
    expect(closers).toHaveLength(2);
    closers[1]?.();
    await later;
    expect(done.at(-1)).toBe('take 3');
  });

  const race = async (blockMs: number) => {
    let isClosing = false;
    const turn = (): Promise<void> => new Promise((resume) => void setImmediate(resume));
    const rig = createRig({
      // The block closes once both actions are in: fifty turns of the loop are plenty to recover a signature.
      async sleep() {
        isClosing = true;
        while (rig.venue.stats().requests < 3) await turn();
        for (let i = 0; i < 50; i++) await turn();
      },
    });
    rig.venue.setPrice('ETH', { markPx: 3_000, bidPx: 2_990, askPx: 3_010 });
    await rig.orders([limit('ETH', false, '1', '3005', 'Gtc', { c: cloid(1) })]);
    rig.venue.setRules({ blockMs });
    // The account's own IOC is sent first, the cancel of the order it would meet second.
    const take = rig.orders([limit('ETH', true, '1', '3005', 'Ioc')]);
    const cancel = rig.act({ type: 'cancelByCloid', cancels: [{ asset: 1, cloid: cloid(1) }] });
    const out = { taken: await take, cancelled: await cancel, rig };
    expect(isClosing).toBe(blockMs > 0);
    return out;
  };

  test('a cancel that came after the taker is committed before it', async () => {
    const { taken, cancelled, rig } = await race(100);
    expect(cancelled).toMatchObject({ response: { data: { statuses: ['success'] } } });
    expect(errorOf(taken[0])).toContain('could not immediately match');
    expect(rig.venue.account(MASTER)?.positions).toEqual([]);
  });
  test('without blocks the taker meets the order (here its own, which goes)', async () => {
    const { cancelled, rig } = await race(0);
    expect(JSON.stringify(cancelled)).toContain('never placed');
    expect(rig.venue.events().some((e) => e.kind === 'order' && e.status === 'selfTradeCanceled')).toBe(true);
  });
});
