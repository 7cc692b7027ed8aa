import type { VenueRules } from '../core/rules.ts';
import { type Bench, createBench, type MarketHand } from './bench.ts';
import { CHECKS } from './checks.ts';
import { createClient } from './client.ts';
import { MARKET_PROBES } from './market-probes.ts';
import { PROBES } from './probes.ts';

export interface ConformanceOptions {
  /** Base URL of the API: a simulated venue, or testnet. Mainnet is refused. */
  url: string;
  /** Key of the account or of one of its agents. */
  key: `0x${string}`;
  account?: string;
  /** Default ETH. Orders of 10–30 USD are placed on it, and its position is closed between checks. */
  coin?: string;
  nowMs: () => number;
  /** Lets the probes that need a certain market make it; without it those stay open. */
  market?: MarketHand;
  /** One line per check as it ends. */
  onResult?: (r: CheckResult) => void;
}

export interface CheckResult {
  name: string;
  state: 'passed' | 'failed' | 'settled' | 'open';
  /** Why it failed, or what was found. */
  message: string;
}

export interface ConformanceReport {
  results: CheckResult[];
  passed: number;
  failed: number;
  /** The value of each uncertain rule that this venue's answers select. */
  rules: Partial<Record<keyof VenueRules, string | boolean>>;
}

/** @throws Error for mainnet: these checks trade, and provoke refusals on purpose */
export function refuseMainnet(url: string): void {
  const hostname = new URL(url).hostname.replace(/\.$/, '');
  const isMainnet = hostname === 'hyperliquid.xyz' || hostname.endsWith('.hyperliquid.xyz');
  if (isMainnet)
    throw new Error(`${hostname} is mainnet: conformance checks run on a simulated venue or testnet`);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs every check and every probe, one after another; the account is flat on the coin in between. */
export async function runConformance(o: ConformanceOptions): Promise<ConformanceReport> {
  refuseMainnet(o.url);
  const client = createClient({
    url: o.url.replace(/\/$/, ''),
    key: o.key,
    // "b" is what every URL but mainnet takes.
    isTestnet: true,
    nowMs: o.nowMs,
    ...(o.account === undefined ? {} : { account: o.account }),
  });
  const bench = await createBench(client, o.coin ?? 'ETH', o.market ?? null);
  const report: ConformanceReport = { results: [], passed: 0, failed: 0, rules: {} };
  const note = (r: CheckResult): void => {
    report.results.push(r);
    if (r.state === 'failed') report.failed += 1;
    else if (r.state === 'passed') report.passed += 1;
    o.onResult?.(r);
  };
  for (const check of CHECKS) {
    const name = `${check.item}. ${check.name}`;
    note(await attempt(bench, name, async () => (await check.run(bench), { state: 'passed', message: '' })));
  }
  for (const { rule, question, run } of [...PROBES, ...MARKET_PROBES]) {
    const found = await attempt(bench, `${rule}: ${question}`, async () => {
      const value = await run(bench);
      if (value === null) return { state: 'open', message: 'this market does not tell' };
      report.rules[rule] = value;
      return { state: 'settled', message: String(value) };
    });
    note(found);
  }
  return report;
}

async function attempt(
  bench: Bench,
  name: string,
  run: () => Promise<Pick<CheckResult, 'state' | 'message'>>,
): Promise<CheckResult> {
  try {
    await bench.clear();
    const done = await run();
    await bench.clear();
    return { name, ...done };
  } catch (error) {
    return { name, state: 'failed', message: reasonOf(error) };
  }
}
