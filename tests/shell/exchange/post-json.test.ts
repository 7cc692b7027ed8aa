import { expect, test } from 'vitest';
import { type Fetch, postJson } from '../../../src/shell/exchange/post-json.ts';

const failed = (o: { code: string; syscall?: string }): Error => Object.assign(new Error('SECRET'), o);
const fetchFailed = (cause: unknown): Fetch => {
  const error = new TypeError('fetch failed', { cause });
  return () => Promise.reject(error);
};
const post = (fetch: Fetch) => postJson({ url: 'http://venue.test', body: '{}', timeoutMs: 100, fetch });

const refused = failed({ code: 'ECONNREFUSED', syscall: 'connect' });
const cases: [string, unknown, 'not-sent' | 'broken', string][] = [
  ['a refused connection', refused, 'not-sent', 'not connected (ECONNREFUSED)'],
  [
    'both addresses refused',
    new AggregateError([refused, refused]),
    'not-sent',
    'not connected (ECONNREFUSED)',
  ],
  [
    'one address reset',
    new AggregateError([refused, failed({ code: 'ECONNRESET' })]),
    'broken',
    'connection failed (ECONNREFUSED)',
  ],
  ['an empty list of errors', new AggregateError([]), 'broken', 'connection failed (AggregateError)'],
  [
    'no such host',
    failed({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
    'not-sent',
    'not connected (ENOTFOUND)',
  ],
  [
    'no route while connecting',
    failed({ code: 'EHOSTUNREACH', syscall: 'connect' }),
    'not-sent',
    'not connected (EHOSTUNREACH)',
  ],
  [
    'no route while writing',
    failed({ code: 'EHOSTUNREACH', syscall: 'write' }),
    'broken',
    'connection failed (EHOSTUNREACH)',
  ],
  [
    'a connection that took too long',
    failed({ code: 'UND_ERR_CONNECT_TIMEOUT' }),
    'not-sent',
    'not connected (UND_ERR_CONNECT_TIMEOUT)',
  ],
  ['a closed connection', failed({ code: 'UND_ERR_SOCKET' }), 'broken', 'connection failed (UND_ERR_SOCKET)'],
  [
    'a time-out of the system',
    failed({ code: 'ETIMEDOUT', syscall: 'read' }),
    'broken',
    'connection failed (ETIMEDOUT)',
  ],
  ['a code that is a text', failed({ code: 'SECRET in a code' }), 'broken', 'connection failed (Error)'],
  ['anything else', 'SECRET', 'broken', 'connection failed (TypeError)'],
];
test.each(cases)('%s', async (_, cause, kind, message) => {
  expect(await post(fetchFailed(cause))).toEqual({ kind, message });
});

const answer = (headers: Record<string, string>) => post(async () => new Response('[1]', { headers }));

test('gives the body and the server’s clock', async () => {
  expect(await answer({ date: 'Sat, 21 Nov 2026 12:00:00 GMT' })).toEqual({
    kind: 'json',
    body: [1],
    dateMs: Date.UTC(2026, 10, 21, 12),
  });
  expect(await answer({ date: 'yesterday' })).toMatchObject({ dateMs: null });
  expect(await answer({})).toMatchObject({ dateMs: null });
});
