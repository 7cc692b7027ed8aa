// Child of the order benchmarks: prints one figure.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateKeyToAddress } from 'viem/accounts';
import { recover } from '../../../app/recover.ts';
import { refreshSignals } from '../../../app/signal-book.ts';
import type { OrderLeg, SendOutcome } from '../../../core/execute/types.ts';
import { RISK_LIMITS } from '../../../core/decide/risk-limits.ts';
import { FLUSH_CLOSE_RATIO, FLUSH_EXTREME_RATIO } from '../../../venue/market/flush-candles.ts';
import { SYNTHETIC_COINS } from '../../../venue/market/synthetic-coins.ts';
import { systemClock } from '../../clock.ts';
import { createInfo } from '../../exchange/hyperliquid-info.ts';
import { createHyperliquidReader } from '../../exchange/hyperliquid-reader.ts';
import { createHyperliquidSigner } from '../../exchange/hyperliquid-signer.ts';
import type { Fetch } from '../../exchange/post-json.ts';
import type { WarmConnections } from '../../exchange/keep-warm.ts';
import { venueConnections } from '../../exchange/venue-connections.ts';
import { openStore } from '../../store/open-store.ts';
import type { Bridge } from '../assemble-bridge.ts';
import { assembleBridge } from '../assemble-bridge.ts';
import { localVenueSource } from '../market-sources.ts';
import { standReady } from '../stand-ready.ts';
import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { atMost, quantile } from './figure.ts';

const VENUE = 'src/shell/runtime/bench/venue-server.ts';
const TOKEN = 'bench-token-that-opens-nothing-else';
const ACCOUNT = `0x${'be'.repeat(20)}`;
const KEYS = [`0x${'b1'.repeat(32)}`, `0x${'b2'.repeat(32)}`] as const;
const BAR_MS = 300_000;
/** What a bridge has after its start, or after the first alert of a cascade, to get ready for entries, ms. */
const READY_AFTER_MS = 5_000;

/** Alert in to order accepted at 50 ms round trip, one coin after the other; the median, in round trips. */
async function benchAlertToOrder(): Promise<Figure> {
  return withBridge(50, async (bridge, rttMs, orders) => {
    const times: number[] = [];
    for (const { coin, startPx } of SYNTHETIC_COINS) {
      const before = orders.length;
      const sentAt = performance.now();
      await post(bridge, coin, startPx);
      await bridge.idle();
      const order = orders[before];
      if (order === undefined) throw new Error(`${coin} was refused: ${await whyRefused(bridge)}`);
      times.push(order.atMs - sentAt);
    }
    return atMost(
      'alert-to-order-rtt',
      quantile(times, 0.5) / rttMs,
      'round trips',
      1.15,
      `webhook in to the venue's answer, median of ${times.length} coins; round trip of a signed no-op ${rttMs.toFixed(1)} ms`,
    );
  });
}

/** Eighteen alerts at the same moment at 200 ms round trip, until the last one is filled with its stop accepted. */
async function benchBurst(): Promise<Figure> {
  return withBridge(200, async (bridge, rttMs, orders) => {
    const sentAt = performance.now();
    await Promise.all(SYNTHETIC_COINS.map(({ coin, startPx }) => post(bridge, coin, startPx)));
    await bridge.idle();
    const safe = orders.filter(
      ({ outcome: o }) =>
        o.kind === 'answered' && o.legs[0]?.kind === 'filled' && o.legs[1]?.kind === 'resting',
    );
    if (safe.length !== SYNTHETIC_COINS.length)
      throw new Error(`${safe.length} of ${SYNTHETIC_COINS.length} protected: ${await whyRefused(bridge)}`);
    const lastMs = Math.max(...safe.map((o) => o.atMs));
    return atMost(
      'burst18-rtt',
      (lastMs - sentAt) / rttMs,
      'round trips',
      1.5,
      `${safe.length} alerts at once, all entries filled and all stops accepted, round trip ${rttMs.toFixed(1)} ms`,
    );
  });
}

const LEG = { coin: 'BTC', assetId: 0, sz: 0.01 } as const;
const BRACKET: readonly OrderLeg[] = [
  {
    ...LEG,
    cloid: `0x${'01'.repeat(16)}`,
    role: 'entry',
    isBuy: true,
    reduceOnly: false,
    px: 100_000,
    type: { tif: 'Ioc' },
  },
  {
    ...LEG,
    cloid: `0x${'02'.repeat(16)}`,
    role: 'stop',
    isBuy: false,
    reduceOnly: true,
    px: 90_000,
    type: { triggerPx: 98_000, isMarket: true, tpsl: 'sl' },
  },
];

type Orders = { atMs: number; outcome: SendOutcome }[];

