// A person who trades the same account by hand, in the venue's own page.
import { roundPx, toWire } from '../../../core/shared/round.ts';
import type { ActionWire } from '../../../venue/core/actions.ts';
import type { OrderWire } from '../../../venue/core/validate.ts';
import type { Draws } from './draws.ts';
import type { HumanAct } from './scenario.ts';
import type { SimVenue } from './sim-venue.ts';

/** Carries out one act; one that makes no sense now (closing nothing) does nothing. @returns what was done, in words */
export function actByHand(venue: SimVenue, coin: string, act: HumanAct, d: Draws): string {
  const c = venue.coin(coin);
  const mark = venue.markPx(coin);
  const szi = venue.account.positions.get(c.asset)?.szi ?? 0;
  const isLong = szi > 0;
  const toSz = (lots: number): string => toWire(lots / 10 ** c.szDecimals);
  const market = (isBuy: boolean, lots: number, reduceOnly: boolean): OrderWire => ({
    a: c.asset,
    b: isBuy,
    p: toWire(roundPx(mark * (isBuy ? 1.05 : 0.95), c.szDecimals, isBuy ? 'up' : 'down')),
    s: toSz(lots),
    r: reduceOnly,
    t: { limit: { tif: 'Ioc' } },
  });
  const order = (w: OrderWire): ActionWire => ({ type: 'order', orders: [w], grouping: 'na' });
  const cancel = (isWanted: (isStop: boolean) => boolean): ActionWire => ({
    type: 'cancel',
    cancels: [...venue.account.open].flatMap((oid) => {
      const o = venue.state.orders.get(oid);
      return o !== undefined && o.asset === c.asset && isWanted(o.trigger?.tpsl === 'sl')
        ? [{ a: c.asset, o: oid }]
        : [];
    }),
  });
  const stop = (distance: number, share: number): ActionWire => {
    const triggerPx = roundPx(
      mark * (isLong ? 1 - distance : 1 + distance),
      c.szDecimals,
      isLong ? 'up' : 'down',
    );
    const p = roundPx(triggerPx * (isLong ? 0.9 : 1.1), c.szDecimals, isLong ? 'down' : 'up');
    const lots = Math.max(1, Math.floor(Math.abs(szi) * share));
    return order({
      a: c.asset,
      b: !isLong,
      p: toWire(p),
      s: toSz(lots),
      r: true,
      t: { trigger: { isMarket: true, triggerPx: toWire(triggerPx), tpsl: 'sl' } },
    });
  };
  const newLots = Math.max(1, Math.floor((d.between(500, 8_000) / mark) * 10 ** c.szDecimals));
  const chosen = ((): ActionWire | null => {
    if (act === 'open') return order(market(d.chance(0.5), newLots, false));
    if (szi === 0) return null;
    switch (act) {
      case 'close':
        return order(market(!isLong, Math.abs(szi), true));
      case 'half':
        return order(market(!isLong, Math.max(1, Math.floor(Math.abs(szi) / 2)), true));
      case 'flip':
        return order(market(!isLong, Math.abs(szi) * 2, false));
      case 'cancel-stops':
        return cancel((isStop) => isStop);
      case 'cancel-targets':
        return cancel((isStop) => !isStop);
      case 'tight-stop':
        return stop(0.004, d.pick([1, 0.5]));
      case 'loose-stop':
        return stop(0.05, d.pick([1, 0.5, 2]));
    }
  })();
  if (chosen === null) return `by hand: ${act} ${coin}: nothing to do`;
  const answer = venue.act(chosen);
  return `by hand: ${act} ${coin}: ${JSON.stringify(answer.response)}`;
}
