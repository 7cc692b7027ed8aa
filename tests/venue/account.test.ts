import { describe, expect, test } from 'vitest';
import { fundingRate8h } from '../../src/venue/core/funding.ts';
import { liquidationPx } from '../../src/venue/core/margin.ts';
import { createCoin } from '../../src/venue/core/state.ts';
import { DEFAULT_RULES } from '../../src/venue/core/rules.ts';
import { cast, createRig, errorOf, type Json, limit, MASTER, type Rig, T0, trigger } from './rig.ts';

interface State {
  marginSummary: Record<string, string>;
  crossMaintenanceMarginUsed: string;
  withdrawable: string;
  assetPositions: { position: Json & { leverage: Json; liquidationPx: string | null; marginUsed: string } }[];
}
const stateOf = (rig: Rig) => rig.info<State>({ type: 'clearinghouseState', user: MASTER });
const isolated = (rig: Rig, asset: number, leverage: number) =>
  rig.act({ type: 'updateLeverage', asset, isCross: false, leverage });

/** Deposits + realised − fees + funding + what others bore + unrealised: what the account must be worth. */
function owed(rig: Rig): number {
  const a = rig.venue.account(MASTER);
  if (a === null) return NaN;
  const open = a.positions.reduce((sum, p) => sum + p.unrealizedPnlUsd, 0);
  return a.depositedUsd + a.closedPnlUsd - a.feesUsd + a.fundingUsd + a.absorbedUsd + open;
}

describe('liquidation price', () => {
  test('the documented sample: 2866.26936529 to 1e-4', () => {
    const eth = createCoin({ coin: 'ETH', szDecimals: 4, maxLeverage: 50 }, 0, DEFAULT_RULES);
    eth.markPx = 298_590;
    const rawUsd = -95_059_824;
    const px = liquidationPx(eth, 335, rawUsd + 335 * eth.markPx);
    expect(Math.abs((px ?? 0) - 2_866.26936529)).toBeLessThan(1e-4);
  });
  test('a tier changes it: maintenance is continuous over the boundary', () => {
    const tiers = [
      { lowerBoundUsd: 0, maxLeverage: 20 },
      { lowerBoundUsd: 100_000, maxLeverage: 10 },
    ];
    const c = createCoin({ coin: 'X', szDecimals: 2, maxLeverage: 20, marginTiers: tiers }, 0, DEFAULT_RULES);
    c.markPx = 1_000_000;
    const at = (lots: number) => liquidationPx(c, lots, (lots * c.markPx) / 10) ?? NaN;
    expect(at(90_000)).toBeCloseTo(90 / 0.975, 6);
    expect(at(200_000)).toBeGreaterThan(at(90_000));
    expect(at(200_000)).toBeLessThan(100);
  });
  test('an account that cannot be liquidated has none', async () => {
    const rig = createRig();
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    const s = await stateOf(rig);
    expect(s.assetPositions[0]?.position.liquidationPx).toBeNull();
  });
});

