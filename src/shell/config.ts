import * as z from 'zod';

const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `one of ${values.join(', ')}`);
const whole = (min: number, max: number, why = '') => {
  const text = `a whole number from ${min} to ${max}${why}`;
  return z.coerce.number(text).int(text).min(min, text).max(max, text);
};
const url = z.url({ protocol: /^https?$/, error: 'an address that begins with http:// or https://' });
const wsUrl = z.url({ protocol: /^wss?$/, error: 'an address that begins with ws:// or wss://' });
const host = z.union(
  [z.ipv6(), z.string().regex(/^[\w.-]+$/)],
  'an address or name of this machine, without http:// and port: 127.0.0.1',
);
/** As it stands in an address and in a header: nothing in it may need quoting. */
const token = z
  .string()
  .min(20, 'at least 20 characters: try `openssl rand -hex 32`')
  .regex(/^[\w.~-]*$/, 'letters, digits and . _ ~ - only, without quotes: try `openssl rand -hex 32`');
/** Order of the curve secp256k1: a key is below it. */
const KEY_END = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;
const key = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, {
    error: '0x and 64 hex digits: the private key of an agent wallet',
    abort: true,
  })
  .refine((k) => BigInt(k) > 0n && BigInt(k) < KEY_END, 'no private key is this number')
  .transform((k) => k.toLowerCase());
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, '0x and 40 hex digits: the address of the account');
const flag = oneOf('yes', 'no').default('no');

/** Where the database is when nothing says so; the commands look there too. */
export const DATABASE_DEFAULT = 'file:./data/snapback.db';
const EQUITY = 'a number above 0 and up to 1000000000, digits and a point only';

/** Every environment key snapback reads; `.env.example` lists them all, and a test compares. Empty means unset. */
export const ConfigSchema = z.object({
  MODE: oneOf('paper', 'testnet', 'live').default('paper'),
  LIVE_TRADING: flag,
  HOST: host.default('127.0.0.1'),
  PORT: whole(0, 65_535).default(8787),
  DATABASE_URL: z
    .string()
    .regex(
      /^(file:[^?#]+|(libsql|https?):.+)$/,
      'file: and a path without a query (file:./data/snapback.db), or a libsql: or https: address',
    )
    .default(DATABASE_DEFAULT),
  DATABASE_DRIVER: oneOf('node-sqlite', 'libsql').optional(),
  BACKUP_DIR: z.string().optional(),
  WEBHOOK_TOKEN: token.optional(),
  READ_TOKEN: token.optional(),
  OPERATE_TOKEN: token.optional(),
  HYPERLIQUID_API_URL: url.optional(),
  HYPERLIQUID_WS_URL: wsUrl.optional(),
  HYPERLIQUID_ACCOUNT: address.optional(),
  HYPERLIQUID_ENTRY_KEY: key.optional(),
  HYPERLIQUID_GUARD_KEY: key.optional(),
  BINANCE_API_URL: url.default('https://fapi.binance.com'),
  BYBIT_API_URL: url.default('https://api.bybit.com'),
  OKX_API_URL: url.default('https://www.okx.com'),
  BINANCE_WS_URL: wsUrl.default('wss://fstream.binance.com/market/ws'),
  BYBIT_WS_URL: wsUrl.default('wss://stream.bybit.com/v5/public/linear'),
  OKX_WS_URL: wsUrl.default('wss://ws.okx.com:8443/ws/v5/public'),
  GUARD_INTERVAL_MS: whole(1_000, 45_000, ' ms: the guard looks at least every 45 s').default(45_000),
  OBSERVED_WEIGHT_PER_MINUTE: whole(
    0,
    400,
    ', a third of what the venue allows an address; orders, guard and candles need the rest',
  ).default(300),
  TRUST_PROXY: z
    .string()
    .transform((s) => s.split(',').map((a) => a.trim()))
    .pipe(z.array(z.union([z.ipv4(), z.ipv6()], 'an IP address; no name, no range')))
    .optional(),
  TRADINGVIEW_IPS_ONLY: flag,
  NOTIFY_TELEGRAM_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]{20,}$/, 'the token that BotFather gave: digits, a colon and letters')
    .optional(),
  NOTIFY_TELEGRAM_CHAT: z
    .string()
    .regex(/^(-?\d+|@\w+)$/, "the chat's id in digits (a group's begins with -), or @ and a channel's name")
    .optional(),
  NOTIFY_DISCORD_URL: z
    .string()
    .regex(
      /^https:\/\/(?:ptb\.|canary\.)?discord(?:app)?\.com\/api\/webhooks\/\d+\/[\w-]+$/,
      'the URL of a Discord webhook: https://discord.com/api/webhooks/…',
    )
    .optional(),
  NOTIFY_WEBHOOK_URL: url.optional(),
  LOG_LEVEL: oneOf('debug', 'info', 'warn', 'error').default('info'),
  PAPER_EQUITY_USD: z.coerce.number(EQUITY).positive(EQUITY).max(1e9, EQUITY).default(10_000),
  PAPER_MARKET: oneOf('auto', 'live', 'synthetic').default('auto'),
  PAPER_SEED: whole(0, 2 ** 31).default(7),
});
export type Config = Readonly<z.infer<typeof ConfigSchema>>;

