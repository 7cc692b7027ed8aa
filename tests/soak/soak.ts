import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/shell/clock.ts';
import { parseConfig } from '../../src/shell/config.ts';
import { createLog } from '../../src/shell/log.ts';
import type { DemoSummary } from '../../src/shell/runtime/demo-summary.ts';
import { summarizeDemo } from '../../src/shell/runtime/demo-summary.ts';
import type { RunningBridge } from '../../src/shell/runtime/start-bridge.ts';
import { startBridge } from '../../src/shell/runtime/start-bridge.ts';
import type { Growth } from './judge-growth.ts';
import { judgeGrowth } from './judge-growth.ts';
import { redirectTo } from './redirect.ts';
import type { Sample } from './sample.ts';
import { createLowWater, takeSample } from './sample.ts';
import type { VirtualTime } from './virtual-time.ts';
import { installVirtualTime } from './virtual-time.ts';
import type { MarketSeen } from './watch-market.ts';
import { watchMarket } from './watch-market.ts';
import { watchPaperVenue } from './watch-paper-venue.ts';
import type { FromWorld, ToWorld, WorldUrls } from './world-messages.ts';

export interface SoakOptions {
  hours: number;
  coins: number;
  seed: string;
  observedWeight: number;
  onSample(s: Sample): void;
}

type Warnings = Record<string, { count: number; first: string }>;

