import { afterEach, describe, expect, test, vi } from 'vitest';
import { conformance } from '../../src/shell/runtime/conformance.ts';
import { CHECKS } from '../../src/venue/conformance/checks.ts';
import { MARKET_PROBES } from '../../src/venue/conformance/market-probes.ts';
import { PROBES } from '../../src/venue/conformance/probes.ts';
import { serveVenue } from '../../src/venue/serve.ts';
import { cast, createRig, KEYS, MASTER } from './rig.ts';

const RULES = PROBES.length + MARKET_PROBES.length;

async function run(o: Record<string, string | boolean>): Promise<{ code: number; text: string }> {
  const out: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out.push(String(chunk));
    return true;
  });
  const code = await conformance(o);
  return { code, text: out.join('') };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('npm run conformance', () => {
  test(`on its own venue: ${CHECKS.length} checks pass, ${RULES} rules settle`, async () => {
    const { code, text } = await run({});
    expect(text).toContain(
      `${CHECKS.length} checks passed, 0 failed; ${RULES} open rules settled, 0 still open`,
    );
    expect(text).toContain('every rule settled as the simulation has it');
    expect(code).toBe(0);
  });

  test('on a given venue: the rules that differ are named, in JSON too', async () => {
    const rig = createRig({ nowMs: Date.now, rules: { orphanTrigger: 'refuse' } });
    const server = await serveVenue({ venue: rig.venue });
    const target = { url: server.url, key: KEYS.entry, account: MASTER };
    try {
      expect((await run(target)).text).toContain('orphanTrigger: "refuse"');
      const { code, text } = await run({ ...target, json: true });
      const report = cast<{ failed: number; rules: Record<string, unknown> }>(JSON.parse(text));
      expect([code, report.failed, report.rules['orphanTrigger']]).toEqual([0, 0, 'refuse']);
    } finally {
      await server.close();
    }
  });

  test('a venue that fails a check ends with code 1', async () => {
    const rig = createRig({ nowMs: Date.now });
    const server = await serveVenue({ venue: rig.venue });
    rig.venue.faults.inject({ kind: 'refuse-leg', message: 'no', count: null, where: { legRole: 'stop' } });
    try {
      const { code, text } = await run({ url: server.url, key: KEYS.entry, account: MASTER });
      expect(code).toBe(1);
      expect(text).toContain('FAIL');
    } finally {
      await server.close();
    }
  });

  test('mainnet is refused before anything is sent, and so is a missing key', async () => {
    vi.stubEnv('HYPERLIQUID_ENTRY_KEY', undefined);
    await expect(run({ url: 'https://api.hyperliquid.xyz', key: KEYS.entry })).rejects.toThrow('is mainnet');
    await expect(run({ url: 'http://127.0.0.1:1' })).rejects.toThrow('needs --key');
    await expect(run({ url: 'http://127.0.0.1:1', key: '0x12' })).rejects.toThrow('needs --key');
  });
});
