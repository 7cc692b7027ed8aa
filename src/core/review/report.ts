import type { Candle } from '../shared/candle.ts';
import type { CoinMeta } from '../shared/coin.ts';
import type { ProfileRow } from '../zones/cumulative-profile.ts';
import { cumulativeProfile } from '../zones/cumulative-profile.ts';
import { DEFAULT_MIX, leverageKernel } from '../zones/leverage-kernel.ts';
import { maintenanceOf } from '../zones/liquidation-px.ts';
import { hyperliquidTiers } from '../zones/maintenance-tiers.ts';
import type { EntryBins, NetPositionDelta } from '../zones/net-position-delta.ts';
import { netPositionDelta } from '../zones/net-position-delta.ts';
import { marketState } from '../zones/signals/bar-signals.ts';
import type { MarketState } from '../zones/signals/bar-signals.ts';
import type { SweptLevel } from '../zones/signals/sweep-signals.ts';
import { sweptLevels } from '../zones/signals/sweep-signals.ts';
import { SIGNAL_THRESHOLDS } from '../zones/signals/thresholds.ts';
import type { CoinSignals } from '../zones/signals/types.ts';
import type { CascadeRisk } from '../zones/signals/zone-signals.ts';
import { cascadeRisk, zonesInReach } from '../zones/signals/zone-signals.ts';
import type { Zone, ZoneMap } from '../zones/types.ts';
import type { RealisedPart, RealisedPartInput } from './realised-part.ts';
import { realisedPart } from './realised-part.ts';
import type { CoinAccuracy } from './report-accuracy.ts';

const BAR_MS = 300_000;
const DAY_MS = 86_400_000;
/** How far from the mark the report looks, fraction. */
const REPORT_REACH = 0.1;
const LEVELS_PER_SIDE = 5;
const VENUES: readonly string[] = ['hyperliquid', 'binance', 'bybit', 'okx'];
const RECENT_MAX = 6;
/** Pull (USD ÷ distance) against the strongest from which a level has high or medium priority. */
const PRIORITY = { high: 0.5, medium: 0.2 };
/** Distances below this count as this much, bps. */
const DISTANCE_BPS_MIN = 5;

export interface ReportLevel {
  px: number;
  loPx: number;
  hiPx: number;
  /** Whose liquidations, and whether it is that side's largest band. */
  kind: 'long zone' | 'short zone' | 'long max pain' | 'short max pain';
  /** Estimate. */
  notionalUsd: number;
  /** From the mark to the nearest edge, fraction, negative below. */
  distanceFraction: number;
  priority: 'high' | 'medium' | 'low';
}

export interface ReportSource {
  venue: string;
  /** Share of the map, 0..1; 0 = not in it. */
  weight: number;
  bars: number;
  scaledBy: 'open-interest' | 'turnover' | null;
  /** Since it was last read completely, ms; null = never. */
  ageMs: number | null;
  /** Why it is not in the map, or what is wrong with it; null when all is well. */
  problem: string | null;
}

/** Everything known of where a coin's liquidations lie. USD figures are estimates of the map, but for turnover and what is realised. */
export interface CoinReport extends RealisedPart {
  coin: string;
  atMs: number;
  /** Close of the newest bar used, ms. */
  asOfMs: number;
  dataSource: string;
  markPx: number;
  overview: {
    priceChangeFraction: number | null;
    turnoverUsd: number | null;
    state: MarketState | null;
    sweptUsd: { long: number; short: number };
    /** Long ÷ all swept, 0..1; null when nothing was. */
    sweptLongShare: number | null;
    largestSweep: { atMs: number; side: 'long' | 'short'; notionalUsd: number } | null;
  };
  keyLevels: ReportLevel[];
  /** Estimated mass from the mark outwards, nearest first. */
  profile: ProfileRow[];
  /** Longs less shorts by the price they were opened at, of Hyperliquid's bars alone; null without bars. */
  netPosition: NetPositionDelta | null;
  magnets: {
    above: ReportLevel | null;
    below: ReportLevel | null;
    /** Estimated USD within 3 % above ÷ below; null when there is none below. */
    asymmetry: number | null;
  };
  cascadeRisk: { down: CascadeRisk; up: CascadeRisk };
  recentLevels: SweptLevel[];
  bias: Pick<CoinSignals, 'agreement' | 'confidence'> & {
    timeframes: { timeframe: string; direction: string; bias: number }[];
  };
  /** The nearest edge of the cluster whose breaking would start the likelier cascade; null without stacked clusters. */
  keyLevel: { direction: 'down' | 'up'; px: number } | null;
  risk: string;
  sources: ReportSource[];
  /** Null: nobody scores the map here. */
  accuracy: CoinAccuracy | null;
}

