import { afterEach, expect, test } from 'vitest';
import { recompute } from '../../../src/core/decide/recompute.ts';
import { explain, explainText } from '../../../src/shell/runtime/explain.ts';
import type { Decision } from '../../../src/core/decide/types.ts';
import type { BridgeWorld } from '../../support/bridge-world.ts';
import { openBridgeWorld, READ_TOKEN } from '../../support/bridge-world.ts';
import { flushAlert } from '../../support/flush-market.ts';

let world: BridgeWorld;
afterEach(() => world.close());

/** An approved entry and a refusal, as the store gives them back. */
async function decided(): Promise<Decision[]> {
  world = await openBridgeWorld();
  await world.post();
  await world.settle();
  await world.post(flushAlert({ exchange: 'BINANCE', ticker: 'BTCUSDT.P' }));
  await world.settle();
  const { items } = await world.store.listDecisions({ limit: 9 });
  return Promise.all(items.map(async ({ id }) => (await world.store.decision(id))!));
}

test('a stored decision of the running bridge is computed again, byte for byte', async () => {
  const decisions = await decided();
  expect(decisions.map((d) => d.status)).toEqual(['refused', 'approved']);
  for (const d of decisions) {
    const again = recompute(d);
    expect(again).toMatchObject({ kind: 'done', differences: [] });
    const text = explainText(d, again);
    expect(text).toContain('the same, byte for byte');
    for (const g of d.gates) expect(text).toContain(g.gate);
  }
});

test('a record that was changed is told apart, and one from before says so', async () => {
  const [, approved] = await decided();
  const forged = { ...approved!, plan: { ...approved!.plan!, sz: approved!.plan!.sz * 2 } };
  const again = recompute(forged);
  expect(again).toMatchObject({ kind: 'done', differences: ['plan'] });
  expect(explainText(forged, again)).toContain('DIFFERENT in plan');
  const old = recompute({ ...approved!, inputs: { nowMs: 1 } });
  expect(old).toEqual({ kind: 'other-version', inputVersion: 1 });
  expect(explainText(approved!, old)).toContain('version 1');
});

test('the command asks a bridge over HTTP and ends with 0 when the outcome is the same', async () => {
  const [, approved] = await decided();
  const url = await world.bridge.listen('127.0.0.1', 0);
  const written: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text) => written.push(String(text)) > 0;
  try {
    expect(await explain({ id: approved!.id, url, token: READ_TOKEN })).toBe(0);
    await expect(explain({ id: 'none', url, token: READ_TOKEN })).rejects.toThrow('404');
    await expect(explain({})).rejects.toThrow('which decision');
  } finally {
    process.stdout.write = write;
  }
  expect(written.join('')).toContain('cascade-phase');
});
