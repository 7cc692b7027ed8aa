import type { Desk } from './desk.ts';

/** 20 request weight; what was not listed a moment ago is not listed now, ms. */
const READ_EVERY_MS = 60_000;
const readAtMs = new WeakMap<Desk, number>();

/**
 * Reads the venue's coin list again for a position on a coin that it listed after our start: somebody trades it by hand,
 * and without lot and tick nothing can be placed. Known coins stay as they are. Never throws.
 * @returns whether the coin is known now
 */
export async function learnCoin(desk: Desk, coin: string): Promise<boolean> {
  const nowMs = desk.clock.nowMs();
  if (Math.abs(nowMs - (readAtMs.get(desk) ?? Number.NEGATIVE_INFINITY)) < READ_EVERY_MS) return false;
  readAtMs.set(desk, nowMs);
  try {
    const listed = await desk.reader.meta();
    desk.meta = new Map([...listed.map((m) => [m.coin, m] as const), ...desk.meta]);
  } catch (e) {
    desk.log.warn('coins.unreadable', { coin, message: e instanceof Error ? e.message : 'unknown' });
  }
  const isKnown = desk.meta.has(coin);
  desk.log[isKnown ? 'info' : 'error'](isKnown ? 'coin.learned' : 'coin.unknown', { coin });
  return isKnown;
}
