import { createL1ActionHash } from '@nktkas/hyperliquid/signing';
import type { PrivateKeyAccount } from 'viem/accounts';
// Not from 'viem' itself: its chains and clients would double the time the bridge takes to start.
import { concat, hashStruct, keccak256 } from 'viem/utils';

type Hex = `0x${string}`;

/** Every L1 action is signed in this domain, whatever the chain: hashing it anew took a quarter of a signature. */
const EXCHANGE = hashStruct({
  data: {
    name: 'Exchange',
    version: '1',
    chainId: 1337n,
    verifyingContract: '0x0000000000000000000000000000000000000000',
  },
  primaryType: 'EIP712Domain',
  types: {
    EIP712Domain: [
      { name: 'name', type: 'string' },
      { name: 'version', type: 'string' },
      { name: 'chainId', type: 'uint256' },
      { name: 'verifyingContract', type: 'address' },
    ],
  },
});
const AGENT = {
  Agent: [
    { name: 'source', type: 'string' },
    { name: 'connectionId', type: 'bytes32' },
  ],
};

/** What is signed and sent, but for the signature. Absent fields must be absent: their presence is hashed. */
export interface Envelope {
  action: Record<string, unknown>;
  nonce: number;
  vaultAddress?: Hex;
  expiresAfter?: number;
}

/**
 * The venue's signature of an L1 action: EIP-712 of a "phantom agent" whose connection id is the hash of the action with
 * its nonce. The same as the SDK's `signL1Action`, with what is constant hashed once.
 */
export async function signL1Action(
  wallet: PrivateKeyAccount,
  envelope: Envelope,
  isTestnet: boolean,
): Promise<{ r: Hex; s: Hex; v: 27 | 28 }> {
  const data = { source: isTestnet ? 'b' : 'a', connectionId: createL1ActionHash(envelope) };
  const agent = hashStruct({ data, primaryType: 'Agent', types: AGENT });
  // 32 bytes of r, 32 of s, one of v.
  const hex = await wallet.sign({ hash: keccak256(concat(['0x1901', EXCHANGE, agent])) });
  return { r: `0x${hex.slice(2, 66)}`, s: `0x${hex.slice(66, 130)}`, v: hex.endsWith('1b') ? 27 : 28 };
}
