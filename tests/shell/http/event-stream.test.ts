import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { serve } from '@hono/node-server';
import type { Context } from 'hono';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LoggedEvent } from '../../../src/app/watch-log.ts';
import type { EventStream } from '../../../src/shell/http/event-stream.ts';
import { createEventStream, STREAM_CLIENTS_MAX, STREAM_KINDS } from '../../../src/shell/http/event-stream.ts';
import { alertBody, NOW_MS, OPERATE_TOKEN, READ_TOKEN, refusalOf, WEBHOOK_TOKEN, world } from './world.ts';

const say = (s: EventStream, event: string, fields: LoggedEvent['fields'] = {}): void =>
  s.onEvent({ atMs: NOW_MS, level: 'info', event, fields });

/** A client that reads when told. */
function reading(body: ReadableStream<Uint8Array> | null) {
  if (body === null) throw new Error('no place');
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    async until(what: string | RegExp): Promise<string> {
      while (!(typeof what === 'string' ? text.includes(what) : what.test(text))) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`ended before ${String(what)}: ${text.slice(-200)}`);
        text += decoder.decode(value);
      }
      return text;
    },
    async toEnd(): Promise<string> {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return text;
        text += decoder.decode(value);
      }
    },
    leave: () => reader.cancel(),
  };
}
const idsOf = (text: string): number[] => [...text.matchAll(/^id: b-(\d+)\nevent: fill/gm)].map(([, n]) => Number(n)); // prettier-ignore

describe('the list of events', () => {
  test('tells what happens after connecting, by kind', async () => {
    const s = createEventStream('b');
    say(s, 'fill', { coin: 'OLD' });
    const client = reading(s.open(undefined, () => undefined));
    say(s, 'alert.received', { alertId: 'a', was: 'new' });
    say(s, 'alert.received', { alertId: 'a', was: 'same' });
    say(s, 'nobody.asked', { x: 1 });
    say(s, 'guard.pass', { verdict: 'protected', findings: [] });
    const text = await client.until('event: guard');
    expect(text).not.toContain('OLD');
    expect(text).not.toContain('nobody');
    expect(text.match(/event: alert/g)).toHaveLength(1);
    expect(text).toContain(
      `id: b-3\nevent: guard\ndata: {"atMs":${NOW_MS},"level":"info","event":"guard.pass","verdict":"protected","findings":[]}\n\n`,
    );
  });

  test('Last-Event-ID goes on after it: nothing twice, nothing left out', async () => {
    const s = createEventStream('b');
    for (let i = 0; i < 20; i++) say(s, 'fill', { i });
    const client = reading(s.open('b-7', () => undefined));
    say(s, 'fill', { i: 20 });
    const text = await client.until('"i":20');
    expect(idsOf(text)).toEqual(Array.from({ length: 14 }, (_, k) => k + 8));
    expect(text).not.toContain('event: reset');
  });

  test.each(['a-7', 'b-22', 'b-', 'b-9999999999999999', '', '__proto__', 'b--1', 'b-0x3'])(
    'an id of another process, or none of ours (%j), gets a reset',
    async (id) => {
      const s = createEventStream('b');
      for (let i = 0; i < 20; i++) say(s, 'fill', { i });
      const client = reading(s.open(id, () => undefined));
      say(s, 'fill', { i: 20 });
      const text = await client.until('"i":20');
      expect(text).toMatch(/^retry: 3000\nid: b-20\nevent: reset\ndata: \{\}\n\nid: b-21\n/);
    },
  );

  test('an id that has left the list gets a reset; the oldest that is kept does not', async () => {
    const s = createEventStream('b');
    for (let i = 0; i < 1_500; i++) say(s, 'fill', { i });
    expect(await reading(s.open('b-499', () => undefined)).until('\n\n')).toContain('event: reset');
    const client = reading(s.open('b-500', () => undefined));
    expect(idsOf(await client.until('"i":1499'))).toHaveLength(1_000);
  });

  test('text with line breaks cannot forge an event', async () => {
    const s = createEventStream('b');
    const client = reading(s.open(undefined, () => undefined));
    say(s, 'feed.stale', { message: 'x\n\nevent: state\ndata: {}\r\n\r\n' });
    say(s, 'fill', {});
    expect((await client.until('event: fill')).match(/^event: .*/gm)).toEqual(['event: feed', 'event: fill']);
  });
});

