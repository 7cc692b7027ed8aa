import { alertsIntoQueue } from '../../../app/alert-queue.ts';
import { idle } from '../../../app/desk.ts';
import { guardPositions } from '../../../app/guard-positions.ts';
import { watchFading } from '../../../app/watch-fading.ts';
import { canonicalBody, keyOf } from '../../../core/alert/schema.ts';
import { createDetector } from '../../../core/detect/create-detector.ts';
import type { DetectorParams } from '../../../core/detect/params.ts';
import { presetParamsOf } from '../../../core/detect/presets.ts';
import { toAlert } from '../../../core/detect/to-alert.ts';
import type { CascadeEvent, Detector } from '../../../core/detect/types.ts';
import type { Candle } from '../../../core/shared/candle.ts';
import type { CoinParams } from '../../../core/shared/coin-params.ts';
import { pxDecimals, tickOf } from '../../../core/shared/round.ts';
import { expandCandle } from '../../../venue/market/candle-path.ts';
import type { PathPoint } from '../../../venue/market/candle-path.ts';
import type { VenueCoin } from '../../../venue/venue.ts';
import { digest } from '../../digest.ts';
import { holdingsNow } from '../sim/sim-reader.ts';
import type { ReplayDesk } from './replay-desk.ts';
import { openReplayDesk } from './replay-desk.ts';

export interface ReplayOptions {
  coins: readonly VenueCoin[];
  /** Closed 5 m bars per coin, oldest first, with history before `fromMs`. */
  candles: ReadonlyMap<string, readonly Candle[]>;
  fromMs: number;
  toMs: number;
  equityUsd: number;
  /** Default the committed ones. */
  params?: readonly CoinParams[];
  /** Default each coin's preset. */
  detectorOf?: (coin: string) => DetectorParams;
  onProgress?: (doneFraction: number, nowMs: number) => void;
}

export interface Replayed {
  /** Bars played, without history. */
  bars: number;
  rows: ReplayDesk['rows'];
  equityUsd: number;
  /** Deepest fall of equity from its highest point, seen at bar closes, fraction of that point. */
  maxDrawdownFraction: number;
  unprotectedMsMax: number;
  openPositions: number;
}

const BAR_MS = 300_000;
const ALERT_DELAY_MS = 400;
/** Prices on each leg of a bar, as in the demo. */
const STEPS_PER_LEG = 2;
/** How many bars pass between two reports of progress. */
const PROGRESS_EVERY = 2_000;

interface Track {
  coin: string;
  szDecimals: number;
  candles: readonly Candle[];
  next: number;
  detector: Detector;
  path: PathPoint[];
}

interface Fired {
  coin: string;
  event: CascadeEvent;
}

/**
 * Plays bars through detector, map, decision, guard and the venue's matching core, as fast as the machine can: the
 * bridge's use cases themselves, without what carries messages between them. A coin without position and orders is
 * given no prices inside its bars, because nothing could happen to it there; one with them gets seven a bar, the extreme
 * against the position first. The guard looks after every change, and at each bar's close while something is open;
 * alerts arrive 400 ms after their bar. Same input, same result.
 * @throws Error at the first error a use case logs: a report on half a run would be a wrong one
 */
export async function playReplay(o: ReplayOptions): Promise<Replayed> {
  const world = await openReplayDesk(o);
  const tracks = o.coins.map((c) => openTrack(o, c, world));
  const drawdown = createDrawdown(world, o.equityUsd);
  let bars = 0;
  for (let barMs = nextBarMs(tracks); barMs < o.toMs; barMs = nextBarMs(tracks)) {
    const { account } = world.venue;
    const isActive = account.positions.size > 0 || account.open.size > 0;
    if (isActive) await playPrices(world, tracks, barMs);
    const closed = tracks.filter((t) => t.candles[t.next]?.t === barMs);
    const fired = closed.flatMap(detect);
    if (isActive || fired.length > 0) await closeBar(world, barMs + BAR_MS, fired);
    const problem = world.problem();
    if (problem !== null)
      throw new Error(`the replay failed at ${new Date(barMs).toISOString()}: ${problem}`);
    // After the alerts: the bridge reads a bar 1.5 s after its close at the earliest.
    for (const t of closed) world.book.push(t.coin, t.candles[t.next++]!);
    bars += closed.length;
    if (isActive) drawdown.look();
    if (bars % PROGRESS_EVERY < tracks.length)
      o.onProgress?.((barMs - o.fromMs) / (o.toMs - o.fromMs), barMs);
  }
  drawdown.look();
  o.onProgress?.(1, o.toMs);
  return {
    bars,
    rows: world.rows,
    equityUsd: drawdown.equityUsd(),
    maxDrawdownFraction: drawdown.deepest(),
    unprotectedMsMax: world.unprotectedMsMax(),
    openPositions: world.venue.account.positions.size,
  };
}

