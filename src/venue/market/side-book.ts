import type { Side } from '../../core/shared/coin.ts';

/** A leveraged position of the synthetic population, as it stands now. */
export interface SyntheticPosition {
  /** Unique within its coin and side. */
  id: number;
  side: Side;
  entryPx: number;
  leverage: number;
  liquidationPx: number;
  /** Coins, unsigned. */
  sz: number;
  /** Size at the mark, USD. */
  notionalUsd: number;
}

/** Owners close by themselves after at most this long: the length of the calendar below. */
const LIFE_MAX_MS = 30 * 86_400_000;
const SLOT_MS = 300_000;
const SLOTS = LIFE_MAX_MS / SLOT_MS + 1;

/** Sizes are divided by the scale: it must not become zero. */
const SCALE_MIN = 1e-100;

/** Position fields in one typed array, so that moving through thousands of them stays cheap. */
const FIELDS = 5;
const ENTRY_PX = 0;
const LEVERAGE = 1;
/** Coins divided by `scale`. */
const STORED_SZ = 2;
const CLOSE_AT_MS = 3;
const ID = 4;

/**
 * All leveraged positions of one side of one coin, ordered by liquidation price: a binary heap whose top is the one
 * price reaches first. Owners' own closings are entered in a calendar, so the total is right without scanning; the
 * closed position itself is dropped when it surfaces or when room is needed. Partial closings of the whole side
 * (taking profit from the other side's forced orders) are one multiplication.
 */
export class SideBook {
  readonly side: Side;
  /** Coins held with leverage on this side. */
  totalSz = 0;
  /** Liquidation price that price reaches first (its owner may have closed by now); ∓Infinity when there is none. */
  nextPx: number;
  #fields: Float64Array;
  /** Per position: its liquidation price times `#sign`, so that smaller = reached earlier. */
  #keys: Float64Array;
  readonly #sign: 1 | -1;
  #heap: Int32Array;
  #heapSize = 0;
  #free: number[] = [];
  #used = 0;
  #scale = 1;
  #nextId = 1;
  readonly #closing = new Float64Array(SLOTS);

  constructor(side: Side, capacity = 4_096) {
    this.side = side;
    this.#sign = side === 'long' ? -1 : 1;
    this.nextPx = this.#sign * Infinity;
    this.#keys = new Float64Array(capacity);
    this.#fields = new Float64Array(capacity * FIELDS);
    this.#heap = new Int32Array(capacity);
  }