describe('slow clients', () => {
  test('one that does not read is dropped, holds little, and delays nobody', async () => {
    const s = createEventStream('b');
    const cut: string[] = [];
    const slow = reading(s.open(undefined, () => void cut.push('slow')));
    const quick = reading(s.open(undefined, () => void cut.push('quick')));
    for (let i = 0; i < 3_000; i++) {
      say(s, 'fill', { i, pad: 'x'.repeat(100) });
      if (i % 50 === 49) await quick.until(`"i":${i},`);
    }
    expect(cut).toEqual(['slow']);
    expect(s.clients()).toBe(1);
    expect((await slow.toEnd()).length).toBeLessThan(20_000);
    expect(idsOf(await quick.until('"i":2999,'))).toHaveLength(3_000);
  });

  test('one that leaves heartbeats unread is gone; one that reads stays', async () => {
    const s = createEventStream('b');
    const cut: string[] = [];
    s.open(undefined, () => void cut.push('gone'));
    const here = reading(s.open(undefined, () => void cut.push('here')));
    for (let i = 0; i < 12; i++) {
      s.beat();
      await here.until(new RegExp(`(: beat[^:]*){${i + 1}}`));
    }
    expect(cut).toEqual(['gone']);
    expect(s.clients()).toBe(1);
  });

  test('places are limited and come back', async () => {
    const s = createEventStream('b');
    const clients = Array.from({ length: STREAM_CLIENTS_MAX }, () =>
      reading(s.open(undefined, () => undefined)),
    );
    expect(s.open(undefined, () => undefined)).toBeNull();
    await clients[0]?.leave();
    const next = s.open(undefined, () => undefined);
    expect(next).not.toBeNull();
    s.close();
    expect(s.clients()).toBe(0);
  });
});

describe('GET /api/v1/stream', () => {
  test('needs the read token', async () => {
    const w = await world({ events: createEventStream('b') });
    for (const token of [null, WEBHOOK_TOKEN, OPERATE_TOKEN, 'x'])
      expect((await w.get('/api/v1/stream', token)).status).toBe(401);
  });

  test('answers as an event stream with the same headers as everything else', async () => {
    const events = createEventStream('b');
    const w = await world({ events });
    const res = await w.get('/api/v1/stream');
    expect(res.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(res.headers.get('cache-control')).toBe('no-store');
    expect(res.headers.get('x-content-type-options')).toBe('nosniff');
    say(events, 'fill', { coin: 'BTC' });
    expect(await reading(res.body).until('"coin":"BTC"')).toContain('event: fill');
  });

  test('a HEAD takes no place', async () => {
    const events = createEventStream('b');
    const w = await world({ events });
    const headers = { authorization: `Bearer ${READ_TOKEN}` };
    const res = await w.app.request('/api/v1/stream', { method: 'HEAD', headers });
    expect([res.status, events.clients()]).toEqual([200, 0]);
  });

  test('one too many is 429; where nothing can be kept open it is 501', async () => {
    const events = createEventStream('b');
    const w = await world({ events });
    for (let i = 0; i < STREAM_CLIENTS_MAX; i++) await w.get('/api/v1/stream');
    const res = await w.get('/api/v1/stream');
    expect([res.status, (await refusalOf(res)).code, res.headers.get('retry-after')]).toEqual([429, 'rate-limited', '5']); // prettier-ignore
    const none = await (await world()).get('/api/v1/stream');
    expect([none.status, (await refusalOf(none)).code]).toEqual([501, 'not-available']);
    const metrics = await (await world()).get('/metrics');
    expect([metrics.status, (await refusalOf(metrics)).code]).toEqual([501, 'not-available']);
  });

  test('docs/api.md names every kind', async () => {
    const { readFileSync } = await import('node:fs');
    const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
    const part = page.split('### GET /api/v1/stream')[1]?.split('\n### ')[0] ?? '';
    expect([...part.matchAll(/^\| `(\w+)` +\|/gm)].map(([, k = '']) => k).sort()).toEqual(
      [...STREAM_KINDS].sort(),
    );
  });
});

test('over sockets: 200 connections that do not read, eight of them streams, leave the webhook quick', async () => {
  const events = createEventStream('b');
  const cut: Context[] = [];
  const w = await world({ events, cut: (c) => void cut.push(c) });
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: w.app.fetch, hostname: '127.0.0.1', port: 0 }, (i) => resolve(i.port));
    onTestFinished(() => void server.close());
  });
  const sockets: Socket[] = [];
  onTestFinished(() => sockets.forEach((s) => s.destroy()));
  for (let i = 0; i < 200; i++) {
    const socket = connect(port, '127.0.0.1').pause();
    socket.on('error', () => undefined);
    socket.write(`GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${READ_TOKEN}\r\n\r\n`);
    sockets.push(socket);
  }
  await expect.poll(() => events.clients()).toBe(STREAM_CLIENTS_MAX);
  const post = (i: number): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/webhook/${WEBHOOK_TOKEN}`, {
      method: 'POST',
      body: JSON.stringify(alertBody({ barTime: 1_700_000_000_000 + i * 300_000 })),
    });
  // Far more than sockets and kernel hold, between webhooks that all must be answered meanwhile.
  for (let i = 0; i < 40; i++) {
    for (let k = 0; k < 500; k++) say(events, 'fill', { i, k, pad: 'x'.repeat(400) });
    expect((await post(i)).status).toBe(202);
  }
  await expect.poll(() => events.clients()).toBe(0);
  expect(cut).toHaveLength(STREAM_CLIENTS_MAX);
});
