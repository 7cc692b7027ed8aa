// What the public material leaves open: each probe finds out which value of a rule this venue follows.
import type { VenueRules } from '../core/rules.ts';
import { isRecord } from '../json.ts';
import { type Bench, expectThat } from './bench.ts';
import { type Answer, errorIn } from './client.ts';

export interface Probe {
  rule: keyof VenueRules;
  question: string;
  /** The rule's value, or null when this market does not let one tell. */
  run: (b: Bench) => Promise<string | boolean | null>;
}

const said = (r: Answer, i = 0): string | null => errorIn(r.statuses[i]) ?? r.refused;

export const PROBES: readonly Probe[] = [
  {
    rule: 'assetSuffix',
    question: 'do per-order errors end with asset=N?',
    async run(b) {
      const r = await b.place([b.limit({ isBuy: true, px: await b.px(-0.1), sz: '0' })]);
      return / asset=\d+$/.test(said(r) ?? '');
    },
  },
  {
    rule: 'orphanTrigger',
    question: 'a reduce-only trigger without a position',
    async run(b) {
      const order = b.stop({
        isBuy: false,
        triggerPx: await b.px(-0.1),
        px: await b.px(-0.2),
        sz: await b.sz(15),
      });
      return said(await b.place([order])) === null ? 'accept' : 'refuse';
    },
  },
  {
    rule: 'alreadyTrue',
    question: 'a trigger whose condition already holds',
    async run(b) {
      const sz = await b.long(15);
      const order = b.stop({ isBuy: false, triggerPx: await b.px(0.02), px: await b.px(-0.05), sz });
      return said(await b.place([order])) === null ? 'fire' : 'reject';
    },
  },
  {
    rule: 'triggerLimitSide',
    question: 'which triggers need their limit beyond the trigger price',
    async run(b) {
      const sz = await b.long(15);
      const stop = await b.place([
        b.stop({ isBuy: false, triggerPx: await b.px(-0.1), px: await b.px(-0.08), sz }),
      ]);
      if (said(stop) === null) return 'none';
      const tp = await b.place([
        b.stop({ isBuy: false, triggerPx: await b.px(0.1), px: await b.px(0.12), sz, tpsl: 'tp' }),
      ]);
      return said(tp) === null ? 'stop-market' : 'all';
    },
  },
  {
    rule: 'openingTrigger',
    question: 'a trigger that is not reduce-only',
    async run(b) {
      const order = b.stop({
        isBuy: true,
        triggerPx: await b.px(0.1),
        px: await b.px(0.15),
        sz: await b.sz(15),
        r: false,
      });
      return said(await b.place([order])) === null ? 'accept' : 'refuse';
    },
  },
  {
    rule: 'parentError',
    question: 'how the children of a refused parent answer',
    async run(b) {
      const sz = await b.sz(15);
      const r = await b.place(
        [
          b.limit({ isBuy: true, px: await b.px(-0.1), sz, tif: 'Ioc' }),
          b.stop({ isBuy: false, triggerPx: await b.px(-0.15), px: await b.px(-0.25), sz }),
        ],
        'normalTpsl',
      );
      expectThat(said(r) !== null, `the parent was not refused: ${r.text}`);
      return r.statuses.length > 1 ? 'each' : 'one';
    },
  },
  {
    rule: 'preValidation',
    question: 'a batch that fails before its orders are looked at',
    async run(b) {
      const sz = await b.sz(15);
      const r = await b.place(
        [
          b.limit({ isBuy: true, px: await b.px(-0.1), sz }),
          b.stop({ isBuy: false, triggerPx: await b.px(-0.15), px: await b.px(-0.25), sz, r: false }),
        ],
        'normalTpsl',
      );
      if (r.refused !== null) return 'err';
      return r.statuses.length === 1 ? 'status' : null;
    },
  },
  {
    rule: 'plainGtcWholeClose',
    question: 'a plain GTC under $10 that closes the whole position',
    async run(b) {
      const held = await b.long(10.2);
      // The whole position at a price that makes it worth less than $10 and still does not trade: none for a long
      // unless the limit is under the market, so it trades; the minimum is checked before that.
      const r = await b.place([b.limit({ isBuy: false, px: await b.px(-0.05), sz: held })]);
      const text = said(r);
      if (text === null) return 'exempt';
      return text.includes('$10') ? 'minimum' : null;
    },
  },
  {
    rule: 'wholePositionSz',
    question: 'the size shown for a position-bound stop over the whole position',
    async run(b) {
      await b.long(15);
      const order = b.stop({ isBuy: false, triggerPx: await b.px(-0.1), px: await b.px(-0.2), sz: '0' });
      const r = await b.place([order], 'positionTpsl');
      if (said(r) !== null) return null;
      const [shown] = await b.open();
      return isRecord(shown) && Number(shown['sz']) === 0 ? 'zero' : 'position';
    },
  },
  {
    rule: 'triggersOnClose',
    question: 'a standalone reduce-only stop when its position closes',
    async run(b) {
      const sz = await b.long(15);
      await b.place([b.stop({ isBuy: false, triggerPx: await b.px(-0.1), px: await b.px(-0.2), sz })]);
      await b.place([b.limit({ isBuy: false, px: await b.px(-0.02), sz, tif: 'Ioc', r: true })]);
      expectThat((await b.szi()) === 0, 'the position did not close');
      return (await b.open()).length === 0 ? 'cancel' : 'keep';
    },
  },
  {
    rule: 'lowNonceText',
    question: 'the text for a nonce outside the window',
    async run(b) {
      const nonce = b.client.nonce() - 3 * 86_400_000;
      const r = await b.client.send({ type: 'noop' }, { nonce });
      return r.refused?.replace(String(nonce), '{nonce}') ?? null;
    },
  },
];
