import { privateKeyToAddress } from 'viem/accounts';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import type { Clock } from '../../app/ports.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ConfigError, parseConfig, VENUE_URLS } from '../config.ts';
import { createInfo } from '../exchange/hyperliquid-info.ts';
import { parseMeta } from '../exchange/hyperliquid-parse.ts';
import { readSelfTest } from '../exchange/hyperliquid-self-test.ts';
import type { Check } from '../exchange/judge-self-test.ts';
import { judgeSelfTest } from '../exchange/judge-self-test.ts';
import { openStore } from '../store/open-store.ts';
import type { OptionValues } from './commands.ts';
import { hyperliquidSource, otherSources } from './market-sources.ts';

const TIMEOUT_MS = 5_000;

/** `npm run doctor`: looks at everything a start depends on and says how to fix what is wrong. Creates the database if there is none yet. */
export async function doctor(o: OptionValues): Promise<number> {
  const checks = await examine(process.env, systemClock);
  if (o['json'] === true) process.stdout.write(`${JSON.stringify({ checks })}\n`);
  else process.stdout.write(`${checks.map(line).join('\n')}\n`);
  return checks.every((c) => c.ok) ? 0 : 1;
}

const line = (c: Check): string =>
  `${c.ok ? 'ok  ' : 'FAIL'}  ${c.name.padEnd(16)} ${c.message}${c.fix === undefined ? '' : `\n      ${' '.repeat(16)} fix: ${c.fix}`}`;

const good = (name: string, message: string): Check => ({ name, ok: true, message });
const bad = (name: string, message: string, fix: string): Check => ({ name, ok: false, message, fix });
const said = (e: unknown): string => (e instanceof Error ? e.message : 'failed');

export async function examine(
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<Check[]> {
  let config: Config;
  try {
    config = parseConfig(env);
  } catch (e) {
    if (!(e instanceof ConfigError)) throw e;
    return [nodeCheck(), ...e.message.split('\n').map((m) => bad('config', m, 'see .env.example'))];
  }
  const venue = config.MODE === 'paper' ? [] : await venueChecks(config, clock);
  return [
    nodeCheck(),
    good('config', `MODE=${config.MODE}`),
    await databaseCheck(config, clock),
    ...venue,
    await marketCheck(config, clock),
  ];
}

function nodeCheck(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? good('node', `Node ${process.versions.node}`)
    : bad(
        'node',
        `Node ${process.versions.node} is too old`,
        'start through npm (npm start brings Node 24), or install Node 24',
      );
}

/** Opening it proves the lock; a bridge that runs holds it, and then its own health answers. */
async function databaseCheck(config: Config, clock: Clock): Promise<Check> {
  const name = 'database';
  try {
    const store = await openStore({
      url: config.DATABASE_URL,
      driver: config.DATABASE_DRIVER,
      nowMs: clock.nowMs,
      fatal: () => undefined,
    });
    await store.close();
    return good(name, `${config.DATABASE_URL.replace(/\/\/[^@/]*@/, '//')} opens, its lock is free`);
  } catch (e) {
    const health = await fetch(`http://${config.HOST}:${config.PORT}/healthz`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => null);
    return health === null
      ? bad(name, said(e), 'end the other process, or set DATABASE_URL')
      : health.ok
        ? good(name, 'in use by the running bridge, which is healthy')
        : bad(
            name,
            `in use by the running bridge, which answers ${health.status} on /healthz`,
            'look at its log and docs/runbook.md',
          );
  }
}

async function venueChecks(config: Config, clock: Clock): Promise<Check[]> {
  const url = config.HYPERLIQUID_API_URL ?? VENUE_URLS[config.MODE === 'live' ? 'live' : 'testnet'].api;
  const info = createInfo({ url, timeoutMs: TIMEOUT_MS, nowMs: clock.nowMs });
  const account = (config.HYPERLIQUID_ACCOUNT ?? '').toLowerCase();
  const signers = [
    {
      name: 'entry',
      address: privateKeyToAddress(config.HYPERLIQUID_ENTRY_KEY as `0x${string}`).toLowerCase(),
    },
    {
      name: 'guard',
      address: privateKeyToAddress(config.HYPERLIQUID_GUARD_KEY as `0x${string}`).toLowerCase(),
    },
  ];
  const master = signers.find((s) => s.address === account);
  const keys =
    master === undefined
      ? good('keys', 'two different agent wallets, neither is the account itself')
      : bad(
          'keys',
          `the ${master.name} key is the master key of the account`,
          'approve an agent wallet and use its key: the master key never belongs here',
        );
  try {
    const meta = parseMeta((await info({ type: 'meta' })).body);
    const listed = new Set(meta.filter((m) => !m.isDelisted).map((m) => m.coin));
    const missing = COIN_PARAMS.filter((p) => p.enabled && !listed.has(p.coin)).map((p) => p.coin);
    const coins =
      missing.length === 0
        ? good('coin-map', `all ${COIN_PARAMS.length} coins are listed`)
        : bad(
            'coin-map',
            `not listed there: ${missing.join(', ')}`,
            'nothing to do: alerts for them are refused with a reason (testnet lists fewer coins)',
          );
    return [
      keys,
      good('venue', `${url} answers`),
      coins,
      ...judgeSelfTest(await readSelfTest(info, { account, signers }), clock.nowMs()),
    ];
  } catch (e) {
    return [keys, bad('venue', said(e), `check the connection to ${url} and HYPERLIQUID_ACCOUNT`)];
  }
}

/** Paper mode falls back to the synthetic market; trading does not. */
async function marketCheck(config: Config, clock: Clock): Promise<Check> {
  const base = config.HYPERLIQUID_API_URL ?? VENUE_URLS[config.MODE === 'testnet' ? 'testnet' : 'live'].api;
  const sources = [hyperliquidSource(base, clock), ...otherSources(config, clock)];
  const results = await Promise.all(
    sources.map((s) =>
      s.marks(['BTC']).then(
        () => `${s.venue} ok`,
        (e: unknown) => `${s.venue}: ${said(e)}`,
      ),
    ),
  );
  const message = results.join('; ');
  if (results[0]?.endsWith(' ok') === true) return good('market-data', message);
  return config.MODE === 'paper'
    ? good('market-data', `${message}; paper mode will use the synthetic market`)
    : bad(
        'market-data',
        message,
        'entries are refused without Hyperliquid marks and candles: check the connection',
      );
}
