import * as z from 'zod';

const url = z.url({ protocol: /^https?$/ });
const wsUrl = z.url({ protocol: /^wss?$/ });
const token = z.string().min(20, 'at least 20 characters: try `openssl rand -hex 32`');
const key = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, '0x and 64 hex digits: the private key of an agent wallet');
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, '0x and 40 hex digits');
const flag = z.enum(['yes', 'no']).default('no');
const port = z.coerce.number().int().min(0).max(65_535);

/** Every environment key snapback reads; `.env.example` lists them all, and a test compares. Empty means unset. */
export const ConfigSchema = z.object({
  MODE: z.enum(['paper', 'testnet', 'live']).default('paper'),
  LIVE_TRADING: flag,
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(8787),
  DATABASE_URL: z
    .string()
    .regex(/^(file:|libsql:|https?:)/, 'a file:, libsql: or http(s): URL')
    .default('file:./data/snapback.db'),
  DATABASE_DRIVER: z.enum(['node-sqlite', 'libsql']).optional(),
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
  GUARD_INTERVAL_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(45_000, 'the guard looks at least every 45 s')
    .default(45_000),
  OBSERVED_WEIGHT_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(0)
    .max(400, 'a third of what the venue allows an address; orders, guard and candles need the rest')
    .default(300),
  TRUST_PROXY: z
    .string()
    .transform((s) => s.split(',').map((a) => a.trim()))
    .optional(),
  TRADINGVIEW_IPS_ONLY: flag,
  NOTIFY_TELEGRAM_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]{20,}$/, 'the token that BotFather gave: digits, a colon and letters')
    .optional(),
  NOTIFY_TELEGRAM_CHAT: z.string().optional(),
  NOTIFY_DISCORD_URL: z
    .string()
    .regex(
      /^https:\/\/(?:ptb\.|canary\.)?discord(?:app)?\.com\/api\/webhooks\/\d+\/[\w-]+$/,
      'the URL of a Discord webhook: https://discord.com/api/webhooks/…',
    )
    .optional(),
  NOTIFY_WEBHOOK_URL: url.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  PAPER_EQUITY_USD: z.coerce.number().positive().max(1e9).default(10_000),
  PAPER_MARKET: z.enum(['auto', 'live', 'synthetic']).default('auto'),
  PAPER_SEED: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 31)
    .default(7),
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
    ...problemsOfNotifying(config),
  ];
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return Object.freeze(config);
}

function problemsOfNotifying(c: Config): string[] {
  if ((c.NOTIFY_TELEGRAM_TOKEN === undefined) === (c.NOTIFY_TELEGRAM_CHAT === undefined)) return [];
  return ['NOTIFY_TELEGRAM_CHAT: set it together with NOTIFY_TELEGRAM_TOKEN, or neither'];
}

function problemsOfTrading(c: Config): string[] {
  const needed = [
    'WEBHOOK_TOKEN',
    'READ_TOKEN',
    'HYPERLIQUID_ACCOUNT',
    'HYPERLIQUID_ENTRY_KEY',
    'HYPERLIQUID_GUARD_KEY',
  ] as const;
  const problems: string[] = [...needed, ...(c.MODE === 'live' ? (['OPERATE_TOKEN'] as const) : [])]
    .filter((k) => c[k] === undefined)
    .map((k) => `${k}: required with MODE=${c.MODE}`);
  if (c.MODE === 'live' && c.LIVE_TRADING !== 'yes')
    problems.push('LIVE_TRADING: MODE=live trades real money; set LIVE_TRADING=yes as well if that is meant');
  if (c.HYPERLIQUID_ENTRY_KEY !== undefined && c.HYPERLIQUID_ENTRY_KEY === c.HYPERLIQUID_GUARD_KEY)
    problems.push('HYPERLIQUID_GUARD_KEY: must be another agent wallet than the entry key');
  return problems;
}
