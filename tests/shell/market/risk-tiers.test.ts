import { describe, expect, test } from 'vitest';
import { createBybitMarket } from '../../../src/shell/market/bybit.ts';
import { createOkxMarket } from '../../../src/shell/market/okx.ts';
import { parseBybitTiers, parseOkxTiers } from '../../../src/shell/market/risk-tiers.ts';
import { json } from './fake-server.ts';
import { venueSetup } from './venue-setup.ts';

const row = (riskLimitValue: string, maintenanceMargin: string | number, maxLeverage: string) => ({
  id: 1,
  symbol: 'BTCUSDT',
  riskLimitValue,
  maintenanceMargin,
  initialMargin: '0.01',
  isLowestRisk: 1,
  maxLeverage,
  mmDeduction: '',
});
const bybit = (...list: unknown[]) => ({ retCode: 0, retMsg: 'OK', result: { category: 'linear', list } });
const okxRow = (tier: string, minSz: string, mmr: string, maxLever: string) => ({
  tier,
  minSz,
  maxSz: '9',
  mmr,
  imr: '0.1',
  maxLever,
});
const okx = (...data: unknown[]) => ({ code: '0', msg: '', data });

describe('Bybit: a step ends at its limit', () => {
  const TIERS = [
    { floorUsd: 0, mmr: 0.005, maxLeverage: 100, cumUsd: 0 },
    // 2,000,000 · (0.0056 − 0.005)
    { floorUsd: 2_000_000, mmr: 0.0056, maxLeverage: 90, cumUsd: expect.closeTo(1_200, 6) },
  ];

  test('in any order, with the deduction that follows', () => {
    const reply = bybit(row('2600000', '0.0056', '90.00'), row('2000000', '0.005', '100.00'));
    expect(parseBybitTiers(reply, 'BTCUSDT', 'x')).toEqual(TIERS);
  });

  test('in per cent, as older servers say it: the same', () => {
    const reply = bybit(row('2000000', 0.5, '100.00'), row('2600000', 0.56, '90.00'));
    const read = parseBybitTiers(reply, 'BTCUSDT', 'x');
    expect(read.map((t) => Number(t.mmr.toFixed(9)))).toEqual([0.005, 0.0056]);
  });

  test.each([
    ['of another symbol', bybit({ ...row('1', '0.005', '100'), symbol: 'ETHUSDT' })],
    ['with nothing in it', bybit()],
    ['with a rate of nothing', bybit(row('1', '0', '100'))],
    ['whose rates fall', bybit(row('1', '0.006', '100'), row('2', '0.005', '100'))],
    [
      'whose steps are two of one size',
      bybit(row('1', '0.005', '100'), row('1', '0.006', '90'), row('2', '0.007', '80')),
    ],
    ['that nobody could meet', bybit(row('1', '40', '2'), row('2', '0.6', '2'))],
  ])('%s is refused', (_, reply) => {
    expect(() => parseBybitTiers(reply, 'BTCUSDT', 'bybit tiers BTC')).toThrow(/bybit tiers BTC/);
  });
});

test('OKX: 500 contracts of 0.01 coins at 60,000 are 300,000 USD', () => {
  const reply = okx(okxRow('2', '500.01', '0.006', '75'), okxRow('1', '0.01', '0.004', '100'));
  expect(parseOkxTiers(reply, 600, 'x')).toEqual([
    { floorUsd: 0, mmr: 0.004, maxLeverage: 100, cumUsd: 0 },
    { floorUsd: expect.closeTo(300_006, 6), mmr: 0.006, maxLeverage: 75, cumUsd: expect.closeTo(600.012, 6) },
  ]);
});

describe('over the wire', () => {
  const common = async (venue: string, answers: Record<string, unknown>) => {
    const { server, parts } = await venueSetup(venue, (asked, response) =>
      json(answers[asked.path] ?? {}, answers[asked.path] === undefined ? 404 : 200)(asked, response),
    );
    return { server, o: parts };
  };

  test('Bybit is asked by symbol', async () => {
    const { server, o } = await common('bybit', {
      '/v5/market/risk-limit': bybit(row('2000000', '0.005', '100')),
    });
    const tiers = await createBybitMarket(o).maintenance?.('BTC', 60_000);
    expect(tiers?.map((t) => t.mmr)).toEqual([0.005]);
    expect(server.asked[0]?.query.toString()).toBe('category=linear&symbol=BTCUSDT');
  });

  test('OKX is asked by family, and PEPE by the coin costs a thousandth of the mark', async () => {
    const instrument = {
      instId: 'PEPE-USDT-SWAP',
      ctType: 'linear',
      ctVal: '10000000',
      ctMult: '1',
      ctValCcy: 'PEPE',
      settleCcy: 'USDT',
      state: 'live',
    };
    const { server, o } = await common('okx', {
      '/api/v5/public/instruments': okx(instrument),
      '/api/v5/public/position-tiers': okx(okxRow('1', '0', '0.01', '50'), okxRow('2', '100', '0.02', '20')),
    });
    const tiers = await createOkxMarket(o).maintenance?.('kPEPE', 0.01);
    // 100 contracts of 10M PEPE at 0.00001.
    expect(tiers?.map((t) => Math.round(t.floorUsd))).toEqual([0, 10_000]);
    expect(server.asked[1]?.query.toString()).toBe('instType=SWAP&tdMode=isolated&instFamily=PEPE-USDT');
  });
});
