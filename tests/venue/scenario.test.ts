import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { createControl } from '../../src/venue/control.ts';
import { playScenario, Scenario } from '../../src/venue/scenario.ts';
import { createRig, errorOf, limit, MASTER, trigger, wallets } from './rig.ts';

const DIR = join(import.meta.dirname, '../../scenarios');
const files = readdirSync(DIR).filter((f) => f.endsWith('.json'));
const read = (file: string): Scenario => v.parse(Scenario, JSON.parse(readFileSync(join(DIR, file), 'utf8')));

const underway = async (file: string, count: number) => {
  const rig = createRig({ usd: 4_000 });
  await rig.orders([limit('ETH', true, '10', '3050', 'Ioc'), trigger('ETH', false, '10', '2900')]);
  const steps = read(file).steps.slice(0, count);
  await playScenario(rig.venue, { ...read(file), steps }, async (ms) => void (rig.clock.now += ms));
  return { rig, seen: rig.venue.events().map((e) => (e.kind === 'order' ? e.status : e.kind)) };
};

describe('scenario files', () => {
  test.each(files)('%s reads and plays to its end on the hand-driven clock', async (file) => {
    const rig = createRig();
    const scenario = read(file);
    await playScenario(rig.venue, scenario, async (ms) => void (rig.clock.now += ms));
    const last = Math.max(...scenario.steps.map((s) => s.atMs));
    expect(rig.clock.now).toBe(createRig().clock.now + last);
  });
  test('together they cover the reference’s faults; F12 is in the accounts’ own tests', () => {
    const covered = new Set(files.flatMap((f) => read(f).faults));
    const all = Array.from({ length: 20 }, (_, i) => `F${i + 1}`).filter((f) => f !== 'F12');
    expect(all.filter((f) => !covered.has(f))).toEqual([]);
  });
  test('the gap liquidates before the stop can fill', async () => {
    expect((await underway('gap.json', 1)).seen).toContain('liquidation');
  });
  test('the vacuum leaves a part of the position without a stop', async () => {
    const { rig, seen } = await underway('vacuum.json', 2);
    expect(seen).toContain('triggered');
    const left = rig.venue.account(MASTER)?.positions[0]?.szi ?? 0;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(10);
    expect(rig.venue.account(MASTER)?.orders).toEqual([]);
  });
  test('the wick passes over a stop that a given mark would have fired', async () => {
    const rig = createRig();
    await rig.orders([limit('ETH', true, '1', '3050', 'Ioc'), trigger('ETH', false, '1', '2940')]);
    await playScenario(rig.venue, read('wick.json'), async (ms) => void (rig.clock.now += ms));
    expect(rig.venue.account(MASTER)?.orders).toHaveLength(1);
    expect(rig.venue.account(MASTER)?.positions[0]?.szi).toBe(1);
  });
  test('the crowded book takes a second order and refuses a third', async () => {
    const { rig } = await underway('crowded-book.json', 1);
    const more = await rig.orders([trigger('ETH', false, '5', '2950'), trigger('ETH', false, '5', '2960')]);
    expect(errorOf(more[0])).toBeNull();
    expect(errorOf(more[1])).toContain('Too many open orders');
  });
  test.each([
    ['no steps', { name: 'x', about: 'y', faults: [] }],
    ['unknown fault', { name: 'x', about: 'y', faults: [], steps: [{ atMs: 0, fault: { kind: 'meteor' } }] }],
    ['unknown field', { name: 'x', about: 'y', faults: [], steps: [{ atMs: 0, flood: true }] }],
    ['F21', { name: 'x', about: 'y', faults: ['F21'], steps: [] }],
  ])('%s: refused', (_, file) => expect(v.safeParse(Scenario, file).success).toBe(false));
});

const plane = () => {
  const rig = createRig();
  const app = createControl(rig.venue);
  const post = async (path: string, body: unknown) =>
    (await app.request(path, { method: 'POST', body: JSON.stringify(body) })).status;
  return { rig, app, post };
};

describe('control plane', () => {
  test('price, context, accounts, faults, rules, agents; events and account read back', async () => {
    const { rig, app, post } = plane();
    expect(await post('/sim/price', { coin: 'ETH', markPx: 2_500 })).toBe(200);
    expect(rig.venue.markPx('ETH')).toBe(2_500);
    expect(await post('/sim/context', { coin: 'ETH', fundingHourly: 0.0002 })).toBe(200);
    const address = '0x00000000000000000000000000000000000000aa';
    expect(await post('/sim/accounts', { address, usd: 77 })).toBe(200);
    expect(await (await app.request(`/sim/account/${address}`)).json()).toMatchObject({ equityUsd: 77 });
    expect((await app.request('/sim/account/0x1')).status).toBe(404);
    expect(await post('/sim/faults', { kind: 'http', status: 502, where: { path: 'info' } })).toBe(200);
    expect(rig.venue.faults.list()).toHaveLength(1);
    expect((await app.request('/sim/faults', { method: 'DELETE' })).status).toBe(200);
    expect(rig.venue.faults.list()).toEqual([]);
    expect(await post('/sim/rules', { halted: true })).toBe(200);
    expect(rig.venue.rules.halted).toBe(true);
    const seq = rig.venue.events().at(-1)?.seq ?? 0;
    expect(await (await app.request(`/sim/events?since=${seq - 1}`)).json()).toHaveLength(1);
  });
  test('an agent is revoked and restored (F12)', async () => {
    const { rig, post } = plane();
    const { address } = wallets.entry;
    expect(await post('/sim/agents', { address, state: 'removed' })).toBe(200);
    expect((await rig.act({ type: 'noop' })).response).toContain('does not exist');
    expect(await post('/sim/agents', { address, state: 'replaced' })).toBe(200);
    expect((await rig.act({ type: 'noop' })).response).toContain('Must deposit');
    expect(await post('/sim/agents', { address, state: 'active' })).toBe(200);
    expect((await rig.act({ type: 'noop' })).status).toBe('ok');
  });
  test.each([
    ['/sim/price', { coin: 'ETH', markPx: -1 }],
    ['/sim/price', { coin: 'NOPE', markPx: 1 }],
    ['/sim/accounts', { address: 'me', usd: 1 }],
    ['/sim/faults', { kind: 'meteor' }],
    ['/sim/faults', { kind: 'http', status: 200 }],
    ['/sim/rules', { gravity: 2 }],
  ])('%s %j: 400', async (path, body) => {
    expect(await plane().post(path, body)).toBe(400);
  });
  test('a venue clock ahead refuses what expired on the way and says its time', async () => {
    const rig = createRig();
    rig.venue.setRules({ clockSkewMs: 60_000 });
    const answer = await rig.act({ type: 'noop' }, { expiresAfter: rig.clock.now + 10_000 });
    expect(answer.response).toBe('Action already expired');
    const response = await rig.post('/info', { type: 'exchangeStatus' });
    expect(Date.parse(response.headers.get('date') ?? '')).toBe(rig.clock.now + 60_000);
  });
  test('a delisted coin takes no orders', async () => {
    const rig = createRig();
    rig.venue.setContext('ETH', { isDelisted: true });
    const [s] = await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    expect(errorOf(s)).toContain('Trading is halted.');
  });
});
