// Whose signature is it? The action is re-serialised the way the venue hashes it (schema key order, no trailing
// zeros, lower-case hex), so a client that signed anything else recovers to a stranger, as in reality.
import {
  ApproveAgentRequest,
  ApproveAgentTypes,
  ApproveBuilderFeeRequest,
  ApproveBuilderFeeTypes,
  BatchModifyRequest,
  CancelByCloidRequest,
  CancelRequest,
  CreateSubAccountRequest,
  ModifyRequest,
  NoopRequest,
  OrderRequest,
  ReserveRequestWeightRequest,
  ScheduleCancelRequest,
  SetReferrerRequest,
  TopUpIsolatedOnlyMarginRequest,
  UpdateIsolatedMarginRequest,
  UpdateLeverageRequest,
  UsdSendRequest,
  UsdSendTypes,
  Withdraw3Request,
  Withdraw3Types,
} from '@nktkas/hyperliquid/api/exchange';
import { canonicalize, createL1ActionHash } from '@nktkas/hyperliquid/signing';
import * as v from 'valibot';
import type { Hex } from 'viem';
import { serializeSignature } from 'viem/accounts';
// Not from 'viem' itself: its chains and clients would double the time the bridge takes to start.
import {
  concat,
  encodeAbiParameters,
  hashTypedData,
  keccak256,
  recoverAddress,
  stringToHex,
} from 'viem/utils';
import type { ActionWire, UserActionWire } from './core/actions.ts';
import { isRecord } from './json.ts';

export type Chain = 'mainnet' | 'testnet' | 'either';

const L1_SCHEMAS: Readonly<Record<string, v.GenericSchema>> = {
  order: OrderRequest.entries.action,
  cancel: CancelRequest.entries.action,
  cancelByCloid: CancelByCloidRequest.entries.action,
  modify: ModifyRequest.entries.action,
  batchModify: BatchModifyRequest.entries.action,
  updateLeverage: UpdateLeverageRequest.entries.action,
  updateIsolatedMargin: UpdateIsolatedMarginRequest.entries.action,
  topUpIsolatedOnlyMargin: TopUpIsolatedOnlyMarginRequest.entries.action,
  scheduleCancel: ScheduleCancelRequest.entries.action,
  reserveRequestWeight: ReserveRequestWeightRequest.entries.action,
  createSubAccount: CreateSubAccountRequest.entries.action,
  setReferrer: SetReferrerRequest.entries.action,
  noop: NoopRequest.entries.action,
};

type Types = Record<string, { name: string; type: string }[]>;
const USER_SCHEMAS: Readonly<Record<string, { schema: v.GenericSchema; types: Types }>> = {
  approveAgent: { schema: ApproveAgentRequest.entries.action, types: ApproveAgentTypes },
  approveBuilderFee: { schema: ApproveBuilderFeeRequest.entries.action, types: ApproveBuilderFeeTypes },
  usdSend: { schema: UsdSendRequest.entries.action, types: UsdSendTypes },
  withdraw3: { schema: Withdraw3Request.entries.action, types: Withdraw3Types },
};

const NO_CONTRACT = '0x0000000000000000000000000000000000000000';
/** EIP-712 by its parts: all but the connection id of an L1 signature is constant, so it is hashed once. */
const textHash = (text: string): Hex => keccak256(stringToHex(text));
const AGENT_DOMAIN = keccak256(
  encodeAbiParameters(
    ['bytes32', 'bytes32', 'bytes32', 'uint256', 'address'].map((type) => ({ type })),
    [
      textHash('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
      textHash('Exchange'),
      textHash('1'),
      1337n,
      NO_CONTRACT,
    ],
  ),
);
const AGENT_TYPE = textHash('Agent(string source,bytes32 connectionId)');
const SOURCE_HASH = { a: textHash('a'), b: textHash('b') };

/** What `/exchange` takes. Unknown fields are ignored; null stands for absent. */
const Envelope = v.object({
  action: v.looseObject({ type: v.string() }),
  nonce: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  signature: v.object({
    r: v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{1,64}$/)),
    s: v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{1,64}$/)),
    v: v.picklist([27, 28]),
  }),
  vaultAddress: v.nullish(v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{40}$/)), null),
  expiresAfter: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), null),
});

