import type { Info } from './hyperliquid-info.ts';

/**
 * Some servers close idle connections after 3 to 4 s (measured: Node's fetch, with and without a Keep-Alive header), and
 * a new one costs two more round trips before an order is even sent. Alerts are minutes apart, so without this every
 * entry would pay them.
 */
const BEAT_MS = 2_500;
/** Within what `venueConnections` keeps idle, ms. */
const PREPARE_MS = 15_000;

export interface WarmConnections {
  /** Opens up to `count` connections now, ahead of a burst: a cascade has started and several coins may fire. Never throws. */
  prepare(count: number): Promise<void>;
  stop(): void;
}

/**
 * Keeps one connection to the venue in use with its cheapest read, at 48 of the 1,200 request weight a minute, and as
 * many as are wanted with one read each every 15 s: 8 of the weight for each. Failures are not reported: the reads that
 * matter report their own.
 * @param o.wanted how many connections may soon be needed at once; asked at every beat
 */
export function keepWarm(
  info: Info,
  { beatMs = BEAT_MS, wanted = () => 1 }: { beatMs?: number; wanted?: () => number } = {},
): WarmConnections {
  const prepareBeats = Math.ceil(PREPARE_MS / beatMs);
  let prepared = 1;
  let beats = 0;
  const beat = (): Promise<unknown> => info({ type: 'exchangeStatus' }).catch(() => undefined);
  const prepare = async (count: number): Promise<void> => {
    await Promise.all(Array.from({ length: count }, beat));
  };
  const timer = setInterval(() => {
    const count = wanted();
    beats += 1;
    const isDue = count > prepared || beats >= prepareBeats;
    if (isDue) [prepared, beats] = [count, 0];
    void prepare(isDue ? Math.max(1, count) : 1);
  }, beatMs);
  timer.unref();
  return { prepare, stop: () => clearInterval(timer) };
}
