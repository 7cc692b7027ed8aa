import { runningCascades } from '../../app/running-cascades.ts';
import type { Info } from '../exchange/hyperliquid-info.ts';
import { keepWarm, type WarmConnections } from '../exchange/keep-warm.ts';
import type { VenueConnections } from '../exchange/venue-connections.ts';
import type { Bridge } from './assemble-bridge.ts';
import { warmUp } from './warm-up.ts';

/** By then the market's first reading is over, ms. Before the first beat of `keepWarm`: it needs the connections kept. */
const FIRST_AFTER_MS = 2_000;
/** How often it is looked whether getting ready again is due, ms. */
const LOOK_MS = 2_500;
/** What getting ready takes is a quarter of a second of work, with turns for others in between, ms. */
const CALM_MS = 600_000;
const CASCADE_MS = 120_000;

/**
 * Keeps ready for entries that come hours apart and then many at once: a connection to the venue for each cascade that
 * runs and one more, the code on their way compiled, and room in memory.
 * @returns `stop` leaves the connections open: entries may be on their way
 * @param o.info reads over the connections that entries are sent over
 */
export function standReady(o: {
  bridge: Bridge;
  info: Info;
  connections: VenueConnections;
}): WarmConnections {
  const { desk } = o.bridge;
  const warm = keepWarm(o.info, { wanted: () => 1 + runningCascades(desk) });
  let readyAtMs = desk.clock.nowMs();
  const getReady = (): void => {
    readyAtMs = desk.clock.nowMs();
    void warmUp(o.bridge).then(collectGarbage);
  };
  const first = setTimeout(() => {
    void o.connections.keep();
    getReady();
  }, FIRST_AFTER_MS);
  const look = setInterval(() => {
    const dueMs = readyAtMs + (runningCascades(desk) > 0 ? CASCADE_MS : CALM_MS);
    if (desk.clock.nowMs() >= dueMs) getReady();
  }, LOOK_MS);
  for (const timer of [first, look]) timer.unref();
  return {
    prepare: warm.prepare,
    stop() {
      clearTimeout(first);
      clearInterval(look);
      warm.stop();
    },
  };
}

/**
 * V8 collects garbage when memory is full, which is when much comes at once: of eighteen alerts the orders then waited
 * up to 40 ms longer. Does nothing where Node was started without --expose-gc.
 */
function collectGarbage(): void {
  globalThis.gc?.();
}