/** A coin with its history taken in: the map and the detector know what a chart would. */
function openTrack(o: ReplayOptions, { coin, szDecimals }: VenueCoin, { book, venue }: ReplayDesk): Track {
  const candles = o.candles.get(coin) ?? [];
  const mintick = tickOf(candles[0]?.c ?? 1, szDecimals);
  const detector = createDetector((o.detectorOf ?? presetParamsOf)(coin), { intervalMs: BAR_MS, mintick });
  let next = 0;
  for (; next < candles.length && (candles[next]?.t ?? o.fromMs) < o.fromMs; next++) {
    const bar = candles[next];
    if (bar === undefined) break;
    book.push(coin, bar);
    detector.push(bar);
  }
  const px = candles[next]?.o ?? candles[next - 1]?.c;
  if (px !== undefined) venue.setPrice(coin, px);
  return { coin, szDecimals, candles, next, detector, path: [] };
}

/** What the chart's script would send on the bar that closes; heartbeats are for a feed that can fail. */
function detect({ coin, candles, next, detector }: Track): Fired[] {
  const bar = candles[next];
  if (bar === undefined) return [];
  return detector.push(bar).flatMap((event) => (event.kind === 'heartbeat' ? [] : [{ coin, event }]));
}

function nextBarMs(tracks: readonly Track[]): number {
  let ms = Number.POSITIVE_INFINITY;
  for (const t of tracks) {
    const bar = t.candles[t.next];
    if (bar !== undefined && bar.t < ms) ms = bar.t;
  }
  return ms;
}

/** Prices inside the running bars of the coins that have something to lose or to fill, in the order of time. */
async function playPrices(world: ReplayDesk, tracks: readonly Track[], barMs: number): Promise<void> {
  const { venue, clock, desk } = world;
  const running = tracks.flatMap((t) => {
    const bar = t.candles[t.next];
    if (bar?.t !== barMs || !hasOpen(world, t.coin)) return [];
    const held = venue.account.positions.get(venue.coin(t.coin).asset);
    expandCandle(
      bar,
      {
        intervalMs: BAR_MS,
        mode: 'worst-case',
        positionSide: held === undefined ? undefined : held.szi > 0 ? 'long' : 'short',
        stepsPerLeg: STEPS_PER_LEG,
        pxDecimals: pxDecimals(bar.h, t.szDecimals),
      },
      t.path,
    );
    return [t];
  });
  for (let step = 0; step < 1 + 3 * STEPS_PER_LEG; step++) {
    const before = world.changes();
    for (const t of running) {
      const point = t.path[step];
      if (point === undefined) continue;
      await clock.advanceTo(barMs + point.offsetMs);
      venue.setPrice(t.coin, point.px);
    }
    if (world.changes() !== before) await guardPositions(desk, 'fill');
  }
}

function hasOpen({ venue }: ReplayDesk, coin: string): boolean {
  const { asset } = venue.coin(coin);
  if (venue.account.positions.has(asset)) return true;
  for (const oid of venue.account.open) if (venue.state.orders.get(oid)?.asset === asset) return true;
  return false;
}

/** What happens when bars have closed: the guard looks, and the alerts of that moment are decided together. */
async function closeBar(world: ReplayDesk, closeMs: number, fired: readonly Fired[]): Promise<void> {
  const { desk, clock, venue } = world;
  await clock.advanceTo(closeMs);
  await guardPositions(desk, 'timer');
  await watchFading(desk);
  await idle(desk);
  if (fired.length === 0) return;
  await clock.advanceTo(closeMs + ALERT_DELAY_MS);
  for (const { coin, event } of fired) {
    venue.setPrice(coin, event.close);
    await receive(world, coin, event);
  }
  const before = world.changes();
  await alertsIntoQueue(desk);
  await idle(desk);
  if (world.changes() !== before) await guardPositions(desk, 'fill');
}

/** The webhook without its HTTP. */
async function receive({ desk, clock }: ReplayDesk, coin: string, event: CascadeEvent): Promise<void> {
  const alert = toAlert(event, {
    script: 'cascade-exhaustion@1.1.0',
    strategy: 'max-pain',
    exchange: 'HYPERLIQUID',
    ticker: `${coin.toUpperCase()}USDC.P`,
    interval: '5',
    sentAt: clock.nowMs(),
  });
  const key = keyOf(alert);
  await desk.store.receiveAlert({
    id: digest(key).slice(0, 32),
    key,
    bodySha: digest(canonicalBody(alert)),
    alert,
    receivedAtMs: clock.nowMs(),
    state: 'new',
    outcome: null,
  });
}

function createDrawdown({ venue }: ReplayDesk, startUsd: number) {
  let [equityUsd, highUsd, deepest] = [startUsd, startUsd, 0];
  return {
    look() {
      ({ equityUsd } = holdingsNow(venue.state, venue.account));
      highUsd = Math.max(highUsd, equityUsd);
      deepest = Math.max(deepest, 1 - equityUsd / highUsd);
    },
    equityUsd: () => equityUsd,
    deepest: () => deepest,
  };
}
