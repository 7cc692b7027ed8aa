import { describe, expect, test } from 'vitest';
import {
  alertBody,
  NEXT_WEBHOOK_TOKEN,
  NOW_MS,
  READ_TOKEN,
  refusalOf,
  WEBHOOK_TOKEN,
  world,
} from './world.ts';
import type { StoredAlert } from '../../../src/app/ports.ts';
import type { World } from './world.ts';

const text = (over: Record<string, unknown> = {}): string => JSON.stringify(alertBody(over));
const pad = (bytes: number): string => text().padEnd(bytes);
const behind = (trustProxy: false | string[]): Promise<World> =>
  world({ tradingViewIpsOnly: true, trustProxy });
const fenced = (): Promise<World> => behind(false);

const send = (w: World, chunks: Uint8Array[]) =>
  w.app.request(
    new Request(`http://127.0.0.1/webhook/${WEBHOOK_TOKEN}`, {
      method: 'POST',
      body: ReadableStream.from(chunks),
      duplex: 'half',
    }),
  );
const bytes = (s: string) => new TextEncoder().encode(s);

describe('202: stored', () => {
  test('the alert is in the store before the answer, and the bridge is woken after it', async () => {
    const w = await world();
    let wakesAtCommit = -1;
    const store = new Proxy(w.store, {
      get(target, verb): unknown {
        if (verb !== 'receiveAlert') return Reflect.get(target, verb);
        return async (a: StoredAlert) => {
          const was = await target.receiveAlert(a);
          wakesAtCommit = w.bridge.wakes;
          return was;
        };
      },
    });
    const { app } = await world({ store, bridge: w.bridge });
    const res = await app.request(`/webhook/${WEBHOOK_TOKEN}`, { method: 'POST', body: text() });
    expect(res.status).toBe(202);
    const [alert] = await w.alerts();
    expect(await res.json()).toEqual({ alertId: alert?.id, status: 'accepted' });
    expect([wakesAtCommit, w.bridge.wakes]).toEqual([0, 1]);
    expect(alert).toMatchObject({ receivedAtMs: NOW_MS, state: 'new', outcome: null, alert: alertBody() });
    expect(alert?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(alert?.key).toBe('max-pain|cascade.exhaustion|BINANCE|BTCUSDT.P|5|1760129700000|long');
  });

  test.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', ''])(
    'whatever the content type: %j',
    async (type) => {
      const res = await (await world()).post(text(), { headers: { 'content-type': type } });
      expect(res.status).toBe(202);
    },
  );

  test('with the next token while tokens are rotated', async () => {
    expect((await (await world()).post(text(), { token: NEXT_WEBHOOK_TOKEN })).status).toBe(202);
  });

  test('also while the bridge is not ready: storing is always safe', async () => {
    const w = await world();
    w.bridge.view = { ...w.bridge.view, notReady: [{ code: 'account-stale', message: 'booting' }] };
    expect((await w.post(text())).status).toBe(202);
  });
});

test('the address opened in a browser says that it takes POST, whatever the token', async () => {
  const w = await world();
  for (const path of [`/webhook/${WEBHOOK_TOKEN}`, '/webhook/wrong']) {
    const res = await w.app.request(path);
    expect([res.status, (await refusalOf(res)).message]).toEqual([
      404,
      'this address takes POST only; see docs/api.md',
    ]);
  }
  expect((await refusalOf(await w.app.request('/nope'))).message).toMatch(/nothing is here/);
});

describe('200: duplicate', () => {
  test('a byte-identical resend', async () => {
    const w = await world();
    await w.post(text());
    const res = await w.post(text());
    expect(res.status).toBe(200);
    const [alert] = await w.alerts();
    expect(await res.json()).toEqual({ alertId: alert?.id, status: 'duplicate' });
    expect(w.bridge.wakes).toBe(1);
  });

  test('a second alert on the same chart, which differs in sentAt alone', async () => {
    const w = await world();
    await w.post(text());
    expect((await w.post(text({ sentAt: 1_760_130_000_999 }))).status).toBe(200);
  });

  test('50 at once: one is accepted, 49 are duplicates', async () => {
    const w = await world();
    const statuses = (await Promise.all(Array.from({ length: 50 }, () => w.post(text())))).map(
      (r) => r.status,
    );
    expect(statuses.filter((s) => s === 202)).toHaveLength(1);
    expect(statuses.filter((s) => s === 200)).toHaveLength(49);
    expect(w.bridge.wakes).toBe(1);
  });
});

