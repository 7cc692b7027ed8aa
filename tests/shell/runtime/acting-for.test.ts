import { privateKeyToAddress } from 'viem/accounts';
import { expect, test } from 'vitest';
import { ReadError } from '../../../src/app/ports.ts';
import type { Info } from '../../../src/shell/exchange/hyperliquid-info.ts';
import { actingFor } from '../../../src/shell/runtime/acting-for.ts';
import type { RealVenue } from '../../../src/shell/runtime/real-venue.ts';
import { openStore } from '../../../src/shell/store/open-store.ts';

const MASTER = `0x${'aa'.repeat(20)}`;
const DAY_MS = 86_400_000;
const keys = { entryKey: `0x${'01'.repeat(32)}`, guardKey: `0x${'02'.repeat(32)}` } as const;
const agents = Object.values(keys).map((k) => privateKeyToAddress(k).toLowerCase());
const venue: RealVenue = {
  apiUrl: 'http://venue.test',
  wsUrl: 'ws://venue.test',
  account: `0x${'ab'.repeat(20)}`,
  ...keys,
  isTestnet: true,
  sources: [],
  streams: [],
  market: 'testnet',
  dataSource: 'test',
};

/** A venue that knows the account as `role` and both wallets as agents of its master, until told otherwise. */
async function open(role: 'user' | 'subAccount') {
  const world = { nowMs: 1_760_000_000_000, isUp: true, hasAgents: true, reads: 0 };
  const roleOf = (user: unknown) => {
    const ofAccount = role === 'user' ? { role } : { role, data: { master: MASTER } };
    const master = role === 'user' ? venue.account : MASTER;
    if (!agents.includes(String(user))) return ofAccount;
    return world.hasAgents ? { role: 'agent', data: { user: master } } : { role: 'missing' };
  };
  const info: Info = (request) => {
    world.reads += 1;
    if (!world.isUp) return Promise.reject(new ReadError('userRole: down'));
    const body = {
      userRole: roleOf(request['user']),
      extraAgents: [],
      userAbstraction: 'disabled',
      userRateLimit: { cumVlm: '0', nRequestsUsed: 0, nRequestsCap: 10_000, nRequestsSurplus: 0 },
      exchangeStatus: {},
    }[request.type];
    return Promise.resolve({
      body,
      serverDateMs: world.nowMs,
      sentAtMs: world.nowMs,
      receivedAtMs: world.nowMs,
    });
  };
  const store = await openStore({
    url: 'file::memory:',
    nowMs: () => world.nowMs,
    fatal: (e) => {
      throw e;
    },
  });
  const errors: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (event: string) => void errors.push(event) };
  const clock = { nowMs: () => world.nowMs, sleep: () => Promise.resolve() };
  const ask = (keptForMs = 0) => actingFor({ info, venue, store, clock, log, keptForMs });
  return { world, errors, ask };
}

test('a master account acts for itself, a sub-account is named in every action', async () => {
  expect(await (await open('user')).ask()).toBeUndefined();
  expect(await (await open('subAccount')).ask()).toBe(venue.account);
});

test('a venue that cannot be read is not "no sub-account": nothing starts without an earlier answer', async () => {
  const { world, ask } = await open('subAccount');
  world.isUp = false;
  await expect(ask()).rejects.toThrow(ReadError);
  await expect(ask()).rejects.toThrow(/cannot be asked .*userRole: down.*HYPERLIQUID_API_URL/);
  world.isUp = true;
  await ask();
  world.isUp = false;
  expect(await ask()).toBe(venue.account);
});

test('wallets that never passed are refused; once passed, the guard works on whatever is found', async () => {
  const { world, errors, ask } = await open('user');
  world.hasAgents = false;
  await expect(ask()).rejects.toThrow(/^HYPERLIQUID_ENTRY_KEY: .* agent .*\nHYPERLIQUID_GUARD_KEY: /);
  world.hasAgents = true;
  await ask();
  world.hasAgents = false;
  errors.length = 0;
  expect(await ask()).toBeUndefined();
  expect(errors).toContain('self-test.failed');
});

test('a young answer is taken again without asking, an old one is not', async () => {
  const { world, ask } = await open('subAccount');
  await ask(DAY_MS);
  const { reads } = world;
  expect(await ask(DAY_MS)).toBe(venue.account);
  expect(world.reads).toBe(reads);
  world.nowMs += DAY_MS;
  await ask(DAY_MS);
  expect(world.reads).toBe(2 * reads);
});
