import type { Clock, LiquidationSource, MarketSource } from '../../app/ports.ts';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import type { Config } from '../config.ts';
import { BINANCE_HISTORY_WEIGHT, BINANCE_WEIGHT, createBinanceMarket } from '../market/binance.ts';
import { BYBIT_WEIGHT, createBybitMarket } from '../market/bybit.ts';
import { createFetchJson } from '../market/fetch-json.ts';
import { createHyperliquidMarket, HYPERLIQUID_WEIGHT, MARKS_WEIGHT } from '../market/hyperliquid.ts';
import { binanceLiquidations, bybitLiquidations, okxLiquidations } from '../market/liquidation-protocols.ts';
import type { LiquidationProtocol } from '../market/liquidation-stream.ts';
import { createLiquidationStream } from '../market/liquidation-stream.ts';
import { createOkxMarket, OKX_WEIGHT } from '../market/okx.ts';
import { createWeightLimiter } from '../market/weight-limiter.ts';

/**
 * In paper mode orders go elsewhere: beside this only positions are read from the real venue, 300 weight a minute. The
 * paper venue's prices follow the marks, which are read twice as often for it.
 */
export const PAPER_WEIGHT = { ...HYPERLIQUID_WEIGHT, limit: 800, reserved: 12 * MARKS_WEIGHT };

/** Hyperliquid's public data from the real venue, paced to half of its budget unless told. */
export function hyperliquidSource(baseUrl: string, clock: Clock, budget = HYPERLIQUID_WEIGHT): MarketSource {
  return createHyperliquidMarket({
    ...common('hyperliquid', baseUrl, clock),
    limiter: limiter(budget, clock),
  });
}

/**
 * The same from the simulated venue on this machine. Nobody else's budget is spent; but a venue in this process answers
 * with our own processor time, and the histories of all coins, asked for at once, would stand before the guard's first
 * reading and the recovery. Marks wait for nothing.
 * @param paceMs from one request to the next; 0: nothing is paced
 * @param after what all requests but the first wait for as well
 */
export function localVenueSource(
  baseUrl: string,
  clock: Clock,
  paceMs = 0,
  after: Promise<void> = Promise.resolve(),
): MarketSource {
  let free = Promise.resolve();
  const take = (_: number, isUrgent = false): Promise<void> => {
    if (isUrgent) return Promise.resolve();
    const mine = free;
    free = mine.then(() => clock.sleep(paceMs)).then(() => after);
    return mine;
  };
  return createHyperliquidMarket({
    ...common('hyperliquid', baseUrl, clock),
    limiter: { take: paceMs === 0 ? () => Promise.resolve() : take },
  });
}

function binanceSource(baseUrl: string, clock: Clock): MarketSource {
  return createBinanceMarket({
    ...common('binance', baseUrl, clock),
    limiter: limiter(BINANCE_WEIGHT, clock),
    historyLimiter: limiter(BINANCE_HISTORY_WEIGHT, clock),
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

/**
 * Liquidations of the venues that push them. Hyperliquid does not: there they show only in the fills of the account
 * that is liquidated, or of the one that trades with it. Connects when started.
 */
export function liquidationStreams(
  config: Pick<Config, 'BYBIT_API_URL' | 'OKX_API_URL' | 'BINANCE_WS_URL' | 'BYBIT_WS_URL' | 'OKX_WS_URL'>,
  clock: Clock,
): LiquidationSource[] {
  const coins = COIN_PARAMS.map((p) => p.coin);
  const stream = (url: string, protocol: LiquidationProtocol): LiquidationSource =>
    createLiquidationStream({ url, protocol, nowMs: clock.nowMs, random: Math.random });
  const bybit = createBybitMarket({
    ...common('bybit', config.BYBIT_API_URL, clock),
    limiter: limiter(BYBIT_WEIGHT, clock),
  });
  const okx = createOkxMarket({
    ...common('okx', config.OKX_API_URL, clock),
    limiter: limiter(OKX_WEIGHT, clock),
  });
  return [
    stream(config.BINANCE_WS_URL, binanceLiquidations(coins)),
    stream(config.BYBIT_WS_URL, bybitLiquidations(coins, bybit.supported)),
    stream(config.OKX_WS_URL, okxLiquidations(coins, okx.contracts)),
  ];
}

const common = (venue: string, baseUrl: string, clock: Clock) => ({
  fetchJson: createFetchJson({ venue, baseUrl, nowMs: clock.nowMs, sleep: clock.sleep }),
  nowMs: clock.nowMs,
});

const limiter = (budget: { limit: number; reserved?: number; windowMs: number }, clock: Clock) =>
  createWeightLimiter({ ...budget, nowMs: clock.nowMs, sleep: clock.sleep });
