import { createL1ActionHash } from '@nktkas/hyperliquid/signing';
import type { PrivateKeyAccount } from 'viem/accounts';
import { concat, keccak256, numberToHex, stringToHex } from 'viem/utils';

export type Hex = `0x${string}`;

export interface L1Signature {
  r: Hex;
  s: Hex;
  v: 27 | 28;
}

const hashText = (text: string): Hex => keccak256(stringToHex(text));

// EIP-712, https://eips.ethereum.org/EIPS/eip-712. Domain and type never change, so their hashes are made once; that
// and skipping the generic encoder is what makes this a quarter faster than signL1Action, whose result it equals.
const DOMAIN = keccak256(
  concat([
    hashText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
    hashText('Exchange'),
    hashText('1'),
    numberToHex(1337, { size: 32 }),
    numberToHex(0, { size: 32 }),
  ]),
);
const AGENT = hashText('Agent(string source,bytes32 connectionId)');
const MAINNET = hashText('a');
const TESTNET = hashText('b');

/** Signs one L1 action as the venue checks it: the action's hash wrapped in a "phantom agent". */
export async function l1Signature(
  account: PrivateKeyAccount,
  o: {
    /** Keys in the order of the SDK's schema: their order is hashed. */
    action: Record<string, unknown>;
    nonce: number;
    isTestnet: boolean;
    vaultAddress?: Hex;
    /** ms since the epoch */
    expiresAfter?: number;
  },
): Promise<L1Signature> {
  const connectionId = createL1ActionHash(o);
  const agent = keccak256(concat([AGENT, o.isTestnet ? TESTNET : MAINNET, connectionId]));
  const hex = await account.sign({ hash: keccak256(concat(['0x1901', DOMAIN, agent])) });
  return {
    r: `0x${hex.slice(2, 66)}`,
    s: `0x${hex.slice(66, 130)}`,
    v: hex.endsWith('1b') ? 27 : 28,
  };
}