interface Common {
  nonce: number;
  vaultAddress: string | null;
  expiresAfter: number | null;
  signature: { r: string; s: string; v: 27 | 28 };
}
export type ReadAction = Common &
  ({ scheme: 'l1'; action: ActionWire; hash: Hex } | { scheme: 'user'; action: UserActionWire; digest: Hex });

/** Every value must already have the type the venue prints: "1" is no number and 1 is no price. */
function sameTypes(canonical: unknown, given: unknown): boolean {
  if (typeof canonical !== 'object' || canonical === null) return typeof canonical === typeof given;
  if (Array.isArray(canonical)) {
    return Array.isArray(given) && canonical.every((x, i) => sameTypes(x, given[i]));
  }
  return (
    isRecord(given) &&
    Object.entries(canonical).every(([k, x]) => x === undefined || !(k in given) || sameTypes(x, given[k]))
  );
}

/** Body → checked envelope with canonical action; null when the venue would answer 422. */
export function readAction(body: unknown): ReadAction | null {
  const envelope = v.safeParse(Envelope, body);
  if (!envelope.success) return null;
  const { action: raw, nonce, signature, expiresAfter } = envelope.output;
  const vaultAddress = envelope.output.vaultAddress?.toLowerCase() ?? null;
  const common = { nonce, vaultAddress, expiresAfter, signature };
  const user = USER_SCHEMAS[raw.type];
  const schema = user?.schema ?? L1_SCHEMAS[raw.type];
  if (schema === undefined) return null;
  const parsed = v.safeParse(schema, raw);
  if (!parsed.success || !sameTypes(parsed.output, raw)) return null;
  const action = canonicalize(schema, parsed.output);
  if (!isRecord(action)) return null;
  if (user !== undefined) {
    const digest = userDigest(action, user.types);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what its schema just parsed
    return { ...common, scheme: 'user', action: action as unknown as UserActionWire, digest };
  }
  const hash = createL1ActionHash({
    action,
    nonce,
    ...(vaultAddress === null ? {} : { vaultAddress: `0x${vaultAddress.slice(2)}` as const }),
    ...(expiresAfter === null ? {} : { expiresAfter }),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what its schema just parsed
  return { ...common, scheme: 'l1', action: action as unknown as ActionWire, hash };
}

function userDigest(action: Record<string, unknown>, types: Types): Hex {
  return hashTypedData({
    domain: {
      name: 'HyperliquidSignTransaction',
      version: '1',
      chainId: Number.parseInt(String(action['signatureChainId']), 16),
      verifyingContract: NO_CONTRACT,
    },
    types,
    primaryType: Object.keys(types)[0] ?? '',
    message: action,
  });
}

/** Python prints r and s as minimal hex. */
const hex32 = (h: string): Hex => `0x${h.slice(2).padStart(64, '0')}`;

async function recover(digest: Hex, sig: Common['signature']): Promise<string | null> {
  try {
    const signature = serializeSignature({
      r: hex32(sig.r),
      s: hex32(sig.s),
      yParity: sig.v - 27 === 1 ? 1 : 0,
    });
    return (await recoverAddress({ hash: digest, signature })).toLowerCase();
  } catch {
    // Not a point on the curve: nobody signed this.
    return null;
  }
}

const l1Digest = (connectionId: Hex, source: 'a' | 'b'): Hex => {
  const message = keccak256(concat([AGENT_TYPE, SOURCE_HASH[source], connectionId]));
  return keccak256(concat(['0x1901', AGENT_DOMAIN, message]));
};

/**
 * Addresses the signature may belong to, lower case: one per chain the venue accepts. `isKnown` stops at the first
 * that is somebody, which saves the second recovery.
 */
export async function signersOf(
  r: ReadAction,
  chain: Chain,
  isKnown: (address: string) => boolean,
): Promise<string[]> {
  if (r.scheme === 'user') {
    const signer = await recover(r.digest, r.signature);
    return signer === null ? [] : [signer];
  }
  const sources =
    chain === 'mainnet' ? (['a'] as const) : chain === 'testnet' ? (['b'] as const) : (['b', 'a'] as const);
  const found: string[] = [];
  for (const source of sources) {
    const signer = await recover(l1Digest(r.hash, source), r.signature);
    if (signer === null) continue;
    if (isKnown(signer)) return [signer];
    found.push(signer);
  }
  return found;
}
