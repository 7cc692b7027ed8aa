// What is documented or was probed on testnet: each of these must hold on any faithful venue.
import { toWire } from '../../core/shared/round.ts';
import { isRecord } from '../json.ts';
import { type Check, expectThat, has, offTick } from './bench.ts';
import { ACCOUNT_CHECKS } from './account-checks.ts';
import { CANCEL_CHECKS } from './cancel-checks.ts';
import { errorIn, oidIn } from './client.ts';

const signing: Check[] = [
  {
    item: 1,
    name: 'a signature over trailing zeros or another key order is a stranger’s',
    async run(b) {
      const order = b.limit({ isBuy: true, px: await b.px(-0.2), sz: await b.sz(15) });
      const action = { type: 'order', orders: [order], grouping: 'na' };
      const zeros = {
        ...action,
        orders: [{ ...order, p: `${String(order['p'])}.0`.replace(/(\.\d+)\.0$/, '$10') }],
      };
      const shuffled = { grouping: 'na', orders: [order], type: 'order' };
      for (const signed of [zeros, shuffled]) {
        const r = await b.client.send(action, { signed });
        expectThat(has(r.refused, 'does not exist'), `accepted or other error: ${r.text}`);
      }
    },
  },
  {
    item: 10,
    name: 'expired: refused, costs 5, the nonce stays free; a used nonce is a duplicate',
    async run(b) {
      const before = await b.quotaUsed();
      const nonce = b.client.nonce();
      const late = await b.client.send({ type: 'noop' }, { nonce, expiresAfter: nonce - 60_000 });
      expectThat(has(late.refused, 'expired'), late.text);
      const cost = (await b.quotaUsed()) - before;
      expectThat(cost === 5, `an expired action cost ${cost}`);
      const once = await b.client.send({ type: 'noop' }, { nonce });
      expectThat(once.refused === null, once.text);
      const twice = await b.client.send({ type: 'noop' }, { nonce });
      expectThat(has(twice.refused, 'duplicate nonce'), twice.text);
    },
  },
  {
    item: 10,
    name: 'nonces over two days old or over a day ahead are refused',
    async run(b) {
      const now = b.client.nonce();
      for (const offset of [-2 * 86_400_000 - 60_000, 86_400_000 + 60_000]) {
        const r = await b.client.send({ type: 'noop' }, { nonce: now + offset });
        expectThat(r.refused !== null, `a nonce ${offset} ms off passed`);
      }
    },
  },
];

