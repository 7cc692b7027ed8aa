// Random actions and prices straight into the core, and what must hold after every one of them.
import { createHash } from 'node:crypto';
import { type ActionWire, applyAction } from '../../src/venue/core/actions.ts';
import { accountValue, coinOf, unrealized } from '../../src/venue/core/margin.ts';
import { advance, applyPrice, type PriceInput } from '../../src/venue/core/price.ts';
import { createState, deposit } from '../../src/venue/core/state.ts';
import type { VenueState } from '../../src/venue/core/types.ts';
import { seeded } from '../../src/venue/faults.ts';
import { restoreFrom, snapshotOf } from '../../src/venue/snapshot.ts';
import { COINS, T0 } from './rig.ts';

const USERS = ['0x00000000000000000000000000000000000000a1', '0x00000000000000000000000000000000000000a2'];
const PX: Record<string, number> = { BTC: 100_000, ETH: 3_000, SOL: 150, kPEPE: 0.01 };

function start(seed: number): VenueState {
  const rules = {
    eventsMax: 2_000,
    autoDeleveraging: seed % 2 === 1,
    markModel: seed % 4 < 2 ? ('given' as const) : ('modelled' as const),
  };
  const s = createState({ coins: COINS, nowMs: T0, rules });
  for (const u of USERS) deposit(s, u, 20_000_000_000);
  for (const c of s.coins) {
    c.fundingHourly = 0.0001;
    applyPrice(s, c, { markPx: PX[c.name] ?? 1 });
  }
  return s;
}

/** Everything that happens to the venue in a game: written down, it is the log that the game can be replayed from. */
export type Input =
  | { kind: 'action'; user: string; nonce: number; action: ActionWire }
  | { kind: 'price'; asset: number; nowMs: number; vacuum: number; price: PriceInput };

function apply(s: VenueState, input: Input): void {
  if (input.kind === 'action') {
    const { user, nonce, action } = input;
    applyAction(s, { signer: user, nonce, vaultAddress: null, expiresAfter: null }, action);
    return;
  }
  const c = coinOf(s, input.asset);
  advance(s, input.nowMs);
  c.vacuum = input.vacuum;
  applyPrice(s, c, input.price);
}

