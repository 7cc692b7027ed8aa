import type { MarketSource, MarkInfo } from '../../app/ports.ts';

/**
 * A source whose marks have a second reader who does not mind some seconds: it takes what was read last, or is being
 * read, and asks by itself only when that is too old or lacks a coin. The first reader always asks.
 * @param maxAgeMs how old the second reader's marks may be
 */
export function shareMarks(
  source: MarketSource,
  o: { nowMs: () => number; maxAgeMs: number },
): { source: MarketSource; recentMarks: MarketSource['marks'] } {
  let last: { askedMs: number; reply: Promise<ReadonlyMap<string, MarkInfo>> } | null = null;

  const marks = (coins: readonly string[]): Promise<MarkInfo[]> => {
    const list = source.marks(coins);
    const reading = { askedMs: o.nowMs(), reply: list.then((all) => new Map(all.map((m) => [m.coin, m]))) };
    last = reading;
    reading.reply.catch(() => {
      // What could not be read is nobody's; who asked is told.
      if (last === reading) last = null;
    });
    return list;
  };

  return {
    source: { ...source, marks },
    async recentMarks(coins) {
      const recent = last !== null && o.nowMs() - last.askedMs <= o.maxAgeMs ? await last.reply : null;
      const found = coins.flatMap((coin) => recent?.get(coin) ?? []);
      return found.length === coins.length ? found : marks(coins);
    },
  };
}