/** A configuration that cannot be used; the message names every bad key and its fix, one per line, never a value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Where the venue is when nothing overrides it. */
export const VENUE_URLS = {
  testnet: { api: 'https://api.hyperliquid-testnet.xyz', ws: 'wss://api.hyperliquid-testnet.xyz/ws' },
  live: { api: 'https://api.hyperliquid.xyz', ws: 'wss://api.hyperliquid.xyz/ws' },
} as const;

/**
 * The environment as one frozen object. Unset keys get their defaults; live needs two explicit switches, and trading
 * with real keys needs all of them.
 * @throws ConfigError naming each bad key
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, v]) => v !== undefined && v.trim() !== ''));
  const parsed = ConfigSchema.safeParse(given);
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('\n'));
  const config = parsed.data;
  const problems = [
    ...(config.MODE === 'paper' ? [] : problemsOfTrading(config)),
    ...problemsOfDoors(config),
    ...problemsOfNotifying(config),
  ];
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return Object.freeze(config);
}

/** Settings that are right each by itself and wrong together. */
function problemsOfDoors(c: Config): string[] {
  const problems: string[] = [];
  const doors = ['WEBHOOK_TOKEN', 'READ_TOKEN', 'OPERATE_TOKEN'] as const;
  doors.forEach((door, i) => {
    const other = doors.slice(0, i).find((d) => c[d] !== undefined && c[d] === c[door]);
    if (other !== undefined)
      problems.push(`${door}: must be another token than ${other}: each opens its own door`);
  });
  if (c.DATABASE_DRIVER === 'node-sqlite' && !c.DATABASE_URL.startsWith('file:'))
    problems.push('DATABASE_DRIVER: node-sqlite opens file: URLs only; leave it empty for this DATABASE_URL');
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(c.HOST);
  if (c.TRADINGVIEW_IPS_ONLY === 'yes' && isLoopback && (c.TRUST_PROXY ?? []).length === 0)
    problems.push(
      `TRUST_PROXY: TRADINGVIEW_IPS_ONLY=yes on HOST=${c.HOST} refuses every alert until the proxy's address is named here`,
    );
  return problems;
}

function problemsOfNotifying(c: Config): string[] {
  if ((c.NOTIFY_TELEGRAM_TOKEN === undefined) === (c.NOTIFY_TELEGRAM_CHAT === undefined)) return [];
  return ['NOTIFY_TELEGRAM_CHAT: set it together with NOTIFY_TELEGRAM_TOKEN, or neither'];
}

const A_TOKEN = 'the output of `openssl rand -hex 32`';
/** What trading needs, and what each is. */
const NEEDED = {
  WEBHOOK_TOKEN: A_TOKEN,
  READ_TOKEN: A_TOKEN,
  OPERATE_TOKEN: A_TOKEN,
  HYPERLIQUID_ACCOUNT: 'the address that holds the funds',
  HYPERLIQUID_ENTRY_KEY: 'the private key of an agent wallet',
  HYPERLIQUID_GUARD_KEY: 'the private key of a second agent wallet',
} as const;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the literal above
const NEEDED_KEYS = Object.keys(NEEDED) as (keyof typeof NEEDED)[];

function problemsOfTrading(c: Config): string[] {
  const problems = NEEDED_KEYS.filter((k) => c[k] === undefined)
    .filter((k) => k !== 'OPERATE_TOKEN' || c.MODE === 'live')
    .map((k) => `${k}: required with MODE=${c.MODE}: ${NEEDED[k]}`);
  if (c.MODE === 'live' && c.LIVE_TRADING !== 'yes')
    problems.push('LIVE_TRADING: MODE=live trades real money; set LIVE_TRADING=yes as well if that is meant');
  if (c.HYPERLIQUID_ENTRY_KEY !== undefined && c.HYPERLIQUID_ENTRY_KEY === c.HYPERLIQUID_GUARD_KEY)
    problems.push('HYPERLIQUID_GUARD_KEY: must be another agent wallet than the entry key');
  const other = c.MODE === 'live' ? 'testnet' : 'live';
  if (c.HYPERLIQUID_API_URL?.startsWith(VENUE_URLS[other].api) === true)
    problems.push(`HYPERLIQUID_API_URL: is the venue of MODE=${other}; leave it empty with MODE=${c.MODE}`);
  return problems;
}
