import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createL1ActionHash, signL1Action, signUserSignedAction } from '@nktkas/hyperliquid/signing';
import { ApproveAgentTypes } from '@nktkas/hyperliquid/api/exchange';
import { hashTypedData, recoverAddress, serializeSignature } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { readAction, signersOf } from '../../src/venue/auth.ts';
import { cast, createRig, type Json, limit, MASTER, T0, wallets } from './rig.ts';

const FILE = join(import.meta.dirname, '../../../shared/data/signing-vectors.json');
const isThere = existsSync(FILE);
interface Vector {
  name: string;
  kind: 'l1' | 'user-signed';
  privateKey: `0x${string}` | null;
  action: Json;
  nonce: number;
  vaultAddress: `0x${string}` | null;
  expiresAfter: number | null;
  types: Record<string, { name: string; type: string }[]>;
  expected: Json;
  message?: Json;
  note?: string;
}
const vectors: Vector[] = isThere
  ? cast<{ vectors: Vector[] }>(JSON.parse(readFileSync(FILE, 'utf8'))).vectors
  : [];
type Sig = { r: `0x${string}`; s: `0x${string}`; v: 27 | 28 };

const sourceOf = (x: Vector): { vaultAddress?: `0x${string}`; expiresAfter?: number } => ({
  ...(x.vaultAddress === null ? {} : { vaultAddress: x.vaultAddress }),
  ...(x.expiresAfter === null ? {} : { expiresAfter: x.expiresAfter }),
});

/** Who the venue takes the author of a vector for, per chain; null where it is no action this venue reads. */
async function authors(x: Vector): Promise<Record<string, string[] | null>> {
  const out: Record<string, string[] | null> = {};
  for (const chain of ['mainnet', 'testnet'] as const) {
    const signature = x.expected[chain];
    if (signature === undefined) continue;
    const read = readAction({ action: x.action, nonce: x.nonce, signature, ...sourceOf(x) });
    out[chain] = read === null ? null : await signersOf(read, chain, () => false);
  }
  return out;
}

const NOT_OURS = ['dummy', 'subAccountTransfer', 'claimRewards'];
const l1 = vectors.filter((x) => x.kind === 'l1');
const hashed = l1.filter((x) => x.expected['connectionId'] !== undefined);
const signed = l1.filter((x) => x.privateKey !== null && x.expected['mainnet'] !== undefined);
const loose = signed.filter((x) => x.note?.includes('trailing zero') === true);
const foreign = signed.filter((x) => NOT_OURS.includes(String(x.action['type'])));
const canonical = signed.filter((x) => !loose.includes(x) && !foreign.includes(x));
const named = (list: Vector[]) => list.map((x) => [x.name, x] as const);

describe.skipIf(!isThere)('the SDKs’ own signing vectors (skipped: ../shared/data is absent)', () => {
  test('all 27 are looked at', () => {
    const user = vectors.filter((x) => x.kind === 'user-signed');
    expect(new Set([...hashed, ...signed, ...user]).size).toBe(27);
  });
  test.each(named(hashed))('%s: hash', (_, x) => {
    const hash = createL1ActionHash({ action: x.action, nonce: x.nonce, ...sourceOf(x) });
    expect(hash).toBe(x.expected['connectionId']);
  });
  test.each(named(canonical))('%s: signer', async (_, x) => {
    const owner = privateKeyToAccount(x.privateKey ?? '0x').address.toLowerCase();
    expect(await authors(x)).toEqual({ mainnet: [owner], testnet: [owner] });
  });
  test.each(named(loose))('%s: trailing zeros make a stranger', async (_, x) => {
    const owner = privateKeyToAccount(x.privateKey ?? '0x').address.toLowerCase();
    const found = await authors(x);
    expect(found['mainnet']).toHaveLength(1);
    expect(found['mainnet']).not.toContain(owner);
  });
  test.each(named(foreign))('%s: malformed here, never a wrong signer', async (_, x) => {
    expect(await authors(x)).toEqual({ mainnet: null, testnet: null });
  });

  test.each(named(vectors.filter((x) => x.kind === 'user-signed')))('%s: signer', async (_, x) => {
    const message = x.message ?? x.action;
    const digest = hashTypedData({
      domain: {
        name: 'HyperliquidSignTransaction',
        version: '1',
        chainId: Number.parseInt(String(message['signatureChainId']), 16),
        verifyingContract: '0x0000000000000000000000000000000000000000',
      },
      types: x.types,
      primaryType: Object.keys(x.types)[0] ?? '',
      message,
    });
    const sig = cast<Sig>(x.expected);
    const signature = serializeSignature({ r: sig.r, s: sig.s, yParity: sig.v === 28 ? 1 : 0 });
    const owner = privateKeyToAccount(x.privateKey ?? '0x').address;
    expect(await recoverAddress({ hash: digest, signature })).toBe(owner);
  });
});

