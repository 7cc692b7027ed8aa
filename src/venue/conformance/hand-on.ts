import type { Venue } from '../venue.ts';
import type { MarketHand } from './bench.ts';

/** The hand on the market of a venue in this process. */
export const handOn = (venue: Venue): MarketHand => ({
  quote: (coin, q) => Promise.resolve(venue.setPrice(coin, q)),
  depth: (coin, depthUsdPerBps) => Promise.resolve(venue.setContext(coin, { depthUsdPerBps })),
});
