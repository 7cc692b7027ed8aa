import * as z from 'zod';
import type { Info } from './hyperliquid-info.ts';
import { Id, Ms, Num, parseAs } from './hyperliquid-parse.ts';
import { clockSampleOf } from './venue-clock.ts';

// What the doctor and the start-up check ask the venue about the account and its agent wallets. Reading throws
// ReadError; judging is pure.

const Address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((address) => address.toLowerCase());
const Role = z.discriminatedUnion('role', [
  z.object({ role: z.literal(['missing', 'user', 'vault']) }),
  z.object({ role: z.literal('agent'), data: z.object({ user: Address }) }),
  z.object({ role: z.literal('subAccount'), data: z.object({ master: Address }) }),
]);
const ExtraAgents = z.array(z.object({ address: Address, name: z.string(), validUntil: Ms.nullable() }));
const Mode = z.literal(['unifiedAccount', 'portfolioMargin', 'disabled', 'default']);
const RateLimit = z.object({ cumVlm: Num, nRequestsUsed: Id, nRequestsCap: Id, nRequestsSurplus: z.int() });

export interface UserRole {
  role: 'missing' | 'user' | 'vault' | 'agent' | 'subAccount';
  /** Whose agent or sub-account it is; null for the other roles. */
  master: string | null;
}

/** Weight 60. The only read that knows unnamed agents. */
export async function readUserRole(info: Info, address: string): Promise<UserRole> {
  const answer = parseAs(Role, 'userRole', (await info({ type: 'userRole', user: address })).body);
  if (answer.role === 'agent') return { role: answer.role, master: answer.data.user };
  if (answer.role === 'subAccount') return { role: answer.role, master: answer.data.master };
  return { role: answer.role, master: null };
}

/** Named agents of a master account with their expiry, ms since the epoch, null = none. Unnamed agents are not listed. */
export async function readExtraAgents(
  info: Info,
  master: string,
): Promise<{ address: string; name: string; validUntilMs: number | null }[]> {
  const { body } = await info({ type: 'extraAgents', user: master });
  return parseAs(ExtraAgents, 'extraAgents', body).map(({ address, name, validUntil }) => ({
    address,
    name,
    validUntilMs: validUntil,
  }));
}

/** Whether a wallet is somebody's agent, and until when if it is a named one. */
export async function readAgent(
  info: Info,
  address: string,
): Promise<{ isApproved: boolean; validUntilMs: number | null }> {
  const { role, master } = await readUserRole(info, address);
  if (role !== 'agent' || master === null) return { isApproved: false, validUntilMs: null };
  const named = (await readExtraAgents(info, master)).find((a) => a.address === address);
  return { isApproved: true, validUntilMs: named?.validUntilMs ?? null };
}

export type AccountMode = z.output<typeof Mode>;

export const readAccountMode = async (info: Info, account: string): Promise<AccountMode> =>
  parseAs(Mode, 'userAbstraction', (await info({ type: 'userAbstraction', user: account })).body);

/** Actions the address may still send before the venue slows it to one in ten seconds. */
export async function readQuota(info: Info, account: string): Promise<{ used: number; cap: number }> {
  const { body } = await info({ type: 'userRateLimit', user: account });
  const limit = parseAs(RateLimit, 'userRateLimit', body);
  return { used: limit.nRequestsUsed, cap: limit.nRequestsCap };
}

/**
 * How far this machine's clock is behind the venue's (positive) or ahead of it, ms, by the Date header of a cheap
 * read. The header has whole seconds: the true offset lies within ± `uncertaintyMs`. Null without a header.
 */
export async function readClockOffset(
  info: Info,
): Promise<{ offsetMs: number; uncertaintyMs: number } | null> {
  const sample = clockSampleOf(await info({ type: 'exchangeStatus' }));
  return sample && { offsetMs: sample.skewMs, uncertaintyMs: sample.uncertaintyMs };
}

export interface SelfTest {
  account: string;
  role: UserRole;
  mode: AccountMode;
  quota: { used: number; cap: number };
  clock: { offsetMs: number; uncertaintyMs: number } | null;
  signers: { name: string; address: string; role: UserRole; validUntilMs: number | null }[];
}

/** Reads all of it. Weight about 60 × (1 + signers) + 62: for start-up and the doctor, not for loops. */
export async function readSelfTest(
  info: Info,
  o: { account: string; signers: readonly { name: string; address: string }[] },
): Promise<SelfTest> {
  const account = o.account.toLowerCase();
  const role = await readUserRole(info, account);
  const [mode, quota, clock, agents] = await Promise.all([
    readAccountMode(info, account),
    readQuota(info, account),
    readClockOffset(info),
    readExtraAgents(info, role.master ?? account),
  ]);
  const signers = await Promise.all(
    o.signers.map(async ({ name, address }) => ({
      name,
      address: address.toLowerCase(),
      role: await readUserRole(info, address.toLowerCase()),
      validUntilMs: agents.find((agent) => agent.address === address.toLowerCase())?.validUntilMs ?? null,
    })),
  );
  return { account, role, mode, quota, clock, signers };
}
