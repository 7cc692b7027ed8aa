import { isFar, MARK_RATIO_OFF_MAX, MARKS_APART_MS_MAX } from '../core/zones/build-zone-map.ts';

/** A mark unchanged over this many readings stands still when others moved meanwhile. */
const FROZEN_READINGS = 6;
/** What others must have moved by, fraction: a calm market is not a frozen feed. */
const MOVED_MIN = 0.003;
/** Others that must speak against a mark before it counts as wrong; one is enough to miss a venue beside Hyperliquid. */
const WITNESSES = 2;
const witnessesToFreeze = (venue: string): number => (venue === 'hyperliquid' ? WITNESSES : 1);

interface Reading {
  px: number;
  atMs: number;
  /** Readings since the mark last changed, and where the others stood then. */
  unchanged: number;
  othersPx: Map<string, number>;
}

/**
 * Which venue's mark cannot be right, by what the others say: far from two that agree with each other, or standing
 * still while others move. Hyperliquid is judged as well: its prices are the ones we trade at, so when it is
 * outvoted there is no map at all, rather than one at wrong prices.
 */
export interface MarkJudge {
  note(venue: string, coin: string, markPx: number, atMs: number): void;
  /** Null when nothing speaks against it. */
  against(venue: string, coin: string): string | null;
  /** The first of its coins that something speaks against. */
  anyAgainst(venue: string): string | null;
}

export function createMarkJudge(): MarkJudge {
  const byCoin = new Map<string, Map<string, Reading>>();

  const against = (venue: string, coin: string): string | null => {
    const readings = byCoin.get(coin);
    const own = readings?.get(venue);
    if (readings === undefined || own === undefined) return null;
    const others = [...readings].filter(
      ([v, r]) => v !== venue && Math.abs(r.atMs - own.atMs) <= MARKS_APART_MS_MAX,
    );
    const far = others.filter(([, r]) => isFar(own.px, r.px, MARK_RATIO_OFF_MAX));
    const agreeing = far.filter(([v, r]) =>
      far.some(([w, q]) => w !== v && !isFar(r.px, q.px, MARK_RATIO_OFF_MAX)),
    );
    if (agreeing.length >= WITNESSES)
      return `mark ${own.px} is far from that of ${agreeing.map(([v]) => v).join(' and ')}`;
    if (own.unchanged < FROZEN_READINGS) return null;
    const moved = others.filter(([v, r]) => isFar(r.px, own.othersPx.get(v) ?? r.px, MOVED_MIN));
    return moved.length >= witnessesToFreeze(venue)
      ? `mark ${own.px} stands still while ${moved.map(([v]) => v).join(' and ')} move`
      : null;
  };

  return {
    note(venue, coin, px, atMs) {
      const readings = byCoin.get(coin) ?? new Map<string, Reading>();
      byCoin.set(coin, readings);
      const before = readings.get(venue);
      if (before?.px === px) {
        for (const [v, r] of readings) if (!before.othersPx.has(v)) before.othersPx.set(v, r.px);
        readings.set(venue, { ...before, atMs, unchanged: before.unchanged + 1 });
        return;
      }
      const othersPx = new Map([...readings].map(([v, r]) => [v, r.px]));
      readings.set(venue, { px, atMs, unchanged: 0, othersPx });
    },
    against,
    anyAgainst(venue) {
      for (const coin of byCoin.keys()) {
        const why = against(venue, coin);
        if (why !== null) return `${coin} ${why}`;
      }
      return null;
    },
  };
}
