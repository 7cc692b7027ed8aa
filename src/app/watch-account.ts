import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { guardPositions } from './guard-positions.ts';
import type { ExchangeFeed } from './ports.ts';
import { applyFills } from './take-fills.ts';

/** Order updates come in bursts, and a look costs request weight: at most one per second on their account. */
const ORDER_UPDATE_PAUSE_MS = 1_000;

/**
 * Lets the venue's pushed events wake the guard: at once after a fill, within a second after an order changed (a
 * stop cancelled by hand, a trigger). A hint only: the timer looks anyway, and more often while the feed is down or
 * deaf (guard-pace).
 */
export async function watchAccount(desk: Desk, feed: ExchangeFeed): Promise<void> {
  let isLookDue = false;
  let toldAtMs = 0;
  const lookSoon = (): void => {
    toldAtMs = desk.clock.nowMs();
    if (isLookDue) return;
    isLookDue = true;
    void desk.clock.sleep(ORDER_UPDATE_PAUSE_MS).then(() => {
      isLookDue = false;
      return guardPositions(desk, 'fill', toldAtMs);
    });
  };
  const started = feed.start({
    fills(fills, isSnapshot) {
      desk.feed = 'up';
      track(desk, 'feed.fills', applyFills(desk, fills));
      if (!isSnapshot) track(desk, 'feed.guard', guardPositions(desk, 'fill'));
    },
    orderUpdate() {
      desk.feed = 'up';
      lookSoon();
    },
    status(up) {
      desk.feed = up ? 'up' : 'down';
      desk.log[up ? 'info' : 'warn'](up ? 'account-feed.up' : 'account-feed.down');
      // Down as well: what the feed would have told from now on has to be looked for.
      lookSoon();
    },
  });
  await started.catch((e: unknown) => {
    // Nobody will tell anything: the guard looks more often.
    desk.feed = 'down';
    throw e;
  });
}
