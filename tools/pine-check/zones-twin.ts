// The twin of pine/liquidation_zones.pine: the same estimate and the same alerts from candles alone. The server does
// not run it (its own map, src/core/zones, is finer and merges venues), so it lives with the checks.
import type { Alert } from '../../src/core/alert/schema.ts';
import { ALERT_SCHEMA_VERSION } from '../../src/core/alert/schema.ts';
import { roundToMintick } from '../../src/core/detect/round-to-mintick.ts';
import type { Candle } from '../../src/core/shared/candle.ts';
import type { PineChart } from './fixture-provider.ts';

/** The inputs that change what is sent. */
export interface ZonesParams {
  bucketPct: number;
  leverageMax: number;
  leverageMin: number;
  marginPct: number;
  halfLifeBars: number;
  reachPct: number;
  density: number;
  alertOnTouch: boolean;
  shareMin: number;
  forgetBars: number;
  heartbeatBars: number;
}

export const ZONES_TITLES: Readonly<Record<keyof ZonesParams, string>> = {
  bucketPct: 'Bucket (%)',
  leverageMax: 'Highest leverage',
  leverageMin: 'Lowest leverage',
  marginPct: 'Maintenance margin (%)',
  halfLifeBars: 'Half-life (bars)',
  reachPct: 'Reach (%)',
  density: 'Zone density (share of the densest)',
  alertOnTouch: 'Alert when price reaches a zone',
  shareMin: 'Least share of the side',
  forgetBars: 'Depth starts anew after (bars)',
  heartbeatBars: 'Heartbeat every N bars (0 = off)',
};

export const ZONES_DEFAULTS: ZonesParams = {
  bucketPct: 0.2,
  leverageMax: 100,
  leverageMin: 4,
  marginPct: 0.5,
  halfLifeBars: 2016,
  reachPct: 10,
  density: 0.5,
  alertOnTouch: true,
  shareMin: 0.1,
  forgetBars: 48,
  heartbeatBars: 12,
};

/** Unlike the defaults in every number; many touches on a tape that moves a few percent. For tests. */
export const ZONES_OTHER: ZonesParams = {
  bucketPct: 0.1,
  leverageMax: 125,
  leverageMin: 10,
  marginPct: 0.4,
  halfLifeBars: 200,
  reachPct: 4,
  density: 0.8,
  alertOnTouch: true,
  shareMin: 0.02,
  forgetBars: 6,
  heartbeatBars: 7,
};

const TAPS = 12;
const BUCKETS_HALF = 3000;
/** Long liquidations lie below price, short ones above. */
const WAYS = { long: -1, short: 1 } as const;
const SIDES = ['long', 'short'] as const;

/** A run of dense levels, `near` next to price. */
interface Level {
  near: number;
  far: number;
  mass: number;
  share: number;
}

/** One side: mass by bucket, its zones as of the last bar, and the zones reached one after the other. */
interface Book {
  masses: Map<number, number>;
  zones: Level[];
  lastIndex: number | null;
  reached: number;
  far: number | null;
}

export interface ZoneTouch {
  side: 'long' | 'short';
  level: Level;
  depth: number;
}

/** What one bar reached; `edgePx` gives a bucket's lower edge. */
export function createZonesTwin(p: ZonesParams): {
  push(k: Candle): ZoneTouch[];
  zones(side: 'long' | 'short'): readonly Level[];
  edgePx(bucket: number): number;
} {
  const step = Math.log(1 + p.bucketPct / 100);
  const bucketOf = (px: number): number => Math.floor(Math.log(px) / step);
  const edgePx = (bucket: number): number => (1 + p.bucketPct / 100) ** bucket;
  const newBook = (): Book => ({ masses: new Map(), zones: [], lastIndex: null, reached: 0, far: null });
  const books = { long: newBook(), short: newBook() };
  const leverages = Array.from(
    { length: TAPS },
    (_, tap) => p.leverageMin * (p.leverageMax / p.leverageMin) ** (tap / (TAPS - 1)),
  );
  let index = -1;
  let base = 0;

  /** Positions opened at `px`, but for levels that the bar has passed itself. */
  function seed(px: number, mass: number, passed: Record<'long' | 'short', number>): void {
    for (const leverage of leverages)
      for (const side of SIDES) {
        const way = WAYS[side];
        const bucket = bucketOf((px * (1 + way / leverage)) / (1 + (way * p.marginPct) / 100));
        const isBeyond = way * bucket > way * passed[side];
        if (!isBeyond || bucket < base || bucket > base + 2 * BUCKETS_HALF) continue;
        const { masses } = books[side];
        masses.set(bucket, (masses.get(bucket) ?? 0) + mass / leverage);
      }
  }

  return {
    edgePx,
    zones: (side) => books[side].zones,
    push({ h, l, c, v }) {
      index += 1;
      const [low, high] = [bucketOf(l), bucketOf(h)];
      const touches: ZoneTouch[] = [];
      if (index === 0) base = bucketOf(c) - BUCKETS_HALF;
      else {
        for (const side of SIDES) {
          const level = reachedOf(books[side], WAYS[side], side === 'long' ? low : high, index, p);
          if (level !== null) touches.push({ side, level, depth: books[side].reached - 1 });
        }
        for (const bucket of books.long.masses.keys()) if (bucket >= low) books.long.masses.delete(bucket);
        for (const bucket of books.short.masses.keys()) if (bucket <= high) books.short.masses.delete(bucket);
      }
      const here = bucketOf(c);
      const mass = (v * c * 2 ** (index / p.halfLifeBars)) / 1000;
      for (const px of [h, l, c]) seed(px, mass, { long: low, short: high });
      for (const side of SIDES) {
        const way = WAYS[side];
        const count = Math.max(1, Math.abs(bucketOf(c * (1 + (way * p.reachPct) / 100)) - here));
        books[side].zones = zonesOf(books[side].masses, here, way, count, p.density);
      }
      return touches;
    },
  };
}

