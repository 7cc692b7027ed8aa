import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Child } from '../support/child-process.ts';
import type { ChildBridge } from '../support/flush-venue.ts';
import { listening, openFlushVenue, startBridge } from '../support/flush-venue.ts';

let folder: string;
let children: Child[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapback-shutdown-'));
});
afterEach(async () => {
  await Promise.all(children.map((c) => c.kill()));
  children = [];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const soon = { timeout: 40_000, interval: 25 };
const ready = async (child: Child): Promise<ChildBridge> => {
  children.push(child);
  const b = await listening(child);
  await expect.poll(async () => (await fetch(`${b.url}/readyz`)).ok, soon).toBe(true);
  return b;
};

test('a SIGTERM while an order is under way: it is finished, its stop stays, the next start has nothing to repair', async () => {
  const world = await openFlushVenue();
  try {
    const database = join(folder, 'term.db');
    const first = await ready(startBridge(world.env(database)));
    world.venue.faults.inject({
      kind: 'delay',
      ms: 1_500,
      when: 'after',
      where: { path: 'exchange', type: 'order' },
    });
    expect((await first.post(world.alert('BTC'))).status).toBe(202);
    await expect.poll(() => world.stops('BTC'), soon).toHaveLength(1);
    first.child.process.kill('SIGTERM');
    expect(await first.child.exited).toBe(0);
    // The door closed first, and nothing was cancelled on the way out.
    await expect(first.post(world.alert('BTC', 1))).rejects.toThrow(/./);
    expect(world.stops('BTC')).toHaveLength(1);

    const second = await ready(startBridge(world.env(database)));
    const { items } = await second.get<{ items: { state: string; outcome: string }[] }>('/api/v1/alerts');
    expect(items).toMatchObject([{ state: 'done', outcome: 'filled' }]);
    expect(world.venue.stats().byType['order']).toBe(1);
    expect(world.stops('BTC')).toHaveLength(1);
    expect(world.venue.stats().byType['noop'] ?? 0).toBe(0);
  } finally {
    await Promise.all(children.map((c) => c.kill()));
    await world.close();
  }
}, 120_000);

test('a rejection nobody handles ends the process with code 70, for its supervisor to start it again', async () => {
  const world = await openFlushVenue();
  try {
    const database = join(folder, 'unhandled.db');
    // Once it has printed its banner, however long that takes.
    const planted = `const { write } = process.stdout;
      process.stdout.write = function (text, ...rest) {
        if (String(text).includes('webhook')) setImmediate(() => Promise.reject(new Error('planted')));
        return write.call(this, text, ...rest);
      };`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(planted)}`;
    const child = startBridge(world.env(database, { NODE_OPTIONS }));
    children.push(child);
    expect(await child.exited).toBe(70);
    expect(child.output()).toContain('"event":"unhandled-rejection","message":"planted"');
    const again = await ready(startBridge(world.env(database)));
    expect((await again.post(world.alert('BTC'))).status).toBe(202);
  } finally {
    await Promise.all(children.map((c) => c.kill()));
    await world.close();
  }
}, 120_000);
