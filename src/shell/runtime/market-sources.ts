import type { Clock, MarketSource } from '../../app/ports.ts';
import type { Config } from '../config.ts';
import { BINANCE_WEIGHT, createBinanceMarket } from '../market/binance.ts';
import { BYBIT_WEIGHT, createBybitMarket } from '../market/bybit.ts';
import { createFetchJson } from '../market/fetch-json.ts';
import { createHyperliquidMarket, HYPERLIQUID_WEIGHT } from '../market/hyperliquid.ts';
import { createOkxMarket, OKX_WEIGHT } from '../market/okx.ts';
import { createWeightLimiter } from '../market/weight-limiter.ts';

/** Hyperliquid's public data from the real venue, paced to half of its budget. */
export function hyperliquidSource(baseUrl: string, clock: Clock): MarketSource {
  return createHyperliquidMarket({
    ...common('hyperliquid', baseUrl, clock),
    limiter: limiter(HYPERLIQUID_WEIGHT, clock),
  });
}

/** The same from the simulated venue on this machine: nobody else's budget is spent, so nothing is paced. */
export function localVenueSource(baseUrl: string, clock: Clock): MarketSource {
  return createHyperliquidMarket({
    ...common('hyperliquid', baseUrl, clock),
    limiter: { take: () => Promise.resolve() },
  });
}

function binanceSource(baseUrl: string, clock: Clock): MarketSource {
  return createBinanceMarket({
    ...common('binance', baseUrl, clock),
    limiter: limiter(BINANCE_WEIGHT, clock),
  });
}

function bybitSource(baseUrl: string, clock: Clock): MarketSource {
  return createBybitMarket({ ...common('bybit', baseUrl, clock), limiter: limiter(BYBIT_WEIGHT, clock) });
}

function okxSource(baseUrl: string, clock: Clock): MarketSource {
  return createOkxMarket({ ...common('okx', baseUrl, clock), limiter: limiter(OKX_WEIGHT, clock) });
}

/** The venues beside Hyperliquid whose positions make up most of a coin's open interest. */
export const otherSources = (
  config: Pick<Config, 'BINANCE_API_URL' | 'BYBIT_API_URL' | 'OKX_API_URL'>,
  clock: Clock,
): MarketSource[] => [
  binanceSource(config.BINANCE_API_URL, clock),
  bybitSource(config.BYBIT_API_URL, clock),
  okxSource(config.OKX_API_URL, clock),
];

const common = (venue: string, baseUrl: string, clock: Clock) => ({
  fetchJson: createFetchJson({ venue, baseUrl, nowMs: clock.nowMs, sleep: clock.sleep }),
  nowMs: clock.nowMs,
});

const limiter = (budget: { limit: number; windowMs: number }, clock: Clock) =>
  createWeightLimiter({ ...budget, nowMs: clock.nowMs, sleep: clock.sleep });
