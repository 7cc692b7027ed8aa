import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import type { ExchangeSigner } from '../../app/ports.ts';
import { assert, InvariantError } from '../../core/shared/assert.ts';
import { cancelAction, leverageAction, noopAction, orderAction } from './hyperliquid-action.ts';
import { cancelOutcome, noopOutcome, orderOutcome, plainOutcome } from './hyperliquid-outcome.ts';
import { type Deadline, type Fetch, postJson, type PostResult } from './post-json.ts';
import { type Envelope, signL1Action } from './sign-l1-action.ts';

export interface HyperliquidSignerOptions {
  /** Base URL without a trailing slash or path. */
  url: string;
  /** Private key of an agent wallet, 0x + 64 hex. Not kept, never shown. */
  privateKey: string;
  /** Picks the chain the signature is valid on: the URL does not. */
  isTestnet: boolean;
  /** Address of the sub-account or vault to act for; left out: the agent's master account. */
  vaultAddress?: string | undefined;
  /** Until the last byte of the answer, ms. Past it the outcome is unknown. */
  timeoutMs?: number | undefined;
  fetch?: Fetch | undefined;
  deadline?: Deadline | undefined;
}

type Hex = `0x${string}`;

/**
 * Signs and sends for one agent wallet. There is no queue: every call has its own request, so a reply that hangs
 * delays nobody. Nonces and expiry are the caller's, committed before the call.
 * @throws InvariantError when the key or an address is malformed, without repeating it
 */
export function createHyperliquidSigner(o: HyperliquidSignerOptions): ExchangeSigner {
  const { url, isTestnet, timeoutMs = 3_000, fetch, deadline } = o;
  const wallet = accountOf(o.privateKey);
  const vault = o.vaultAddress === undefined ? {} : { vaultAddress: addressOf(o.vaultAddress) };

  const inTurn = createTurns();
  const signed = async (build: () => Envelope): Promise<string> => {
    await inTurn();
    const envelope = build();
    const signature = await signL1Action(wallet, envelope, isTestnet);
    const { action, ...rest } = envelope;
    return JSON.stringify({ action, signature, ...rest });
  };
  const send = async (build: () => Envelope): Promise<PostResult> => {
    let body: string;
    try {
      body = await signed(build);
    } catch (error) {
      return { kind: 'not-sent', message: `the action could not be built: ${bugOf(error)}` };
    }
    return postJson({ url: `${url}/exchange`, body, timeoutMs, fetch, deadline });
  };

  return {
    address: wallet.address.toLowerCase(),
    async order(legs, { grouping, nonce, expiresAfterMs }) {
      const expiry = expiresAfterMs === null ? {} : { expiresAfter: expiresAfterMs };
      const result = await send(() => ({ action: orderAction(legs, grouping), nonce, ...vault, ...expiry }));
      return orderOutcome(result, legs.length);
    },
    async cancel(items, { nonce, expiresAfterMs }) {
      const expiry = expiresAfterMs === undefined ? {} : { expiresAfter: expiresAfterMs };
      const result = await send(() => ({ action: cancelAction(items), nonce, ...vault, ...expiry }));
      return cancelOutcome(result, items.length);
    },
    async setLeverage({ nonce, ...change }) {
      return plainOutcome(await send(() => ({ action: leverageAction(change), nonce, ...vault })));
    },
    async noop(nonce) {
      // Nonces belong to the signer, not to the account it acts for: no vault address here.
      return noopOutcome(await send(() => ({ action: noopAction(), nonce })));
    },
  };
}

/**
 * Resolves for one caller in each turn of the event loop. A signature costs about a millisecond: of many that are asked
 * for at once, each is on its way before the next is made.
 */
function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.then(() => new Promise((resolve) => void setImmediate(resolve))));
}

/** An action that cannot be built or signed is a bug of ours, and provably not sent. Foreign texts stay inside. */
const bugOf = (error: unknown): string =>
  error instanceof InvariantError ? error.message : error instanceof Error ? error.name : 'error';

const isHex = (text: string, digits: number): text is Hex => new RegExp(`^0x[0-9a-f]{${digits}}$`).test(text);

function accountOf(text: string): PrivateKeyAccount {
  const privateKey = text.toLowerCase();
  assert(isHex(privateKey, 64), 'the private key is not 0x and 64 hex digits');
  try {
    return privateKeyToAccount(privateKey);
  } catch {
    throw new InvariantError('the private key is not one of secp256k1');
  }
}

function addressOf(text: string): Hex {
  const address = text.toLowerCase();
  assert(isHex(address, 40), 'the vault address is not 0x and 40 hex digits');
  return address;
}
