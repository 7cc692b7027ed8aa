import { addToBucket, BUCKET_MS } from '../core/zones/realised/buckets.ts';
import type { HeardSpan, Liquidation, LiquidationBucket, VenueName } from '../core/zones/realised/types.ts';

const DAY_MS = 86_400_000;
const BUCKETS_KEPT_MS = 30 * DAY_MS;
/** Kept one by one per coin; on days with more, the oldest of the day are in the buckets only. */
const RECENT_MAX = 10_000;
/** A report from the future, or from longer ago than any delay explains, is not taken, ms. */
const AHEAD_MS_MAX = 60_000;
const LATE_MS_MAX = 900_000;

/** Bounded memory of one coin's liquidations: a day one by one, 30 days by quarters of an hour. */
export interface LiquidationLog {
  recent: readonly Liquidation[];
  /** Older ones than this are not in `recent`, ms. */
  recentFromMs: number;
  /** Oldest first. */
  buckets: readonly LiquidationBucket[];
}

export function createLiquidationLog() {
  const logs = new Map<
    string,
    { recent: Liquidation[]; recentFromMs: number; buckets: LiquidationBucket[] }
  >();
  const logOf = (coin: string) => {
    const known = logs.get(coin);
    if (known !== undefined) return known;
    const log = { recent: [], recentFromMs: Number.NEGATIVE_INFINITY, buckets: [] };
    logs.set(coin, log);
    return log;
  };

  return {
    /** @returns the bucket it went into; null when its time cannot be */
    take(l: Liquidation, nowMs: number): LiquidationBucket | null {
      if (l.timeMs > nowMs + AHEAD_MS_MAX || l.timeMs < nowMs - LATE_MS_MAX) return null;
      const log = logOf(l.coin);
      insert(log.recent, l);
      if (log.recent.length > RECENT_MAX + 1_000) {
        log.recentFromMs = log.recent[log.recent.length - RECENT_MAX]?.timeMs ?? nowMs;
        log.recent = log.recent.slice(-RECENT_MAX);
      }
      return bucketWith(log.buckets, l);
    },
    /** What was kept over a restart, before anything new. */
    restore(coin: string, recent: readonly Liquidation[], buckets: readonly LiquidationBucket[]): void {
      const log = logOf(coin);
      log.buckets = [...buckets];
      log.recent = recent.slice(-RECENT_MAX);
      if (recent.length > RECENT_MAX) log.recentFromMs = log.recent[0]?.timeMs ?? Number.NEGATIVE_INFINITY;
    },
    of: (coin: string): LiquidationLog => logOf(coin),
    forget(nowMs: number): void {
      for (const log of logs.values()) {
        const first = log.recent.findIndex((l) => l.timeMs > nowMs - DAY_MS);
        log.recent.splice(0, first === -1 ? log.recent.length : first);
        const bucket = log.buckets.findIndex((b) => b.tMs > nowMs - BUCKETS_KEPT_MS);
        log.buckets.splice(0, bucket === -1 ? log.buckets.length : bucket);
      }
    },
  };
}

/** Venues report out of order by seconds: almost always this is a push. */
function insert(recent: Liquidation[], l: Liquidation): void {
  let i = recent.length;
  while (i > 0 && (recent[i - 1]?.timeMs ?? 0) > l.timeMs) i -= 1;
  if (i === recent.length) recent.push(l);
  else recent.splice(i, 0, l);
}

function bucketWith(buckets: LiquidationBucket[], l: Liquidation): LiquidationBucket {
  const tMs = Math.floor(l.timeMs / BUCKET_MS) * BUCKET_MS;
  let i = buckets.length;
  while (i > 0 && (buckets[i - 1]?.tMs ?? 0) > tMs) i -= 1;
  const isSame = (b: LiquidationBucket | undefined): boolean => b?.tMs === tMs && b.side === l.side;
  // At most one bucket of each side at a time.
  const at = isSame(buckets[i - 1]) ? i - 1 : isSame(buckets[i - 2]) ? i - 2 : -1;
  const bucket = addToBucket(at === -1 ? null : (buckets[at] ?? null), l);
  if (at === -1) buckets.splice(i, 0, bucket);
  else buckets[at] = bucket;
  return bucket;
}

/** When each venue was listened to, for 31 days. */
export function createHeardSpans() {
  let spans: HeardSpan[] = [];
  const open = new Map<VenueName, HeardSpan>();
  return {
    status(venue: VenueName, up: boolean, atMs: number): void {
      const current = open.get(venue);
      if (up === (current !== undefined)) return;
      if (current === undefined) {
        const span = { venue, fromMs: atMs, toMs: atMs };
        open.set(venue, span);
        spans.push(span);
      } else {
        current.toMs = Math.max(current.fromMs, atMs);
        open.delete(venue);
      }
    },
    restore(known: readonly HeardSpan[]): void {
      spans = [...known, ...spans];
    },
    /** All, those still open reaching to now. */
    until(nowMs: number): readonly HeardSpan[] {
      for (const span of open.values()) span.toMs = Math.max(span.fromMs, nowMs);
      return spans;
    },
    isOpen: (venue: VenueName): boolean => open.has(venue),
    forget(nowMs: number): void {
      spans = spans.filter((s) => s.toMs > nowMs - BUCKETS_KEPT_MS - DAY_MS);
    },
  };
}
