import { afterEach, describe, expect, test } from 'vitest';
import type { VenueRules } from '../../src/venue/core/rules.ts';
import { DEFAULT_RULES } from '../../src/venue/core/rules.ts';
import { CHECKS } from '../../src/venue/conformance/checks.ts';
import { MARKET_PROBES } from '../../src/venue/conformance/market-probes.ts';
import { PROBES } from '../../src/venue/conformance/probes.ts';
import {
  type ConformanceReport,
  refuseMainnet,
  runConformance,
} from '../../src/venue/conformance/run-conformance.ts';
import { serveVenue, type VenueServer } from '../../src/venue/serve.ts';
import { handOn } from '../../src/venue/conformance/hand-on.ts';
import { createRig, KEYS, MASTER } from './rig.ts';

const servers: VenueServer[] = [];
afterEach(async () => {
  for (const s of servers.splice(0)) await s.close();
});

async function conform(rules: Partial<VenueRules>): Promise<ConformanceReport> {
  const rig = createRig({ rules, nowMs: Date.now });
  const server = await serveVenue({ venue: rig.venue });
  servers.push(server);
  return runConformance({
    url: server.url,
    key: KEYS.entry,
    account: MASTER,
    nowMs: Date.now,
    market: handOn(rig.venue),
  });
}

const EVERY_PROBE = [...PROBES, ...MARKET_PROBES];

/** Settings of the simulation and changing states of a venue: nothing that public material leaves open. */
const NO_QUESTIONS: (keyof VenueRules)[] = [
  'agentExpiryGraceMs',
  'agentRemovalMs',
  'agentRemovalPendingMs',
  'marketOrder',
  'blockMs',
  'connectionsMax',
  'takerFeePpm',
  'makerFeePpm',
  'depthUsdPerBps',
  'spreadBps',
  'orderMemory',
  'openOrdersMax',
  'ipWeights',
  'addressQuota',
  'liquidations',
  'autoDeleveraging',
  'markModel',
  'funding',
  'clockSkewMs',
  'postOnly',
  'halted',
  'eventsMax',
];

/** The other value of every rule that the probes settle. */
const OTHER: Partial<VenueRules> = {
  assetSuffix: false,
  orphanTrigger: 'refuse',
  alreadyTrue: 'fire',
  triggerLimitSide: 'all',
  openingTrigger: 'refuse',
  parentError: 'one',
  preValidation: 'status',
  plainGtcWholeClose: 'exempt',
  wholePositionSz: 'position',
  triggersOnClose: 'cancel',
  lowNonceText: 'Nonce {nonce} is out of range',
  partialParent: 'arm',
  partialIocStatus: 'filled',
  partialSibling: 'shrink',
  partialGtcStatus: 'filled',
  makerFill: 'touch',
};

describe('conformance through the wire', () => {
  test.each([
    ['the default rules', {}],
    ['every uncertain rule the other way', OTHER],
  ] as const)('%s: all checks pass, every probe finds the value set', async (_, rules) => {
    const report = await conform(rules);
    expect(report.results.filter((r) => r.state === 'failed')).toEqual([]);
    expect(report.passed).toBe(CHECKS.length);
    const expected = { ...DEFAULT_RULES, ...rules };
    for (const { rule } of EVERY_PROBE) expect([rule, report.rules[rule]]).toEqual([rule, expected[rule]]);
  });

  test('every uncertain rule of the probes has its other value tried', () => {
    expect(Object.keys(OTHER).sort()).toEqual(EVERY_PROBE.map((p) => p.rule).sort());
    for (const { rule } of EVERY_PROBE) expect(OTHER[rule]).not.toBe(DEFAULT_RULES[rule]);
  });

  test('every rule is a probe’s or a setting', () => {
    const probed: string[] = EVERY_PROBE.map((p) => p.rule);
    expect([...probed, ...NO_QUESTIONS].sort()).toEqual(Object.keys(DEFAULT_RULES).sort());
  });

  test('without a hand on the market its probes stay open, and nothing fails', async () => {
    const rig = createRig({ nowMs: Date.now });
    const server = await serveVenue({ venue: rig.venue });
    servers.push(server);
    const report = await runConformance({
      url: server.url,
      key: KEYS.entry,
      account: MASTER,
      nowMs: Date.now,
    });
    expect(report.failed).toBe(0);
    expect(report.results.filter((r) => r.state === 'open')).toHaveLength(MARKET_PROBES.length);
  });

  test('an unfaithful venue fails', async () => {
    const rig = createRig({ nowMs: Date.now });
    const server = await serveVenue({ venue: rig.venue });
    servers.push(server);
    rig.venue.faults.inject({ kind: 'refuse-leg', message: 'no', count: null, where: { legRole: 'stop' } });
    const report = await runConformance({
      url: server.url,
      key: KEYS.entry,
      account: MASTER,
      nowMs: Date.now,
    });
    const failed = report.results.filter((r) => r.state === 'failed').map((r) => r.name);
    expect(failed.length).toBeGreaterThan(2);
    expect(failed.some((n) => n.includes('arms its children'))).toBe(true);
  });

  test.each([
    'https://api.hyperliquid.xyz',
    'https://api.hyperliquid.xyz:443/x',
    'https://API.HYPERLIQUID.XYZ',
    'https://rpc.hyperliquid.xyz',
    'https://api.hyperliquid.xyz./',
  ])('mainnet is refused: %s', async (url) => {
    expect(() => refuseMainnet(url)).toThrow('is mainnet');
    await expect(runConformance({ url, key: KEYS.entry, nowMs: Date.now })).rejects.toThrow('is mainnet');
  });
  test.each(['https://api.hyperliquid-testnet.xyz', 'http://127.0.0.1:8788'])('%s is not', (url) => {
    expect(() => refuseMainnet(url)).not.toThrow();
  });
});
