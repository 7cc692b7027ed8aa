import { privateKeyToAddress } from 'viem/accounts';
import { handOn } from '../../venue/conformance/hand-on.ts';
import {
  type CheckResult,
  type ConformanceOptions,
  type ConformanceReport,
  refuseMainnet,
  runConformance,
} from '../../venue/conformance/run-conformance.ts';
import { DEFAULT_RULES } from '../../venue/core/rules.ts';
import { serveVenue } from '../../venue/serve.ts';
import { createVenue } from '../../venue/venue.ts';
import { systemClock } from '../clock.ts';
import type { OptionValues } from './commands.ts';

type Target = Pick<ConformanceOptions, 'url' | 'key' | 'account' | 'market'> & { close(): Promise<void> };

const KEY = /^0x[0-9a-fA-F]{64}$/;
const isKey = (text: string): text is `0x${string}` => KEY.test(text);

/** A venue on loopback at 3,000 USD an ETH; account and agent are made up. */
async function ownVenue(): Promise<Target> {
  const keys = [`0x${'21'.repeat(32)}`, `0x${'22'.repeat(32)}`] as const;
  const venue = createVenue({
    nowMs: systemClock.nowMs,
    coins: [
      { coin: 'BTC', szDecimals: 5, maxLeverage: 40 },
      { coin: 'ETH', szDecimals: 4, maxLeverage: 25 },
    ],
  });
  const account = privateKeyToAddress(keys[0]);
  venue.openAccount({
    address: account,
    usd: 10_000,
    agents: [{ address: privateKeyToAddress(keys[1]), name: 'conformance' }],
  });
  venue.setPrice('BTC', { markPx: 100_000 });
  venue.setPrice('ETH', { markPx: 3_000 });
  const server = await serveVenue({ venue });
  return { url: server.url, key: keys[1], account, market: handOn(venue), close: () => server.close() };
}

function givenVenue(url: string, o: OptionValues, env: NodeJS.ProcessEnv): Target {
  refuseMainnet(url);
  const key = typeof o['key'] === 'string' ? o['key'] : (env['HYPERLIQUID_ENTRY_KEY'] ?? '');
  if (!isKey(key))
    throw new Error(
      'conformance needs --key or HYPERLIQUID_ENTRY_KEY: 0x and 64 hex digits of a testnet key',
    );
  const account = typeof o['account'] === 'string' ? o['account'] : env['HYPERLIQUID_ACCOUNT'];
  return { url, key, ...(account === undefined ? {} : { account }), close: () => Promise.resolve() };
}

/** `npm run conformance`: the checks and probes against a venue, one line each, then what its answers select. */
export async function conformance(o: OptionValues): Promise<number> {
  const isJson = o['json'] === true;
  const { close, ...target } =
    typeof o['url'] === 'string' ? givenVenue(o['url'], o, process.env) : await ownVenue();
  try {
    const report = await runConformance({
      ...target,
      ...(typeof o['coin'] === 'string' ? { coin: o['coin'] } : {}),
      nowMs: systemClock.nowMs,
      onResult: (r) => void (isJson || process.stdout.write(`${lineOf(r)}\n`)),
    });
    process.stdout.write(isJson ? `${JSON.stringify({ url: target.url, ...report })}\n` : summaryOf(report));
    return report.failed === 0 ? 0 : 1;
  } finally {
    await close();
  }
}

const MARKS = { passed: 'ok  ', failed: 'FAIL', settled: 'rule', open: '?   ' } as const;

const lineOf = (r: CheckResult): string =>
  `${MARKS[r.state]}  ${r.name}${r.message === '' ? '' : `  →  ${r.message}`}`;

function summaryOf(r: ConformanceReport): string {
  const found = Object.entries(r.rules);
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_RULES };
  const others = found.filter(([rule, value]) => defaults[rule] !== value);
  const open = r.results.filter((x) => x.state === 'open').length;
  const verdict = `${r.passed} checks passed, ${r.failed} failed; ${found.length} open rules settled, ${open} still open\n`;
  if (others.length === 0) return `\n${verdict}every rule settled as the simulation has it\n`;
  const rows = others.map(([rule, value]) => `  ${rule}: ${JSON.stringify(value)}`).join('\n');
  return `\n${verdict}other than the simulation's default (give these to createVenue's \`rules\`):\n${rows}\n`;
}