/** A well-signed order, changed after signing, and what the venue says to it. */
async function answerTo(
  mutate: (body: { action: { orders: Json[] }; nonce: number } & Json) => void,
): Promise<string> {
  const rig = createRig();
  const action = { type: 'order', orders: [limit('ETH', true, '1', '3010', 'Ioc')], grouping: 'na' };
  const nonce = rig.nonce();
  const signature = await signL1Action({ wallet: wallets.entry, action, nonce, isTestnet: true });
  const body = { action, nonce, signature };
  mutate(body);
  return JSON.stringify(await (await rig.post('/exchange', body)).json());
}

describe('strangers', () => {
  test('the untouched body is accepted, with null for absent fields', async () => {
    expect(
      await answerTo((b) => Object.assign(b, { vaultAddress: null, expiresAfter: null, extra: 1 })),
    ).toContain('filled');
  });
  test.each([
    [
      'another size',
      (b: { action: { orders: Json[] } }) => Object.assign(b.action.orders[0] ?? {}, { s: '2' }),
    ],
    ['another nonce', (b: { nonce: number }) => Object.assign(b, { nonce: b.nonce + 1 })],
    ['an expiry that was not signed', (b: Json) => Object.assign(b, { expiresAfter: T0 + 9_000 })],
  ])('%s recovers to a stranger', async (_, mutate) => {
    expect(await answerTo(mutate)).toMatch(/User or API Wallet 0x[0-9a-f]{40} does not exist\./);
  });
  test('a signature over trailing zeros is a stranger, though the order reads the same', async () => {
    const rig = createRig();
    const action = { type: 'order', orders: [limit('ETH', true, '1.0', '3010', 'Ioc')], grouping: 'na' };
    const nonce = rig.nonce();
    const signature = await signL1Action({ wallet: wallets.entry, action, nonce, isTestnet: true });
    const answer = await (await rig.post('/exchange', { action, nonce, signature })).json();
    expect(JSON.stringify(answer)).toContain('does not exist');
  });
  test('key order in the body does not matter, in the hash it does', async () => {
    const rig = createRig();
    const order = limit('ETH', true, '1', '3010', 'Ioc');
    const action = { type: 'order', orders: [order], grouping: 'na' };
    const shuffled = {
      grouping: 'na',
      orders: [Object.fromEntries(Object.entries(order).toReversed())],
      type: 'order',
    };
    const n1 = rig.nonce();
    const good = await signL1Action({ wallet: wallets.entry, action, nonce: n1, isTestnet: true });
    expect(
      JSON.stringify(
        await (await rig.post('/exchange', { action: shuffled, nonce: n1, signature: good })).json(),
      ),
    ).toContain('filled');
    const n2 = rig.nonce();
    const bad = await signL1Action({ wallet: wallets.entry, action: shuffled, nonce: n2, isTestnet: true });
    expect(
      JSON.stringify(await (await rig.post('/exchange', { action, nonce: n2, signature: bad })).json()),
    ).toContain('does not exist');
  });
  test.each([
    ['mainnet', false, true],
    ['mainnet', true, false],
    ['testnet', true, true],
    ['testnet', false, false],
    ['either', true, true],
    ['either', false, true],
  ] as const)('chain %s, signed for testnet %s: accepted %s', async (chain, isTestnet, accepted) => {
    const rig = createRig({ chain });
    const a = await rig.act({ type: 'noop' }, { isTestnet });
    expect(a.status).toBe(accepted ? 'ok' : 'err');
  });
});

