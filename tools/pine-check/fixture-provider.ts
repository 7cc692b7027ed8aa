import type { Candle } from '../../src/core/shared/candle.ts';

/** One bar as PineTS wants it; `closeTime` is the next bar's open. */
export interface Kline {
  openTime: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  closeTime: number;
  quoteAssetVolume: number;
  numberOfTrades: number;
  takerBuyBaseAssetVolume: number;
  takerBuyQuoteAssetVolume: number;
  ignore: number;
}

/** The chart a script is run on. */
export interface PineChart {
  /** "BINANCE" */
  exchange: string;
  /** "BTCUSDT.P" */
  ticker: string;
  /** "5" */
  interval: string;
  intervalMs: number;
  /** A power of ten: PineTS rounds other ticks wrongly. */
  mintick: number;
  candles: readonly Candle[];
  /** Open interest at each candle's close, served as `<ticker>_OI`; null = that symbol does not exist. */
  oi: readonly number[] | null;
}

const klineOf = (k: Candle, intervalMs: number): Kline => ({
  openTime: k.t,
  open: k.o,
  high: k.h,
  low: k.l,
  close: k.c,
  volume: k.v,
  closeTime: k.t + intervalMs,
  quoteAssetVolume: k.v * k.c,
  numberOfTrades: 1,
  takerBuyBaseAssetVolume: k.v / 2,
  takerBuyQuoteAssetVolume: (k.v * k.c) / 2,
  ignore: 0,
});

const bareOf = (ticker: string): string => ticker.slice(ticker.indexOf(':') + 1);

/** Serves one chart, and its open interest, to PineTS. Unknown symbols are empty, never an error (PineTS would die). */
export class FixtureProvider {
  readonly #books = new Map<string, Kline[]>();
  readonly #chart: PineChart;

  constructor(chart: PineChart) {
    this.#chart = chart;
    this.#books.set(
      chart.ticker,
      chart.candles.map((k) => klineOf(k, chart.intervalMs)),
    );
    if (chart.oi === null) return;
    const oi = chart.candles.map((k, i) => {
      const at = chart.oi?.[i] ?? Number.NaN;
      return klineOf({ t: k.t, o: at, h: at, l: at, c: at, v: 1 }, chart.intervalMs);
    });
    this.#books.set(`${chart.ticker}_OI`, oi);
  }

  configure(): void {}

  async getMarketData(
    ticker: string,
    interval: string,
    limit?: number,
    fromMs?: number,
    toMs?: number,
  ): Promise<Kline[]> {
    const book = interval === this.#chart.interval ? (this.#books.get(bareOf(ticker)) ?? []) : [];
    const rows = book.filter((k) => k.openTime >= (fromMs ?? 0) && k.openTime <= (toMs ?? Infinity));
    return (limit !== undefined && limit > 0 ? rows.slice(-limit) : rows).map((k) => ({ ...k }));
  }

  async getSymbolInfo(ticker: string): Promise<Record<string, unknown>> {
    const { exchange, mintick } = this.#chart;
    const bare = bareOf(ticker);
    return {
      ticker: bare,
      tickerid: `${exchange}:${bare}`,
      main_tickerid: `${exchange}:${bare}`,
      prefix: exchange,
      root: bare.replace('.P', ''),
      type: 'crypto',
      basecurrency: bare.replace(/USD.*$/, ''),
      currency: 'USDT',
      timezone: 'Etc/UTC',
      session: '24x7',
      description: bare,
      country: '',
      mintick,
      pricescale: Math.round(1 / mintick),
      minmove: 1,
      pointvalue: 1,
      volumetype: 'base',
      mincontract: 0.001,
    };
  }
}
