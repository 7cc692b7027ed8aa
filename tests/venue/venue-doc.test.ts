// docs/venue.md: its table of rules is the rules, its example is the file, and the file runs.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { MARKET_PROBES } from '../../src/venue/conformance/market-probes.ts';
import { PROBES } from '../../src/venue/conformance/probes.ts';
import { DEFAULT_RULES } from '../../src/venue/core/rules.ts';
import { serveVenue } from '../../src/venue/serve.ts';
import { createVenue } from '../../src/venue/venue.ts';
import { COINS, wallets } from './rig.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = 'tools/sdk-sessions/nktkas.ts';
const doc = readFileSync(join(ROOT, 'docs/venue.md'), 'utf8');

test('every rule has its row with its default, and a mark when conformance can tell', () => {
  const rows = [...doc.matchAll(/^\| `(\w+)` \| (.+?) \| (.*?) \| (probe|) ?\|/gm)].map((m) => [
    m[1],
    m[2],
    m[4],
  ]);
  const probed = new Set<string>([...PROBES, ...MARKET_PROBES].map((p) => p.rule));
  const wanted = Object.entries(DEFAULT_RULES).map(([rule, value]) => [
    rule,
    `\`${String(value)}\``,
    probed.has(rule) ? 'probe' : '',
  ]);
  expect(new Set(rows)).toEqual(new Set(wanted));
});

test('the example in the page is the file, and trades on a venue as it stands', async () => {
  expect(doc).toContain(readFileSync(join(ROOT, EXAMPLE), 'utf8'));
  const venue = createVenue({ nowMs: Date.now, coins: COINS });
  venue.openAccount({ address: wallets.entry.address, usd: 10_000 });
  venue.setPrice('ETH', { markPx: 3_000 });
  const server = await serveVenue({ venue });
  try {
    const env = { ...process.env, VENUE_URL: server.url };
    const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, EXAMPLE)], {
      env,
      timeout: 15_000,
    });
    for (const part of ['"filled"', 'fill over WebSocket: Open Long', '["success"]', 'userFills: Open Long'])
      expect(stdout).toContain(part);
    expect(stdout).toContain('Stop Market 0.0333 at 2850.0, Take Profit Market 0.0333 at 3300.0');
  } finally {
    await server.close();
  }
});
