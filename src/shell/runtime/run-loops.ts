import type { Desk } from '../../app/desk.ts';
import { track } from '../../app/desk.ts';
import { guardPass } from '../../app/guard-positions.ts';
import { prepareWhatIsDue } from '../../app/prepare-account.ts';
import { recover } from '../../app/recover.ts';
import { rememberPlans } from '../../app/remember-plans.ts';
import { refreshSignals } from '../../app/signal-book.ts';
import { settleDoubts } from '../../app/settle-doubts.ts';
import { alertsIntoQueue } from '../../app/alert-queue.ts';
import { watchAccount } from '../../app/watch-account.ts';
import { watchFading } from '../../app/watch-fading.ts';
import { checkHeartbeats } from '../../app/watch-heartbeats.ts';
import { checkInvariants } from '../../app/watch-invariants.ts';
import { waitForFirstMap } from '../../app/wait-for-first-map.ts';
import type { ExchangeFeed } from '../../app/ports.ts';
import type { Timers } from './every.ts';
import { every } from './every.ts';

const MARKET_MS = 10_000;
/** Alerts are taken up as they come; this catches one whose nudge was lost. */
const QUEUE_MS = 5_000;

/**
 * Boot recovery and then the loops of one desk: guard, market, alert queue, account feed. The guard's loop depends on
 * none of the others.
 * @param timers for a clock of one's own; real time unless told
 * @returns stop
 */
export async function runLoops(
  desk: Desk,
  feed: ExchangeFeed | null,
  timers?: Timers,
): Promise<() => Promise<void>> {
  const failed = (what: string) => (e: unknown) =>
    desk.log.error('loop.failed', { what, message: e instanceof Error ? e.message : 'unknown' });
  await rememberPlans(desk);
  const stopGuard = every(
    // The slowest pace: after a pass that asks for more the guard looks again by itself (guard-pace).
    () => desk.guardIntervalMs,
    () => guardPass(desk, 'timer'),
    failed('guard'),
    timers,
  );
  const stopMarket = every(
    () => MARKET_MS,
    async () => {
      await desk.market.refresh();
      await refreshSignals(desk);
      await watchFading(desk);
    },
    failed('market'),
    timers,
  );
  desk.freshen ??= waitForFirstMap(desk);
  // The guard is already at work: recovery may have to wait for the venue, protection must not.
  await recover(desk);
  const stopQueue = every(
    () => QUEUE_MS,
    async () => {
      await alertsIntoQueue(desk);
      await settleDoubts(desk);
      checkHeartbeats(desk);
      track(desk, 'leverage', prepareWhatIsDue(desk));
      await checkInvariants(desk);
    },
    failed('queue'),
    timers,
  );
  if (feed !== null) watchAccount(desk, feed).catch(failed('feed'));
  return async () => {
    desk.isStopping = true;
    // A first backfill is paced over minutes and writes nothing: nobody waits for it.
    void stopMarket();
    await Promise.all([feed?.stop(), stopGuard(), stopQueue()]);
  };
}
