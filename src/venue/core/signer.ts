// Who may act: agents, sub-accounts, nonces, expiry. All plain state; recovering the address happens outside.
import type { Account, VenueState } from './types.ts';

const NONCES_KEPT = 100;
const DAY_MS = 86_400_000;

/** Candidates are the addresses a signature may belong to (one per chain). The known one wins. */
export function pickSigner(s: VenueState, candidates: readonly string[]): string {
  const known = candidates.find((x) => s.accounts.has(x) || s.agents.get(x)?.state === 'active');
  return known ?? candidates.find((x) => s.agents.has(x)) ?? candidates[0] ?? '';
}

const unknown = (address: string): string => `User or API Wallet ${address} does not exist.`;
const unfunded = (address: string): string => `Must deposit before performing actions. User: ${address}`;

const hasFunds = (a: Account): boolean => a.totals.deposited > 0 || a.positions.size > 0;

/** The account an L1 action acts on, or the text that refuses the signer. */
export function actingAccount(s: VenueState, signer: string, vault: string | null): Account | string {
  const agent = s.agents.get(signer);
  let master = signer;
  if (agent !== undefined) {
    const goneAtMs = (agent.removedAtMs ?? -Infinity) + s.rules.agentRemovalMs;
    if (agent.state === 'removed' && s.nowMs >= goneAtMs) return unknown(signer);
    if (agent.state === 'replaced') return unfunded(agent.master);
    const { validUntilMs } = agent;
    if (validUntilMs !== null && s.nowMs > validUntilMs + s.rules.agentExpiryGraceMs) return unknown(signer);
    master = agent.master;
  }
  const owner = s.accounts.get(master);
  if (owner === undefined) return unknown(signer);
  if (vault === null) return hasFunds(owner) ? owner : unfunded(master);
  const sub = s.accounts.get(vault);
  if (sub?.master !== master) return `Vault not registered: ${vault}`;
  return hasFunds(sub) ? sub : unfunded(vault);
}

/** Takes the nonce into the signer's set of the 100 highest, or says why not. */
export function spendNonce(s: VenueState, signer: string, nonce: number): string | null {
  const tooLow = (): string => s.rules.lowNonceText.replace('{nonce}', String(nonce));
  if (nonce <= s.nowMs - 2 * DAY_MS || nonce >= s.nowMs + DAY_MS) return tooLow();
  let kept = s.nonces.get(signer);
  if (kept === undefined) {
    kept = [];
    s.nonces.set(signer, kept);
  }
  let at = kept.length;
  while (at > 0 && (kept[at - 1] ?? 0) > nonce) at--;
  if (kept[at - 1] === nonce) return `Invalid nonce: duplicate nonce ${nonce}`;
  if (at === 0 && kept.length >= NONCES_KEPT) return tooLow();
  kept.splice(at, 0, nonce);
  if (kept.length > NONCES_KEPT) kept.shift();
  return null;
}

/** Actions the account may still send: 10,000 and one per USDC traded, plus what it bought. */
export const quotaCap = (a: Account): number => 10_000 + Math.floor(a.volume / 1_000_000);

/** Counts `units` against the address quota; used up means one action per 10 s. Cancels have more room. */
export function spendQuota(s: VenueState, a: Account, units: number, isCancel: boolean): string | null {
  const cap = quotaCap(a);
  const limit = (isCancel ? Math.min(cap + 100_000, 2 * cap) : cap) + a.actionsReserved;
  if (s.rules.addressQuota && a.actionsUsed + units > limit) {
    if (s.nowMs - a.lastOverQuotaMs < 10_000) {
      const traded = (a.volume / 1e6).toFixed(2);
      return `Too many cumulative requests sent (${a.actionsUsed + units} > ${limit}) for cumulative volume traded $${traded}. Place taker orders to free up 1 request per USDC traded.`;
    }
    a.lastOverQuotaMs = s.nowMs;
  }
  a.actionsUsed += units;
  return null;
}
