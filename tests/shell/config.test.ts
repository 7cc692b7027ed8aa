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