export interface ReportInput extends RealisedPartInput {
  map: ZoneMap;
  signals: CoinSignals;
  /** Hyperliquid's closed five-minute bars, oldest first. */
  candles: readonly Candle[];
  feeds: readonly { venue: string; lastOkMs: number | null; message: string | null }[];
  dataSource: string;
  accuracy: CoinAccuracy | null;
  /** Hyperliquid's, lowest first; left out or empty: the documentation's. */
  marginTiers?: CoinMeta['marginTiers'];
  /** Known positions by entry; null or left out: none. */
  entries?: EntryBins | null | undefined;
}

export function coinReport(i: ReportInput): CoinReport {
  const { map, signals } = i;
  const keyLevels = keyLevelsOf(map);
  const cascade = {
    down: cascadeRisk(map, 'down', REPORT_REACH, SIGNAL_THRESHOLDS),
    up: cascadeRisk(map, 'up', REPORT_REACH, SIGNAL_THRESHOLDS),
  };
  const keyLevel = keyLevelOf(map, cascade);
  const realised = realisedPart(i);
  return {
    coin: map.coin,
    atMs: i.nowMs,
    asOfMs: map.asOfMs,
    dataSource: i.dataSource,
    markPx: map.markPx,
    overview: overviewOf(map, i.candles),
    keyLevels,
    profile: cumulativeProfile(map),
    netPosition: netPositionOf(i, realised.openInterest?.usd ?? null),
    magnets: {
      above: strongest(keyLevels.filter((l) => l.distanceFraction >= 0)),
      below: strongest(keyLevels.filter((l) => l.distanceFraction < 0)),
      asymmetry: map.reachUsd.long > 0 ? map.reachUsd.short / map.reachUsd.long : null,
    },
    cascadeRisk: cascade,
    recentLevels: sweptLevels(map, SIGNAL_THRESHOLDS).slice(0, RECENT_MAX),
    bias: {
      agreement: signals.agreement,
      confidence: signals.confidence,
      timeframes: signals.timeframes.map(({ timeframe, direction, bias }) => ({
        timeframe,
        direction,
        bias,
      })),
    },
    keyLevel,
    risk: riskNote(map, signals, cascade),
    sources: sourcesOf(map, i.feeds, i.nowMs),
    ...realised,
    notAvailable: [
      ...realised.notAvailable,
      ...signals.unknown.map((u) => ({
        signal: `the ${u.timeframe} timeframe`,
        needs: `one-minute bars (${u.why})`,
      })),
    ],
    accuracy: i.accuracy,
  };
}

function netPositionOf(
  { map, candles, marginTiers = [], entries }: ReportInput,
  openInterestUsd: number | null,
): NetPositionDelta | null {
  const tiers = marginTiers.length > 0 ? maintenanceOf(marginTiers) : hyperliquidTiers(map.coin);
  const kernel = leverageKernel(DEFAULT_MIX, tiers);
  return netPositionDelta({ candles, kernel, markPx: map.markPx, openInterestUsd, observed: entries });
}

const pull = (l: { notionalUsd: number; distanceFraction: number }): number =>
  l.notionalUsd / Math.max(Math.abs(l.distanceFraction) * 10_000, DISTANCE_BPS_MIN);

const strongest = (levels: readonly ReportLevel[]): ReportLevel | null =>
  levels.toSorted((a, b) => pull(b) - pull(a))[0] ?? null;

/** The strongest bands of each side within reach, and each side's max pain wherever it lies; highest price first. */
function keyLevelsOf(map: ZoneMap): ReportLevel[] {
  const levels = (['short', 'long'] as const).flatMap((side) => {
    const own = zonesInReach(map, side, REPORT_REACH).map((z) => levelOf(z, map));
    const chosen = own.toSorted((a, b) => pull(b) - pull(a)).slice(0, LEVELS_PER_SIDE);
    const pain = map.maxPain[side];
    if (pain !== null && !chosen.some((l) => l.loPx === pain.loPx)) chosen.push(levelOf(pain, map));
    return chosen;
  });
  const most = Math.max(0, ...levels.map(pull));
  return levels
    .map((l) => {
      const share = most > 0 ? pull(l) / most : 0;
      const priority: ReportLevel['priority'] =
        share >= PRIORITY.high ? 'high' : share >= PRIORITY.medium ? 'medium' : 'low';
      return { ...l, priority };
    })
    .sort((a, b) => b.px - a.px);
}

