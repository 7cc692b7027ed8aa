import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReadError } from '../../../src/app/ports.ts';
import { createInfo } from '../../../src/shell/exchange/hyperliquid-info.ts';
import {
  readClockOffset,
  readSelfTest,
  type SelfTest,
} from '../../../src/shell/exchange/hyperliquid-self-test.ts';
import { judgeSelfTest } from '../../../src/shell/exchange/judge-self-test.ts';
import { type FakeVenue, startFakeVenue } from './fake-venue.ts';
import { ACCOUNT } from './samples.ts';

const ENTRY = '0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const GUARD = '0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const DAY_MS = 86_400_000;

let venue: FakeVenue;
beforeAll(async () => {
  venue = await startFakeVenue();
});
afterAll(() => venue.close());

const asAgent = { role: 'agent', data: { user: ACCOUNT } };
const answers: Record<string, unknown> = {
  extraAgents: [
    { address: ENTRY.toUpperCase().replace('0X', '0x'), name: 'entry', validUntil: NOW_MS + 90 * DAY_MS },
  ],
  userAbstraction: 'default',
  userRateLimit: {
    cumVlm: '2854574.593578',
    nRequestsUsed: 2890,
    nRequestsCap: 2_864_574,
    nRequestsSurplus: 0,
  },
  exchangeStatus: { time: NOW_MS, specialStatuses: null },
};
const infoAt = (times: number[]) =>
  createInfo({ url: venue.url, timeoutMs: 1_000, nowMs: () => times.shift() ?? NOW_MS });

test('reads role, mode, quota, clock and every signer', async () => {
  venue.reply = ({ body }) => {
    if (body['type'] === 'userRole') return { json: body['user'] === ACCOUNT ? { role: 'user' } : asAgent };
    return { json: answers[String(body['type'])] };
  };
  const signers = [
    { name: 'entry', address: ENTRY },
    { name: 'guard', address: GUARD },
  ];
  const selfTest = await readSelfTest(infoAt([]), { account: ACCOUNT, signers });
  expect(selfTest).toMatchObject({
    account: ACCOUNT,
    role: { role: 'user', master: null },
    mode: 'default',
    quota: { used: 2890, cap: 2_864_574 },
    signers: [
      {
        name: 'entry',
        address: ENTRY,
        role: { role: 'agent', master: ACCOUNT },
        validUntilMs: NOW_MS + 90 * DAY_MS,
      },
      { name: 'guard', address: GUARD, role: { role: 'agent', master: ACCOUNT }, validUntilMs: null },
    ],
  });
  expect(selfTest.clock?.offsetMs).toBeTypeOf('number');
});

test('asks for the agents of the master when the account is a sub-account', async () => {
  const master = '0xcccccccccccccccccccccccccccccccccccccccc';
  venue.reply = ({ body }) =>
    body['type'] === 'userRole'
      ? { json: { role: 'subAccount', data: { master } } }
      : { json: answers[String(body['type'])] };
  venue.seen.length = 0;
  await readSelfTest(infoAt([]), { account: ACCOUNT, signers: [] });
  expect(venue.seen.find((s) => s.body['type'] === 'extraAgents')?.body['user']).toBe(master);
});

test('an answer it does not know is an error, not a mode that will do', async () => {
  venue.reply = ({ body }) =>
    body['type'] === 'userRole'
      ? { json: { role: 'user' } }
      : { json: body['type'] === 'userAbstraction' ? 'newMode' : answers[String(body['type'])] };
  await expect(readSelfTest(infoAt([]), { account: ACCOUNT, signers: [] })).rejects.toThrow(ReadError);
});

test('the clock offset is the middle of the header’s second against the middle of the round trip', async () => {
  const date = { date: new Date(NOW_MS).toUTCString() };
  venue.reply = () => ({ status: 200, text: '{}', type: 'application/json', headers: date });
  expect(await readClockOffset(infoAt([NOW_MS - 100, NOW_MS + 100]))).toEqual({
    offsetMs: 500,
    uncertaintyMs: 600,
  });
  expect(await readClockOffset(infoAt([NOW_MS + 5_000, NOW_MS + 5_000]))).toEqual({
    offsetMs: -4_500,
    uncertaintyMs: 500,
  });
});

describe('the verdict', () => {
  const good: SelfTest = {
    account: ACCOUNT,
    role: { role: 'user', master: null },
    mode: 'disabled',
    quota: { used: 9_500, cap: 10_000 },
    clock: { offsetMs: 2_400, uncertaintyMs: 500 },
    signers: [
      {
        name: 'entry',
        address: ENTRY,
        role: { role: 'agent', master: ACCOUNT },
        validUntilMs: NOW_MS + 7 * DAY_MS,
      },
      { name: 'guard', address: GUARD, role: { role: 'agent', master: ACCOUNT }, validUntilMs: null },
    ],
  };
  const [entry, guard] = good.signers;
  const failing = (t: Partial<SelfTest>) =>
    judgeSelfTest({ ...good, ...t }, NOW_MS)
      .filter((check) => !check.ok)
      .map((check) => check.name);

  const withEntry = (change: Partial<SelfTest['signers'][number]>) =>
    failing({ signers: [{ ...entry!, ...change }, guard!] });

  test('is good when all is', () => {
    const checks = judgeSelfTest(good, NOW_MS);
    expect(checks.map((c) => [c.name, c.ok])).toEqual([
      ['account', true],
      ['account-mode', true],
      ['quota', true],
      ['venue-clock', true],
      ['agent-entry', true],
      ['agent-guard', true],
    ]);
  });

  const cases: [string, Partial<SelfTest>, string[]][] = [
    ['unified account', { mode: 'unifiedAccount' }, ['account-mode']],
    ['portfolio margin', { mode: 'portfolioMargin' }, ['account-mode']],
    [
      'an agent’s address as account',
      { role: { role: 'agent', master: GUARD } },
      ['account', 'agent-entry', 'agent-guard'],
    ],
    ['an unknown account', { role: { role: 'missing', master: null } }, ['account']],
    ['little quota', { quota: { used: 9_501, cap: 10_000 } }, ['quota']],
    [
      'a clock off by more than the doubt',
      { clock: { offsetMs: -2_501, uncertaintyMs: 500 } },
      ['venue-clock'],
    ],
    ['no clock', { clock: null }, ['venue-clock']],
    ['no signers', { signers: [] }, []],
  ];
  test.each(cases)('%s', (_, t, names) => {
    expect(failing(t)).toEqual(names);
  });

  test('names a signer that is not fit', () => {
    expect(withEntry({ role: { role: 'agent', master: GUARD } })).toEqual(['agent-entry']);
    expect(withEntry({ role: { role: 'missing', master: null } })).toEqual(['agent-entry']);
    expect(withEntry({ address: ACCOUNT })).toEqual(['agent-entry']);
    expect(withEntry({ validUntilMs: NOW_MS + 7 * DAY_MS - 1 })).toEqual(['agent-entry']);
    expect(withEntry({ address: GUARD })).toEqual(['agent-entry', 'agent-guard']);
  });

  test('every no says how to fix it', () => {
    const bad = judgeSelfTest(
      { ...good, mode: 'portfolioMargin', clock: null, quota: { used: 1, cap: 1 } },
      NOW_MS,
    );
    expect(bad.filter((c) => !c.ok).every((c) => (c.fix ?? '').length > 10)).toBe(true);
    expect(bad.filter((c) => !c.ok)).toHaveLength(3);
  });
});
