// Pushed account events on the same bad wire: lost, twice, late and so out of order; silent for a while, then back
// with a snapshot.
import type { ExchangeFeed } from '../../../app/ports.ts';
import type { Fill } from '../../../core/review/types.ts';
import { userFills } from '../../../venue/core/info-orders.ts';
import type { VenueEvent } from '../../../venue/core/types.ts';
import { parseFills } from '../../exchange/hyperliquid-history.ts';
import type { Draws } from './draws.ts';
import type { SimLoop } from './event-loop.ts';
import type { Life } from './link.ts';
import type { Faults } from './scenario.ts';
import { ACCOUNT, type SimVenue } from './sim-venue.ts';

const SNAPSHOT_FILLS = 100;

export interface SimFeed {
  feed: ExchangeFeed;
  /** The venue has something to say. */
  push(events: readonly VenueEvent[]): void;
  /** Nothing comes through from now on, and nobody is told. */
  goSilent(): void;
  /** The bridge noticed and connected again. */
  comeBack(): void;
}

export function createSimFeed(o: {
  venue: SimVenue;
  loop: SimLoop;
  life: Life;
  draws: Draws;
  faults: () => Faults;
  count: (fault: string) => void;
  /** Something was not passed on. */
  onLost: () => void;
}): SimFeed {
  const { venue, loop, life, draws } = o;
  let on: Parameters<ExchangeFeed['start']>[0] | undefined;
  let isUp = false;
  let isSilent = false;

  const deliver = (delayMs: number, give: (listener: NonNullable<typeof on>) => void): void => {
    loop.after(delayMs, () => {
      if (!life.isAlive || on === undefined || !isUp) return;
      // On its way when the silence began: it is not told either.
      if (isSilent) o.onLost();
      else give(on);
    });
  };
  const send = (give: (listener: NonNullable<typeof on>) => void): void => {
    const f = o.faults();
    if (draws.chance(f.feedLost)) {
      o.count('feed-lost');
      return o.onLost();
    }
    const isLate = draws.chance(f.feedLate);
    if (isLate) o.count('feed-late');
    deliver(isLate ? draws.between(100, 5_000) : draws.between(10, 60), give);
    if (!draws.chance(f.feedTwice)) return;
    o.count('feed-twice');
    deliver(draws.between(10, 3_000), give);
  };
  const connect = (): void => {
    isUp = true;
    isSilent = false;
    deliver(0, (listener) => {
      listener.fills(fillsOf(userFills(venue.state, venue.account).slice(0, SNAPSHOT_FILLS)), true);
      listener.status(true);
    });
  };
  return {
    feed: {
      async start(listener) {
        on = listener;
        await new Promise<void>((resolve) => void loop.after(80, resolve));
        if (!isSilent) connect();
      },
      stop: async () => {
        on = undefined;
      },
    },
    push(events) {
      if (!isUp || isSilent) return isSilent ? o.onLost() : undefined;
      const fills = events.flatMap((e) => (e.kind === 'fill' ? [e.fill] : []));
      if (fills.length > 0) send((listener) => listener.fills(fillsOf(fills), false));
      if (events.some((e) => e.kind === 'order')) send((listener) => listener.orderUpdate());
    },
    goSilent() {
      isSilent = true;
    },
    comeBack() {
      if (!life.isAlive || on === undefined || !isSilent) return;
      // The half-open connection was noticed: down, then a new one with a snapshot.
      on.status(false);
      connect();
    },
  };
}

const fillsOf = (rows: readonly unknown[]): Fill[] => parseFills(rows, ACCOUNT).fills;
