import { afterEach, describe, expect, test } from 'vitest';
import type { FetchJsonOptions } from '../../../src/shell/market/fetch-json.ts';
import { createFetchJson } from '../../../src/shell/market/fetch-json.ts';
import { MarketReadError } from '../../../src/shell/market/market-read-error.ts';
import type { Answer, FakeServer } from './fake-server.ts';
import { fakeClock, json, startFakeServer } from './fake-server.ts';

const open: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((s) => s.close()));
});

async function setup(answer: Answer, options: Partial<FetchJsonOptions> = {}) {
  const server = await startFakeServer(answer);
  open.push(server);
  const clock = fakeClock();
  const fetchJson = createFetchJson({ venue: 'venue', baseUrl: server.url, ...clock, ...options });
  const read = (path = '/x') => fetchJson({ path, what: 'things' });
  const failure = async (path?: string): Promise<MarketReadError> => {
    const error: unknown = await read(path).catch((e: unknown) => e);
    if (!(error instanceof MarketReadError)) throw new Error('expected a MarketReadError');
    return error;
  };
  return { server, clock, fetchJson, read, failure };
}

describe('an answer', () => {
  test('is parsed; a query and a body arrive', async () => {
    const { fetchJson, server } = await setup(json({ a: 1 }));
    expect(await fetchJson({ path: '/x', query: { limit: 5 }, what: 'things' })).toEqual({ a: 1 });
    await fetchJson({ path: '/info', body: { type: 'meta' }, what: 'things' });
    expect(server.asked.map((a) => [a.method, a.path, a.query.toString(), a.body])).toEqual([
      ['GET', '/x', 'limit=5', undefined],
      ['POST', '/info', '', { type: 'meta' }],
    ]);
  });

  test('that is a web page with status 200 is malformed, and not asked for again', async () => {
    const { failure, server } = await setup((_, r) => r.end('<html>maintenance</html>'));
    expect(await failure()).toMatchObject({
      reason: 'malformed',
      message: 'venue things: answer is not JSON',
    });
    expect(server.asked.length).toBe(1);
  });

  test('that is too large is cut off', async () => {
    const { failure } = await setup(json('x'.repeat(5_000)), { maxBytes: 1_000 });
    expect((await failure()).reason).toBe('too-large');
  });

  test('that points elsewhere is not followed', async () => {
    const { failure, server } = await setup((_, r) => r.writeHead(302, { location: '/other' }).end());
    expect(await failure()).toMatchObject({ reason: 'bad-status', message: 'venue things: HTTP 302' });
    expect(server.asked.map((a) => a.path)).toEqual(['/x']);
  });

  test('comes from the base URL, whatever the path looks like', async () => {
    const { read, server } = await setup(json(1));
    await read('//elsewhere.example/y');
    await read('/@elsewhere.example/y');
    expect(server.asked.length).toBe(2);
  });
});

describe('a refusal', () => {
  test.each([
    [429, 'rate-limited', 60],
    [418, 'rate-limited', 120],
    [403, 'blocked', 600],
    [451, 'blocked', 600],
  ])('%i is %s: the venue is left alone for %i s', async (status, reason, seconds) => {
    const { failure, server, clock } = await setup(json({ msg: 'no' }, status));
    const error = await failure();
    expect(error).toMatchObject({ reason, retryAtMs: clock.nowMs() + seconds * 1_000 });
    expect(error.message).toContain(`HTTP ${status}`);
    clock.advance(seconds * 1_000 - 1);
    expect((await failure()).reason).toBe('cooling-down');
    expect(server.asked.length).toBe(1);
    clock.advance(1);
    expect((await failure()).reason).toBe(reason);
    expect(server.asked.length).toBe(2);
  });

  test('with Retry-After is believed, up to three days', async () => {
    let seconds = '7';
    const { failure, clock } = await setup((a, r) => json({}, 429, { 'retry-after': seconds })(a, r));
    expect((await failure()).retryAtMs).toBe(clock.nowMs() + 7_000);
    clock.advance(7_000);
    seconds = '99999999';
    expect((await failure()).retryAtMs).toBe(clock.nowMs() + 259_200_000);
  });

  test("carries the venue's own code", async () => {
    const { failure } = await setup(json({ code: -1121, msg: 'Invalid symbol.' }, 400));
    expect(await failure()).toMatchObject({ reason: 'bad-status', venueCode: -1121 });
  });
});

describe('trouble on the way', () => {
  test('a 500 is asked again, twice at most, with growing pauses', async () => {
    let left = 2;
    const { read, clock, server } = await setup((a, r) => json('ok', left-- > 0 ? 500 : 200)(a, r));
    expect(await read()).toBe('ok');
    expect(clock.slept).toEqual([250, 500]);
    expect(server.asked.length).toBe(3);
    left = 3;
    await expect(read()).rejects.toMatchObject({ reason: 'server-error' });
    expect(server.asked.length).toBe(6);
  });

  test('a broken connection is unreachable', async () => {
    const { failure, server } = await setup((_, r) => r.destroy());
    expect(await failure()).toMatchObject({ reason: 'unreachable' });
    expect(server.asked.length).toBe(3);
  });

  test.each([
    ['no answer at all', () => undefined],
    ['an answer that stalls', (r: { write(s: string): void }) => r.write('{"a":')],
  ])('%s is a timeout', async (_, begin) => {
    const asked: AbortController[] = [];
    const { failure, server } = await setup(
      (_request, response) => {
        begin(response);
        setImmediate(() => asked.at(-1)?.abort());
      },
      {
        retries: 1,
        timeoutSignal: (ms) => {
          expect(ms).toBe(5_000);
          const controller = new AbortController();
          asked.push(controller);
          return controller.signal;
        },
      },
    );
    expect(await failure()).toMatchObject({
      reason: 'timeout',
      message: 'venue things: no complete answer within 5000 ms',
    });
    expect(server.asked.length).toBe(2);
  });
});