describe('margin', () => {
  test('isolated: the margin leaves the account and comes back with the pnl', async () => {
    const rig = createRig();
    rig.venue.setPrice('ETH', { markPx: 3_000, bidPx: 3_000, askPx: 3_000 });
    await isolated(rig, 1, 10);
    await rig.orders([limit('ETH', true, '1', '3000', 'Ioc')]);
    const s = await stateOf(rig);
    expect(s.assetPositions[0]?.position).toMatchObject({
      entryPx: '3000.0',
      positionValue: '3000.0',
      leverage: { type: 'isolated', value: 10, rawUsd: '-2701.35' },
      marginUsed: '298.65',
    });
    expect(s.withdrawable).toBe('9700.0');
    rig.venue.setPrice('ETH', { markPx: 3_100, bidPx: 3_100, askPx: 3_100 });
    await rig.orders([limit('ETH', false, '1', '3100', 'Ioc', { r: true })]);
    const after = await stateOf(rig);
    expect(after.assetPositions).toEqual([]);
    expect(after.withdrawable).toBe((10_000 + 100 - 1.35 - 1.395).toFixed(3));
  });
  test('half closed, half the margin is back', async () => {
    const rig = createRig();
    await isolated(rig, 1, 10);
    await rig.orders([limit('ETH', true, '2', '3010', 'Ioc')]);
    const before = rig.venue.account(MASTER)?.positions[0]?.marginUsd ?? 0;
    await rig.orders([limit('ETH', false, '1', '2990', 'Ioc', { r: true })]);
    const after = rig.venue.account(MASTER)?.positions[0]?.marginUsd ?? 0;
    expect(after / before).toBeGreaterThan(0.49);
    expect(after / before).toBeLessThan(0.51);
  });
  test('opening more than the margin allows is refused, one lot less is not', async () => {
    const rig = createRig({ usd: 1_000 });
    await rig.act({ type: 'updateLeverage', asset: 1, isCross: true, leverage: 10 });
    const [over] = await rig.orders([limit('ETH', true, '3.3334', '3010', 'Ioc')]);
    expect(errorOf(over)).toBe('Insufficient margin to place order. asset=1');
    const [just] = await rig.orders([limit('ETH', true, '3.3333', '3010', 'Ioc')]);
    expect(just).toHaveProperty('filled');
  });
  test('entries average, a flip starts anew', async () => {
    const rig = createRig({ usd: 100_000 });
    const at = (px: number) => rig.venue.setPrice('ETH', { markPx: px, bidPx: px, askPx: px });
    at(3_000);
    await rig.orders([limit('ETH', true, '1', '3000', 'Ioc')]);
    at(3_100);
    await rig.orders([limit('ETH', true, '3', '3100', 'Ioc')]);
    expect(rig.venue.account(MASTER)?.positions[0]?.entryPx).toBe(3_075);
    await rig.orders([limit('ETH', false, '5', '3100', 'Ioc')]);
    const a = rig.venue.account(MASTER);
    expect(a?.positions[0]).toMatchObject({ szi: -1, entryPx: 3_100 });
    expect(a?.fills.at(-1)).toMatchObject({ dir: 'Long > Short', closedPnl: '100.0', startPosition: '4.0' });
    expect(a?.equityUsd).toBeCloseTo(owed(rig), 9);
  });
  test.each([
    [{ asset: 1, isCross: true, leverage: 26 }, 'Invalid leverage'],
    [{ asset: 77, isCross: true, leverage: 2 }, 'not tradable'],
  ])('updateLeverage %j: %s', async (w, text) => {
    expect((await createRig().act({ type: 'updateLeverage', ...w })).response).toContain(text);
  });
  test('with a position: no change of mode, lowering needs margin, a change keeps the margin', async () => {
    const rig = createRig();
    await isolated(rig, 1, 10);
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    const cross = await rig.act({ type: 'updateLeverage', asset: 1, isCross: true, leverage: 10 });
    expect(cross.response).toBe('Cannot switch leverage type with open position.');
    expect((await isolated(rig, 1, 5)).response).toMatch(
      /^Isolated position does not have sufficient margin/,
    );
    const before = (await stateOf(rig)).assetPositions[0]?.position.marginUsed;
    expect((await isolated(rig, 1, 20)).status).toBe('ok');
    expect((await stateOf(rig)).assetPositions[0]?.position.marginUsed).toBe(before);
  });
  test('isolated margin moves in and out, not below what the position needs', async () => {
    const rig = createRig();
    await isolated(rig, 1, 10);
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    const move = (ntli: number) => rig.act({ type: 'updateIsolatedMargin', asset: 1, isBuy: true, ntli });
    expect((await move(100_000_000)).status).toBe('ok');
    expect((await move(-50_000_000)).status).toBe('ok');
    expect((await move(-500_000_000)).status).toBe('err');
    expect((await move(1_000_000_000_000)).status).toBe('err');
    const none = await rig.act({ type: 'updateIsolatedMargin', asset: 0, isBuy: true, ntli: 1 });
    expect(none.response).toBe('Position does not use isolated margin.');
  });
});

