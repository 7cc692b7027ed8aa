import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, ConfigSchema, parseConfig } from '../../src/shell/config.ts';

const ROOT = join(import.meta.dirname, '../..');
const KEY_A = `0x${'1'.repeat(64)}`;
const KEY_B = `0x${'2'.repeat(64)}`;
const trading = {
  MODE: 'testnet',
  WEBHOOK_TOKEN: 'w'.repeat(32),
  READ_TOKEN: 'r'.repeat(32),
  HYPERLIQUID_ACCOUNT: `0x${'a'.repeat(40)}`,
  HYPERLIQUID_ENTRY_KEY: KEY_A,
  HYPERLIQUID_GUARD_KEY: KEY_B,
};

const messageOf = (work: () => unknown): string => {
  try {
    work();
    return '';
  } catch (e) {
    return String(e);
  }
};

describe('parseConfig', () => {
  test('an empty environment is paper mode on loopback', () => {
    expect(parseConfig({})).toMatchObject({
      MODE: 'paper',
      HOST: '127.0.0.1',
      PORT: 8787,
      GUARD_INTERVAL_MS: 45_000,
    });
  });

  test('names every bad key, and no value', () => {
    const bad = {
      PORT: 'eighty',
      GUARD_INTERVAL_MS: '60000',
      READ_TOKEN: 'hunter2',
      HYPERLIQUID_ENTRY_KEY: 'deadbeef',
    };
    expect(() => parseConfig(bad)).toThrow(ConfigError);
    const message = messageOf(() => parseConfig(bad));
    for (const key of Object.keys(bad)) expect(message).toContain(`${key}:`);
    expect(message).not.toContain('hunter2');
    expect(message).not.toContain('deadbeef');
  });

  test('trading needs its keys, and live needs the second switch', () => {
    expect(() => parseConfig({ MODE: 'testnet' })).toThrow(/HYPERLIQUID_GUARD_KEY: required/);
    expect(parseConfig(trading).MODE).toBe('testnet');
    expect(() => parseConfig({ ...trading, MODE: 'live' })).toThrow(/LIVE_TRADING/);
    const live = { ...trading, MODE: 'live', LIVE_TRADING: 'yes' };
    expect(() => parseConfig(live)).toThrow(/OPERATE_TOKEN: required/);
    expect(parseConfig({ ...live, OPERATE_TOKEN: 'o'.repeat(32) }).MODE).toBe('live');
  });

  test('one wallet for both jobs is refused', () => {
    expect(() => parseConfig({ ...trading, HYPERLIQUID_GUARD_KEY: KEY_A })).toThrow(/another agent wallet/);
  });
});

/** A tested value is wrong alone; the message names its key and what to write, in words and without the value. */
describe('one wrong value at a time', () => {
  test.each([
    ['MODE', 'Live', 'one of paper, testnet, live'],
    ['LIVE_TRADING', 'true', 'one of yes, no'],
    ['HOST', 'http://127.0.0.1', 'without http:// and port'],
    ['HOST', '127.0.0.1:8787', 'without http:// and port'],
    ['PORT', 'eighty', 'a whole number from 0 to 65535'],
    ['PORT', '70000', 'a whole number from 0 to 65535'],
    ['DATABASE_URL', './data/x.db', 'file: and a path'],
    ['DATABASE_URL', 'file:', 'file: and a path'],
    ['DATABASE_URL', 'file:./x.db?mode=ro', 'file: and a path'],
    ['DATABASE_DRIVER', 'sqlite', 'one of node-sqlite, libsql'],
    ['WEBHOOK_TOKEN', 'short', 'at least 20 characters'],
    ['WEBHOOK_TOKEN', 'with/a/slash/it/is/another/path', 'letters, digits and . _ ~ - only'],
    ['READ_TOKEN', '"in-quotes-0123456789012345"', 'without quotes'],
    ['OPERATE_TOKEN', 'a b c d e f g h i j k l m n', 'letters, digits and . _ ~ - only'],
    ['HYPERLIQUID_API_URL', 'api.example.com', 'http:// or https://'],
    ['HYPERLIQUID_WS_URL', 'https://api.example.com', 'ws:// or wss://'],
    ['HYPERLIQUID_ACCOUNT', KEY_A, '40 hex digits'],
    ['HYPERLIQUID_ENTRY_KEY', `0x${'0'.repeat(64)}`, 'no private key'],
    ['HYPERLIQUID_GUARD_KEY', `0x${'f'.repeat(64)}`, 'no private key'],
    ['GUARD_INTERVAL_MS', '45s', 'a whole number from 1000 to 45000 ms'],
    ['GUARD_INTERVAL_MS', '45', 'a whole number from 1000 to 45000 ms'],
    ['OBSERVED_WEIGHT_PER_MINUTE', '1000', 'a whole number from 0 to 400'],
    ['TRUST_PROXY', 'nginx', 'an IP address'],
    ['TRUST_PROXY', '127.0.0.1, 10.0.0.0/8', 'an IP address'],
    ['TRADINGVIEW_IPS_ONLY', 'true', 'one of yes, no'],
    ['NOTIFY_TELEGRAM_CHAT', 'my chat', "the chat's id"],
    ['LOG_LEVEL', 'verbose', 'one of debug, info, warn, error'],
    ['PAPER_EQUITY_USD', '10,000', 'a number above 0'],
    ['PAPER_MARKET', 'real', 'one of auto, live, synthetic'],
    ['PAPER_SEED', '1.5', 'a whole number from 0'],
  ])('%s=%s', (key, value, fix) => {
    const message = messageOf(() => parseConfig({ [key]: value }));
    expect(message).toMatch(new RegExp(`^ConfigError: ${key}[.:]`));
    expect(message).toContain(fix);
    expect(value.length > 20 && message.includes(value)).toBe(false);
  });

  test('what is right stays right', () => {
    expect(
      parseConfig({
        HOST: '::1',
        TRUST_PROXY: '127.0.0.1, ::1',
        NOTIFY_TELEGRAM_CHAT: '@me',
        NOTIFY_TELEGRAM_TOKEN: `1:${'x'.repeat(35)}`,
      }),
    ).toMatchObject({ HOST: '::1', TRUST_PROXY: ['127.0.0.1', '::1'] });
  });
});