  #field(slot: number, field: number): number {
    return this.#fields[slot * FIELDS + field] ?? 0;
  }

  #updateNext(): void {
    this.nextPx = this.#sign * (this.#heapSize > 0 ? (this.#keys[this.#heap[0] ?? 0] ?? 0) : Infinity);
  }

  #siftUp(from: number): void {
    const heap = this.#heap;
    const keys = this.#keys;
    let at = from;
    const slot = heap[at] ?? 0;
    const key = keys[slot] ?? 0;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentSlot = heap[parent] ?? 0;
      if ((keys[parentSlot] ?? 0) <= key) break;
      heap[at] = parentSlot;
      at = parent;
    }
    heap[at] = slot;
  }

  #siftDown(from: number): void {
    const heap = this.#heap;
    const keys = this.#keys;
    const size = this.#heapSize;
    let at = from;
    const slot = heap[at] ?? 0;
    const key = keys[slot] ?? 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && (keys[heap[child + 1] ?? 0] ?? 0) < (keys[heap[child] ?? 0] ?? 0)) child += 1;
      const childSlot = heap[child] ?? 0;
      if ((keys[childSlot] ?? 0) >= key) break;
      heap[at] = childSlot;
      at = child;
    }
    heap[at] = slot;
  }

  /** Forgets positions their owners have closed; when that frees little, doubles the room. */
  #makeRoom(nowMs: number): void {
    let kept = 0;
    for (let i = 0; i < this.#heapSize; i++) {
      const slot = this.#heap[i] ?? 0;
      if (this.#field(slot, CLOSE_AT_MS) <= nowMs) this.#free.push(slot);
      else this.#heap[kept++] = slot;
    }
    this.#heapSize = kept;
    for (let i = (kept >> 1) - 1; i >= 0; i--) this.#siftDown(i);
    this.#foldScale();
    if (kept < 0.75 * this.#heap.length) return;
    const fields = new Float64Array(this.#fields.length * 2);
    fields.set(this.#fields);
    this.#fields = fields;
    const keys = new Float64Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    const heap = new Int32Array(this.#heap.length * 2);
    heap.set(this.#heap);
    this.#heap = heap;
  }

  /** Puts the scale into the sizes, so that years of small reductions, or hours of large ones, never underflow. */
  #foldScale(): void {
    for (let i = 0; i < this.#heapSize; i++) {
      const at = (this.#heap[i] ?? 0) * FIELDS + STORED_SZ;
      this.#fields[at] = (this.#fields[at] ?? 0) * this.#scale;
    }
    for (let i = 0; i < SLOTS; i++) this.#closing[i] = (this.#closing[i] ?? 0) * this.#scale;
    this.#scale = 1;
  }

  /** Adds a position. `lifeMs` until its owner closes it, cut to 30 days. */
  open(
    p: { liquidationPx: number; entryPx: number; leverage: number; sz: number },
    nowMs: number,
    lifeMs: number,
  ): void {
    if (this.#heapSize === this.#heap.length) this.#makeRoom(nowMs);
    const slot = this.#free.pop() ?? this.#used++;
    const closeSlot = Math.floor((nowMs + Math.min(lifeMs, LIFE_MAX_MS - SLOT_MS)) / SLOT_MS) + 1;
    const at = slot * FIELDS;
    const stored = p.sz / this.#scale;
    this.#keys[slot] = this.#sign * p.liquidationPx;
    this.#fields[at + ENTRY_PX] = p.entryPx;
    this.#fields[at + LEVERAGE] = p.leverage;
    this.#fields[at + STORED_SZ] = stored;
    this.#fields[at + CLOSE_AT_MS] = closeSlot * SLOT_MS;
    this.#fields[at + ID] = this.#nextId++;
    this.#closing[closeSlot % SLOTS] = (this.#closing[closeSlot % SLOTS] ?? 0) + stored;
    this.totalSz += p.sz;
    this.#heap[this.#heapSize] = slot;
    this.#siftUp(this.#heapSize++);
    this.#updateNext();
  }

  /** Owners' closings due at `nowMs`, a multiple of five minutes; call at each. Returns coins closed. */
  closeDue(nowMs: number): number {
    const at = (nowMs / SLOT_MS) % SLOTS;
    // Rounding may leave a grain on either side of zero.
    const sz = Math.min(this.totalSz, Math.max(0, (this.#closing[at] ?? 0) * this.#scale));
    this.#closing[at] = 0;
    this.totalSz -= sz;
    return sz;
  }

  /** Every position closes the same share, `sz` coins in all; returns the coins really closed. */
  reduceAll(sz: number): number {
    const closed = Math.min(sz, 0.5 * this.totalSz);
    if (closed <= 0) return 0;
    this.#scale *= 1 - closed / this.totalSz;
    this.totalSz -= closed;
    if (this.#scale < SCALE_MIN) this.#foldScale();
    return closed;
  }

  /** Takes out all positions whose liquidation price `touchedPx` has reached; returns their coins. */
  liquidate(touchedPx: number, nowMs: number, onEach: (liquidationPx: number, sz: number) => void): number {
    const touchedKey = this.#sign * touchedPx;
    if (this.#sign * this.nextPx > touchedKey) return 0;
    let liquidated = 0;
    while (this.#heapSize > 0) {
      const slot = this.#heap[0] ?? 0;
      const key = this.#keys[slot] ?? 0;
      if (key > touchedKey) break;
      this.#heap[0] = this.#heap[--this.#heapSize] ?? 0;
      if (this.#heapSize > 0) this.#siftDown(0);
      this.#free.push(slot);
      const closeAtMs = this.#field(slot, CLOSE_AT_MS);
      if (closeAtMs <= nowMs) continue;
      const stored = this.#field(slot, STORED_SZ);
      const at = (closeAtMs / SLOT_MS) % SLOTS;
      this.#closing[at] = (this.#closing[at] ?? 0) - stored;
      const sz = stored * this.#scale;
      liquidated += sz;
      onEach(this.#sign * key, sz);
    }
    this.totalSz = Math.max(0, this.totalSz - liquidated);
    this.#updateNext();
    return liquidated;
  }

  /** Positions open at `nowMs`, in no order. */
  list(nowMs: number, markPx: number): SyntheticPosition[] {
    const open: SyntheticPosition[] = [];
    for (let i = 0; i < this.#heapSize; i++) {
      const position = this.#at(i, nowMs, markPx);
      if (position !== null) open.push(position);
    }
    return open;
  }

  /** The open position with that number, or null. */
  find(id: number, nowMs: number, markPx: number): SyntheticPosition | null {
    for (let i = 0; i < this.#heapSize; i++)
      if (this.#field(this.#heap[i] ?? 0, ID) === id) return this.#at(i, nowMs, markPx);
    return null;
  }

  /** A position by a number drawn from [0, 1); null when its owner has closed it, or there is none. */
  draw(draw: number, nowMs: number, markPx: number): SyntheticPosition | null {
    return this.#heapSize === 0 ? null : this.#at(Math.floor(draw * this.#heapSize), nowMs, markPx);
  }

  #at(i: number, nowMs: number, markPx: number): SyntheticPosition | null {
    const slot = this.#heap[i] ?? 0;
    if (this.#field(slot, CLOSE_AT_MS) <= nowMs) return null;
    const sz = this.#field(slot, STORED_SZ) * this.#scale;
    return {
      id: this.#field(slot, ID),
      side: this.side,
      entryPx: this.#field(slot, ENTRY_PX),
      leverage: this.#field(slot, LEVERAGE),
      liquidationPx: this.#sign * (this.#keys[slot] ?? 0),
      sz,
      notionalUsd: sz * markPx,
    };
  }
}
