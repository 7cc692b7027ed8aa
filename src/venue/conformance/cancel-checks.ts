// Cancels, brackets and modifies, as documented or probed.
import { toWire } from '../../core/shared/round.ts';
import { type Bench, type Check, expectThat, has } from './bench.ts';
import { errorIn, oidIn } from './client.ts';

const gone = 'Order was never placed, already canceled, or filled.';

const cancels: Check[] = [
  {
    item: 5,
    name: 'cancel live, filled and made-up: success, error, error; by cloid too',
    async run(b) {
      const c = b.cloid();
      const filled = await b.place([
        b.limit({ isBuy: true, px: await b.px(0.02), sz: await b.sz(15), tif: 'Ioc' }),
      ]);
      const live = await b.place([b.limit({ isBuy: true, px: await b.px(-0.1), sz: await b.sz(15), c })]);
      const items = [oidIn(live.statuses[0]), oidIn(filled.statuses[0]), 1].map((o) => ({
        a: b.asset,
        o: o ?? 2,
      }));
      const r = await b.client.send({ type: 'cancel', cancels: items });
      expectThat(r.statuses[0] === 'success', r.text);
      expectThat(has(errorIn(r.statuses[1]), gone) && has(errorIn(r.statuses[2]), gone), r.text);
      const again = await b.client.send({ type: 'cancelByCloid', cancels: [{ asset: b.asset, cloid: c }] });
      expectThat(has(errorIn(again.statuses[0]), gone), again.text);
    },
  },
  {
    item: 5,
    name: '200 cancels pass and cost 200, 201 are refused whole and free',
    async run(b) {
      const many = Array.from({ length: 201 }, (_, i) => ({ a: b.asset, o: i + 1 }));
      const before = await b.quotaUsed();
      const ok = await b.client.send({ type: 'cancel', cancels: many.slice(0, 200) });
      expectThat(ok.statuses.length === 200, `200: ${ok.text.slice(0, 200)}`);
      const over = await b.client.send({ type: 'cancel', cancels: many });
      expectThat(has(over.refused, 'over weight limit of 200'), `201: ${over.text.slice(0, 200)}`);
      expectThat((await b.quotaUsed()) - before === 200, 'quota is not 200 more');
    },
  },
];

const brackets: Check[] = [
  {
    item: 8,
    name: 'a resting parent: children wait, are listed twice, and go with it',
    async run(b) {
      const cloids = [b.cloid(), b.cloid(), b.cloid()];
      const r = await placeBracket(b, await b.px(-0.05), 'Gtc', cloids);
      expectThat(r.statuses[1] === 'waitingForFill' && r.statuses[2] === 'waitingForFill', r.text);
      const open = await b.open();
      const parent = open.find((o) => o['cloid'] === cloids[0]);
      const children: unknown = parent?.['children'];
      expectThat(
        open.length === 3 && Array.isArray(children) && children.length === 2,
        `lists ${open.length}`,
      );
      await b.client.send({ type: 'cancel', cancels: [{ a: b.asset, o: Number(parent?.['oid']) }] });
      expectThat((await b.open()).length === 0, 'children outlived their parent');
    },
  },
  {
    item: 8,
    name: 'a parent that fills at once arms its children',
    async run(b) {
      const r = await placeBracket(b, await b.px(0.02), 'Ioc', [b.cloid(), b.cloid(), b.cloid()]);
      expectThat(r.statuses[1] === 'waitingForTrigger' && r.statuses[2] === 'waitingForTrigger', r.text);
      const open = await b.open();
      expectThat(
        open.length === 2 && open.every((o) => o['isTrigger'] === true && o['reduceOnly'] === true),
        r.text,
      );
    },
  },
  {
    item: 8,
    name: 'one na action opens, protects and takes profit: IOC entry, reduce-only stop, two reduce-only limits',
    async run(b) {
      const sz = await b.sz(40);
      const half = toWire(Math.floor((Number(sz) / 2) * 10 ** b.szDecimals) / 10 ** b.szDecimals);
      const r = await b.place([
        b.limit({ isBuy: true, px: await b.px(0.02), sz, tif: 'Ioc' }),
        b.stop({ isBuy: false, triggerPx: await b.px(-0.1), px: await b.px(-0.2), sz }),
        b.limit({ isBuy: false, px: await b.px(0.03), sz: half, r: true }),
        b.limit({ isBuy: false, px: await b.px(0.05), sz: half, r: true }),
      ]);
      for (const status of r.statuses) expectThat(oidIn(status) !== null, r.text);
      expectThat((await b.open()).length === 3, 'stop and take profits are not all open');
      expectThat((await b.szi()) === Number(sz), 'the entry did not fill');
    },
  },
  {
    item: 6,
    name: 'children cancel one by one before their parent; after it they are gone',
    async run(b) {
      const cloids = [b.cloid(), b.cloid(), b.cloid()];
      await placeBracket(b, await b.px(-0.05), 'Gtc', cloids);
      for (const cloid of [cloids[1], cloids[0]]) {
        const r = await b.client.send({ type: 'cancelByCloid', cancels: [{ asset: b.asset, cloid }] });
        expectThat(r.statuses[0] === 'success', r.text);
      }
      const late = await b.client.send({
        type: 'cancelByCloid',
        cancels: [{ asset: b.asset, cloid: cloids[2] }],
      });
      expectThat(has(errorIn(late.statuses[0]), gone), late.text);
    },
  },
  {
    item: 9,
    name: 'moving a stop needs a:true, keeps the cloid and gets a new oid; a:false and f:false are malformed',
    async run(b) {
      const sz = await b.long(15);
      const c = b.cloid();
      const first = await b.place([
        b.stop({ isBuy: false, triggerPx: await b.px(-0.1), px: await b.px(-0.2), sz, c }),
      ]);
      const oid = oidIn(first.statuses[0]) ?? 0;
      const order = b.stop({ isBuy: false, triggerPx: await b.px(-0.09), px: await b.px(-0.19), sz, c });
      const without = await b.client.send({ type: 'modify', oid, order });
      expectThat(without.refused !== null, `without a: ${without.text}`);
      const malformed = await b.client.send({ type: 'modify', oid, order, a: false });
      expectThat(malformed.http === 422 || malformed.refused !== null, `a:false: ${malformed.text}`);
      const moved = await b.client.send({ type: 'modify', oid, order, a: true });
      expectThat(moved.refused === null, moved.text);
      const open = await b.open();
      expectThat(
        open.length === 1 && open[0]?.['cloid'] === c && open[0]['oid'] !== oid,
        JSON.stringify(open),
      );
      const fast = await b.client.send({
        type: 'cancel',
        cancels: [{ a: b.asset, o: Number(open[0]['oid']) }],
        f: true,
      });
      expectThat(fast.refused !== null || errorIn(fast.statuses[0]) !== null, `f:true: ${fast.text}`);
    },
  },
];

async function placeBracket(b: Bench, px: string, tif: string, cloids: string[]): ReturnType<Bench['place']> {
  const sz = await b.sz(20);
  const [parent = '', stop = '', target = ''] = cloids;
  return b.place(
    [
      b.limit({ isBuy: true, px, sz, tif, c: parent }),
      b.stop({ isBuy: false, triggerPx: await b.px(-0.15), px: await b.px(-0.25), sz, c: stop }),
      b.stop({ isBuy: false, triggerPx: await b.px(0.15), px: await b.px(0.1), sz, tpsl: 'tp', c: target }),
    ],
    'normalTpsl',
  );
}

export const CANCEL_CHECKS: readonly Check[] = [...cancels, ...brackets];
