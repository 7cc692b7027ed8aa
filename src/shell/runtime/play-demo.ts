import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardPositions } from '../../app/guard-positions.ts';
import { recover } from '../../app/recover.ts';
import { refreshSignals } from '../../app/signal-book.ts';
import { watchFading } from '../../app/watch-fading.ts';
import type { BridgeView, Log } from '../../app/ports.ts';
import { createDetector } from '../../core/detect/create-detector.ts';
import { presetParamsOf } from '../../core/detect/presets.ts';
import { toAlert } from '../../core/detect/to-alert.ts';
import type { DetectorEvent } from '../../core/detect/types.ts';
import type { Candle } from '../../core/shared/candle.ts';
import { tickOf } from '../../core/shared/round.ts';
import { createReplayMarket } from '../../venue/market/replay-market.ts';
import type { VenueOptions } from '../../venue/venue.ts';
import { createHyperliquidReader } from '../exchange/hyperliquid-reader.ts';
import { createHyperliquidSigner } from '../exchange/hyperliquid-signer.ts';
import { openStore } from '../store/open-store.ts';
import type { Bridge } from './assemble-bridge.ts';
import { assembleBridge } from './assemble-bridge.ts';
import type { DemoSummary } from './demo-summary.ts';
import { summarizeDemo } from './demo-summary.ts';
import type { LocalVenue } from './local-venue.ts';
import { openLocalVenue } from './local-venue.ts';
import { localVenueSource } from './market-sources.ts';
import { observeVenue } from './observe-venue.ts';
import { createVirtualClock } from './virtual-clock.ts';

export interface DemoOptions {
  dataSource: string;
  coins: VenueOptions['coins'];
  /** Closed 5 m bars per coin, oldest first, with history before `fromMs`. */
  candles: ReadonlyMap<string, readonly Candle[]>;
  fromMs: number;
  toMs: number;
  equityUsd: number;
  log: Log;
  onProgress(doneFraction: number, nowMs: number): void;
  /** For who wants to look at it: page and API with this token, at the end, while the bridge still answers. */
  look?: { readToken: string; scores?: BridgeView['scores']; atEnd(url: string): Promise<void> };
}

const BAR_MS = 300_000;
const GUARD_MS = 45_000;
/** TradingView sends an alert some moments after the bar has closed. */
const ALERT_DELAY_MS = 400;
const TOKEN = 'demo-token-that-opens-nothing-else';
/** Throw-away wallets of the simulated venue. */
const WALLETS = {
  account: `0x${'de'.repeat(20)}`,
  entryKey: `0x${'01'.repeat(32)}`,
  guardKey: `0x${'02'.repeat(32)}`,
};

/**
 * Plays candles through the whole bridge in virtual time: venue over HTTP, detector's alerts through the webhook,
 * decisions, signed orders, guard every 45 s and after every change of the account, trades. Deterministic but for the
 * duration of real I/O, which the virtual clock does not see.
 */
