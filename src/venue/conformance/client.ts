// A bare client for the conformance checks: signs, sends, shows the raw answer. It hides nothing and retries nothing.
import {
  BatchModifyRequest,
  CancelByCloidRequest,
  CancelRequest,
  ModifyRequest,
  NoopRequest,
  OrderRequest,
  UpdateLeverageRequest,
  Withdraw3Types,
} from '@nktkas/hyperliquid/api/exchange';
import { canonicalize, signL1Action, signUserSignedAction } from '@nktkas/hyperliquid/signing';
import * as v from 'valibot';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { isRecord, type Json, parseJson } from '../json.ts';

const SCHEMAS: Readonly<Record<string, v.GenericSchema>> = {
  order: OrderRequest.entries.action,
  cancel: CancelRequest.entries.action,
  cancelByCloid: CancelByCloidRequest.entries.action,
  modify: ModifyRequest.entries.action,
  batchModify: BatchModifyRequest.entries.action,
  updateLeverage: UpdateLeverageRequest.entries.action,
  noop: NoopRequest.entries.action,
};

export interface Answer {
  http: number;
  /** Text of a whole refusal (status "err"), else null. */
  refused: string | null;
  statuses: unknown[];
  text: string;
}

export interface Client {
  readonly user: string;
  /** Address of the key, lower case: the user itself, or an agent. */
  readonly signer: string;
  readonly wsUrl: string;
  nonce(): number;
  /** Signs what is canonical of `action`, or exactly `o.signed` when given, and sends `action` as it stands. */
  send(action: Json, o?: { nonce?: number; expiresAfter?: number; signed?: Json }): Promise<Answer>;
  /** The same from a key that nobody has seen. */
  asStranger(action: Json): Promise<Answer>;
  /** A withdrawal signed by this key, whosever it is. */
  withdraw(amount: string, destination: string): Promise<Answer>;
  info(body: Json): Promise<unknown>;
  post(path: string, body: unknown): Promise<{ http: number; text: string }>;
}

/** @param o.account account traded for; the key's own address when left out (the key may be an agent's) */
export function createClient(o: {
  url: string;
  key: `0x${string}`;
  account?: string;
  isTestnet: boolean;
  nowMs: () => number;
}): Client {
  const wallet = privateKeyToAccount(o.key);
  let last = 0;
  const nonce = (): number => (last = Math.max(o.nowMs(), last + 1));
  const post: Client['post'] = async (path, body) => {
    const response = await fetch(`${o.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    return { http: response.status, text: await response.text() };
  };
  const stranger = privateKeyToAccount(generatePrivateKey());
  return {
    signer: wallet.address.toLowerCase(),
    wsUrl: `${o.url.replace(/^http/, 'ws')}/ws`,
    async asStranger(action) {
      const n = nonce();
      const signature = await signL1Action({ wallet: stranger, action, nonce: n, isTestnet: o.isTestnet });
      return readAnswer(await post('/exchange', { action, nonce: n, signature }));
    },
    async withdraw(amount, destination) {
      const time = nonce();
      const action = {
        type: 'withdraw3',
        signatureChainId: '0x66eee' as const,
        hyperliquidChain: o.isTestnet ? 'Testnet' : 'Mainnet',
        destination,
        amount,
        time,
      };
      const signature = await signUserSignedAction({ wallet, action, types: Withdraw3Types });
      return readAnswer(await post('/exchange', { action, nonce: time, signature }));
    },
    user: (o.account ?? wallet.address).toLowerCase(),
    nonce,
    post,
    async send(action, s = {}) {
      const schema = SCHEMAS[String(action['type'])];
      const parsed = schema === undefined ? null : v.safeParse(schema, action);
      const canonical = parsed?.success === true && schema ? canonicalize(schema, parsed.output) : action;
      const signed = s.signed ?? (isRecord(canonical) ? canonical : action);
      const n = s.nonce ?? nonce();
      const { expiresAfter } = s;
      const signature = await signL1Action({
        wallet,
        action: signed,
        nonce: n,
        isTestnet: o.isTestnet,
        ...(expiresAfter === undefined ? {} : { expiresAfter }),
      });
      return readAnswer(await post('/exchange', { action, nonce: n, signature, expiresAfter }));
    },
    async info(body) {
      return parseJson((await post('/info', body)).text);
    },
  };
}

function readAnswer({ http, text }: { http: number; text: string }): Answer {
  const body = parseJson(text);
  if (!isRecord(body)) return { http, refused: http === 200 ? text : null, statuses: [], text };
  if (body['status'] === 'err') return { http, refused: String(body['response']), statuses: [], text };
  const response = isRecord(body['response']) ? body['response'] : {};
  const data = isRecord(response['data']) ? response['data'] : {};
  return { http, refused: null, statuses: Array.isArray(data['statuses']) ? data['statuses'] : [], text };
}

/** The error text of one status, or null. */
export const errorIn = (status: unknown): string | null =>
  isRecord(status) && typeof status['error'] === 'string' ? status['error'] : null;

/** The oid of a resting or filled status, or null. */
export function oidIn(status: unknown): number | null {
  if (!isRecord(status)) return null;
  const inner = isRecord(status['resting']) ? status['resting'] : status['filled'];
  return isRecord(inner) && typeof inner['oid'] === 'number' ? inner['oid'] : null;
}