function levelOf(z: Zone, map: ZoneMap): ReportLevel {
  const isMaxPain = map.maxPain[z.side]?.loPx === z.loPx;
  return {
    px: z.peakPx,
    loPx: z.loPx,
    hiPx: z.hiPx,
    kind: `${z.side} ${isMaxPain ? 'max pain' : 'zone'}`,
    notionalUsd: z.notionalUsd,
    distanceFraction: ((z.side === 'long' ? -1 : 1) * z.distanceBps) / 10_000,
    priority: 'low',
  };
}

function overviewOf(map: ZoneMap, candles: readonly Candle[]): CoinReport['overview'] {
  const swept = { long: 0, short: 0 };
  for (const s of map.sweeps) swept[s.side] += s.notionalUsd;
  const all = swept.long + swept.short;
  const top = map.sweeps.toSorted((a, b) => b.notionalUsd - a.notionalUsd)[0];
  const newest = candles.at(-1);
  const dayStart = newest === undefined ? 0 : newest.t + BAR_MS - DAY_MS;
  const first = candles.find((c) => c.t >= dayStart);
  const isWholeDay = (candles[0]?.t ?? Number.POSITIVE_INFINITY) <= dayStart;
  const state = marketState(candles, SIGNAL_THRESHOLDS);
  return {
    priceChangeFraction: isWholeDay && first !== undefined ? map.markPx / first.o - 1 : null,
    turnoverUsd: isWholeDay ? candles.reduce((sum, c) => (c.t >= dayStart ? sum + c.v * c.c : sum), 0) : null,
    state: state?.state ?? null,
    sweptUsd: swept,
    sweptLongShare: all > 0 ? swept.long / all : null,
    largestSweep:
      top === undefined ? null : { atMs: top.t + BAR_MS, side: top.side, notionalUsd: top.notionalUsd },
  };
}

const RANK = { low: 0, moderate: 1, high: 2 } as const;

function keyLevelOf(map: ZoneMap, risk: CoinReport['cascadeRisk']): CoinReport['keyLevel'] {
  const [down, up] = [RANK[risk.down.level], RANK[risk.up.level]];
  if (down === 0 && up === 0) return null;
  // Of two alike the one that lies nearer.
  const nearest = { down: zonesInReach(map, 'long', 1)[0], up: zonesInReach(map, 'short', 1)[0] };
  const isDown =
    down === up
      ? (nearest.down?.distanceBps ?? Infinity) <= (nearest.up?.distanceBps ?? Infinity)
      : down > up;
  const zone = isDown ? nearest.down : nearest.up;
  if (zone === undefined) return null;
  return isDown ? { direction: 'down', px: zone.hiPx } : { direction: 'up', px: zone.loPx };
}

function riskNote(map: ZoneMap, signals: CoinSignals, risk: CoinReport['cascadeRisk']): string {
  const notes: string[] = [];
  const slower = new Set(signals.timeframes.filter((f) => f.timeframe !== '1m').map((f) => f.direction));
  if (slower.has('up') && slower.has('down')) notes.push('timeframes point apart: no entry');
  else if (signals.agreement === 'conflicted') notes.push('1m points against the other timeframes');
  const cards = signals.timeframes.flatMap((f) => f.cards);
  if (cards.some((c) => c.name === 'crowding' && c.state === 'too-hot'))
    notes.push('both sides are dense around the mark: small size or none');
  if (cards.some((c) => c.name === 'sweep-velocity' && c.state === 'running'))
    notes.push('a sweep is running: do not enter against it');
  if (risk.down.level === 'high' && risk.up.level === 'high')
    notes.push('clusters are stacked on both sides: a move either way may run');
  if (map.leftOut.length > 0) notes.push(`${map.leftOut.length} venue(s) are not in the map`);
  return notes.length > 0 ? notes.join('; ') : 'nothing beyond the ordinary: stops stay outside the clusters';
}

function sourcesOf(map: ZoneMap, feeds: ReportInput['feeds'], nowMs: number): ReportSource[] {
  const names = new Set([
    ...map.sources.map((s) => s.venue),
    ...map.leftOut.map((l) => l.venue),
    // Streams and charts have health of their own; they are no sources of the map.
    ...feeds.map((f) => f.venue).filter((venue) => VENUES.includes(venue)),
  ]);
  return [...names].map((venue) => {
    const used = map.sources.find((s) => s.venue === venue);
    const feed = feeds.find((f) => f.venue === venue);
    return {
      venue,
      weight: used?.weight ?? 0,
      bars: used?.bars ?? 0,
      scaledBy: used?.scaledBy ?? null,
      ageMs: feed === undefined || feed.lastOkMs === null ? null : nowMs - feed.lastOkMs,
      problem:
        map.leftOut.find((l) => l.venue === venue)?.why ??
        feed?.message ??
        (used === undefined ? 'does not list this coin, or is not read yet' : null),
    };
  });
}