/** Draws of one step; `draw` gives numbers in [0, 1). */
export class Player {
  s: VenueState;
  readonly draw: () => number;
  private nonce = T0;
  constructor(seed: number) {
    this.draw = seeded(seed);
    this.s = start(seed);
  }
  private pick<T>(list: readonly T[]): T {
    const x = list[Math.floor(this.draw() * list.length)];
    if (x === undefined) throw new Error('nothing to pick from');
    return x;
  }
  private px(markPx: number, decimals: number, spread: number): string {
    const raw = markPx * (1 + (this.draw() - 0.5) * spread);
    const figures = Number(raw.toPrecision(5));
    return String(Number(figures.toFixed(decimals)));
  }
  private order(): Extract<ActionWire, { type: 'order' }>['orders'][number] {
    const c = this.pick(this.s.coins);
    const markPx = c.markPx / 10 ** c.pxDecimals;
    const usd = 20 + this.draw() ** 3 * 60_000;
    const s = (usd / markPx).toFixed(c.szDecimals);
    const b = this.draw() < 0.5;
    const isTrigger = this.draw() < 0.3;
    const p = this.px(markPx, c.pxDecimals, 0.04);
    const t = isTrigger
      ? {
          trigger: {
            isMarket: this.draw() < 0.8,
            triggerPx: this.px(markPx, c.pxDecimals, 0.1),
            tpsl: this.pick(['tp', 'sl'] as const),
          },
        }
      : { limit: { tif: this.pick(['Gtc', 'Ioc', 'Ioc', 'Alo'] as const) } };
    const c2 = `0x${Math.floor(this.draw() * 1e9)
      .toString(16)
      .padStart(32, '0')}`;
    return { a: c.asset, b, p, s: String(Number(s)), r: this.draw() < 0.4, t, c: c2 };
  }
  /** A well-formed bracket: entry near the mark, stop and take profit 1–5 % away on their sides. */
  private bracket(): ActionWire {
    const c = this.pick(this.s.coins);
    const markPx = c.markPx / 10 ** c.pxDecimals;
    const b = this.draw() < 0.5;
    const side = b ? 1 : -1;
    const at = (distance: number): string =>
      String(Number(Number((markPx * (1 + side * distance)).toPrecision(5)).toFixed(c.pxDecimals)));
    const s = String(Number((100 / markPx + this.draw() * (20_000 / markPx)).toFixed(c.szDecimals)));
    const child = (tpsl: 'tp' | 'sl', distance: number) => ({
      a: c.asset,
      b: !b,
      p: at(distance - 0.1),
      s,
      r: true,
      t: { trigger: { isMarket: true, triggerPx: at(distance), tpsl } },
    });
    const tif = this.pick(['Ioc', 'Gtc'] as const);
    const entry = { a: c.asset, b, p: at(tif === 'Ioc' ? 0.01 : -0.005), s, r: false, t: { limit: { tif } } };
    const children = [child('sl', -0.01 - this.draw() * 0.04), child('tp', 0.01 + this.draw() * 0.04)];
    return { type: 'order', orders: [entry, ...children], grouping: 'normalTpsl' };
  }
  private action(user: string): ActionWire {
    const open = [...(this.s.accounts.get(user)?.open ?? [])];
    const x = this.draw();
    if (x < 0.1) return this.bracket();
    if (x < 0.6) {
      const orders = Array.from({ length: 1 + Math.floor(this.draw() * 4) }, () => this.order());
      return {
        type: 'order',
        orders,
        grouping: this.pick(['na', 'na', 'normalTpsl', 'positionTpsl'] as const),
      };
    }
    const oid = this.pick(open.length === 0 ? [1] : open);
    const asset = this.s.orders.get(oid)?.asset ?? 0;
    if (x < 0.75) return { type: 'cancel', cancels: [{ a: asset, o: oid }] };
    if (x < 0.85) return { type: 'modify', oid, order: this.order(), a: true };
    if (x < 0.9) {
      const leverage = 1 + Math.floor(this.draw() * 10);
      return {
        type: 'updateLeverage',
        asset: this.pick(this.s.coins).asset,
        isCross: this.draw() < 0.5,
        leverage,
      };
    }
    if (x < 0.95) {
      return {
        type: 'updateIsolatedMargin',
        asset,
        isBuy: true,
        ntli: Math.floor((this.draw() - 0.4) * 1e9),
      };
    }
    return { type: 'noop' };
  }
  /** Draws the next input; drawing the same way from the same state gives the same game. */
  private next(): Input {
    const user = this.pick(USERS);
    if (this.draw() >= 0.35) {
      const action = this.action(user);
      this.nonce = Math.max(this.nonce + 1, this.s.nowMs);
      return { kind: 'action', user, nonce: this.nonce, action };
    }
    const c = this.pick(this.s.coins);
    const move = this.draw() < 0.03 ? 0.5 : 0.02;
    const drawn = (c.markPx / 10 ** c.pxDecimals) * (1 + (this.draw() - 0.5) * move);
    const base = PX[c.name] ?? 1;
    const nowMs = this.s.nowMs + Math.floor(this.draw() * 60_000);
    const vacuum = this.draw() < 0.1 ? 0.01 : 1;
    const markPx = Math.min(base * 3, Math.max(base / 3, drawn));
    // A wide outside book makes accounts meet each other, and themselves, inside it.
    const wide = {
      bidPx: Number((markPx * 0.98).toPrecision(4)),
      askPx: Number((markPx * 1.02).toPrecision(4)),
    };
    const price = this.draw() < 0.3 ? { markPx, ...wide } : { markPx };
    return { kind: 'price', asset: c.asset, nowMs, vacuum, price };
  }
  step(): Input {
    const input = this.next();
    apply(this.s, input);
    return input;
  }
}

const must = (ok: boolean, what: string): void => {
  if (!ok) throw new Error(what);
};

