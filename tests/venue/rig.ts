// A venue on a hand-driven clock, spoken to through its own HTTP handler with real signatures.
import * as exchange from '@nktkas/hyperliquid/api/exchange';
import { canonicalize, signL1Action } from '@nktkas/hyperliquid/signing';
import * as v from 'valibot';
import { privateKeyToAccount } from 'viem/accounts';
import { createVenue, type Venue, type VenueCoin, type VenueOptions } from '../../src/venue/venue.ts';

export const T0 = Date.UTC(2026, 10, 21, 12, 10);

export const COINS: VenueCoin[] = [
  { coin: 'BTC', szDecimals: 5, maxLeverage: 40 },
  { coin: 'ETH', szDecimals: 4, maxLeverage: 25 },
  { coin: 'SOL', szDecimals: 2, maxLeverage: 20 },
  { coin: 'kPEPE', szDecimals: 0, maxLeverage: 10 },
];

export const KEYS = {
  master: '0x0123456789012345678901234567890123456789012345678901234567890123',
  entry: '0x1111111111111111111111111111111111111111111111111111111111111111',
  guard: '0x2222222222222222222222222222222222222222222222222222222222222222',
  stranger: '0x3333333333333333333333333333333333333333333333333333333333333333',
} as const;

export const wallets = {
  master: privateKeyToAccount(KEYS.master),
  entry: privateKeyToAccount(KEYS.entry),
  guard: privateKeyToAccount(KEYS.guard),
  stranger: privateKeyToAccount(KEYS.stranger),
};
const hex = (x: string): `0x${string}` => `0x${x.slice(2)}`;
export const MASTER = hex(wallets.master.address.toLowerCase());

export type Json = Record<string, unknown>;
export type WireAnswer = {
  status: 'ok' | 'err';
  response: string | { type: string; data?: { statuses: (string | Json)[] } };
};

/** JSON from outside as the type the test expects of it: the assertions that follow are the check. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters -- see above
export const cast = <T>(x: unknown): T => x as T;

const SCHEMAS: Record<string, v.GenericSchema> = {
  order: exchange.OrderRequest.entries.action,
  cancel: exchange.CancelRequest.entries.action,
  cancelByCloid: exchange.CancelByCloidRequest.entries.action,
  modify: exchange.ModifyRequest.entries.action,
  batchModify: exchange.BatchModifyRequest.entries.action,
  updateLeverage: exchange.UpdateLeverageRequest.entries.action,
  updateIsolatedMargin: exchange.UpdateIsolatedMarginRequest.entries.action,
  scheduleCancel: exchange.ScheduleCancelRequest.entries.action,
  noop: exchange.NoopRequest.entries.action,
};

export interface Rig {
  venue: Venue;
  clock: { now: number };
  nonce(): number;
  /** Signs and sends one action; the parsed answer. */
  act(action: Json, o?: SendOptions): Promise<WireAnswer>;
  /** Statuses of an order action. */
  orders(orders: Json[], o?: SendOptions & { grouping?: string }): Promise<(string | Json)[]>;
  info<T = Json>(body: Json): Promise<T>;
  post(path: string, body: unknown): Promise<Response>;
}
export interface SendOptions {
  wallet?: (typeof wallets)['master'];
  nonce?: number;
  expiresAfter?: number;
  vaultAddress?: `0x${string}`;
  isTestnet?: boolean;
}

export function createRig(
  o: Partial<VenueOptions> & { usd?: number; px?: Record<string, number> } = {},
): Rig {
  const clock = { now: T0 };
  const venue = createVenue({ nowMs: () => clock.now, coins: COINS, ...o });
  venue.openAccount({
    address: MASTER,
    usd: o.usd ?? 10_000,
    agents: [
      { address: wallets.entry.address, name: 'entry' },
      { address: wallets.guard.address, name: 'guard' },
    ],
  });
  const prices = { BTC: 100_000, ETH: 3_000, SOL: 150, kPEPE: 0.01, ...o.px };
  for (const [coin, markPx] of Object.entries(prices)) venue.setPrice(coin, { markPx });
  let last = T0;
  const nonce = (): number => (last = Math.max(clock.now, last + 1));
  const post: Rig['post'] = (path, body) =>
    venue.fetch(
      new Request(`http://venue${path}`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    );
  const act: Rig['act'] = async (raw, s = {}) => {
    const schema = SCHEMAS[String(raw['type'])];
    if (schema === undefined) throw new Error(`no schema for ${String(raw['type'])}`);
    const action = cast<Json>(canonicalize(schema, v.parse(schema, raw)));
    const n = s.nonce ?? nonce();
    const signature = await signL1Action({
      wallet: s.wallet ?? wallets.entry,
      action,
      nonce: n,
      isTestnet: s.isTestnet ?? true,
      ...(s.expiresAfter === undefined ? {} : { expiresAfter: s.expiresAfter }),
      ...(s.vaultAddress === undefined ? {} : { vaultAddress: s.vaultAddress }),
    });
    const { expiresAfter, vaultAddress } = s;
    const response = await post('/exchange', { action, nonce: n, signature, expiresAfter, vaultAddress });
    return cast<WireAnswer>(await response.json());
  };
  return {
    venue,
    clock,
    nonce,
    act,
    post,
    async orders(orders, s = {}) {
      const answer = await act({ type: 'order', orders, grouping: s.grouping ?? 'na' }, s);
      if (typeof answer.response === 'string') throw new Error(answer.response);
      return answer.response.data?.statuses ?? [];
    },
    async info<T>(body: Json) {
      return cast<T>(await (await post('/info', body)).json());
    },
  };
}

const ID: Record<string, number> = { BTC: 0, ETH: 1, SOL: 2, kPEPE: 3 };

/** A limit order: buy or sell `s` of `coin` at `p`. */
export const limit = (
  coin: string,
  b: boolean,
  s: string,
  p: string,
  tif: 'Gtc' | 'Ioc' | 'Alo' = 'Gtc',
  more: Json = {},
): Json => ({ a: ID[coin] ?? 99, b, p, s, r: false, t: { limit: { tif } }, ...more });

/** A reduce-only market trigger; its limit is 10 % beyond the trigger unless told. */
export const trigger = (
  coin: string,
  b: boolean,
  s: string,
  triggerPx: string,
  tpsl: 'sl' | 'tp' = 'sl',
  more: Json = {},
): Json => ({
  a: ID[coin] ?? 99,
  b,
  p: String(Math.round(Number(triggerPx) * (b ? 1.1 : 0.9))),
  s,
  r: true,
  t: { trigger: { isMarket: true, triggerPx, tpsl } },
  ...more,
});

/** Large on purpose: the SDK reads a cloid under 2^53 in `orderStatus` and `modify` as an oid. */
export const cloid = (n: number): `0x${string}` => `0xc0ffee${n.toString(16).padStart(26, '0')}`;

/** The error text of a status, or null. */
export const errorOf = (status: string | Json | undefined): string | null =>
  typeof status === 'object' && typeof status['error'] === 'string' ? status['error'] : null;

export const oidOf = (status: string | Json | undefined): number => {
  if (typeof status === 'object')
    for (const kind of ['resting', 'filled'] as const) {
      const x = status[kind];
      if (typeof x === 'object' && x !== null && 'oid' in x && typeof x.oid === 'number') return x.oid;
    }
  throw new Error(`no oid in ${JSON.stringify(status)}`);
};