describe('values that are wrong together', () => {
  test('one wallet is one wallet however its key is written', () => {
    const HYPERLIQUID_ENTRY_KEY = `0x${'ab'.repeat(32)}`;
    const HYPERLIQUID_GUARD_KEY = `0x${'AB'.repeat(32)}`;
    expect(() => parseConfig({ ...trading, HYPERLIQUID_ENTRY_KEY, HYPERLIQUID_GUARD_KEY })).toThrow(
      /HYPERLIQUID_GUARD_KEY: must be another/,
    );
  });

  test.each([
    ['READ_TOKEN', 'WEBHOOK_TOKEN'],
    ['OPERATE_TOKEN', 'WEBHOOK_TOKEN'],
    ['OPERATE_TOKEN', 'READ_TOKEN'],
  ])('%s is not %s: what stands in an address must not open the other doors', (key, other) => {
    const both = { [key]: 'x'.repeat(32), [other]: 'x'.repeat(32) };
    expect(() => parseConfig(both)).toThrow(`${key}: must be another token than ${other}`);
  });

  test('TradingView alone, and nobody who could be TradingView', () => {
    const fenced = { TRADINGVIEW_IPS_ONLY: 'yes' };
    expect(() => parseConfig(fenced)).toThrow(/TRUST_PROXY: .* refuses every alert/);
    expect(parseConfig({ ...fenced, TRUST_PROXY: '127.0.0.1' }).TRADINGVIEW_IPS_ONLY).toBe('yes');
    expect(parseConfig({ ...fenced, HOST: '0.0.0.0' }).TRADINGVIEW_IPS_ONLY).toBe('yes');
  });

  test('a driver for files on a server’s address', () => {
    const both = { DATABASE_URL: 'libsql://x.example', DATABASE_DRIVER: 'node-sqlite' };
    expect(() => parseConfig(both)).toThrow(/DATABASE_DRIVER: /);
  });

  test('the venue of the other mode', () => {
    const url = { HYPERLIQUID_API_URL: 'https://api.hyperliquid.xyz' };
    expect(() => parseConfig({ ...trading, ...url })).toThrow(
      /HYPERLIQUID_API_URL: is the venue of MODE=live/,
    );
    const live = { ...trading, MODE: 'live', LIVE_TRADING: 'yes', OPERATE_TOKEN: 'o'.repeat(32) };
    expect(parseConfig({ ...live, ...url }).MODE).toBe('live');
    expect(() =>
      parseConfig({ ...live, HYPERLIQUID_API_URL: 'https://api.hyperliquid-testnet.xyz/' }),
    ).toThrow(/HYPERLIQUID_API_URL: is the venue of MODE=testnet/);
  });
});

test('.env.example lists every key, and no other', () => {
  const listed = readFileSync(join(ROOT, '.env.example'), 'utf8').match(/^[A-Z_]+(?==)/gm);
  expect(listed?.sort()).toEqual(Object.keys(ConfigSchema.shape).sort());
});

test('.env.example as it is starts paper mode', () => {
  const env = Object.fromEntries(
    readFileSync(join(ROOT, '.env.example'), 'utf8')
      .split('\n')
      .filter((l) => /^[A-Z_]+=/.test(l))
      .map((l) => [l.slice(0, l.indexOf('=')), l.slice(l.indexOf('=') + 1)]),
  );
  expect(parseConfig(env).MODE).toBe('paper');
});