describe('liquidation', () => {
  test('isolated, at the printed price and not before; the rest of the account is untouched', async () => {
    const rig = createRig();
    await isolated(rig, 1, 10);
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc'), trigger('ETH', false, '1', '2600')]);
    const px = Number((await stateOf(rig)).assetPositions[0]?.position.liquidationPx);
    rig.venue.setPrice('ETH', { markPx: Math.ceil(px * 10) / 10 });
    expect(rig.venue.account(MASTER)?.positions).toHaveLength(1);
    rig.venue.setPrice('ETH', { markPx: Math.floor(px * 10) / 10 });
    const a = rig.venue.account(MASTER);
    expect(a?.positions).toEqual([]);
    expect(a?.orders).toEqual([]);
    expect(a?.fills.at(-1)).toMatchObject({ liquidation: { liquidatedUser: MASTER, method: 'market' } });
    expect(a?.equityUsd).toBeGreaterThan(9_650);
    expect(a?.equityUsd).toBeCloseTo(owed(rig), 9);
    const ledger = await rig.info<{ delta: Json }[]>({ type: 'userNonFundingLedgerUpdates', user: MASTER });
    expect(ledger.at(-1)?.delta).toMatchObject({ type: 'liquidation', leverageType: 'Isolated' });
  });
  test('a gap far through: backstop, margin gone, the hole is not the account’s', async () => {
    const rig = createRig();
    await isolated(rig, 1, 10);
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    rig.venue.setPrice('ETH', { markPx: 2_000 });
    const a = rig.venue.account(MASTER);
    expect(a?.positions).toEqual([]);
    expect(a?.fills.at(-1)).toMatchObject({
      dir: 'Liquidated Isolated Long',
      liquidation: { method: 'backstop' },
    });
    expect(a?.equityUsd).toBeCloseTo(9_700, 0);
    expect(a?.absorbedUsd).toBeGreaterThan(600);
    expect(a?.equityUsd).toBeCloseTo(owed(rig), 9);
  });
  test('over $100k a fifth goes first, and within 30 s everything', async () => {
    const rig = createRig({ usd: 10_000 });
    await rig.act({ type: 'updateLeverage', asset: 1, isCross: true, leverage: 20 });
    rig.venue.setContext('ETH', { depthUsdPerBps: 10_000_000 });
    await rig.orders([limit('ETH', true, '60', '3010', 'Ioc')]);
    const px = Number((await stateOf(rig)).assetPositions[0]?.position.liquidationPx);
    rig.venue.setPrice('ETH', { markPx: Math.floor(px * 10) / 10 });
    expect(rig.venue.account(MASTER)?.positions[0]?.szi).toBe(48);
    rig.clock.now += 5_000;
    rig.venue.setPrice('ETH', { markPx: Math.floor(px * 10) / 10 - 20 });
    expect(rig.venue.account(MASTER)?.positions).toEqual([]);
  });
});

describe('funding', () => {
  test('the documented rate: premium 1 % → 0.95 %, and the clamp on both sides', () => {
    expect(fundingRate8h(0.01)).toBeCloseTo(0.0095, 12);
    expect(fundingRate8h(0.0001)).toBeCloseTo(0.0001, 12);
    expect(fundingRate8h(0.0003)).toBeCloseTo(0.0001, 12);
    expect(fundingRate8h(-0.01)).toBeCloseTo(-0.0095, 12);
  });
  test('each full hour longs pay size × oracle × rate', async () => {
    const rig = createRig();
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    rig.venue.setContext('ETH', { fundingHourly: 0.0001 });
    rig.venue.setPrice('ETH', { markPx: 3_000, oraclePx: 2_990 });
    rig.clock.now = T0 + 49 * 60_000;
    rig.venue.tick();
    expect(await rig.info<Json[]>({ type: 'userFunding', user: MASTER })).toEqual([]);
    rig.clock.now = T0 + 51 * 60_000;
    rig.venue.tick();
    const [paid] = await rig.info<{ delta: Json }[]>({ type: 'userFunding', user: MASTER });
    expect(paid?.delta).toMatchObject({ coin: 'ETH', usdc: '-0.299', szi: '1.0', fundingRate: '0.0001' });
    rig.clock.now += 3 * 3_600_000;
    rig.venue.tick();
    expect(await rig.info<Json[]>({ type: 'userFunding', user: MASTER })).toHaveLength(4);
    expect(rig.venue.account(MASTER)?.equityUsd).toBeCloseTo(owed(rig), 9);
    const s = await stateOf(rig);
    expect(cast<{ sinceOpen: string }>(s.assetPositions[0]?.position['cumFunding']).sinceOpen).toBe('1.196');
  });
});
