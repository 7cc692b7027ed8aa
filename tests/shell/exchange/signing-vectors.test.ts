import { createL1ActionHash, signUserSignedAction } from '@nktkas/hyperliquid/signing';
import { existsSync, readFileSync } from 'node:fs';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createHyperliquidSigner } from '../../../src/shell/exchange/hyperliquid-signer.ts';
import { signL1Action } from '../../../src/shell/exchange/sign-l1-action.ts';
import { KEY } from './samples.ts';

type Hex = `0x${string}`;
interface Signature {
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
  expected: { connectionId?: Hex; mainnet?: Signature; testnet?: Signature };
}

const FILE = new URL('../../../../shared/data/signing-vectors.json', import.meta.url);
const isThere = existsSync(FILE);
const file: { vectors: Vector[] } = isThere ? JSON.parse(readFileSync(FILE, 'utf8')) : { vectors: [] };
const { vectors } = file;
const CHAINS = ['mainnet', 'testnet'] as const;

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
    for (const chain of CHAINS) {
      if (!(chain in expected) || privateKey === null) continue;
      const wallet = privateKeyToAccount(privateKey);
      seen[chain] = await signL1Action(wallet, { action, nonce, ...extras }, chain === 'testnet');
    }
    expect(seen).toEqual(expected);
  });

  test.each(vectors.filter((vector) => vector.kind === 'user-signed'))(
    '$name',
    async ({ privateKey, action, types, expected }) => {
      const wallet = privateKeyToAccount(privateKey ?? KEY);
      expect(await signUserSignedAction({ wallet, action, types })).toEqual(expected);
    },
  );

  test.each(CHAINS)('are what our signer sends to %s', async (chain) => {
    const signatures: unknown[] = [];
    const signer = createHyperliquidSigner({
      url: 'http://venue.test',
      privateKey: vectors.find((v) => v.name === 'rust cancel')?.privateKey ?? '',
      isTestnet: chain === 'testnet',
      fetch: async (_, { body }) => {
        signatures.push(z.object({ signature: z.unknown() }).parse(JSON.parse(body)).signature);
        return new Response('{}');
      },
    });
    const cancel = vectors.find((v) => v.name === 'rust cancel');
    await signer.cancel([{ assetId: 1, oid: 82_382 }], { nonce: cancel?.nonce ?? 0 });
    expect(signatures).toEqual([cancel?.expected[chain]]);
  });
});
