import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigSchema } from '../../src/shell/config.ts';
import { TRADINGVIEW_ADDRESSES } from '../../src/shell/http/source-address.ts';
import { COMMANDS } from '../../src/shell/runtime/commands.ts';
import { deadLinks, read, ROOT } from './markdown.ts';

const files = readdirSync(join(ROOT, 'deploy'));

describe('deploy', () => {
  test.each(files.filter((f) => f.endsWith('.service')))(
    '%s starts a command that exists, without npm',
    (f) => {
      const [, command = ''] = /^ExecStart=\/usr\/bin\/node .*src\/shell\/runtime\/main\.js (\S+)$/m.exec(read(`deploy/${f}`)) ?? []; // prettier-ignore
      expect(Object.keys(COMMANDS)).toContain(command);
    },
  );

  test('the container copies what is there, and starts it', () => {
    const text = read('deploy/Dockerfile');
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) =>
      list.split(' '),
    );
    expect(copied.length).toBeGreaterThan(4);
    for (const path of copied) expect([path, exists(path)]).toEqual([path, true]);
    const allowed = read('deploy/Dockerfile.dockerignore').split('\n').filter((l) => l.startsWith('!')).map((l) => l.slice(1)); // prettier-ignore
    expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);
    const env = [...text.matchAll(/\b([A-Z]{4,}(?:_[A-Z]+)*)=/g)].map(([, key = '']) => key);
    expect(env.filter((key) => !key.startsWith('NODE_') && !(key in ConfigSchema.shape))).toEqual([]);
  });

  test('keys of the environment named in any of them are read', () => {
    for (const f of files) {
      const named = [...read(`deploy/${f}`).matchAll(/\b((?:TRUST|TRADINGVIEW|DATABASE|WEBHOOK|READ|OPERATE|NOTIFY)_[A-Z_]+)\b/g)].map(([, k = '']) => k); // prettier-ignore
      expect([f, named.filter((k) => !(k in ConfigSchema.shape))]).toEqual([f, []]);
    }
  });

  test('each alarm leads to a section of the runbook', () => {
    const links = [...read('deploy/prometheus-alerts.yml').matchAll(/runbook: "([^"]+)"/g)].map(
      ([, to = '']) => to,
    );
    expect(links.length).toBeGreaterThan(7);
    expect(deadLinks('README.md', links.map((to) => `[x](${to})`).join(' '))).toEqual([]);
  });

  test('nginx knows TradingView’s certificate by its organisation, and no look-alike', () => {
    const [, source = ''] = /"~([^"]+)"\s+1;/.exec(read('deploy/nginx.conf')) ?? [];
    const subject = new RegExp(source);
    // As nginx writes it (RFC 2253), and an older copy with another CN.
    for (const cn of ['TradingView Webhooks', 'webhook-server@tradingview.com'])
      expect(subject.test(`CN=${cn},O=TradingView\\, Inc.,L=Westerville,ST=Ohio,C=US`)).toBe(true);
    for (const other of [
      '',
      'CN=O=TradingView',
      'O=TradingView\\, Inc.x',
      'CN=x,OU=TradingView\\, Inc.',
      'O=NotTradingView\\, Inc.',
    ])
      expect([other, subject.test(other)]).toEqual([other, false]);
  });

  test('proxies never let the outside reach more than the webhook, or say whose address it is', () => {
    const nginx = read('deploy/nginx.conf');
    expect(nginx).toContain('proxy_set_header X-Forwarded-For $remote_addr;');
    expect(nginx).not.toContain('$proxy_add_x_forwarded_for');
    expect(nginx).not.toMatch(/log_format[^;]*\$(?:request|uri|request_uri)\b/);
    expect(nginx).toContain('location / { return 404; }');
    expect(TRADINGVIEW_ADDRESSES.size).toBe(4);
  });
});

const exists = (path: string): boolean => {
  try {
    read(path);
    return true;
  } catch (e) {
    return e instanceof Error && e.message.includes('EISDIR');
  }
};