/** Everything that must hold after any step; throws a sentence when it does not. */
export function check(s: VenueState): void {
  let cash = s.house.usd;
  const szi = [...s.house.szi];
  let deposited = 0;
  for (const a of s.accounts.values()) {
    cash += a.usd;
    deposited += a.totals.deposited;
    let open = 0;
    for (const p of a.positions.values()) {
      cash += p.rawUsd;
      szi[p.asset] = (szi[p.asset] ?? 0) + p.szi;
      open += unrealized(coinOf(s, p.asset), p);
      must(p.szi !== 0, 'an empty position is kept');
      must(Math.sign(p.szi) === Math.sign(p.entryNtl), 'cost and size disagree');
    }
    const t = a.totals;
    const owed = t.deposited + t.closedPnl - t.fees + t.funding + t.absorbed + open;
    must(accountValue(s, a) === owed, `equity ${accountValue(s, a)} is not ${owed}`);
    must(a.open.size <= s.rules.openOrdersMax, 'more orders rest than may');
    const resting = new Map<number, number>();
    for (const oid of a.open) {
      const o = s.orders.get(oid);
      must(o !== undefined && o.state !== 'done', `listed order ${oid} is over`);
      if (o === undefined) continue;
      must(o.trigger !== null || o.tif === 'Gtc' || o.tif === 'Alo', `an order that is ${o.tif} rests`);
      must(o.sz > 0 || o.isWholePosition, 'an order without size is listed');
      must(coinOf(s, o.asset).open.has(oid), 'account and coin list different orders');
      if (o.reduceOnly && o.state === 'open' && (o.trigger === null || o.hasFired)) {
        const held = a.positions.get(o.asset)?.szi ?? 0;
        must(o.isBuy ? held < 0 : held > 0, 'a reduce-only order rests on the wrong side');
        resting.set(o.asset, (resting.get(o.asset) ?? 0) + o.sz);
      }
    }
    for (const [asset, sum] of resting) {
      must(sum <= Math.abs(a.positions.get(asset)?.szi ?? 0), 'reduce-only orders exceed the position');
    }
  }
  must(cash === deposited, `money ${cash} is not ${deposited}`);
  must(
    szi.every((x) => x === 0),
    `positions do not net to zero: ${szi.join(',')}`,
  );
  for (const c of s.coins) must(c.bidPx < c.askPx, `${c.name} is crossed`);
}

/** Fills of reduce-only orders only ever take away. */
export function checkReduceOnly(s: VenueState, sinceSeq: number): void {
  for (let i = s.events.length - 1; i >= 0; i--) {
    const e = s.events[i];
    if (e === undefined || e.seq <= sinceSeq) break;
    if (e.kind !== 'fill') continue;
    const o = s.orders.get(Number(e.fill['oid']));
    if (o?.reduceOnly !== true) continue;
    const before = Number(e.fill['startPosition']);
    const after = before + (e.fill['side'] === 'B' ? 1 : -1) * Number(e.fill['sz']);
    if (
      Math.abs(after) > Math.abs(before) ||
      (after !== 0 && Math.sign(after) !== Math.sign(before) && Math.abs(after) > 1e-9)
    ) {
      throw new Error(`reduce-only order ${o.oid} took ${before} to ${after}`);
    }
  }
}

/** SHA-256 over every event, in order. */
function eventHash(): { take: (s: VenueState, sinceSeq: number) => void; hex: () => string } {
  const hash = createHash('sha256');
  return {
    take(s, sinceSeq) {
      for (const e of s.events.slice(-Math.max(1, s.seq - sinceSeq)))
        if (e.seq > sinceSeq) hash.update(JSON.stringify(e));
    },
    hex: () => hash.digest('hex'),
  };
}

const throughJson = (s: VenueState): VenueState => restoreFrom(JSON.parse(JSON.stringify(snapshotOf(s))));

/** Plays a game. With `restoreAt` the state goes through JSON and back at that step. */
export function playAndHash(seed: number, steps: number, restoreAt: number | null = null) {
  const player = new Player(seed);
  const hash = eventHash();
  const log: string[] = [];
  for (let i = 0; i < steps; i++) {
    if (i === restoreAt) player.s = throughJson(player.s);
    const before = player.s.seq;
    log.push(JSON.stringify(player.step()));
    hash.take(player.s, before);
  }
  return { hash: hash.hex(), log };
}

/** The same game from its written log alone: a fresh venue, no draws, and a restart at `restoreAt`. */
export function replayAndHash(seed: number, log: readonly string[], restoreAt: number): string {
  let s = start(seed);
  const hash = eventHash();
  for (const [i, line] of log.entries()) {
    if (i === restoreAt) s = throughJson(s);
    const before = s.seq;
    apply(s, JSON.parse(line));
    hash.take(s, before);
  }
  return hash.hex();
}
