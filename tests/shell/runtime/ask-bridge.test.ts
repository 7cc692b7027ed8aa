import { createServer } from 'node:http';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askBridge, refusalText } from '../../../src/shell/runtime/ask-bridge.ts';
import { openPaperIdentity } from '../../../src/shell/runtime/paper-files.ts';

/** A server that answers with what it was asked, or 404 to /nope. */
async function startBridge(): Promise<number> {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/nope' ? 404 : 200;
    response.end(`${request.url} ${request.headers.authorization}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const folder = (): string => mkdtempSync(join(tmpdir(), 'snapback-ask-'));

test('asks with the read token of the environment', async () => {
  const bridge = askBridge({
    PORT: String(await startBridge()),
    READ_TOKEN: 'rd_0123456789abcdef0123',
    DATABASE_URL: `file:${folder()}/x.db`,
  });
  expect(await bridge.get('/api/v1/report/BTC')).toBe('/api/v1/report/BTC Bearer rd_0123456789abcdef0123');
  await expect(bridge.get('/nope')).rejects.toThrow(/answered 404/);
});

test('a refusal is told in the words of the bridge, anything else as it is', () => {
  const refusal = JSON.stringify({ code: 'not-found', message: 'no decision has this id', requestId: 'x' });
  expect(refusalText('http://b', 404, refusal)).toBe(
    'no decision has this id (not-found, 404 from http://b)',
  );
  expect(refusalText('http://b', 502, '<html>bad gateway')).toBe('http://b answered 502: <html>bad gateway');
});

test("finds paper mode's own tokens beside the database", async () => {
  const dir = folder();
  const { identity } = openPaperIdentity(join(dir, 'paper.json'), 0);
  const bridge = askBridge({ PORT: String(await startBridge()), DATABASE_URL: `file:${dir}/x.db` });
  expect(await bridge.get('/x')).toBe(`/x Bearer ${identity.readToken}`);
  expect(bridge.webhookToken).toBe(identity.webhookToken);
});

test('says how to start one when none answers', async () => {
  const bridge = askBridge({ PORT: '1', DATABASE_URL: `file:${folder()}/x.db` });
  await expect(bridge.get('/x')).rejects.toThrow(/no bridge answers at http:\/\/127\.0\.0\.1:1: start it/);
});