test('409: same key, other content: recorded with the alert it collided with, never executed', async () => {
  const w = await world();
  await w.post(text());
  const [first] = await w.alerts();
  const res = await w.post(text({ close: 1 }));
  expect(res.status).toBe(409);
  expect(await refusalOf(res)).toMatchObject({ code: 'conflict', alertId: first?.id });
  expect(await w.deadLetters()).toMatchObject([{ code: 'conflict', alertId: first?.id }]);
  expect(await w.alerts()).toEqual([first]);
  expect(w.bridge.wakes).toBe(1);
});

describe('400: malformed, kept as a dead letter', () => {
  test.each([
    ['nothing', '', '', /empty/],
    ['not JSON', 'buy BTC', '', /not JSON.*Any alert\(\) function call/],
    ['a venue in small letters', text({ exchange: 'binance' }), 'exchange', /capitals.*BINANCE/],
    ['an interval in words', text({ interval: '5 min' }), 'interval', /1, 5, 60, 1D/],
    ['NaN', '{"rsi":NaN}', '', /NaN.*null/],
    ['an unfilled placeholder', '{"close":{{close}}}', '', /placeholder.*alert\(\)/],
    ['a missing field', text({ close: undefined }), 'close', /never left out/],
    ['a number as text', text({ close: '104582.9' }), 'close', /number/],
    ['an infinite number', text().replace('104582.9', '1e400'), 'close', /number/],
    ['a nested wrong type', JSON.stringify(alertBody({}, { rsi: 'x' })), 'cascade.rsi', /number/],
    ['an unknown kind', text({ kind: 'buy' }), 'kind', /cascade\.exhaustion/],
    ['an unknown field', text({ leverage: 100 }), '', /leverage.*remove it/i],
    ['another version', text({ v: 2 }), 'v', /send 1/],
    ['seconds for milliseconds', text({ barTime: 1_760_129_700 }), 'barTime', /milliseconds/],
    ['__proto__', text().replace('{', '{"__proto__":{"side":"short"},'), '', /__proto__/],
    ['a field given twice', text().replace('{', '{"side":"short",'), 'side', /more than once/],
    [
      'a field given twice by escape',
      text().replace('{', '{"\\u0073ide":"short",'),
      'side',
      /more than once/,
    ],
    [
      'a nested field given twice',
      text().replace('{"startTime"', '{"rsi":1,"startTime"'),
      'rsi',
      /more than once/,
    ],
    ['a list', `[${text()}]`, '', /object/],
    ['null', 'null', '', /object/],
  ])('%s', async (_, body, path, expected) => {
    const w = await world();
    const res = await w.post(body);
    const answer = await refusalOf(res);
    expect([res.status, answer.code]).toEqual([400, 'malformed']);
    expect(answer.issues?.[0]?.path).toBe(path);
    expect(answer.message).toMatch(expected);
    expect(await w.deadLetters()).toMatchObject([{ code: 'malformed', alertId: null, receivedAtMs: NOW_MS }]);
    expect(await w.alerts()).toEqual([]);
    expect(w.bridge.wakes).toBe(0);
  });

  test('the dead letter keeps 2 KiB of the body and no token', async () => {
    const w = await world();
    const other = 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4';
    await w.post(`oops ${WEBHOOK_TOKEN} ${other} ${'é! '.repeat(2_000)}`);
    const [letter] = await w.deadLetters();
    const head = letter?.bodyHead ?? '';
    expect(head).toMatch(/^oops \[removed\] \[removed\] é!/);
    expect(Buffer.byteLength(head)).toBeLessThanOrEqual(2_048);
    expect(Buffer.byteLength(head)).toBeGreaterThan(2_040);
    expect(head).not.toContain('\uFFFD');
  });

  test('a field that is named like our token is not echoed', async () => {
    const w = await world();
    const res = await w.post(text({ [WEBHOOK_TOKEN]: 1 }));
    expect(await res.text()).not.toContain(WEBHOOK_TOKEN);
    expect(JSON.stringify(await w.deadLetters())).not.toContain(WEBHOOK_TOKEN);
  });
});

