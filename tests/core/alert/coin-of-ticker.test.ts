import { expect, test } from 'vitest';
import { coinOfTicker } from '../../../src/core/alert/coin-of-ticker.ts';

const known = new Set(['BTC', 'ETH', 'kPEPE', 'HYPE', 'kBONK']);

test.each([
  ['BTCUSDT.P', 'BTC', 1],
  ['BINANCE:BTCUSDT.P', 'BTC', 1],
  ['HYPERLIQUID:BTCUSDC.P', 'BTC', 1],
  ['BTCUSD.P', 'BTC', 1],
  ['1000PEPEUSDT.P', 'kPEPE', 1],
  ['KPEPEUSDC.P', 'kPEPE', 1],
  ['PEPEUSDT.P', 'kPEPE', 0.001],
  ['1000BONKUSDT.P', 'kBONK', 1],
  ['HYPEUSDC.P', 'HYPE', 1],
])('%s is %s', (ticker, coin, multiplier) => {
  expect(coinOfTicker(ticker, known)).toEqual({ coin, multiplier });
});

test.each([
  ['BTCUSDT', 'spot'],
  ['BTCEUR.P', 'an unknown quote'],
  ['USDT.P', 'no base'],
  ['WIFUSDT.P', 'a coin the venue does not list'],
  ['btcusdt.p', 'a spelling TradingView does not use'],
  ['1000ETHUSDT.P', 'a multiplier nobody listed'],
  ['BTCUSDT.P_OI', 'a derived series'],
  ['HIP3XYZ:XYZ100USDC.P', 'a builder market'],
  ['', 'nothing'],
])('%s is refused: %s', (ticker) => {
  expect(coinOfTicker(ticker, known)).toBeUndefined();
});
