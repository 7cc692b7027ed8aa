import type { Plan } from '../decide/types.ts';
import type { CoinMeta, Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import { roundPx } from '../shared/round.ts';
import type { LegRole, OrderLeg } from './types.ts';

export type CloidFor = (role: LegRole, index: number) => string;

/**
 * The legs of one signed action, in the order the venue processes them: entry, stop, take profits.
 * They go out under grouping "na": the stop is an order of its own, so neither a partly filled entry nor a filled
 * take profit can take it away (docs/decisions/0003-one-action-na-grouping.md).
 */
export function bracketLegs(
  plan: Plan,
  meta: CoinMeta,
  stopSlippageFraction: number,
  cloidFor: CloidFor,
): OrderLeg[] {
  const isBuy = plan.side === 'long';
  const common = { coin: plan.coin, assetId: meta.assetId };
  return [
    {
      ...common,
      role: 'entry',
      cloid: cloidFor('entry', 0),
      isBuy,
      px: plan.entryLimitPx,
      sz: plan.sz,
      reduceOnly: false,
      type: { tif: 'Ioc' },
    },
    stopLeg({
      ...common,
      side: plan.side,
      sz: plan.sz,
      triggerPx: plan.stopPx,
      szDecimals: meta.szDecimals,
      slippageFraction: stopSlippageFraction,
      cloid: cloidFor('stop', 0),
    }),
    ...plan.takeProfits.map((t, index): OrderLeg => ({
      ...common,
      role: 'take-profit',
      cloid: cloidFor('take-profit', index),
      isBuy: !isBuy,
      px: t.px,
      sz: t.sz,
      reduceOnly: true,
      type: { tif: 'Gtc' },
    })),
  ];
}

/**
 * A reduce-only stop-market that protects a position of `side`. `px` is the worst price of the market order it
 * becomes, `slippageFraction` beyond the trigger and rounded away from it: room to fill, not a target.
 * @param o.triggerPx already rounded toward the entry
 */
export function stopLeg(o: {
  coin: string;
  assetId: number;
  side: Side;
  sz: number;
  triggerPx: number;
  szDecimals: number;
  slippageFraction: number;
  cloid: string;
}): OrderLeg {
  const s = sign(o.side);
  return {
    role: 'stop',
    cloid: o.cloid,
    coin: o.coin,
    assetId: o.assetId,
    isBuy: o.side === 'short',
    px: roundPx(o.triggerPx * (1 - s * o.slippageFraction), o.szDecimals, o.side === 'long' ? 'down' : 'up'),
    sz: o.sz,
    reduceOnly: true,
    type: { triggerPx: o.triggerPx, isMarket: true, tpsl: 'sl' },
  };
}