const orders: Check[] = [
  {
    item: 2,
    name: 'prices off the tick, sizes off the lot, zero size',
    async run(b) {
      const px = await b.px(-0.2);
      const sz = await b.sz(15);
      const bad = [
        [b.limit({ isBuy: true, px: offTick(px, b.szDecimals), sz }), 'Price must be divisible by tick size'],
        [b.limit({ isBuy: true, px, sz: `${Number(sz).toFixed(b.szDecimals)}1` }), 'invalid size'],
        [b.limit({ isBuy: true, px, sz: '0' }), 'zero size'],
      ] as const;
      for (const [order, text] of bad) {
        const r = await b.place([order]);
        expectThat(has(errorIn(r.statuses[0]) ?? r.refused, text), `wanted "${text}": ${r.text}`);
      }
      const good = await b.place([b.limit({ isBuy: true, px, sz })]);
      expectThat(oidIn(good.statuses[0]) !== null, good.text);
    },
  },
  {
    item: 3,
    name: '$10: opening and partial closes under it are refused, the whole of a small rest is not',
    async run(b) {
      const small = await b.sz(8);
      const open = await b.place([b.limit({ isBuy: true, px: await b.px(-0.1), sz: small })]);
      expectThat(has(errorIn(open.statuses[0]), 'minimum value of $10'), open.text);
      const held = await b.long(14);
      const part = await b.sz(3);
      const up = await b.px(0.05);
      const down = await b.px(-0.02);
      const partial = await b.place([
        b.limit({ isBuy: false, px: up, sz: part, r: true }),
        b.limit({ isBuy: false, px: up, sz: part }),
        b.limit({ isBuy: false, px: down, sz: part, tif: 'Ioc', r: true }),
      ]);
      for (const s of partial.statuses) expectThat(has(errorIn(s), '$10'), `partial close: ${partial.text}`);
      const rest = toWire(Number(held));
      const whole = await b.place([b.limit({ isBuy: false, px: down, sz: rest, tif: 'Ioc' })]);
      expectThat(errorIn(whole.statuses[0]) === null, `IOC closing the whole: ${whole.text}`);
    },
  },
  {
    item: 4,
    name: 'reduce-only: refused when flat or on the wrong side; larger than the position rests or fills as the position',
    async run(b) {
      const flat = await b.place([
        b.limit({ isBuy: false, px: await b.px(0.05), sz: await b.sz(15), r: true }),
      ]);
      expectThat(has(errorIn(flat.statuses[0]), 'Reduce only order would increase position'), flat.text);
      const held = await b.long(15);
      const twice = toWire(Number((2 * Number(held)).toFixed(b.szDecimals)));
      const wrong = await b.place([b.limit({ isBuy: true, px: await b.px(-0.05), sz: held, r: true })]);
      expectThat(has(errorIn(wrong.statuses[0]), 'Reduce only order would increase position'), wrong.text);
      await b.place([b.limit({ isBuy: false, px: await b.px(0.05), sz: twice, r: true })]);
      const [resting] = await b.open();
      expectThat(Number(resting?.['sz']) === Number(held), `rests as ${String(resting?.['sz'])} of ${held}`);
      expectThat(Number(resting?.['origSz']) === Number(twice), `origSz ${String(resting?.['origSz'])}`);
      const ioc = await b.place([
        b.limit({ isBuy: false, px: await b.px(-0.02), sz: twice, tif: 'Ioc', r: true }),
      ]);
      expectThat(errorIn(ioc.statuses[0]) === null, ioc.text);
      expectThat((await b.szi()) === 0, 'the IOC went past the position');
      expectThat(
        (await b.status(Number(resting?.['oid']))) === 'reduceOnlyCanceled',
        'the resting one outlived it',
      );
    },
  },
  {
    item: 4,
    name: 'two reduce-only orders above the position: the newer stays',
    async run(b) {
      const sz = await b.long(30);
      const share = toWire(Math.ceil(Number(sz) * 0.7 * 10 ** b.szDecimals) / 10 ** b.szDecimals);
      const older = await b.place([b.limit({ isBuy: false, px: await b.px(0.05), sz: share, r: true })]);
      const newer = await b.place([b.limit({ isBuy: false, px: await b.px(0.06), sz: share, r: true })]);
      const open = (await b.open()).map((o) => o['oid']);
      expectThat(open.length === 1 && open[0] === oidIn(newer.statuses[0]), `open: ${open.join()}`);
      const status = await b.status(oidIn(older.statuses[0]) ?? 0);
      expectThat(status === 'reduceOnlyCanceled', `the older is ${status}`);
    },
  },
  {
    item: 7,
    name: 'nothing inside the bound is an error; post-only that crosses names the bbo',
    async run(b) {
      const miss = await b.place([
        b.limit({ isBuy: true, px: await b.px(-0.1), sz: await b.sz(15), tif: 'Ioc' }),
      ]);
      expectThat(has(errorIn(miss.statuses[0]), 'could not immediately match'), miss.text);
      const alo = await b.place([
        b.limit({ isBuy: true, px: await b.px(0.02), sz: await b.sz(15), tif: 'Alo' }),
      ]);
      expectThat(has(errorIn(alo.statuses[0]), 'bbo was'), alo.text);
    },
  },
];

const reads: Check[] = [
  {
    item: 15,
    name: 'reads have the documented shapes; malformed ones are 422',
    async run(b) {
      const { user } = b.client;
      const state = await b.client.info({ type: 'clearinghouseState', user });
      expectThat(isRecord(state) && isRecord(state['marginSummary']), 'clearinghouseState');
      expectThat(typeof state['withdrawable'] === 'string', 'withdrawable is text');
      const pair = await b.client.info({ type: 'metaAndAssetCtxs' });
      expectThat(Array.isArray(pair) && pair.length === 2, 'metaAndAssetCtxs');
      const book = await b.client.info({ type: 'l2Book', coin: b.coin });
      expectThat(isRecord(book) && Array.isArray(book['levels']), 'l2Book');
      const unknown = await b.client.info({ type: 'orderStatus', user, oid: 1 });
      expectThat(isRecord(unknown) && unknown['status'] === 'unknownOid', 'orderStatus of nothing');
      const bad = await b.client.post('/info', { type: 'clearinghouseState' });
      expectThat(bad.http === 422, `a read without user is HTTP ${bad.http}`);
      const worse = await b.client.post('/exchange', { action: { type: 'noop' } });
      expectThat(worse.http === 422, `an action without signature is HTTP ${worse.http}`);
    },
  },
];

export const CHECKS: readonly Check[] = [
  ...signing,
  ...orders,
  ...CANCEL_CHECKS,
  ...ACCOUNT_CHECKS,
  ...reads,
];
