/** Perp quotes TradingView writes into tickers, longest first. */
const QUOTES = ['USDT', 'USDC', 'USD'] as const;

/**
 * Coins whose name on another venue differs from Hyperliquid's. `multiplier` is alert price ÷ Hyperliquid price:
 * 1000PEPE quotes a thousand coins, and so does Hyperliquid's kPEPE.
 */
const ALIASES: Readonly<Record<string, { coin: string; multiplier: number }>> = {
  '1000PEPE': { coin: 'kPEPE', multiplier: 1 },
  KPEPE: { coin: 'kPEPE', multiplier: 1 },
  PEPE: { coin: 'kPEPE', multiplier: 0.001 },
  '1000BONK': { coin: 'kBONK', multiplier: 1 },
  KBONK: { coin: 'kBONK', multiplier: 1 },
  BONK: { coin: 'kBONK', multiplier: 0.001 },
  '1000SHIB': { coin: 'kSHIB', multiplier: 1 },
  KSHIB: { coin: 'kSHIB', multiplier: 1 },
  SHIB: { coin: 'kSHIB', multiplier: 0.001 },
  '1000FLOKI': { coin: 'kFLOKI', multiplier: 1 },
  KFLOKI: { coin: 'kFLOKI', multiplier: 1 },
  FLOKI: { coin: 'kFLOKI', multiplier: 0.001 },
};

export interface MappedTicker {
  coin: string;
  /** Alert price ÷ Hyperliquid price; 1 unless the alert's venue quotes another number of coins. */
  multiplier: number;
}

/** The coin a perp's ticker names, in Hyperliquid's spelling, whether or not the venue lists it. For lists and labels. */
export function tickerCoin(ticker: string): MappedTicker | undefined {
  const bare = ticker.slice(ticker.indexOf(':') + 1);
  if (!bare.endsWith('.P')) return undefined;
  const pair = bare.slice(0, -2);
  const quote = QUOTES.find((q) => pair.endsWith(q) && pair.length > q.length);
  if (quote === undefined) return undefined;
  const base = pair.slice(0, -quote.length);
  return ALIASES[base] ?? { coin: base, multiplier: 1 };
}

/**
 * The Hyperliquid coin an alert is about, or undefined when it cannot be told for certain: never a guess.
 * Accepts perps only ("BTCUSDT.P", "HYPERLIQUID:BTCUSDC.P", "1000PEPEUSDT.P"), with or without the exchange prefix.
 * @param known coins of the venue's live `meta`, in its own spelling
 */
export function coinOfTicker(ticker: string, known: ReadonlySet<string>): MappedTicker | undefined {
  const mapped = tickerCoin(ticker);
  return mapped !== undefined && known.has(mapped.coin) ? mapped : undefined;
}
