import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createInfo } from '../../../src/shell/exchange/hyperliquid-info.ts';
import { createHyperliquidSigner } from '../../../src/shell/exchange/hyperliquid-signer.ts';
import { keepWarm, type WarmConnections } from '../../../src/shell/exchange/keep-warm.ts';
import { deadUrl, done, type FakeVenue, startFakeVenue } from './fake-venue.ts';
import { bracket, KEY } from './samples.ts';

let venue: FakeVenue;
let warm: WarmConnections | undefined;
beforeEach(async () => {
  venue = await startFakeVenue();
  venue.reply = ({ path }) => (path === '/info' ? { json: { specialStatuses: null, time: 1 } } : done);
});
afterEach(async () => {
  warm?.stop();
  await venue.close();
});
const infoOf = (url: string) => createInfo({ url, timeoutMs: 200, nowMs: () => 0 });

test('beats until stopped, over connections it keeps', async () => {
  warm = keepWarm(infoOf(venue.url), { beatMs: 20 });
  await vi.waitFor(() => expect(venue.seen.length).toBeGreaterThan(9));
  // One, or one more where a beat met the end of the one before.
  expect(venue.connections).toBeLessThan(4);
  expect(venue.seen[0]).toMatchObject({ path: '/info', body: { type: 'exchangeStatus' } });
  warm.stop();
  const last = venue.seen.length;
  await infoOf(venue.url)({ type: 'meta' });
  const beats = venue.seen.slice(last).filter((seen) => seen.body['type'] === 'exchangeStatus');
  expect(beats.length).toBeLessThan(2);
});

test('as many connections as are wanted, opened once they are', async () => {
  let wanted = 1;
  warm = keepWarm(infoOf(venue.url), { beatMs: 20, wanted: () => wanted });
  await vi.waitFor(() => expect(venue.seen.length).toBeGreaterThan(3));
  expect(venue.connections).toBeLessThan(4);
  wanted = 8;
  await vi.waitFor(() => expect(venue.connections).toBeGreaterThan(6));
});

test('orders of a prepared burst hardly need connections of their own', async () => {
  warm = keepWarm(infoOf(venue.url), { beatMs: 60_000 });
  await warm.prepare(6);
  expect(venue.connections).toBe(6);
  const signer = createHyperliquidSigner({ url: venue.url, privateKey: KEY, isTestnet: true });
  await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      signer.order(bracket, { grouping: 'na', nonce: 1_000 + n, expiresAfterMs: null }),
    ),
  );
  // A connection may not be free yet at the moment its answer is read.
  expect(venue.connections).toBeLessThan(9);
});

test('an unreachable venue is none of its business', async () => {
  warm = keepWarm(infoOf(await deadUrl()), { beatMs: 60_000 });
  await expect(warm.prepare(2)).resolves.toBeUndefined();
});