async function withBridge<T>(
  latencyMs: number,
  work: (bridge: Bridge, rttMs: number, orders: Orders) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-bench-'));
  const agents = KEYS.map((k) => privateKeyToAddress(k)).join(',');
  const venue = runChild(VENUE, [String(latencyMs), ACCOUNT, agents]);
  const connections = venueConnections();
  let bridge: Bridge | undefined;
  let ready: WarmConnections | undefined;
  try {
    const url = (await venue.until(/listening (\S+) /))[1] ?? '';
    const orders: Orders = [];
    bridge = await openBridge(url, folder, orders, connections.fetch);
    const info = createInfo({ url, timeoutMs: 5_000, nowMs: systemClock.nowMs, fetch: connections.fetch });
    await recover(bridge.desk);
    await bridge.desk.market.refresh();
    await refreshSignals(bridge.desk);
    ready = standReady({ bridge, info, connections });
    for (const { coin, startPx } of SYNTHETIC_COINS) await post(bridge, coin, startPx, 'cascade.start');
    await systemClock.sleep(READY_AFTER_MS);
    const rttMs = await roundTrip(url);
    return await work(bridge, rttMs, orders);
  } finally {
    ready?.stop();
    // Its guard would go on looking for the account of a venue that is gone.
    if (bridge !== undefined) bridge.desk.isStopping = true;
    await bridge?.close(500);
    await connections.close();
    await venue.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openBridge(url: string, folder: string, orders: Orders, fetch: Fetch): Promise<Bridge> {
  const fatal = (e: unknown): never => {
    throw e;
  };
  const silent = (): void => undefined;
  const [entryKey, guardKey] = KEYS;
  const entry = createHyperliquidSigner({ url, privateKey: entryKey, isTestnet: true, fetch });
  const guard = createHyperliquidSigner({ url, privateKey: guardKey, isTestnet: true });
  const { order } = entry;
  entry.order = async (...args) => {
    const outcome = await order(...args);
    orders.push({ atMs: performance.now(), outcome });
    return outcome;
  };
  return assembleBridge({
    clock: systemClock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    store: await openStore({ url: `file:${join(folder, 'bench.db')}`, nowMs: systemClock.nowMs, fatal }),
    reader: createHyperliquidReader({ url, account: ACCOUNT, timeoutMs: 5_000, nowMs: systemClock.nowMs }),
    entrySigner: entry,
    guardSigner: guard,
    sources: [localVenueSource(url, systemClock)],
    mode: 'paper',
    dataSource: () => 'bench',
    guardIntervalMs: 45_000,
    tokens: { webhook: [TOKEN], read: null, operate: null },
    // The limits are not what is measured.
    limits: {
      ...RISK_LIMITS,
      positionsMax: 50,
      dayRiskFractionMax: 1,
      grossLeverageMax: 20,
      sideLeverageMax: 20,
      groupLeverageMax: 20,
      cascadeRiskFractionMax: 1,
      zonesAgeBarsMax: 100,
    },
  });
}

/**
 * Median time of a signed order from its first byte to the venue's answer: the network's round trip with the venue's own
 * work on a signature, which our venue does in JavaScript. Our signing is not in it.
 */
async function roundTrip(url: string): Promise<number> {
  const times: number[] = [];
  const timed = async (to: string, init: RequestInit): Promise<Response> => {
    const startMs = performance.now();
    const answer = await fetch(to, init);
    const body = await answer.text();
    times.push(performance.now() - startMs);
    return new Response(body, answer);
  };
  // A wallet nobody approved: the venue verifies its signature like any other, and refuses it.
  const stranger = createHyperliquidSigner({
    url,
    privateKey: `0x${'77'.repeat(32)}`,
    isTestnet: true,
    fetch: timed,
  });
  const send = (i: number): Promise<unknown> =>
    stranger.order(BRACKET, { grouping: 'na', nonce: systemClock.nowMs() + i, expiresAfterMs: null });
  // A venue has seen orders before ours: its code is compiled.
  await Promise.all(Array.from({ length: 60 }, (_, i) => send(i)));
  times.length = 0;
  for (let i = 0; i < 20; i++) await send(i);
  return quantile(times, 0.5);
}

async function post(
  bridge: Bridge,
  coin: string,
  startPx: number,
  kind: 'cascade.start' | 'cascade.exhaustion' = 'cascade.exhaustion',
): Promise<void> {
  const barTime = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
  const alert = {
    v: 1,
    kind,
    script: 'cascade-exhaustion@1.0.0',
    strategy: 'max-pain',
    exchange: 'HYPERLIQUID',
    ticker: `${coin.toUpperCase()}USDC.P`,
    interval: '1',
    barTime,
    sentAt: Date.now(),
    side: 'long',
    close: Number((startPx * FLUSH_CLOSE_RATIO).toPrecision(5)),
    high: startPx * 0.967,
    low: startPx * 0.9605,
    atr: startPx * 0.0018,
    score: 80,
    cascade: {
      startTime: Math.floor(Date.now() / BAR_MS) * BAR_MS - 8 * BAR_MS,
      extreme: startPx * FLUSH_EXTREME_RATIO,
      movePct: -3.98,
      bars: 3,
      volumeRatio: 8,
      oiChangePct: null,
      rsi: 12,
    },
  };
  const answer = await bridge.app.request(
    `/webhook/${TOKEN}`,
    { method: 'POST', body: JSON.stringify(alert) },
    { incoming: { socket: { remoteAddress: '127.0.0.1' } } },
  );
  if (answer.status !== 202) throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`);
}

async function whyRefused(bridge: Bridge): Promise<string> {
  const { items } = await bridge.desk.store.listDecisions({ limit: 50 });
  return (
    items
      .filter((d) => d.status === 'refused')
      .map((d) => `${d.coin} ${d.explain}`)
      .join(' | ') || 'not answered as expected'
  );
}

const figure = process.argv[2] === 'burst18-rtt' ? await benchBurst() : await benchAlertToOrder();
process.stdout.write(`${JSON.stringify(figure)}\n`);
