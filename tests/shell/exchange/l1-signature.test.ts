import { createL1ActionHash, signL1Action, signUserSignedAction } from '@nktkas/hyperliquid/signing';
import * as fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { type Hex, l1Signature } from '../../../src/shell/exchange/l1-signature.ts';
import { KEY } from './samples.ts';

interface Expected {
  r: Hex;
  s: Hex;
  v: number;
}
interface Vector {
  name: string;
  kind: 'l1' | 'user-signed';
  privateKey: Hex | null;
  action: Record<string, unknown> & { signatureChainId: Hex };
  /** Of user-signed actions only. */
  types: Record<string, { name: string; type: string }[]>;
  nonce: number;
  vaultAddress: Hex | null;
  expiresAfter: number | null;
  expected: { connectionId?: Hex; mainnet?: Expected; testnet?: Expected } & Partial<Expected>;
}

const FILE = new URL('../../../../shared/data/signing-vectors.json', import.meta.url);
const isThere = existsSync(FILE);
const file: { vectors: Vector[] } = isThere ? JSON.parse(readFileSync(FILE, 'utf8')) : { vectors: [] };
const { vectors } = file;
const account = privateKeyToAccount(KEY);

describe.skipIf(!isThere)('the signatures of the SDKs’ own tests (needs ../shared/data)', () => {
  test('are 27', () => {
    expect(vectors.length).toBe(27);
  });

  test.each(vectors.filter((vector) => vector.kind === 'l1'))('$name', async (vector) => {
    const { action, nonce, expected, privateKey } = vector;
    const extras = {
      ...(vector.vaultAddress === null ? {} : { vaultAddress: vector.vaultAddress }),
      ...(vector.expiresAfter === null ? {} : { expiresAfter: vector.expiresAfter }),
    };
    const seen: Record<string, unknown> = {};
    if ('connectionId' in expected) seen['connectionId'] = createL1ActionHash({ action, nonce, ...extras });
    for (const chain of ['mainnet', 'testnet'] as const) {
      if (!(chain in expected) || privateKey === null) continue;
      const signer = privateKeyToAccount(privateKey);
      const isTestnet = chain === 'testnet';
      seen[chain] = await l1Signature(signer, { action, nonce, isTestnet, ...extras });
    }
    expect(seen).toEqual(expected);
  });

  test.each(vectors.filter((vector) => vector.kind === 'user-signed'))(
    '$name (by the SDK)',
    async ({ privateKey, action, types, expected }) => {
      const wallet = privateKeyToAccount(privateKey ?? KEY);
      expect(await signUserSignedAction({ wallet, action, types })).toEqual(expected);
    },
  );
});

test('equals the SDK’s for any nonce, expiry, vault and chain', async () => {
  const address = fc
    .uint8Array({ minLength: 20, maxLength: 20 })
    .map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`);
  await fc.assert(
    fc.asyncProperty(
      fc.record(
        {
          nonce: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
          isTestnet: fc.boolean(),
          vaultAddress: address,
          expiresAfter: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        },
        { requiredKeys: ['nonce', 'isTestnet'] },
      ),
      fc.integer({ min: 0, max: 2 ** 50 }),
      async (o, oid) => {
        const action = { type: 'cancel', cancels: [{ a: 1, o: oid }] };
        expect(await l1Signature(account, { action, ...o })).toEqual(
          await signL1Action({ wallet: account, action, ...o }),
        );
      },
    ),
    { numRuns: 50 },
  );
});