describe('signers and accounts', () => {
  test('a stranger, an expired agent, a removed one, an unfunded master', async () => {
    const rig = createRig();
    expect((await rig.act({ type: 'noop' }, { wallet: wallets.stranger })).response).toContain(
      'does not exist',
    );
    rig.venue.openAccount({
      address: MASTER,
      usd: 0,
      agents: [{ address: wallets.stranger.address, name: 'x', validUntilMs: T0 + 1_000 }],
    });
    expect((await rig.act({ type: 'noop' }, { wallet: wallets.stranger })).status).toBe('ok');
    rig.clock.now += 2_000;
    expect((await rig.act({ type: 'noop' }, { wallet: wallets.stranger })).response).toContain(
      'does not exist',
    );
    rig.venue.openAccount({
      address: '0x00000000000000000000000000000000000000aa',
      usd: 0,
      agents: [{ address: wallets.stranger.address }],
    });
    expect((await rig.act({ type: 'noop' }, { wallet: wallets.stranger })).response).toContain(
      'Must deposit before performing actions.',
    );
  });
  test('an agent acts for the sub-account, not for somebody else’s', async () => {
    const rig = createRig();
    const sub = '0x00000000000000000000000000000000000000bb';
    rig.venue.openAccount({ address: sub, usd: 5_000, master: MASTER });
    const [s] = await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')], { vaultAddress: sub });
    expect(s).toHaveProperty('filled');
    expect(rig.venue.account(sub)?.positions).toHaveLength(1);
    expect(rig.venue.account(MASTER)?.positions).toHaveLength(0);
    const other = '0x00000000000000000000000000000000000000cc';
    rig.venue.openAccount({ address: other, usd: 5_000 });
    const a = await rig.act({ type: 'noop' }, { vaultAddress: other });
    expect(a.response).toBe(`Vault not registered: ${other}`);
  });
  test('approveAgent is the master’s own: approve, replace by name, remove by the zero address', async () => {
    const rig = createRig();
    const approve = async (
      agentAddress: string,
      agentName: string,
      wallet = wallets.master,
    ): Promise<Json> => {
      const nonce = rig.nonce();
      const action = {
        type: 'approveAgent',
        signatureChainId: '0x66eee' as const,
        hyperliquidChain: 'Testnet',
        agentAddress: agentAddress.toLowerCase(),
        agentName,
        nonce,
      };
      const signature = await signUserSignedAction({ wallet, action, types: ApproveAgentTypes });
      return cast<Json>(await (await rig.post('/exchange', { action, nonce, signature })).json());
    };
    expect(await approve(wallets.stranger.address, 'third')).toEqual({
      status: 'ok',
      response: { type: 'default' },
    });
    expect((await rig.act({ type: 'noop' }, { wallet: wallets.stranger })).status).toBe('ok');
    expect(await approve('0x00000000000000000000000000000000000000dd', 'fourth')).toMatchObject({
      response: expect.stringContaining('Too many extra agents'),
    });
    expect(await approve(wallets.guard.address, 'zz', wallets.entry)).toMatchObject({ status: 'err' });
    const listed = await rig.info<Json[]>({ type: 'extraAgents', user: MASTER });
    expect(listed.map((x) => x['name'])).toEqual(['entry', 'guard', 'third']);
    expect(listed[2]?.['validUntil']).toBe(T0 + 90 * 86_400_000);
    await approve('0x00000000000000000000000000000000000000ee', 'third');
    expect((await rig.act({ type: 'noop' }, { wallet: wallets.stranger })).response).toBe(
      `Must deposit before performing actions. User: ${MASTER}`,
    );
    await approve('0x0000000000000000000000000000000000000000', 'guard');
    expect((await rig.act({ type: 'noop' }, { wallet: wallets.guard })).status).toBe('ok');
    rig.clock.now += 1_500;
    expect((await approve('0x00000000000000000000000000000000000000ff', 'late'))['response']).toBe(
      'User has pending agent removal',
    );
    rig.clock.now += 5_000;
    expect((await approve('0x00000000000000000000000000000000000000ff', 'late'))['status']).toBe('ok');
    expect((await rig.act({ type: 'noop' }, { wallet: wallets.guard })).response).toContain('does not exist');
  });
});

describe('nonces and expiry (conformance 10)', () => {
  test('a nonce counts once, for actions that are refused too; order does not matter', async () => {
    const rig = createRig();
    const nonce = T0 + 50;
    expect((await rig.act({ type: 'noop' }, { nonce })).status).toBe('ok');
    expect((await rig.act({ type: 'noop' }, { nonce })).response).toBe(
      `Invalid nonce: duplicate nonce ${nonce}`,
    );
    expect((await rig.act({ type: 'noop' }, { nonce: nonce - 10 })).status).toBe('ok');
    expect(rig.venue.stats().duplicateNonces).toBe(1);
    expect((await rig.act({ type: 'noop' }, { nonce, wallet: wallets.guard })).status).toBe('ok');
  });
  test('the 100 highest are kept: a lower one than all of them is too low', async () => {
    const rig = createRig();
    for (let i = 0; i < 100; i++) await rig.act({ type: 'noop' }, { nonce: T0 + 100 + i });
    expect((await rig.act({ type: 'noop' }, { nonce: T0 + 99 })).response).toContain('nonce too low');
    expect((await rig.act({ type: 'noop' }, { nonce: T0 + 300 })).status).toBe('ok');
    expect((await rig.act({ type: 'noop' }, { nonce: T0 + 100 })).status).toBe('err');
  });
  test.each([
    ['two days old', -2 * 86_400_000, false],
    ['just under', -2 * 86_400_000 + 1_000, true],
    ['a day ahead', 86_400_000, false],
    ['just under a day', 86_400_000 - 1, true],
  ])('%s', async (_, offset, isOk) => {
    const a = await createRig().act({ type: 'noop' }, { nonce: T0 + offset });
    expect(a.status === 'ok').toBe(isOk);
  });
  test('expired: refused, costs five, leaves the nonce unused', async () => {
    const rig = createRig();
    const used = async () =>
      (await rig.info<{ nRequestsUsed: number }>({ type: 'userRateLimit', user: MASTER })).nRequestsUsed;
    const before = await used();
    const nonce = rig.nonce();
    expect((await rig.act({ type: 'noop' }, { nonce, expiresAfter: T0 - 1 })).response).toBe(
      'Action already expired',
    );
    expect((await used()) - before).toBe(5);
    expect((await rig.act({ type: 'noop' }, { nonce, expiresAfter: T0 + 1 })).status).toBe('ok');
  });
});
