import { runningCascades } from '../../app/running-cascades.ts';
import type { Info } from '../exchange/hyperliquid-info.ts';
import { keepWarm, type WarmConnections } from '../exchange/keep-warm.ts';
import type { VenueConnections } from '../exchange/venue-connections.ts';
import type { Bridge } from './assemble-bridge.ts';
import { warmUp } from './warm-up.ts';

/** By then the market's first reading is over, ms. */
const FIRST_AFTER_MS = 2_000;
/** A tenth of a second of work, with turns for others in between, ms. */
const AGAIN_MS = 600_000;

/**
 * Keeps ready for entries that come hours apart and then many at once: a connection to the venue for each cascade that
 * runs and one more, and the code on their way compiled.
 * @returns `stop` leaves the connections open: entries may be on their way
 * @param o.info reads over the connections that entries are sent over
 */
export function standReady(o: {
  bridge: Bridge;
  info: Info;
  connections: VenueConnections;
}): WarmConnections {
  const warm = keepWarm(o.info, { wanted: () => 1 + runningCascades(o.bridge.desk) });
  const first = setTimeout(() => {
    void o.connections.keep();
    void warmUp(o.bridge);
  }, FIRST_AFTER_MS);
  const again = setInterval(() => void warmUp(o.bridge), AGAIN_MS);
  for (const timer of [first, again]) timer.unref();
  return {
    prepare: warm.prepare,
    stop() {
      clearTimeout(first);
      clearInterval(again);
      warm.stop();
    },
  };
}
