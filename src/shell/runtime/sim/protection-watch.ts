// Who is protected, by the venue's own books and by rules of its own: what the bridge believes does not count.
import { liquidationPxOf } from '../../../venue/core/margin.ts';
import { scale } from '../../../venue/core/money.ts';
import type { Account, Order, Position, VenueState } from '../../../venue/core/types.ts';

/** Least room between a stop's trigger and its worst price, fraction. */
const ROOM_MIN = 0.02;

/** A stop that stands for less than this ends no gap: protection that does not last is none, ms. */
const SETTLED_MS = 5_000;

/** From the last part of a reading to the action that rests on it, ms. */
const NEW_MS = 2_000;

/** Lots that valid stops of the position cover together. */
export function protectedLots(s: VenueState, a: Account, p: Position): number {
  const c = s.coins[p.asset];
  if (c === undefined) return 0;
  const liquidation = liquidationPxOf(s, a, p);
  const liquidationUnits = liquidation === null ? null : liquidation * scale(c.pxDecimals);
  let lots = 0;
  for (const oid of a.open) {
    const o = s.orders.get(oid);
    if (o !== undefined && o.asset === p.asset && isValidStop(o, p.szi > 0, c.markPx, liquidationUnits))
      lots += o.isWholePosition ? Math.abs(p.szi) : o.sz;
  }
  return lots;
}

/** A reduce-only stop-market, armed, below a long and above a short, before liquidation, with room to fill. */
export function isValidStop(
  o: Order,
  isLong: boolean,
  markPx: number,
  liquidationPx: number | null,
): boolean {
  const t = o.trigger;
  if (t === null || t.tpsl !== 'sl' || !t.isMarket || !o.reduceOnly || o.state !== 'open' || o.hasFired)
    return false;
  if (o.isBuy === isLong) return false;
  if (isLong ? t.triggerPx >= markPx : t.triggerPx <= markPx) return false;
  if (liquidationPx !== null && (isLong ? t.triggerPx <= liquidationPx : t.triggerPx >= liquidationPx))
    return false;
  return (isLong ? t.triggerPx - o.px : o.px - t.triggerPx) >= ROOM_MIN * t.triggerPx;
}

/** One position's time without a full valid stop, ms. */
export interface Bare {
  coin: string;
  /**
   * The longest gap while the venue answered the guard of a living process, and the longest of those that the venue had
   * not told of: what I3 bounds. How often somebody takes a stop away is not the guard's.
   */
  longestMs: number;
  longestUntoldMs: number;
  /** All gaps together: while the venue answered, while a process lived and there was no outage, and all of it. */
  answeredMs: number;
  aliveMs: number;
  wallMs: number;
  /** The venue never told of a change that left it bare: the feed lost it or was silent. The guard's timer is left. */
  isUntold: boolean;
}

export interface ProtectionWatch {
  /** After every step of the venue. */
  look(): void;
  /** What time counts as from now on. */
  setCounting(o: { isAlive: boolean; isAnswered: boolean }): void;
  /** What just happened was not told to anybody. */
  untold(): void;
  /** One entry per position that was ever held, at its end. */
  finish(): readonly Bare[];
  /** Coins that are bare now. */
  bareCoins(): string[];
  /** Whether the coin's position was opened a moment ago: a request that is under way knows nothing of it. */
  isNew(coin: string): boolean;
}

interface Held extends Bare {
  isLong: boolean;
  isBare: boolean;
  /** The gap that lasts, or the last one: its time while the venue answered, and whether the venue never told of it. */
  gap: { answeredMs: number; isUntold: boolean };
  coveredSinceMs: number;
  openedAtMs: number;
}

export function createProtectionWatch(o: {
  state: VenueState;
  account: Account;
  nowMs: () => number;
  onGap: (b: Bare) => void;
  /** A position became bare, or is protected again. */
  onTurn: (b: Bare, isBare: boolean) => void;
}): ProtectionWatch {
  const { state, account } = o;
  const held = new Map<number, Held>();
  const ended: Bare[] = [];
  let counting = { isAlive: false, isAnswered: false };
  let lastMs = o.nowMs();

  const accrue = (): void => {
    const ms = o.nowMs() - lastMs;
    lastMs += ms;
    if (ms === 0) return;
    for (const h of held.values()) {
      if (!h.isBare) continue;
      h.wallMs += ms;
      if (counting.isAlive) h.aliveMs += ms;
      if (!counting.isAlive || !counting.isAnswered) continue;
      h.answeredMs += ms;
      h.gap.answeredMs += ms;
    }
  };
  const closeGap = (h: Held): void => {
    const { answeredMs, isUntold } = h.gap;
    if (isUntold) h.longestUntoldMs = Math.max(h.longestUntoldMs, answeredMs);
    else h.longestMs = Math.max(h.longestMs, answeredMs);
    h.gap = { answeredMs: 0, isUntold: false };
  };
  const end = (asset: number, h: Held): void => {
    closeGap(h);
    held.delete(asset);
    ended.push(h);
    o.onGap(h);
  };
  return {
    look() {
      accrue();
      for (const [asset, h] of held) {
        const p = account.positions.get(asset);
        if (p === undefined || p.szi > 0 !== h.isLong) end(asset, h);
      }
      for (const [asset, p] of account.positions) {
        const h = held.get(asset) ?? {
          coin: state.coins[asset]?.name ?? '',
          isLong: p.szi > 0,
          isBare: false,
          gap: { answeredMs: 0, isUntold: false },
          coveredSinceMs: Number.NEGATIVE_INFINITY,
          openedAtMs: o.nowMs(),
          longestMs: 0,
          longestUntoldMs: 0,
          answeredMs: 0,
          aliveMs: 0,
          isUntold: false,
          wallMs: 0,
        };
        const isBare = protectedLots(state, account, p) < Math.abs(p.szi);
        if (isBare !== h.isBare) {
          o.onTurn(h, isBare);
          if (!isBare) h.coveredSinceMs = o.nowMs();
          else if (o.nowMs() - h.coveredSinceMs >= SETTLED_MS) closeGap(h);
        }
        h.isBare = isBare;
        held.set(asset, h);
      }
    },
    setCounting(next) {
      accrue();
      counting = next;
    },
    untold() {
      for (const h of held.values())
        if (h.isBare) {
          h.isUntold = true;
          h.gap.isUntold = true;
        }
    },
    finish() {
      accrue();
      for (const [asset, h] of held) end(asset, h);
      return ended;
    },
    bareCoins: () => [...held.values()].filter((h) => h.isBare).map((h) => h.coin),
    isNew: (coin) => [...held.values()].some((h) => h.coin === coin && o.nowMs() - h.openedAtMs <= NEW_MS),
  };
}
