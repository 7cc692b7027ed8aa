import { privateKeyToAddress } from 'viem/accounts';
import * as z from 'zod';
import type { Clock, Log, Store } from '../../app/ports.ts';
import { ReadError } from '../../app/ports.ts';
import type { Info } from '../exchange/hyperliquid-info.ts';
import { readSelfTest } from '../exchange/hyperliquid-self-test.ts';
import { judgeSelfTest } from '../exchange/judge-self-test.ts';
import type { RealVenue } from './real-venue.ts';

interface Deps {
  info: Info;
  venue: RealVenue;
  store: Store;
  clock: Clock;
  log: Log;
  /** Wallets that this process signs with; default both. */
  wallets?: readonly ('entry' | 'guard')[];
  /** An answer this young is taken again without asking, ms; 0 = ask. The asking costs 240 request weight. */
  keptForMs: number;
}

/** Where what a check found is put right. */
const SETTINGS: Readonly<Record<string, string>> = {
  account: 'HYPERLIQUID_ACCOUNT',
  'agent-entry': 'HYPERLIQUID_ENTRY_KEY',
  'agent-guard': 'HYPERLIQUID_GUARD_KEY',
};

const Known = z.object({ vaultAddress: z.string().nullable(), checkedAtMs: z.number() });

/**
 * Asks the venue who the account and the wallets are. Wallets that never passed and would trade on the wrong account,
 * or not at all, are refused. Once they have passed, nothing found later may stop the guard: it is logged.
 * @returns the address to act for when the account is a sub-account or vault
 * @throws Error naming each finding and its fix; ReadError when the venue cannot be read and these wallets never passed:
 * orders would go to the wrong account if that were taken for "not a sub-account"
 */
export async function actingFor(o: Deps): Promise<string | undefined> {
  const signers = signersOf(o.venue).filter((s) => o.wallets?.includes(s.name) ?? true);
  const setting = ['venue-check', o.venue.account, ...signers.map((s) => s.address)].join('|').toLowerCase();
  const saved = await o.store.setting(setting);
  const known = saved === null ? undefined : Known.parse(JSON.parse(saved));
  const nowMs = o.clock.nowMs();
  if (known !== undefined && nowMs - known.checkedAtMs < o.keptForMs) return known.vaultAddress ?? undefined;
  try {
    const vaultAddress = await ask(o, signers, known === undefined);
    await o.store.setSetting(setting, JSON.stringify({ vaultAddress, checkedAtMs: nowMs }));
    return vaultAddress ?? undefined;
  } catch (e) {
    if (!(e instanceof ReadError)) throw e;
    if (known === undefined)
      throw new ReadError(
        `${o.venue.apiUrl} cannot be asked who these wallets are (${e.message}): check the connection and HYPERLIQUID_API_URL. Wallets that passed here before start without it`,
        { cause: e },
      );
    o.log.error('self-test.unreadable', { message: e.message, using: 'the answer of an earlier start' });
    return known.vaultAddress ?? undefined;
  }
}

async function ask(
  o: Deps,
  signers: { name: string; address: string }[],
  isFirst: boolean,
): Promise<string | null> {
  const test = await readSelfTest(o.info, { account: o.venue.account, signers });
  const findings = judgeSelfTest(test, o.clock.nowMs()).filter((c) => !c.ok);
  for (const f of findings)
    o.log.error('self-test.failed', { check: f.name, message: f.message, fix: f.fix });
  const fatal = findings.filter((f) => f.name.startsWith('account') || f.name.startsWith('agent'));
  if (isFirst && fatal.length > 0)
    throw new Error(
      fatal.map((f) => `${SETTINGS[f.name] ?? f.name}: ${f.message}; fix: ${f.fix ?? ''}`).join('\n'),
    );
  const isPartOfAnother = test.role.role === 'subAccount' || test.role.role === 'vault';
  return isPartOfAnother ? o.venue.account : null;
}

function signersOf(venue: RealVenue): { name: 'entry' | 'guard'; address: string }[] {
  return [
    // oxlint-disable typescript/no-unsafe-type-assertion -- the configuration's pattern says so
    { name: 'entry', address: privateKeyToAddress(venue.entryKey as `0x${string}`) },
    { name: 'guard', address: privateKeyToAddress(venue.guardKey as `0x${string}`) },
    // oxlint-enable typescript/no-unsafe-type-assertion
  ];
}