function zonesOf(
  masses: ReadonlyMap<number, number>,
  here: number,
  way: 1 | -1,
  count: number,
  density: number,
): Level[] {
  const near = Array.from({ length: count }, (_, i) => ({
    bucket: here + way * (i + 1),
    mass: masses.get(here + way * (i + 1)) ?? 0,
  }));
  const most = Math.max(...near.map((n) => n.mass));
  const total = near.reduce((sum, n) => sum + n.mass, 0);
  const zones: Level[] = [];
  let isOpen = false;
  for (const { bucket, mass } of most > 0 ? near : []) {
    const isDense = mass >= density * most;
    const last = zones.at(-1);
    if (isDense && isOpen && last !== undefined) {
      last.far = bucket;
      last.mass += mass;
    } else if (isDense) zones.push({ near: bucket, far: bucket, mass, share: 0 });
    isOpen = isDense;
  }
  for (const zone of zones) zone.share = Math.min(1, zone.mass / total);
  return zones;
}

/** The deepest zone the bar has reached beyond those before; null when none. */
function reachedOf(book: Book, way: 1 | -1, extreme: number, index: number, p: ZonesParams): Level | null {
  if (book.lastIndex !== null && index - book.lastIndex > p.forgetBars) {
    book.reached = 0;
    book.far = null;
  }
  let reached: Level | null = null;
  for (const zone of book.zones) {
    if (book.far !== null && way * zone.near <= way * book.far) continue;
    if (zone.share < p.shareMin || way * extreme < way * zone.near) continue;
    reached = zone;
    book.far = zone.far;
    book.reached += 1;
    book.lastIndex = index;
  }
  return reached;
}

/** What the script would have sent on every bar of the chart. */
export function runZonesTwin(
  p: ZonesParams,
  chart: PineChart,
  sender: { script: string; strategy: string; nowMs: number },
): Alert[] {
  const twin = createZonesTwin(p);
  const slotMs = p.heartbeatBars * chart.intervalMs;
  const px = (x: number): number => roundToMintick(x, chart.mintick);
  let before = Infinity;
  return chart.candles.flatMap((k): Alert[] => {
    const head = {
      v: ALERT_SCHEMA_VERSION,
      script: sender.script,
      strategy: sender.strategy,
      exchange: chart.exchange,
      ticker: chart.ticker,
      interval: chart.interval,
      barTime: k.t,
      sentAt: sender.nowMs,
    } as const;
    const touches = twin.push(k).map(({ side, level, depth }): Alert => {
      const lo = px(twin.edgePx(Math.min(level.near, level.far)));
      const hi = px(twin.edgePx(Math.max(level.near, level.far) + 1));
      const zone = { lo, hi, depth: Math.min(depth, 99), share: level.share };
      return { ...head, kind: 'zone.touch', side, close: px(k.c), zone };
    });
    const beats = slotMs > 0 && Math.floor(k.t / slotMs) > Math.floor(before / slotMs);
    before = k.t;
    return [
      ...(p.alertOnTouch ? touches : []),
      ...(beats ? [{ ...head, kind: 'heartbeat' as const, close: px(k.c) }] : []),
    ];
  });
}
