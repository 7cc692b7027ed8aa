// Probes that need a certain market: a thin level to fill an order in part, or a price that touches or triggers.
import { roundPx, toWire } from '../../core/shared/round.ts';
import { isRecord, type Json } from '../json.ts';
import { type Bench, expectThat } from './bench.ts';
import { errorIn, oidIn } from './client.ts';
import type { Probe } from './probes.ts';

/** Most that a probe spends to eat a level and more, USD. */
const LEVEL_MAX_USD = 150;

/** The best ask and a size that is more than it holds; null when the level is too large to eat. */
async function beyondLevel(b: Bench): Promise<{ px: string; sz: string } | null> {
  await b.market?.depth(b.coin, 30);
  const book = await b.client.info({ type: 'l2Book', coin: b.coin });
  const sides = isRecord(book) && Array.isArray(book['levels']) ? book['levels'] : [];
  const level: unknown = Array.isArray(sides[1]) ? sides[1][0] : null;
  if (!isRecord(level)) return null;
  const px = Number(level['px']);
  const sz = Number(level['sz']);
  if (!(px * sz < LEVEL_MAX_USD)) return null;
  return { px: toWire(px), sz: toWire(Number((sz + Number(await b.sz(15))).toFixed(b.szDecimals))) };
}

const legal = (b: Bench, px: number): number => roundPx(px, b.szDecimals, 'down');

async function markPx(b: Bench): Promise<number> {
  const pair = await b.client.info({ type: 'metaAndAssetCtxs' });
  const contexts: unknown = Array.isArray(pair) ? pair[1] : null;
  const own: unknown = Array.isArray(contexts) ? contexts[b.asset] : null;
  const px = Number(isRecord(own) ? own['markPx'] : NaN);
  expectThat(px > 0, `no mark for ${b.coin}`);
  return px;
}

/** Runs on a market of the probe's making and puts price and depth back. */
const onOwnMarket =
  (run: (b: Bench) => Promise<string | null>): Probe['run'] =>
  async (b) => {
    const { market } = b;
    if (market === null) return run(b);
    const before = await markPx(b);
    try {
      return await run(b);
    } finally {
      await market.depth(b.coin, 100_000);
      await market.quote(b.coin, { markPx: before });
    }
  };

export const MARKET_PROBES: readonly Probe[] = [
  {
    rule: 'partialIocStatus',
    question: 'the status of an IOC that filled in part',
    run: onOwnMarket(async (b) => {
      const thin = await beyondLevel(b);
      if (thin === null) return null;
      const r = await b.place([b.limit({ isBuy: true, ...thin, tif: 'Ioc' })]);
      const oid = oidIn(r.statuses[0]);
      expectThat(oid !== null, r.text);
      if ((await b.szi()) === Number(thin.sz)) return null;
      return (await b.status(oid)) === 'filled' ? 'filled' : 'canceled';
    }),
  },
  {
    rule: 'partialGtcStatus',
    question: 'the answer to a GTC that fills in part and rests',
    run: onOwnMarket(async (b) => {
      const thin = await beyondLevel(b);
      if (thin === null) return null;
      const r = await b.place([b.limit({ isBuy: true, ...thin })]);
      const [status] = r.statuses;
      expectThat(isRecord(status) && errorIn(status) === null, r.text);
      if ((await b.open()).length === 0) return null;
      return 'resting' in status ? 'resting' : 'filled';
    }),
  },
  {
    rule: 'partialParent',
    question: 'the children of an IOC parent that filled in part',
    run: onOwnMarket(async (b) => {
      const thin = await beyondLevel(b);
      if (thin === null) return null;
      const parent = b.limit({ isBuy: true, ...thin, tif: 'Ioc' });
      const stop = b.stop({ isBuy: false, triggerPx: await b.px(-0.1), px: await b.px(-0.2), sz: thin.sz });
      const r = await b.place([parent, stop], 'normalTpsl');
      expectThat(r.statuses.length === 2, r.text);
      if ((await b.szi()) === Number(thin.sz)) return null;
      return (await b.open()).length > 0 ? 'arm' : 'cancel';
    }),
  },
  {
    rule: 'makerFill',
    question: 'a resting order that the book touches without going through it',
    run: onOwnMarket(async (b) => {
      if (b.market === null) return null;
      const px = Number(await b.px(-0.01));
      const r = await b.place([b.limit({ isBuy: true, px: toWire(px), sz: await b.sz(15) })]);
      const oid = oidIn(r.statuses[0]);
      expectThat(oid !== null, r.text);
      await b.market.quote(b.coin, { markPx: px, askPx: px, bidPx: legal(b, px * 0.999) });
      return (await b.status(oid)) === 'filled' ? 'touch' : 'through';
    }),
  },
  {
    rule: 'partialSibling',
    question: 'the stop of a bracket whose take profit filled in part',
    run: onOwnMarket(async (b) => {
      if (b.market === null) return null;
      const sz = await b.sz(60);
      const targetPx = await b.px(0.01);
      const orders: Json[] = [
        b.limit({ isBuy: true, px: await b.px(0.02), sz, tif: 'Ioc' }),
        b.stop({ isBuy: false, triggerPx: targetPx, px: targetPx, sz, tpsl: 'tp' }),
        b.stop({ isBuy: false, triggerPx: await b.px(-0.1), px: await b.px(-0.2), sz }),
      ];
      const r = await b.place(orders, 'normalTpsl');
      expectThat(oidIn(r.statuses[0]) !== null, r.text);
      await b.market.depth(b.coin, 20);
      const px = Number(targetPx);
      await b.market.quote(b.coin, { markPx: px, bidPx: px, askPx: legal(b, px * 1.001) });
      const left = await b.szi();
      expectThat(left > 0 && left < Number(sz), `the take profit left ${left} of ${sz}`);
      const [stop] = await b.open();
      expectThat(stop !== undefined, 'the stop went with a part of the take profit');
      return Number(stop['sz']) === Number(sz) ? 'leave' : 'shrink';
    }),
  },
];
