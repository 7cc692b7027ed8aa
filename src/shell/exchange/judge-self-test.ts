import type { SelfTest } from './hyperliquid-self-test.ts';

export interface Check {
  name: string;
  ok: boolean;
  message: string;
  fix?: string;
}

/** Beyond this an order's `expiresAfter` no longer says what it should, and fresh alerts look stale. */
const CLOCK_OFFSET_MS_MAX = 2_000;
/** Kept for stops: fewer actions left than this and the account must trade or pay for more first. */
const ACTIONS_LEFT_MIN = 500;
const AGENT_DAYS_LEFT_MIN = 7;
const DAY_MS = 86_400_000;
const APPROVE =
  'approve it in Hyperliquid (on testnet: in its testnet) under More → API with the master wallet';

/** The findings of the self-test, each with how to fix it. Trading starts only when all are ok. */
export function judgeSelfTest(t: SelfTest, nowMs: number): Check[] {
  return [accountCheck(t), modeCheck(t), quotaCheck(t), clockCheck(t), ...signerChecks(t, nowMs)];
}

function accountCheck({ role, account }: SelfTest): Check {
  const name = 'account';
  if (role.role === 'user' || role.role === 'subAccount' || role.role === 'vault') {
    return { name, ok: true, message: `${account} is a ${role.role}` };
  }
  return role.role === 'agent'
    ? {
        name,
        ok: false,
        message: `${account} is an agent wallet: reads of it look like an empty account`,
        fix: `set HYPERLIQUID_ACCOUNT to its master, ${role.master}`,
      }
    : {
        name,
        ok: false,
        message: `${account} is unknown to the venue`,
        fix: 'deposit USDC first, or correct HYPERLIQUID_ACCOUNT',
      };
}

function modeCheck({ mode }: SelfTest): Check {
  const name = 'account-mode';
  return mode === 'disabled' || mode === 'default'
    ? { name, ok: true, message: `account abstraction is ${mode}` }
    : {
        name,
        ok: false,
        message: `in ${mode} mode perp balances and liquidation prices mean nothing`,
        fix: 'switch the account to the classic mode (abstraction disabled), or use a sub-account',
      };
}

function quotaCheck({ quota }: SelfTest): Check {
  const left = quota.cap - quota.used;
  const message = `${left} of ${quota.cap} actions left`;
  return left >= ACTIONS_LEFT_MIN
    ? { name: 'quota', ok: true, message }
    : {
        name: 'quota',
        ok: false,
        message,
        fix: 'each USDC traded frees one action; they can also be bought',
      };
}

function clockCheck({ clock }: SelfTest): Check {
  const name = 'venue-clock';
  if (clock === null) {
    return { name, ok: false, message: 'the venue sent no Date header', fix: 'compare the clock by hand' };
  }
  const message = `this clock is off by ${Math.round(-clock.offsetMs)} ms ± ${Math.round(clock.uncertaintyMs)} ms`;
  return Math.abs(clock.offsetMs) - clock.uncertaintyMs <= CLOCK_OFFSET_MS_MAX
    ? { name, ok: true, message }
    : { name, ok: false, message, fix: 'synchronise the clock (NTP)' };
}

function signerChecks(t: SelfTest, nowMs: number): Check[] {
  const addresses = t.signers.map((signer) => signer.address);
  const owner = t.role.master ?? t.account;
  return t.signers.map((signer) => {
    const name = `agent-${signer.name}`;
    const bad = (message: string, fix: string): Check => ({ name, ok: false, message, fix });
    if (addresses.filter((address) => address === signer.address).length > 1) {
      return bad('two signers share one key: their nonces collide', 'create a second agent wallet');
    }
    if (signer.address === owner || signer.address === t.account) {
      return bad(
        'this is the key of the account itself: it can withdraw',
        `use an agent wallet and ${APPROVE}`,
      );
    }
    if (signer.role.role !== 'agent' || signer.role.master !== owner) {
      return bad(`${signer.address} is not an agent of ${owner}`, APPROVE);
    }
    const daysLeft = signer.validUntilMs === null ? null : (signer.validUntilMs - nowMs) / DAY_MS;
    if (daysLeft !== null && daysLeft < AGENT_DAYS_LEFT_MIN) {
      return bad(
        `${signer.address} expires in ${daysLeft.toFixed(1)} days`,
        `make a new agent wallet (never reuse an address) and ${APPROVE}`,
      );
    }
    const until = daysLeft === null ? 'expiry not listed' : `valid for ${Math.floor(daysLeft)} days`;
    return { name, ok: true, message: `${signer.address}, ${until}` };
  });
}
