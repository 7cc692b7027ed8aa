// What the sessions share: a venue of their own at fixed prices, a record of what the SDK asked it, lines to print.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { privateKeyToAddress } from 'viem/accounts';
import { serveVenue } from '../../src/venue/serve.ts';
import { createVenue } from '../../src/venue/venue.ts';

export const KEY = `0x${'11'.repeat(32)}`;
export const ADDRESS = privateKeyToAddress(KEY).toLowerCase();

/** The SDK from the folder that --modules names: no SDK but nktkas's is a dependency of the project. */
export async function loadSdk(name) {
  const { values } = parseArgs({ options: { modules: { type: 'string' } } });
  if (values.modules === undefined) throw new Error('--modules DIR: a folder in which the SDK is installed');
  const { resolve: find } = createRequire(join(resolve(values.modules), 'index.js'));
  const sdk = await import(pathToFileURL(find(name)).href);
  return sdk.default ?? sdk;
}

export async function startVenue() {
  const venue = createVenue({
    nowMs: Date.now,
    coins: [
      { coin: 'BTC', szDecimals: 5, maxLeverage: 40 },
      { coin: 'ETH', szDecimals: 4, maxLeverage: 25 },
    ],
  });
  venue.openAccount({ address: ADDRESS, usd: 10_000 });
  venue.setPrice('BTC', { markPx: 100_000 });
  venue.setPrice('ETH', { markPx: 3_000 });
  const asked = new Map();
  const recorded = Object.create(venue, {
    handle: {
      value(path, body, client) {
        const request = JSON.parse(body);
        const type = `${path} ${path === 'info' ? request.type : request.action.type}`;
        asked.set(type, (asked.get(type) ?? 0) + 1);
        return venue.handle(path, body, client);
      },
    },
  });
  return { venue, asked, server: await serveVenue({ venue: recorded }) };
}

export const say = (what, value) =>
  void process.stdout.write(`${what.padEnd(34)} ${JSON.stringify(value)}\n`);

/** @throws Error so that a session that went wrong ends with code 1 */
export function expectThat(ok, what) {
  if (!ok) throw new Error(`expected: ${what}`);
}

export async function until(ready, ms = 5_000) {
  for (let waited = 0; !ready(); waited += 20) {
    if (waited > ms) throw new Error(`nothing after ${ms} ms`);
    await new Promise((resume) => {
      setTimeout(resume, 20);
    });
  }
}

export function sayAsked(asked) {
  for (const [type, n] of [...asked].sort(([x], [y]) => x.localeCompare(y))) say(`  asked: ${type}`, n);
}
