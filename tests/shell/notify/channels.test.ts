import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Notice } from '../../../src/app/notices.ts';
import { ConfigError, parseConfig } from '../../../src/shell/config.ts';
import type { Fetch } from '../../../src/shell/notify/channel.ts';
import { channelsOf } from '../../../src/shell/notify/channels.ts';
import { sendTest } from '../../../src/shell/runtime/notify-test.ts';

const TOKEN = '123456:canary-telegram-token-of-the-tests';
const DISCORD = 'https://discord.com/api/webhooks/42/canary-discord-secret_of-tests';
const notice: Notice = {
  kind: 'unprotected',
  severity: 'critical',
  key: 'unprotected|BTC',
  quietMs: 1,
  text: 'BTC without a full valid stop @everyone <b>',
  atMs: 5,
};

/** A server on loopback in the place of every host; remembers what it was sent and for whom. */
async function fake(answer: (req: IncomingMessage, res: ServerResponse) => void) {
  const seen: { url: string; path: string; body: Record<string, unknown> }[] = [];
  const asked: string[] = [];
  const server = createServer((req, res) => {
    let text = '';
    req.on('data', (d) => (text += String(d)));
    req.on('end', () => {
      seen.push({ url: asked.at(-1) ?? '', path: req.url ?? '', body: JSON.parse(text) });
      answer(req, res);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const fetcher: Fetch = (url, init) => {
    asked.push(url);
    return fetch(`http://127.0.0.1:${port}${new URL(url).pathname}`, init);
  };
  const channels = channelsOf(
    parseConfig({ NOTIFY_TELEGRAM_TOKEN: TOKEN, NOTIFY_TELEGRAM_CHAT: '-100', NOTIFY_DISCORD_URL: DISCORD, NOTIFY_WEBHOOK_URL: 'https://hooks.example/x' }),
    fetcher,
  ); // prettier-ignore
  return { seen, asked, channels, port };
}
const status = (code: number, headers: Record<string, string> = {}, body = '') => (_: IncomingMessage, res: ServerResponse) =>
  void res.writeHead(code, headers).end(body); // prettier-ignore

describe('each channel', () => {
  test('is sent what it takes, at the host that is written down', async () => {
    const f = await fake(status(200));
    for (const channel of f.channels)
      expect(await channel.deliver(notice, 'snapback LIVE')).toEqual({ kind: 'sent' });
    expect(f.asked).toEqual([
      `https://api.telegram.org/bot${TOKEN}/sendMessage`,
      DISCORD,
      'https://hooks.example/x',
    ]);
    const line = '!! snapback LIVE: BTC without a full valid stop @everyone <b>';
    expect(f.seen.map((s) => s.body)).toEqual([
      { chat_id: '-100', text: line, disable_notification: false, link_preview_options: { is_disabled: true } },
      { content: line, allowed_mentions: { parse: [] } },
      { source: 'snapback LIVE', kind: 'unprotected', severity: 'critical', key: 'unprotected|BTC', atMs: 5, text: notice.text },
    ]); // prettier-ignore
  });

  test.each([
    [429, { 'retry-after': '7' }, '', { kind: 'retry', afterMs: 7_000, why: 'HTTP 429' }],
    [
      429,
      {},
      '{"ok":false,"parameters":{"retry_after":35}}',
      { kind: 'retry', afterMs: 35_000, why: 'HTTP 429' },
    ],
    [429, { 'retry-after': '999999' }, '', { kind: 'retry', afterMs: 3_600_000, why: 'HTTP 429' }],
    [429, {}, 'x'.repeat(1_000_000), { kind: 'retry', afterMs: null, why: 'HTTP 429' }],
    [502, {}, '<html>', { kind: 'retry', afterMs: null, why: 'HTTP 502' }],
    [401, {}, `{"token":"${TOKEN}"}`, { kind: 'rejected', why: 'HTTP 401' }],
    [404, {}, '', { kind: 'rejected', why: 'HTTP 404' }],
  ] as const)('answered %i %j %.20j', async (code, headers, body, wanted) => {
    const f = await fake(status(code, headers, body));
    for (const channel of f.channels) expect(await channel.deliver(notice, 'x')).toEqual(wanted);
  });

  test('follows no redirect: what was meant for one host goes there or nowhere', async () => {
    const f = await fake(status(302, { location: 'http://127.0.0.1:1/steal' }));
    for (const channel of f.channels) expect(await channel.deliver(notice, 'x')).toEqual({ kind: 'rejected', why: 'HTTP 302' }); // prettier-ignore
    expect(f.seen).toHaveLength(3);
  });

  test('a connection that breaks is a retry that names no address', async () => {
    const f = await fake((req) => void req.socket.destroy());
    for (const channel of f.channels) {
      const result = await channel.deliver(notice, 'x');
      expect(result).toMatchObject({ kind: 'retry', afterMs: null });
      expect(JSON.stringify(result)).not.toMatch(/canary|http/i);
    }
  });

  test('a flood of text is cut', async () => {
    const f = await fake(status(200));
    for (const channel of f.channels) await channel.deliver({ ...notice, text: 'x'.repeat(10_000) }, 'x');
    for (const { body } of f.seen) expect(JSON.stringify(body).length).toBeLessThan(1_800);
  });
});

describe('configuration', () => {
  test('names the channels', () => {
    expect(channelsOf(parseConfig({})).map((c) => c.name)).toEqual([]);
    expect(channelsOf(parseConfig({ NOTIFY_DISCORD_URL: DISCORD })).map((c) => c.name)).toEqual(['discord']);
  });

  test.each([
    [{ NOTIFY_TELEGRAM_TOKEN: TOKEN }, /NOTIFY_TELEGRAM_CHAT/],
    [{ NOTIFY_TELEGRAM_CHAT: '1' }, /NOTIFY_TELEGRAM_CHAT/],
    [{ NOTIFY_TELEGRAM_TOKEN: 'canary/../x', NOTIFY_TELEGRAM_CHAT: '1' }, /NOTIFY_TELEGRAM_TOKEN/],
    [{ NOTIFY_DISCORD_URL: 'https://evil.example/api/webhooks/1/canary' }, /NOTIFY_DISCORD_URL/],
    [{ NOTIFY_DISCORD_URL: 'https://discord.com.evil.example/api/webhooks/1/canary' }, /NOTIFY_DISCORD_URL/],
    [{ NOTIFY_WEBHOOK_URL: 'file:///canary' }, /NOTIFY_WEBHOOK_URL/],
  ])('%j is refused by name, never by value', (env, name) => {
    let message = '';
    try {
      parseConfig(env);
    } catch (e) {
      message = e instanceof ConfigError ? e.message : 'other';
    }
    expect(message).toMatch(name);
    expect(message).not.toContain('canary');
  });
});

test('the test command tells each channel’s result', async () => {
  const f = await fake(
    (req, res) => void res.writeHead(req.url?.startsWith('/bot') === true ? 401 : 204).end(),
  );
  expect(await sendTest(f.channels, 'snapback PAPER', 1)).toEqual([
    {
      channel: 'telegram',
      ok: false,
      said: 'HTTP 401: check NOTIFY_TELEGRAM_TOKEN and NOTIFY_TELEGRAM_CHAT',
    },
    { channel: 'discord', ok: true, said: 'sent' },
    { channel: 'webhook', ok: true, said: 'sent' },
  ]);
});

test('an address where nobody is is told as that, without the address', async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const channels = channelsOf(parseConfig({ NOTIFY_WEBHOOK_URL: `http://127.0.0.1:${port}/canary` }));
  expect(await sendTest(channels, 'snapback PAPER', 1)).toEqual([
    { channel: 'webhook', ok: false, said: 'no connection (ECONNREFUSED): check NOTIFY_WEBHOOK_URL' },
  ]);
});
