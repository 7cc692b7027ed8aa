import { expect, test } from 'vitest';
import type { Desk } from '../../src/app/desk.ts';
import { rememberPending } from '../../src/app/remember-pending.ts';
import type { Intent } from '../../src/core/execute/types.ts';
import { createMemoryStore } from '../../src/shell/runtime/sim/memory-store.ts';

const NOW_MS = 1_760_130_000_000;

const intent = (o: Partial<Intent>): Intent => ({
  cloid: `0x5bac${'0'.repeat(28)}`,
  alertId: null,
  decisionId: null,
  coin: 'BTC',
  role: 'entry',
  signer: `0x${'e1'.repeat(20)}`,
  nonce: NOW_MS,
  expiresAfterMs: null,
  isBuy: false,
  px: 100,
  sz: 2,
  reduceOnly: false,
  triggerPx: null,
  state: 'acked',
  oid: 7,
  filledSz: 1.5,
  avgPx: 100,
  reason: null,
  message: null,
  createdAtMs: NOW_MS - 2_000,
  updatedAtMs: NOW_MS - 1_000,
  ...o,
});

async function remembered(o: Partial<Intent>, before: Desk['pending'] = new Map()): Promise<Desk['pending']> {
  const store = createMemoryStore();
  await store.commitIntents([intent(o)]);
  const desk = { store, clock: { nowMs: () => NOW_MS }, pending: before };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that it looks at
  await rememberPending(desk as unknown as Desk);
  return desk.pending;
}

test('an entry that filled right before the start counts until a reading is young enough to show it', async () => {
  expect((await remembered({})).get('BTC')).toMatchObject({
    side: 'short',
    notionalUsd: 150,
    endedAtMs: NOW_MS,
  });
  // The clock was set back meanwhile.
  expect((await remembered({ createdAtMs: NOW_MS + 30_000 })).size).toBe(1);
});

test('one in doubt counts whole, however old, until its doubt ends', async () => {
  const pending = await remembered({ state: 'unknown', filledSz: null, createdAtMs: NOW_MS - 3_600_000 });
  expect(pending.get('BTC')).toMatchObject({ side: 'short', notionalUsd: 200 });
  expect(pending.get('BTC')).not.toHaveProperty('endedAtMs');
});

test.each([
  ['an old one', { createdAtMs: NOW_MS - 61_000 }],
  ['one that was refused', { state: 'refused', filledSz: null }],
  ['one that found no book', { state: 'not-filled', filledSz: 0 }],
  ['a close', { role: 'close' }],
] as const)('%s does not count', async (_, o) => {
  expect((await remembered(o)).size).toBe(0);
});

test('what this process has sent itself stays as it is', async () => {
  const own = { side: 'long', notionalUsd: 9, riskUsd: 1, alertId: 'a' } as const;
  expect((await remembered({}, new Map([['BTC', own]]))).get('BTC')).toBe(own);
});