export interface SoakResult {
  hours: number;
  coins: number;
  seed: string;
  realSeconds: number;
  /** Processor time of the bridge's process, this one; the world around it has its own. */
  cpuSeconds: number;
  /** What came in. */
  alerts: number;
  liquidations: number;
  /** What came of it. */
  approved: number;
  refused: Record<string, number>;
  entries: number;
  trades: number;
  guardPasses: number;
  market: MarketSeen;
  /** Requests of the bridge that time did not wait for, because they waited for time. */
  impatient: number;
  unprotectedMsMax: number;
  duplicates: number;
  lost: number;
  /** Warnings and errors that were logged, by event, with what the first one said. */
  warnings: Warnings;
  samples: Sample[];
  growth: Growth;
  /** Empty: the soak is passed. */
  problems: string[];
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** How often prices of the world move. */
const STEP_MS = 1_000;
/** How often the paper venue's books are looked at; its prices follow the market every 3 s. */
const WATCH_MS = 3_000;
const START_MS = Date.UTC(2026, 0, 15);
/** Not in step with the bridge's own 10 s. */
const MARKET_LOOK_MS = 7_000;
/** Bars of all coins from all venues take minutes of their request budgets. */
const BACKFILL_MS = 15 * MINUTE_MS;
const UNPROTECTED_MS_MAX = 15_000;
/** They are read every ten seconds, whatever bars do; half as much again is for a reading that takes its time. */
const MARK_AGE_MS_MAX = 15_000;
/** The guard passes every 45 s. */
const GUARD_AGE_MS_MAX = 60_000;

/** Runs in a process of its own: it takes over timers, clock and `fetch`, for good. */
export async function soak(o: SoakOptions): Promise<SoakResult> {
  const startedMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'snapback-soak-'));
  const world = await openWorld(o);
  try {
    const time = installVirtualTime(START_MS);
    redirectTo(world.urls);
    const warnings: Warnings = {};
    const starting = startBridge(configOf(o, folder, world.urls), {
      clock: systemClock,
      log: countingLog(warnings),
      fatal: (e) => {
        throw e;
      },
    });
    const running = await time.passing(starting);
    const result = await live({ ...o, folder, time, world, running });
    const { user, system } = process.cpuUsage();
    return {
      ...result,
      warnings,
      realSeconds: Math.round((performance.now() - startedMs) / 1_000),
      cpuSeconds: Math.round((user + system) / 1e6),
    };
  } finally {
    world.child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const configOf = (o: SoakOptions, folder: string, urls: WorldUrls) =>
  parseConfig({
    MODE: 'paper',
    PAPER_MARKET: 'live',
    PORT: '0',
    DATABASE_URL: `file:${join(folder, 'soak.db')}`,
    OBSERVED_WEIGHT_PER_MINUTE: String(o.observedWeight),
    BINANCE_API_URL: urls.binance.api,
    BYBIT_API_URL: urls.bybit.api,
    OKX_API_URL: urls.okx.api,
    BINANCE_WS_URL: urls.binance.ws,
    BYBIT_WS_URL: urls.bybit.ws,
    OKX_WS_URL: urls.okx.ws,
  });

/** Counts what is warned about, by event; says errors at once. */
function countingLog(counts: Warnings) {
  const log = createLog('error', process.stderr);
  const count =
    (level: 'warn' | 'error') =>
    (event: string, fields?: Record<string, unknown>): void => {
      const known = (counts[event] ??= { count: 0, first: JSON.stringify(fields) });
      known.count += 1;
      if (level === 'error') log.error(event, fields);
    };
  return { debug: () => undefined, info: () => undefined, warn: count('warn'), error: count('error') };
}

interface World {
  child: ChildProcess;
  urls: WorldUrls;
  advance(toMs: number): Promise<Extract<FromWorld, { at: number }>>;
}

async function openWorld(o: SoakOptions): Promise<World> {
  const child = fork(join(import.meta.dirname, 'world.ts'), [o.seed, String(o.coins), String(START_MS)]);
  const next = (): Promise<FromWorld> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the world ended with ${code}`));
      child.once('exit', ended);
      child.once('message', (m) => {
        child.off('exit', ended);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what world.ts sends
        resolve(m as FromWorld);
      });
    });
  const first = await next();
  if (!('urls' in first)) throw new Error('the world did not say where it is');
  return {
    child,
    urls: first.urls,
    async advance(toMs) {
      const answer = next();
      child.send({ advanceTo: toMs } satisfies ToWorld);
      const at = await answer;
      if (!('at' in at)) throw new Error('the world did not move');
      return at;
    },
  };
}

interface Life extends SoakOptions {
  folder: string;
  time: VirtualTime;
  world: World;
  running: RunningBridge;
}

async function live(o: Life): Promise<Omit<SoakResult, 'warnings' | 'realSeconds' | 'cpuSeconds'>> {
  const { time, running } = o;
  const { desk } = running.bridge;
  const coins = desk.params.map((p) => p.coin).filter((c) => desk.meta.has(c));
  const identity = JSON.parse(readFileSync(join(o.folder, 'paper.json'), 'utf8')) as { account: string };
  const venue = await time.passing(watchPaperVenue(running.venueUrl, identity.account, time.nowMs));
  const read = (path: string): Promise<Response> =>
    time.passing(
      fetch(`${running.url}${path}`, { headers: { authorization: `Bearer ${running.tokens.read}` } }),
    );
  const market = watchMarket(desk, time.nowMs);
  const low = createLowWater();
  const samples: Sample[] = [];
  let [alerts, liquidations] = [0, 0];
  const beganMs = time.nowMs();
  const endMs = beganMs + o.hours * HOUR_MS;
  for (let atMs = beganMs; atMs < endMs;) {
    atMs = Math.min(endMs, atMs + STEP_MS);
    await time.advanceTo(atMs);
    const told = await o.world.advance(atMs);
    liquidations = told.liquidations;
    for (const alert of told.alerts) {
      await time.passing(post(`${running.url}/webhook/${running.tokens.webhook[0]}`, alert));
      alerts += 1;
    }
    const passed = atMs - beganMs;
    if (passed % WATCH_MS === 0) await time.passing(venue.look());
    // A first backfill is paced over minutes.
    if (passed % MARKET_LOOK_MS === 0) {
      low.note(time.pending());
      if (passed > BACKFILL_MS) market.look();
    }
    if (passed % MINUTE_MS === 0) await readAsAPersonDoes(read, passed / MINUTE_MS, coins);
    if (passed % HOUR_MS === 0 || atMs === endMs) {
      await time.quiet();
      const sample = await takeSample({
        hour: passed / HOUR_MS,
        folder: o.folder,
        held: low.take(time.pending()),
      });
      samples.push(sample);
      o.onSample(sample);
    }
  }
  await time.passing(running.bridge.idle());
  await time.passing(venue.look());
  const summary = await summarizeDemo({
    dataSource: running.dataSource,
    store: desk.store,
    account: desk.account,
    seen: venue.seen,
    answers: alerts,
  });
  const growth = judgeGrowth(samples);
  return {
    hours: o.hours,
    coins: o.coins,
    seed: o.seed,
    alerts,
    liquidations,
    approved: summary.approved,
    refused: summary.refused,
    entries: summary.entries,
    trades: summary.trades,
    guardPasses: desk.guardPasses,
    market: market.sum(),
    impatient: time.impatient(),
    unprotectedMsMax: summary.unprotectedMsMax,
    duplicates: summary.duplicates,
    lost: summary.lost,
    samples,
    growth,
    problems: [...growth.problems, ...wrongs(summary, market.sum())],
  };
}

/** What must not have happened, in words. */
function wrongs(s: DemoSummary, m: MarketSeen): string[] {
  const rules: [boolean, string][] = [
    [s.lost > 0, `${s.lost} alerts without an end`],
    [s.duplicates > 0, `${s.duplicates} orders placed twice`],
    [s.unprotectedMsMax > UNPROTECTED_MS_MAX, `a position without a full stop for ${s.unprotectedMsMax} ms`],
    [m.mapsMissing > 0, `${m.mapsMissing} times a coin had no map`],
    [m.venuesMissing > 0, `${m.venuesMissing} times a map was not of all venues`],
    [m.markAgeMsMax > MARK_AGE_MS_MAX, `a mark ${m.markAgeMsMax} ms old`],
    [m.guardAgeMsMax > GUARD_AGE_MS_MAX, `no guard pass for ${m.guardAgeMsMax} ms`],
  ];
  return rules.flatMap(([isWrong, what]) => (isWrong ? [what] : []));
}

async function post(url: string, body: object): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const text = await answer.text();
  if (answer.status !== 202) throw new Error(`the webhook answered ${answer.status}: ${text}`);
}

/** The page, its charts and a metrics scraper, so that reading is soaked as well. */
async function readAsAPersonDoes(
  read: (path: string) => Promise<Response>,
  minute: number,
  coins: readonly string[],
): Promise<void> {
  const coin = coins[minute % coins.length] ?? 'BTC';
  const paths = ['/metrics', '/api/v1/signals', '/healthz', '/api/v1/decisions?limit=50'];
  if (minute % 10 === 0) paths.push(...['zones', 'heatmap', 'report'].map((p) => `/api/v1/${p}/${coin}`));
  for (const path of paths) await (await read(path)).arrayBuffer();
}
