import { assert } from '../shared/assert.ts';
import type { Side } from '../shared/coin.ts';
import type { ObservedPosition } from './observed-sides.ts';
import { isBeyond, OBSERVED_HALF_LIFE_MS } from './observed-sides.ts';
import type { ObservedReading } from './observed-zones.ts';

/** One position of an account as the venue told it. */
export interface ReadPosition {
  coin: string;
  side: Side;
  liquidationPx: number | null;
  /** Coins, unsigned. */
  sz: number;
  /** Mean price it was opened at; null or left out: not told. */
  entryPx?: number | null | undefined;
}

/** What is remembered of an account over a restart. */
export interface KeptAccount {
  address: string;
  seenAtMs: number;
  /** Null: never read. */
  readAtMs: number | null;
  tradedShare: number;
  positions: readonly ReadPosition[];
}

/** The lowest and the highest price since a moment; null while that is not known. */
export type ExtremesSince = (sinceMs: number) => { loPx: number; hiPx: number } | null;

/** Whose positions are known, and whom to ask next. Addresses as the venue spells them; times ms since the epoch. */
export interface ObservedBook {
  /** Both sides of a trade were seen. Sizes in coins. */
  traded(t: { coin: string; sz: number; users: readonly string[] }, nowMs: number): void;
  /** The mark as it is: levels it is at or beyond are dead until their account is read again. */
  marked(coin: string, markPx: number, openInterestUsd: number | null): void;
  /** Whom reading tells most; null when nobody is due. */
  next(nowMs: number): string | null;
  /** An account's positions, all of them; takes the place of what was known. Coins never marked are left out. */
  took(address: string, positions: readonly ReadPosition[], nowMs: number): void;
  /** It could not be read: what was known stays, and ages. */
  failed(address: string, nowMs: number): void;
  /** Null when no position of the coin is known. */
  reading(coin: string, nowMs: number): ObservedReading | null;
  /** Accounts remembered, and those of them that were read. */
  counts(): { addresses: number; read: number };
  /** What was read, found or forgotten since the last time this was asked, to be kept over a restart. */
  unwritten(): { changed: KeptAccount[]; gone: string[] };
  /** It could not be written: it is told again. */
  notWritten(batch: { changed: readonly KeptAccount[]; gone: readonly string[] }): void;
  /**
   * Accounts of an earlier process, as old as they are; what is known already stays. Their positions are in no reading
   * until `release`: price may have been at their levels while nobody looked. Nothing happens before the first mark.
   * @returns whether it happened
   */
  restore(accounts: readonly KeptAccount[], nowMs: number): boolean;
  /** Of a coin's restored positions, those whose level price was at since they were read are dead, the others count. */
  release(coin: string, since: ExtremesSince): void;
}

/** Accounts remembered: at 150 readings a minute all are read in half an hour. */
const ADDRESSES_MAX = 5_000;
/** An account is not asked twice within this, ms: market makers trade all the time and would use up the budget. */
export const AGAIN_AFTER_MS = 180_000;
/** An older reading is no reading, and an account not seen for so long is forgotten, ms. */
export const FORGOTTEN_AFTER_MS = 12 * 3_600_000;
/** A position this near to its end counts so many times as much in choosing whom to read. */
const NEAR_FRACTION = 0.02;
const NEAR_WEIGHT = 4;
/** An account that was never read is expected to hold so many times what it was seen to trade: finding comes before checking. */
const UNREAD_WEIGHT = 10;

interface Known {
  address: string;
  /** Traded since it was last read, in units of the coin's open interest: what it may hold that is not known. */
  tradedShare: number;
  seenAtMs: number;
  triedAtMs: number;
  readAtMs: number | null;
  /** `isHeld`: restored, and not known yet whether it is dead. */
  positions: (ReadPosition & { isDead: boolean; isHeld?: boolean })[];
}

interface Coin {
  markPx: number;
  openInterestUsd: number | null;
  /** Accounts with a known position of it. */
  holders: Set<Known>;
}

/**
 * The bounded memory behind observed zones. An account is worth reading for the share of open interest that reading it
 * is expected to tell: what it traded since, and what it held, by the part of that which age has made uncertain.
 * Shares, not USD: the small coins' traders would never get their turn.
 */
