import { readFileSync } from 'node:fs';
import type { OrderLeg } from '../../../src/core/execute/types.ts';

/** Throw-away keys, used nowhere else. */
export const KEY: `0x${string}` = `0x${'5ba1'.repeat(16)}`;
export const OTHER_KEY: `0x${string}` = `0x${'5ba2'.repeat(16)}`;
export const ACCOUNT = '0x1111111111111111111111111111111111111111';

const leg = (o: Partial<OrderLeg> & Pick<OrderLeg, 'role' | 'cloid' | 'px' | 'sz' | 'type'>): OrderLeg => ({
  coin: 'ETH',
  assetId: 1,
  isBuy: false,
  reduceOnly: true,
  ...o,
});

export const entryLeg = leg({
  role: 'entry',
  cloid: `0x5bac${'0'.repeat(27)}1`,
  isBuy: true,
  reduceOnly: false,
  px: 2010.5,
  sz: 0.5,
  type: { tif: 'Ioc' },
});
export const stopLeg = leg({
  role: 'stop',
  cloid: `0x5bac${'0'.repeat(27)}2`,
  px: 1755,
  sz: 0.5,
  type: { triggerPx: 1950, isMarket: true, tpsl: 'sl' },
});
export const takeProfits = [
  leg({ role: 'take-profit', cloid: `0x5bac${'0'.repeat(27)}3`, px: 2050, sz: 0.25, type: { tif: 'Gtc' } }),
  leg({ role: 'take-profit', cloid: `0x5bac${'0'.repeat(27)}4`, px: 2100.1, sz: 0.25, type: { tif: 'Gtc' } }),
];
/** What the bridge sends for one alert: entry, stop and two take profits as one action. */
export const bracket: OrderLeg[] = [entryLeg, stopLeg, ...takeProfits];

/** An answer of the venue, written after its documentation. */
export const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/exchange/${name}`, import.meta.url), 'utf8'));

/** The rows of an answer that is a list. */
export const list = (body: unknown): Record<string, unknown>[] => (Array.isArray(body) ? body : []);
