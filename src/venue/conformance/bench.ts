// The workbench of the checks: one coin, small sizes, and the account flat and empty again after each check.
import { pxDecimals, roundPx, toWire } from '../../core/shared/round.ts';
import { isRecord, type Json } from '../json.ts';
import { type Answer, type Client, errorIn, oidIn } from './client.ts';

/** A failed expectation of a check, in a sentence. */
export class Mismatch extends Error {
  override name = 'Mismatch';
}

export function expectThat(ok: boolean, what: string): asserts ok {
  if (!ok) throw new Mismatch(what);
}

/** A hand on the market itself, where there is one: what the account's own orders cannot bring about. */
export interface MarketHand {
  /** A mark and the best bid and ask around it, by default the spread of the book. */
  quote(coin: string, q: { markPx: number; bidPx?: number; askPx?: number }): Promise<void>;
  /** Size of the outside book, USD per basis point. */
  depth(coin: string, usdPerBps: number): Promise<void>;
}

export interface Bench {
  readonly client: Client;
  /** Null on a venue whose market nobody here can move, as testnet. */
  readonly market: MarketHand | null;
  readonly asset: number;
  readonly coin: string;
  readonly szDecimals: number;
  /** Price around the present mid, as legal text: −0.03 is 3 % below. */
  px(offset: number): Promise<string>;
  /** Coins worth about `usd` at the mid, rounded up to a lot, as text. */
  sz(usd: number): Promise<string>;
  limit(o: { isBuy: boolean; px: string; sz: string; tif?: string; r?: boolean; c?: string }): Json;
  stop(o: {
    isBuy: boolean;
    triggerPx: string;
    px: string;
    sz: string;
    tpsl?: 'sl' | 'tp';
    r?: boolean;
    c?: string;
  }): Json;
  place(orders: Json[], grouping?: string): Promise<Answer>;
  open(): Promise<Json[]>;
  szi(): Promise<number>;
  status(oid: number | string): Promise<string>;
  cloid(): string;
  /** Cancels everything on the coin and closes the position. */
  clear(): Promise<void>;
  /** Opens a long of about `usd`; its size as text. */
  long(usd: number): Promise<string>;
  quotaUsed(): Promise<number>;
}

export async function createBench(
  client: Client,
  coin: string,
  market: MarketHand | null = null,
): Promise<Bench> {
  const meta = await client.info({ type: 'meta' });
  const universe = isRecord(meta) && Array.isArray(meta['universe']) ? meta['universe'] : [];
  const asset = universe.findIndex((x: unknown) => isRecord(x) && x['name'] === coin);
  const row: unknown = universe[asset];
  const szDecimals = isRecord(row) ? row['szDecimals'] : undefined;
  expectThat(typeof szDecimals === 'number', `meta has no ${coin}`);
  const { user } = client;
  let serial = 0;

  const mid = async (): Promise<number> => {
    const mids = await client.info({ type: 'allMids' });
    const value = Number(isRecord(mids) ? mids[coin] : NaN);
    expectThat(value > 0, `no mid for ${coin}`);
    return value;
  };
  const list = async (body: Json): Promise<Json[]> => {
    const rows = await client.info(body);
    expectThat(Array.isArray(rows), `${String(body['type'])} is no list`);
    return rows.filter(isRecord);
  };
  const bench: Bench = {
    client,
    market,
    asset,
    coin,
    szDecimals,
    px: async (offset) => toWire(roundPx((await mid()) * (1 + offset), szDecimals, 'down')),
    sz: async (usd) =>
      (Math.ceil((usd / (await mid())) * 10 ** szDecimals) / 10 ** szDecimals)
        .toFixed(szDecimals)
        .replace(/\.?0+$/, ''),
    limit: (o) => ({
      a: asset,
      b: o.isBuy,
      p: o.px,
      s: o.sz,
      r: o.r ?? false,
      t: { limit: { tif: o.tif ?? 'Gtc' } },
      ...(o.c === undefined ? {} : { c: o.c }),
    }),
    stop: (o) => ({
      a: asset,
      b: o.isBuy,
      p: o.px,
      s: o.sz,
      r: o.r ?? true,
      t: { trigger: { isMarket: true, triggerPx: o.triggerPx, tpsl: o.tpsl ?? 'sl' } },
      ...(o.c === undefined ? {} : { c: o.c }),
    }),
    place: (orders, grouping = 'na') => client.send({ type: 'order', orders, grouping }),
    open: async () => (await list({ type: 'frontendOpenOrders', user })).filter((o) => o['coin'] === coin),
    async szi() {
      const state = await client.info({ type: 'clearinghouseState', user });
      const rows = isRecord(state) && Array.isArray(state['assetPositions']) ? state['assetPositions'] : [];
      for (const held of rows) {
        const p: unknown = isRecord(held) ? held['position'] : null;
        if (isRecord(p) && p['coin'] === coin) return Number(p['szi']);
      }
      return 0;
    },
    async status(oid) {
      const r = await client.info({ type: 'orderStatus', user, oid });
      const order = isRecord(r) && isRecord(r['order']) ? r['order'] : null;
      return order === null ? 'unknownOid' : String(order['status']);
    },
    // Large enough that no client takes it for an oid.
    cloid: () =>
      `0xc0f0${client.nonce().toString(16).padStart(20, '0')}${(serial++).toString(16).padStart(8, '0')}`,
    async clear() {
      const cancels = (await bench.open()).map((o) => ({ a: asset, o: Number(o['oid']) }));
      if (cancels.length > 0) await client.send({ type: 'cancel', cancels });
      const held = await bench.szi();
      if (held === 0) return;
      const px = await bench.px(held > 0 ? -0.03 : 0.03);
      await bench.place([
        bench.limit({ isBuy: held < 0, px, sz: toWire(Math.abs(held)), tif: 'Ioc', r: true }),
      ]);
    },
    async long(usd) {
      const sz = await bench.sz(usd);
      const r = await bench.place([bench.limit({ isBuy: true, px: await bench.px(0.02), sz, tif: 'Ioc' })]);
      expectThat(oidIn(r.statuses[0]) !== null, `could not open: ${errorIn(r.statuses[0]) ?? r.text}`);
      return sz;
    },
    async quotaUsed() {
      const r = await client.info({ type: 'userRateLimit', user });
      return isRecord(r) ? Number(r['nRequestsUsed']) : NaN;
    },
  };
  return bench;
}

/** One more decimal than a price near this may have. */
export const offTick = (px: string, szDecimals: number): string => {
  const decimals = pxDecimals(Number(px), szDecimals);
  return `${Number(px).toFixed(decimals)}${decimals === 0 ? '.' : ''}1`;
};

export interface Check {
  /** Item of the reference's conformance list. */
  item: number;
  name: string;
  run: (b: Bench) => Promise<void>;
}

export const has = (text: string | null, part: string): boolean => text?.includes(part) ?? false;