export function createObservedBook(o: { addressesMax?: number } = {}): ObservedBook {
  const addressesMax = o.addressesMax ?? ADDRESSES_MAX;
  assert(addressesMax > 0, `at most ${addressesMax} addresses`);
  const accounts = new Map<string, Known>();
  const coins = new Map<string, Coin>();
  const changed = new Set<string>();
  const gone = new Set<string>();

  /** Part of a coin's open interest, 0..1; 0 where that is not known. */
  const shareOf = (coin: string, sz: number): number => {
    const { markPx, openInterestUsd } = coins.get(coin) ?? { markPx: 0, openInterestUsd: null };
    return openInterestUsd === null || openInterestUsd <= 0
      ? 0
      : Math.min(1, (sz * markPx) / openInterestUsd);
  };
  const heldShare = (k: Known, nearWeight: number): number => {
    let held = 0;
    for (const { coin, liquidationPx, sz } of k.positions) {
      const markPx = coins.get(coin)?.markPx ?? 0;
      const isNear = liquidationPx !== null && Math.abs(liquidationPx - markPx) < NEAR_FRACTION * markPx;
      held += shareOf(coin, sz) * (isNear ? nearWeight : 1);
    }
    return held;
  };
  const worthOf = (k: Known, nowMs: number): number => {
    if (k.readAtMs === null) return UNREAD_WEIGHT * k.tradedShare;
    const doubt = 1 - 2 ** (-(nowMs - k.readAtMs) / OBSERVED_HALF_LIFE_MS);
    return k.tradedShare + heldShare(k, NEAR_WEIGHT) * doubt;
  };
  const forget = (k: Known): void => {
    for (const p of k.positions) coins.get(p.coin)?.holders.delete(k);
    accounts.delete(k.address);
    changed.delete(k.address);
    gone.add(k.address);
  };
  const add = (k: Known): void => {
    if (accounts.size >= addressesMax) makeRoom();
    accounts.set(k.address, k);
    changed.add(k.address);
    gone.delete(k.address);
  };
  /** Room for newcomers, a tenth of all at once: who holds and traded least goes. */
  const makeRoom = (): void => {
    const kept = [...accounts.values()].map((k) => ({ k, worth: k.tradedShare + heldShare(k, 1) }));
    kept.sort((a, b) => a.worth - b.worth || a.k.seenAtMs - b.k.seenAtMs);
    for (const { k } of kept.slice(0, Math.ceil(addressesMax / 10))) forget(k);
  };

  return {
    traded({ coin, sz, users }, nowMs) {
      if (!coins.has(coin)) return;
      for (const address of new Set(users)) {
        let known = accounts.get(address);
        if (known === undefined) {
          known = newcomer(address, nowMs);
          add(known);
        }
        known.tradedShare = Math.min(1, known.tradedShare + shareOf(coin, sz));
        known.seenAtMs = nowMs;
      }
    },
    marked(coin, markPx, openInterestUsd) {
      const holders = coins.get(coin)?.holders ?? new Set<Known>();
      coins.set(coin, { markPx, openInterestUsd, holders });
      for (const { positions } of holders)
        for (const p of positions) if (p.coin === coin && isBeyond(p, markPx)) p.isDead = true;
    },
    next(nowMs) {
      let best: { address: string; worth: number } | null = null;
      for (const k of accounts.values()) {
        if (nowMs - Math.max(k.seenAtMs, k.readAtMs ?? 0) > FORGOTTEN_AFTER_MS) {
          forget(k);
          continue;
        }
        if (nowMs - k.triedAtMs < AGAIN_AFTER_MS) continue;
        const worth = worthOf(k, nowMs);
        if (worth > (best?.worth ?? 0)) best = { address: k.address, worth };
      }
      return best?.address ?? null;
    },
    took(address, positions, nowMs) {
      const known = accounts.get(address);
      if (known === undefined) return;
      for (const p of known.positions) coins.get(p.coin)?.holders.delete(known);
      known.positions = positions.flatMap((p) => {
        const coin = coins.get(p.coin);
        coin?.holders.add(known);
        return coin === undefined ? [] : [{ ...p, isDead: isBeyond(p, coin.markPx) }];
      });
      known.tradedShare = 0;
      known.triedAtMs = nowMs;
      known.readAtMs = nowMs;
      changed.add(address);
    },
    failed(address, nowMs) {
      const known = accounts.get(address);
      if (known !== undefined) known.triedAtMs = nowMs;
    },
    reading(coin, nowMs) {
      const of = coins.get(coin);
      if (of === undefined) return null;
      let [addresses, asOfMs] = [0, 0];
      const found: ObservedPosition[] = [];
      for (const { positions, readAtMs } of of.holders) {
        const ageMs = nowMs - (readAtMs ?? 0);
        if (readAtMs === null || ageMs > FORGOTTEN_AFTER_MS) continue;
        const before = found.length;
        for (const { coin: its, isDead, isHeld, side, liquidationPx, sz, entryPx } of positions)
          if (its === coin && !isDead && isHeld !== true)
            found.push({
              side,
              liquidationPx,
              notionalUsd: sz * of.markPx,
              ageMs: Math.max(0, ageMs),
              entryPx,
            });
        if (found.length === before) continue;
        addresses += 1;
        asOfMs = Math.max(asOfMs, readAtMs);
      }
      return found.length === 0 ? null : { addresses, asOfMs, positions: found };
    },
    counts: () => ({
      addresses: accounts.size,
      read: [...accounts.values()].filter((k) => k.readAtMs !== null).length,
    }),
    unwritten() {
      const batch = { changed: [...changed].flatMap((a) => keptOf(accounts.get(a))), gone: [...gone] };
      changed.clear();
      gone.clear();
      return batch;
    },
    notWritten(batch) {
      for (const { address } of batch.changed) if (accounts.has(address)) changed.add(address);
      for (const address of batch.gone) if (!accounts.has(address)) gone.add(address);
    },
    restore(list, nowMs) {
      if (coins.size === 0) return false;
      for (const kept of list) {
        const { address, readAtMs } = kept;
        const known = accounts.get(address) ?? newcomer(address, Math.min(kept.seenAtMs, nowMs));
        if (!accounts.has(address)) {
          if (accounts.size >= addressesMax) break;
          accounts.set(address, known);
        }
        known.tradedShare = Math.min(1, known.tradedShare + kept.tradedShare);
        // A reading from the future is one of a clock that was wrong: how old it is nobody knows.
        if (known.readAtMs !== null || readAtMs === null || readAtMs > nowMs) continue;
        known.readAtMs = readAtMs;
        known.positions = kept.positions.flatMap((p) => {
          const coin = coins.get(p.coin);
          coin?.holders.add(known);
          return coin === undefined ? [] : [{ ...p, isDead: isBeyond(p, coin.markPx), isHeld: true }];
        });
      }
      return true;
    },
    release(coin, since) {
      for (const { positions, readAtMs } of coins.get(coin)?.holders ?? [])
        for (const p of positions) {
          if (p.coin !== coin || p.isHeld !== true) continue;
          const range = since(readAtMs ?? Number.NEGATIVE_INFINITY);
          if (range === null) continue;
          p.isHeld = false;
          if (isBeyond(p, range.loPx) || isBeyond(p, range.hiPx)) p.isDead = true;
        }
    },
  };
}

const newcomer = (address: string, seenAtMs: number): Known => ({
  address,
  tradedShare: 0,
  seenAtMs,
  triedAtMs: Number.NEGATIVE_INFINITY,
  readAtMs: null,
  positions: [],
});

/** Dead levels are left out: they stay dead until the account is read again. */
const keptOf = (k: Known | undefined): KeptAccount[] =>
  k === undefined
    ? []
    : [
        {
          address: k.address,
          seenAtMs: k.seenAtMs,
          readAtMs: k.readAtMs,
          tradedShare: k.tradedShare,
          positions: k.positions.flatMap(({ coin, side, liquidationPx, sz, entryPx, isDead }) =>
            isDead ? [] : [{ coin, side, liquidationPx, sz, entryPx }],
          ),
        },
      ];