export async function playDemo(o: DemoOptions): Promise<DemoSummary> {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-demo-'));
  const clock = createVirtualClock(o.fromMs);
  const venue = await openLocalVenue({ nowMs: clock.nowMs, coins: o.coins, ...WALLETS, usd: o.equityUsd });
  let bridge: Bridge | undefined;
  try {
    bridge = await openBridge(o, folder, venue, clock);
    return await play(o, { clock, venue, bridge });
  } finally {
    await bridge?.close();
    await venue.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openBridge(
  o: DemoOptions,
  folder: string,
  venue: LocalVenue,
  clock: ReturnType<typeof createVirtualClock>,
): Promise<Bridge> {
  const fatal = (e: unknown): never => {
    throw e;
  };
  const signer = (privateKey: string) =>
    createHyperliquidSigner({ url: venue.url, privateKey, isTestnet: true });
  return assembleBridge({
    clock,
    log: o.log,
    store: await openStore({ url: `file:${join(folder, 'demo.db')}`, nowMs: clock.nowMs, fatal }),
    reader: createHyperliquidReader({
      url: venue.url,
      account: WALLETS.account,
      timeoutMs: 3_000,
      nowMs: clock.nowMs,
    }),
    entrySigner: signer(WALLETS.entryKey),
    guardSigner: signer(WALLETS.guardKey),
    sources: [localVenueSource(venue.url, clock)],
    coins: o.coins.map((c) => c.coin),
    mode: 'paper',
    dataSource: () => o.dataSource,
    guardIntervalMs: GUARD_MS,
    tokens: { webhook: [TOKEN], read: o.look?.readToken ?? null, operate: null },
    scores: o.look?.scores,
  });
}

interface Stage {
  clock: ReturnType<typeof createVirtualClock>;
  venue: LocalVenue;
  bridge: Bridge;
}

async function play(o: DemoOptions, { clock, venue, bridge }: Stage): Promise<DemoSummary> {
  const { desk } = bridge;
  const market = createReplayMarket({
    candles: o.candles,
    interval: '5m',
    fromMs: o.fromMs,
    toMs: o.toMs,
    sink: venue.venue,
    szDecimals: new Map(o.coins.map((c) => [c.coin, c.szDecimals])),
    positionSide: (coin) => desk.account?.positions.find((p) => p.coin === coin)?.side,
  });
  const seen = observeVenue(venue.venue, WALLETS.account, clock.nowMs);
  let changes = 0;
  venue.venue.onStep(() => void (changes += 1));
  const detect = openDetectors(o);
  const url = await bridge.listen('127.0.0.1', 0);
  const post = postTo(`${url}/webhook/${TOKEN}`);
  await recover(desk);
  await desk.market.refresh();

  let answers = 0;
  let guardDueMs = o.fromMs + GUARD_MS;
  let guarded = changes;
  for (let step = market.advance(); !step.done; step = market.advance()) {
    // The venue's books changed (a trigger, a take profit): its feed would wake the guard now.
    await clock.advanceTo(step.nowMs);
    const isDue = clock.nowMs() >= guardDueMs;
    if (changes !== guarded || isDue) await guardPositions(desk, isDue ? 'timer' : 'fill');
    guarded = changes;
    if (isDue) guardDueMs = clock.nowMs() + GUARD_MS;
    if (step.closed.length === 0) continue;
    // What the bridge's loop does every ten seconds, with each closed bar: there is nothing newer in between.
    await desk.market.refresh();
    await refreshSignals(desk);
    await watchFading(desk);
    const events = step.closed.flatMap(({ coin, candle }) => detect(coin, candle));
    if (events.length > 0) await clock.advanceTo(step.nowMs + ALERT_DELAY_MS);
    for (const { coin, event } of events) answers += await post(alertOf(coin, event, clock.nowMs()));
    await bridge.idle();
    guarded = changes;
    o.onProgress((step.nowMs - o.fromMs) / (o.toMs - o.fromMs), step.nowMs);
  }
  await guardPositions(desk, 'timer');
  await o.look?.atEnd(url);
  return summarizeDemo({ dataSource: o.dataSource, store: desk.store, account: desk.account, seen, answers });
}

function openDetectors(o: DemoOptions) {
  const detectors = new Map(
    [...o.candles].map(([coin, candles]) => {
      const szDecimals = o.coins.find((c) => c.coin === coin)?.szDecimals ?? 0;
      const mintick = tickOf(candles[0]?.c ?? 1, szDecimals);
      const detector = createDetector(presetParamsOf(coin), { intervalMs: BAR_MS, mintick });
      for (const c of candles) if (c.t < o.fromMs) detector.push(c);
      return [coin, detector] as const;
    }),
  );
  return (coin: string, candle: Candle): { coin: string; event: DetectorEvent }[] =>
    (detectors.get(coin)?.push(candle) ?? []).map((event) => ({ coin, event }));
}

const alertOf = (coin: string, event: DetectorEvent, sentAt: number) =>
  toAlert(event, {
    script: 'cascade-exhaustion@1.1.0',
    strategy: 'max-pain',
    exchange: 'HYPERLIQUID',
    ticker: `${coin.toUpperCase()}USDC.P`,
    interval: '5',
    sentAt,
  });

/** Posts as TradingView does and counts 1 for an alert that was accepted. */
const postTo =
  (url: string) =>
  async (alert: ReturnType<typeof alertOf>): Promise<number> => {
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(alert) });
    if (answer.status !== 202)
      throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
    return 1;
  };