describe('401 and 429: wrong tokens', () => {
  test('401, with nothing stored', async () => {
    const w = await world();
    const res = await w.post(text(), { token: 'wrong' });
    expect(res.status).toBe(401);
    expect(await refusalOf(res)).toMatchObject({ code: 'unauthorized' });
    expect([...(await w.alerts()), ...(await w.deadLetters())]).toEqual([]);
  });

  test('a token that is a prefix, or longer, or empty, is wrong', async () => {
    const w = await world();
    expect((await w.post(text(), { token: WEBHOOK_TOKEN.slice(0, -1) })).status).toBe(401);
    expect((await w.post(text(), { token: `${WEBHOOK_TOKEN}0` })).status).toBe(401);
    expect((await w.app.request('/webhook/', { method: 'POST', body: text() })).status).toBe(404);
  });

  test('the read token does not open the webhook, nor an empty one an unset door', async () => {
    const w = await world({ tokens: { webhook: ['', 'a'.repeat(43)], read: null, operate: '' } });
    expect((await w.post(text(), { token: '%20' })).status).toBe(401);
    expect((await w.get('/api/v1/alerts', '')).status).toBe(401);
    expect((await (await world()).post(text(), { token: READ_TOKEN })).status).toBe(401);
  });

  test('the eleventh from one address in a minute gets 429 with Retry-After; other addresses do not', async () => {
    const w = await world();
    const wrong = () => w.post(text(), { token: 'wrong', from: '203.0.113.9' });
    for (let i = 0; i < 10; i++) expect((await wrong()).status).toBe(401);
    const res = await wrong();
    expect([res.status, res.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await refusalOf(res)).toMatchObject({ code: 'too-many-bad-tokens' });
    expect((await w.post(text(), { token: 'wrong', from: '203.0.113.10' })).status).toBe(401);
    w.setNow(NOW_MS + 59_999);
    expect((await wrong()).headers.get('retry-after')).toBe('1');
    w.setNow(NOW_MS + 60_000);
    expect((await wrong()).status).toBe(401);
  });

  test('the right token passes from an address full of wrong ones: TradingView is shared by everybody', async () => {
    const w = await world();
    for (let i = 0; i < 20; i++) await w.post(text(), { token: 'wrong', from: '52.89.214.238' });
    expect((await w.post(text(), { from: '52.89.214.238' })).status).toBe(202);
  });

  test('the table of addresses is bounded, and the oldest is forgotten first', async () => {
    const w = await world();
    const wrong = async (from: string) => (await w.post('', { token: 'wrong', from })).status;
    for (let i = 0; i < 11; i++) await wrong('10.0.0.0');
    expect(await wrong('10.0.0.0')).toBe(429);
    for (let i = 1; i < 1_024; i++) await wrong(`10.1.${i >> 8}.${i & 255}`);
    expect(await wrong('10.0.0.0')).toBe(429);
    await wrong('10.2.0.0');
    expect(await wrong('10.0.0.0')).toBe(401);
  });
});

describe('413: too large', () => {
  const big = JSON.stringify({ ...alertBody(), pad: 'x'.repeat(8_192) });
  test('declared, before anything is read', async () => {
    const w = await world();
    const res = await w.post(big, { headers: { 'content-length': String(big.length) }, token: 'wrong' });
    expect(res.status).toBe(413);
    expect(await refusalOf(res)).toMatchObject({ code: 'too-large' });
  });

  test('chunked, as soon as the cap is passed', async () => {
    const w = await world();
    const res = await send(w, [bytes(big.slice(0, 5_000)), bytes(big.slice(5_000))]);
    expect(res.status).toBe(413);
    expect(await w.deadLetters()).toEqual([]);
  });

  test('exactly 8 KiB is read, one byte more is not', async () => {
    const w = await world();
    expect((await send(w, [bytes(pad(8_192))])).status).toBe(202);
    expect((await send(w, [bytes(pad(8_193))])).status).toBe(413);
    expect((await w.post(pad(8_192), { headers: { 'content-length': '8192' } })).status).toBe(200);
    expect((await w.post(pad(8_193), { headers: { 'content-length': '8193' } })).status).toBe(413);
  });

  test('a small chunked alert is accepted, and cut inside a character it stays what it was', async () => {
    const w = await world();
    const whole = bytes(text());
    expect((await send(w, [whole.slice(0, 100), whole.slice(100)])).status).toBe(202);
    const euro = bytes('€');
    await send(w, [euro.slice(0, 1), euro.slice(1)]);
    expect((await w.deadLetters())[0]?.bodyHead).toBe('€');
  });
});

describe('503: not stored', () => {
  test.each([
    ['an alert', text()],
    ['a dead letter', 'rubbish'],
  ])('%s: TradingView is asked to send it again, the cause stays in the log', async (_, body) => {
    const w = await world();
    w.breakStore(true);
    const res = await w.post(body);
    expect([res.status, res.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await refusalOf(res)).toMatchObject({ code: 'not-stored' });
    expect(w.bridge.wakes).toBe(0);
    expect(w.lines.join()).toContain('alert.not-stored');
    expect(w.lines.join()).not.toContain('authToken');
    w.breakStore(false);
    expect((await w.post(text())).status).toBe(202);
  });
});

describe('the fence around TradingView', () => {
  test.each([
    '52.89.214.238',
    '34.212.75.30',
    '54.218.53.128',
    '52.32.178.7',
    '::ffff:52.89.214.238',
    '::FFFF:52.32.178.7',
  ])('%s may call', async (from) => {
    expect((await (await fenced()).post(text(), { from })).status).toBe(202);
  });

  test.each([
    '127.0.0.1',
    '52.89.214.239',
    '052.89.214.238',
    '52.89.214.238.1',
    '308.89.214.238',
    '::1',
    '',
    '::ffff:3459.1',
  ])('%j may not', async (from) => {
    const res = await (await fenced()).post(text(), { from });
    expect(res.status).toBe(403);
    expect(await refusalOf(res)).toMatchObject({ code: 'address-not-tradingview' });
  });

  test('X-Forwarded-For counts only from a trusted proxy, and then only its right-most stranger', async () => {
    const xff = { 'x-forwarded-for': '1.2.3.4, 52.89.214.238' };
    expect((await (await fenced()).post(text(), { headers: xff })).status).toBe(403);
    expect((await (await behind(['127.0.0.1'])).post(text(), { headers: xff })).status).toBe(202);
    expect((await (await behind(['10.0.0.1'])).post(text(), { headers: xff })).status).toBe(403);
    const forged = { 'x-forwarded-for': '52.89.214.238, 1.2.3.4' };
    expect((await (await behind(['127.0.0.1'])).post(text(), { headers: forged })).status).toBe(403);
    const chain = { 'x-forwarded-for': '52.89.214.238, 10.0.0.1' };
    expect((await (await behind(['127.0.0.1', '10.0.0.1'])).post(text(), { headers: chain })).status).toBe(
      202,
    );
  });
});

test('only POST is a webhook; the log names the route, never the address called', async () => {
  const w = await world();
  for (const method of ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])
    expect((await w.app.request(`/webhook/${WEBHOOK_TOKEN}`, { method })).status).toBe(404);
  await w.post(text({ close: 1 }));
  await w.post('rubbish');
  expect(w.lines.length).toBeGreaterThan(5);
  expect(w.lines.join('\n')).toContain('/webhook/{token}');
  expect(w.lines.join('\n')).not.toContain(WEBHOOK_TOKEN);
});
