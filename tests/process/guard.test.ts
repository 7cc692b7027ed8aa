import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Child } from '../support/child-process.ts';
import { runCli } from '../support/child-process.ts';
import { freePort } from '../support/free-port.ts';
import type { ChildBridge, FlushVenue } from '../support/flush-venue.ts';
import { listening, openFlushVenue, startBridge } from '../support/flush-venue.ts';

let folder: string;
let rounds = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapback-guard-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let world: FlushVenue;
let children: Child[] = [];
let env: Record<string, string>;
/** The guard's interval in these tests, ms. */
const INTERVAL_MS = 1_000;

beforeEach(async () => {
  world = await openFlushVenue();
  env = world.env(join(folder, `snapback-${(rounds += 1)}.db`), {
    PORT: String(await freePort()),
    GUARD_INTERVAL_MS: String(INTERVAL_MS),
    LOG_LEVEL: 'info',
  });
});
afterEach(async () => {
  await Promise.all(children.map((c) => c.kill()));
  children = [];
  await world.close();
});

const bridge = (): Promise<ChildBridge> => {
  const child = startBridge(env);
  children.push(child);
  return listening(child);
};
const guard = (...args: string[]): Child => {
  const child = runCli(['guard', ...args], env);
  children.push(child);
  return child;
};
/** An address that takes notifications; the processes started from here on know it. */
async function listenForMessages(): Promise<{ source: string; kind: string }[]> {
  const told: { source: string; kind: string }[] = [];
  const server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk: Buffer) => (text += chunk.toString()));
    req.on('end', () => {
      told.push(JSON.parse(text) as (typeof told)[number]);
      res.end('ok');
    });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  env['NOTIFY_WEBHOOK_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return told;
}
/** Generous: what these tests are about is order, and a busy machine needs five seconds for a start. */
const soon = { timeout: 40_000, interval: 25 };
/** A look that began after this call found everything protected: a stop just placed has been seen at rest. */
const looked = async (child: Child): Promise<void> => {
  const looks = (): number => child.output().match(/"guard\.look","verdict":"protected"/g)?.length ?? 0;
  const before = looks();
  await expect.poll(looks, soon).toBeGreaterThanOrEqual(before + 2);
};
const bridgeLooked = async (b: ChildBridge): Promise<void> => {
  const sinceMs = Date.now();
  const readAtMs = async (): Promise<number> =>
    (await b.get<{ readAtMs: number }>('/api/v1/positions')).readAtMs;
  await expect.poll(readAtMs, soon).toBeGreaterThan(sinceMs);
};
const orders = (): number => world.venue.stats().byType['order'] ?? 0;
const loseStop = (): unknown => world.venue.faults.inject({ kind: 'lose-stop' });
const stops = (): { triggerPx: string; sz: string }[] =>
  world.stops('BTC').map((o) => ({ triggerPx: o.triggerPx, sz: o.sz }));

/** A long of BTC with its stop, opened by the bridge through an alert. */
async function openPosition(b: ChildBridge): Promise<void> {
  await expect.poll(async () => (await fetch(`${b.url}/readyz`)).status, soon).toBe(200);
  expect((await b.post(world.alert('BTC'))).status).toBe(202);
  await expect.poll(stops, soon).toHaveLength(1);
  expect(world.view().positions).toHaveLength(1);
}

describe('npm run guard', () => {
  test('puts a stop back where it stood after the bridge was killed, and after it was killed itself', async () => {
    const b = await bridge();
    await openPosition(b);
    const stood = stops();
    const first = guard();
    await looked(first);
    await bridgeLooked(b);
    expect(first.output()).toContain(`account ${world.account}`);

    await b.child.kill('SIGKILL');
    loseStop();
    expect(stops()).toEqual([]);
    await expect.poll(stops, soon).toEqual(stood);

    await first.kill('SIGKILL');
    loseStop();
    const second = guard();
    await expect.poll(stops, soon).toEqual(stood);

    // The bridge is back: it finds everything in place, and both leave it there.
    const again = await bridge();
    await expect.poll(async () => (await fetch(`${again.url}/readyz`)).status, soon).toBe(200);
    expect(stops()).toEqual(stood);
    second.process.kill('SIGTERM');
    expect(await second.exited).toBe(0);
  }, 150_000);

  test('beside a living bridge: one stop at rest, and no war of orders', async () => {
    const b = await bridge();
    await openPosition(b);
    const stood = stops();
    const child = guard();
    for (let i = 1; i <= 2; i++) {
      await Promise.all([looked(child), bridgeLooked(b)]);
      const before = orders();
      loseStop();
      await expect.poll(stops, soon).toEqual(stood);
      // The bridge's stop; at worst the guard's beside it, which the bridge sweeps.
      expect(orders() - before).toBeLessThanOrEqual(2);
    }
    await Promise.all([looked(child), bridgeLooked(b)]);
    const before = world.venue.stats().actions;
    await Promise.all([looked(child), bridgeLooked(b)]);
    expect(stops()).toEqual(stood);
    expect(world.venue.stats().actions).toBe(before);
    expect(world.venue.stats().duplicateNonces).toBe(0);
  }, 150_000);

  test('a bridge that hangs is as good as dead; awake again, it finds its stop in place', async () => {
    const b = await bridge();
    await openPosition(b);
    const stood = stops();
    const child = guard();
    await Promise.all([looked(child), bridgeLooked(b)]);
    b.child.process.kill('SIGSTOP');
    loseStop();
    await expect.poll(stops, soon).toEqual(stood);
    b.child.process.kill('SIGCONT');
    await bridgeLooked(b);
    await bridgeLooked(b);
    expect(stops()).toEqual(stood);
  }, 150_000);

  test('what cannot be read leads to no action, and the repair follows when it can', async () => {
    const b = await bridge();
    await openPosition(b);
    const child = guard();
    await looked(child);
    await b.child.kill('SIGKILL');
    world.venue.faults.inject({ kind: 'http', status: 502, where: { path: 'info' }, count: null });
    const before = world.venue.stats().actions;
    loseStop();
    await child.until(/"verdict":"unreadable"[^]*"verdict":"unreadable"/);
    expect(world.venue.stats().actions).toBe(before);
    world.venue.faults.clear();
    await expect.poll(stops, soon).toHaveLength(1);
  }, 150_000);

  test('--once repairs and says by its exit code whether everything is protected', async () => {
    const b = await bridge();
    await openPosition(b);
    await b.child.kill('SIGKILL');
    loseStop();
    const told = await listenForMessages();
    expect(await guard('--once').exited).toBe(0);
    expect(stops()).toHaveLength(1);
    // It tells people itself: the bridge is dead.
    expect(told.map((t) => t.kind)).toContain('stop-repaired');
    expect(new Set(told.map((t) => t.source))).toEqual(new Set(['snapback TESTNET guard']));
    world.venue.faults.inject({
      kind: 'http',
      status: 502,
      where: { path: 'info', type: 'clearinghouseState' },
      count: null,
    });
    expect(await guard('--once').exited).toBe(1);
  }, 150_000);

  test('a second guard process on the same record refuses to start', async () => {
    await guard().until(/snapback guard · TESTNET/);
    const second = guard();
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain('a guard process is running already');
  }, 60_000);

  test('in paper mode it says what to do instead', async () => {
    const child = runCli(['guard'], {});
    expect(await child.exited).toBe(2);
    expect(child.output()).toContain('HYPERLIQUID_API_URL');
    expect(child.output()).toContain('npm run venue');
  }, 60_000);
});
