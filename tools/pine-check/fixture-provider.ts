import { INTERVAL_MS, type Candle } from '../../src/core/shared/candle.ts';

/** Higher timeframes a script may ask for. */
const HIGHER = ['15', '30', '60', '240'] as const;

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
  /** Funding rate, served as `<ticker>_FR`, likewise. */
  funding: readonly number[] | null;
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

const rows = (candles: readonly Candle[], intervalMs: number): Kline[] =>
  candles.map((k) => klineOf(k, intervalMs));

/** The bars of a higher timeframe, aligned to UTC. */
function aggregate(candles: readonly Candle[], higherMs: number): Candle[] {
  const out: Candle[] = [];
  for (const k of candles) {
    const t = Math.floor(k.t / higherMs) * higherMs;
    const last = out.at(-1);
    if (last?.t === t) {
      last.h = Math.max(last.h, k.h);
      last.l = Math.min(last.l, k.l);
      last.c = k.c;
      last.v += k.v;
    } else out.push({ ...k, t });
  }
  return out;
}

const bareOf = (ticker: string): string => ticker.slice(ticker.indexOf(':') + 1);

/** Serves one chart, its higher timeframes, open interest and funding to PineTS. Unknown symbols are empty, never an error (PineTS would die). */
export class FixtureProvider {
  readonly #books = new Map<string, Kline[]>();
  readonly #chart: PineChart;

  constructor(chart: PineChart) {
    this.#chart = chart;
    this.#books.set(`${chart.ticker} ${chart.interval}`, rows(chart.candles, chart.intervalMs));
    for (const interval of HIGHER) {
      const higherMs = INTERVAL_MS[interval] ?? 0;
      if (higherMs > chart.intervalMs)
        this.#books.set(`${chart.ticker} ${interval}`, rows(aggregate(chart.candles, higherMs), higherMs));
    }
    for (const [suffix, values] of [
      ['_OI', chart.oi],
      ['_FR', chart.funding],
    ] as const) {
      if (values === null) continue;
      const flat = chart.candles.map(({ t }, i): Candle => {
        const at = values[i] ?? Number.NaN;
        return { t, o: at, h: at, l: at, c: at, v: 1 };
      });
      this.#books.set(`${chart.ticker}${suffix} ${chart.interval}`, rows(flat, chart.intervalMs));
    }
  }

  configure(): void {}

  async getMarketData(
    ticker: string,
    interval: string,
    limit?: number,
    fromMs?: number,
    toMs?: number,
  ): Promise<Kline[]> {
    const book = this.#books.get(`${bareOf(ticker)} ${interval}`) ?? [];
    const found = book.filter((k) => k.openTime >= (fromMs ?? 0) && k.openTime <= (toMs ?? Infinity));
    return (limit !== undefined && limit > 0 ? found.slice(-limit) : found).map((k) => ({ ...k }));
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
