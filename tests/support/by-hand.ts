import type { BridgeWorld } from './bridge-world.ts';

const act = (w: BridgeWorld, order: object): void =>
  void w.venue.act(w.account, {
    type: 'order',
    orders: [{ a: 0, ...order }],
    grouping: 'na',
  } as never);

/** What a person does on the account's BTC, at the market. */
export const tradeByHand = (w: BridgeWorld, isBuy: boolean, sz: string): void =>
  act(w, { b: isBuy, p: isBuy ? '109000' : '80000', s: sz, r: false, t: { limit: { tif: 'Ioc' } } });

/** A person's stop for a long of that size. */
export const placeStopByHand = (w: BridgeWorld, triggerPx: number, sz: number): void =>
  act(w, {
    b: false,
    p: String(Math.round(triggerPx * 0.9)),
    s: String(sz),
    r: true,
    t: { trigger: { isMarket: true, triggerPx: String(triggerPx), tpsl: 'sl' } },
  });

/** The bridge's own entry, a minute ago, and nothing left to do for the guard. */
export async function openPosition(w: BridgeWorld): Promise<void> {
  await w.post();
  await w.settle();
  if (w.position() === undefined) throw new Error('no position');
  await w.clock.advanceTo(w.clock.nowMs() + 60_000);
  await w.guard();
  await w.settle();
}
