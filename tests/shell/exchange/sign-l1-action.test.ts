import { signL1Action as signedBySdk } from '@nktkas/hyperliquid/signing';
import * as fc from 'fast-check';
import { privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { signL1Action } from '../../../src/shell/exchange/sign-l1-action.ts';

const hexOf = (digits: number): fc.Arbitrary<`0x${string}`> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).map((h) => `0x${h}` as const);

test('signs as the SDK does, for either chain, with and without a vault and an expiry', async () => {
  const envelope = fc.record(
    {
      action: fc.record({ type: fc.constant('order'), orders: fc.array(fc.string()), n: fc.nat() }),
      nonce: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      vaultAddress: hexOf(40),
      expiresAfter: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    },
    { requiredKeys: ['action', 'nonce'] },
  );
  await fc.assert(
    fc.asyncProperty(hexOf(62), envelope, fc.boolean(), async (key, sent, isTestnet) => {
      const wallet = privateKeyToAccount(`0x01${key.slice(2)}`);
      expect(await signL1Action(wallet, sent, isTestnet)).toEqual(
        await signedBySdk({ wallet, ...sent, isTestnet }),
      );
    }),
    { numRuns: 60 },
  );
});
