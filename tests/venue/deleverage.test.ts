import { describe, expect, test } from 'vitest';
import { cast, createRig, limit, MASTER } from './rig.ts';

const at = (n: number): string => `0x${String(n).padStart(40, '0')}`;
const isolated = (asset: number, leverage: number) =>
  ({ type: 'updateLeverage', asset, isCross: false, leverage }) as const;

/** Opens an isolated position of `coins` ETH at about 3000. */
function hold(rig: ReturnType<typeof createRig>, who: string, coins: number, leverage: number): void {
  rig.venue.openAccount({ address: who, usd: 20_000 });
  rig.venue.act(who, isolated(1, leverage));
  const isBuy = coins > 0;
  const orders = [limit('ETH', isBuy, String(Math.abs(coins)), isBuy ? '3030' : '2970', 'Ioc')];
  rig.venue.act(who, cast({ type: 'order', orders, grouping: 'na' }));
}

const szi = (rig: ReturnType<typeof createRig>, who: string): number =>
  rig.venue.account(who)?.positions[0]?.szi ?? 0;

describe('auto-deleveraging', () => {
  const crash = (autoDeleveraging: boolean) => {
    const rig = createRig({ rules: { autoDeleveraging } });
    hold(rig, at(1), 10, 20);
    hold(rig, at(2), -4, 5);
    hold(rig, at(3), -4, 20);
    hold(rig, at(4), -4, 10);
    hold(rig, at(5), 4, 3);
    // From −2 % to −13 % in one step: the long at 20x is bankrupt.
    rig.venue.setPrice('ETH', { markPx: 2_940 });
    rig.venue.setPrice('ETH', { markPx: 2_600 });
    return rig;
  };
  test('the most leveraged gainers go first, at the previous mark, and only as far as needed', () => {
    const rig = crash(true);
    const adl = rig.venue.events().filter((e) => e.kind === 'adl');
    expect(adl.map((e) => [e.user, e.sz, e.px, e.against])).toEqual([
      [at(3), '4.0', '2940.0', at(1)],
      [at(4), '4.0', '2940.0', at(1)],
      [at(2), '2.0', '2940.0', at(1)],
    ]);
    expect([1, 2, 3, 4, 5].map((n) => szi(rig, at(n)))).toEqual([0, -2, 0, 0, 4]);
    expect(adl.map((e) => e.rank)).toEqual(adl.map((e) => e.rank).sort((x, y) => y - x));
    const fill = rig.venue.account(at(3))?.fills.at(-1);
    expect(fill).toMatchObject({ dir: 'Auto-Deleveraging', px: '2940.0', side: 'B' });
    // 60 USD a coin against a margin of 150: at the previous mark nobody bears anything.
    expect(rig.venue.events().some((e) => e.kind === 'shortfall')).toBe(false);
  });
  test('without it the rest of the market bears the debt, and the winners keep their positions', () => {
    const rig = crash(false);
    expect([1, 2, 3, 4, 5].map((n) => szi(rig, at(n)))).toEqual([0, -4, -4, -4, 4]);
    expect(rig.venue.events().some((e) => e.kind === 'shortfall')).toBe(true);
    expect(rig.venue.events().some((e) => e.kind === 'adl')).toBe(false);
  });
});

describe('the modelled mark', () => {
  const SECOND = 1_000;
  const rig = () => {
    const r = createRig({ rules: { markModel: 'modelled' } });
    for (let i = 0; i < 60; i++) {
      r.clock.now += SECOND;
      r.venue.setPrice('ETH', { markPx: 3_000 });
    }
    return r;
  };
  test('rests on a still price', () => {
    expect(rig().venue.markPx('ETH')).toBeCloseTo(3_000, 1);
  });
  test('a wick of the book alone hardly moves it; a stop 2 % away holds', async () => {
    const r = rig();
    await r.orders([limit('ETH', true, '1', '3030', 'Ioc')]);
    const stop = {
      a: 1,
      b: false,
      p: '2600',
      s: '1',
      r: true,
      t: { trigger: { isMarket: true, triggerPx: '2940', tpsl: 'sl' } },
    };
    await r.orders([stop]);
    for (let i = 0; i < 2; i++) {
      r.clock.now += SECOND * 3;
      r.venue.setPrice('ETH', { markPx: 2_850, oraclePx: 3_000 });
      expect(r.venue.markPx('ETH')).toBeGreaterThan(2_960);
      expect(r.venue.markPx('ETH')).toBeLessThan(3_000.1);
    }
    expect(r.venue.account(MASTER)?.orders).toHaveLength(1);
    expect(r.venue.account(MASTER)?.positions[0]?.szi).toBe(1);
  });
  test('it comes every three seconds, not with every price', () => {
    const r = rig();
    r.clock.now += SECOND * 3;
    r.venue.setPrice('ETH', { markPx: 3_000 });
    r.clock.now += SECOND;
    r.venue.setPrice('ETH', { markPx: 2_700 });
    expect(r.venue.markPx('ETH')).toBeCloseTo(3_000, 1);
    r.clock.now += SECOND * 2;
    r.venue.setPrice('ETH', { markPx: 2_700 });
    expect(r.venue.markPx('ETH')).toBeLessThan(2_990);
  });
  test('when all move it follows, and other venues are the third vote', () => {
    const r = rig();
    r.clock.now += SECOND * 3;
    r.venue.setPrice('ETH', { markPx: 2_850, oraclePx: 3_000, externalPx: 2_850 });
    expect(r.venue.markPx('ETH')).toBeCloseTo(2_850, 0);
    const down = rig();
    down.clock.now += SECOND * 3;
    down.venue.setPrice('ETH', { markPx: 2_850 });
    expect(down.venue.markPx('ETH')).toBeCloseTo(2_850, 0);
  });
  test('a lasting premium over the oracle enters through the basis', () => {
    const r = rig();
    for (let i = 0; i < 600; i++) {
      r.clock.now += SECOND;
      r.venue.setPrice('ETH', { markPx: 3_030, oraclePx: 3_000 });
    }
    expect(r.venue.markPx('ETH')).toBeGreaterThan(3_029);
    expect(r.venue.markPx('ETH')).toBeLessThan(3_031);
  });
});
