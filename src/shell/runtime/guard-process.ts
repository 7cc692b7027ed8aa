import { createNonceSource } from '../../app/nonce-source.ts';
import type { Desk } from '../../app/desk.ts';
import { track } from '../../app/desk.ts';
import type { Look, SecondGuard } from '../../app/guard-beside-bridge.ts';
import { createSecondGuard, lookBesideBridge } from '../../app/guard-beside-bridge.ts';
import { marksOfAccount } from '../../app/marks-of-account.ts';
import type { Clock, ExchangeFeed, Log, Store } from '../../app/ports.ts';
import { settleUnknown } from '../../app/settle-unknown.ts';
import type { Config } from '../config.ts';
import { createInfo } from '../exchange/hyperliquid-info.ts';
import { createHyperliquidReader } from '../exchange/hyperliquid-reader.ts';
import { createHyperliquidSigner } from '../exchange/hyperliquid-signer.ts';
import { actingFor } from './acting-for.ts';
import { assembleDesk } from './assemble-desk.ts';
import { isBridgeProtecting } from './guard-bridge.ts';
import { realVenue } from './real-venue.ts';

const READ_TIMEOUT_MS = 3_000;
/** Pace while something is wrong or left to the bridge, ms: twice within the time a finding must stand. */
const FAST_MS = 4_000;
/** Pace while the account cannot be read, ms. */
const UNREADABLE_MS = 10_000;
/** From a pushed event to the look it wakes, ms: the bridge's own guard gets there first, and bursts become one look. */
const AFTER_EVENT_MS = 2_500;

/**
 * Everything the guard needs without a bridge: the account's reader, its own wallet, its own store. There is no wallet
 * for entries in this process, so that it cannot open anything.
 * @throws Error, ReadError as the bridge's start does: wallet not approved, venue unreadable and never known
 */
export async function openSecondGuard(
  config: Config,
  o: { clock: Clock; log: Log; store: Store; bridgeUrl: string },
): Promise<SecondGuard> {
  const { clock, log, store } = o;
  const venue = realVenue(config, clock);
  const { apiUrl: url, account, isTestnet } = venue;
  const info = createInfo({ url, timeoutMs: READ_TIMEOUT_MS, nowMs: clock.nowMs });
  const wallets = ['guard'] as const;
  const vaultAddress = await actingFor({ info, venue, store, clock, log, keptForMs: 0, wallets });
  const signer = createHyperliquidSigner({ url, privateKey: venue.guardKey, isTestnet, vaultAddress });
  const desk = await assembleDesk({
    clock,
    log,
    store,
    reader: createHyperliquidReader({ url, account, timeoutMs: READ_TIMEOUT_MS, nowMs: clock.nowMs }),
    entrySigner: signer,
    guardSigner: signer,
    sources: [],
    coins: [],
    mode: config.MODE,
    dataSource: () => 'the account itself',
    guardIntervalMs: config.GUARD_INTERVAL_MS,
  });
  desk.market = marksOfAccount(() => desk.account);
  // Odd: the bridge draws even ones for the same wallet, so that no nonce is drawn twice. Both follow the venue's clock.
  const venueClock = { nowMs: () => Math.round(clock.nowMs() + (desk.clockSkewMs ?? 0)) };
  desk.guardNonces = await createNonceSource(store, venueClock, signer.address, 1);
  return createSecondGuard(desk, () => isBridgeProtecting(o.bridgeUrl, config.MODE));
}

/** Ends the doubts an earlier run of this process left; nothing waits for them. */
export async function endDoubts(desk: Desk): Promise<void> {
  for (const intent of await desk.store.unresolvedIntents())
    track(desk, 'settle', settleUnknown(desk, [intent]));
}

const paceOf = (look: Look, intervalMs: number): number =>
  look.verdict === 'unreadable'
    ? Math.min(UNREADABLE_MS, intervalMs)
    : look.verdict === 'protected' || look.verdict === 'repaired'
      ? intervalMs
      : Math.min(FAST_MS, intervalMs);

/**
 * Looks every interval, faster while something is wrong, and soon after the venue says that something happened.
 * @returns stop: resolves when the look under way is done
 */
export function runSecondGuard(g: SecondGuard, feed: ExchangeFeed | null): () => Promise<void> {
  const { desk } = g;
  const stopped = new AbortController();
  let wake: () => void = () => {};
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const woken = new Promise<'event'>((resolve) => (wake = () => resolve('event')));
      const look = await lookBesideBridge(g);
      const pause = desk.clock.sleep(paceOf(look, desk.guardIntervalMs));
      if (!stopped.signal.aborted && (await Promise.race([pause, woken])) === 'event')
        await desk.clock.sleep(Math.min(AFTER_EVENT_MS, desk.guardIntervalMs));
    }
  };
  const running = run();
  track(desk, 'guard.loop', running);
  feed
    ?.start({
      fills: (_, isSnapshot) => void (isSnapshot || wake()),
      orderUpdate: () => wake(),
      status(up) {
        desk.log[up ? 'info' : 'warn'](up ? 'account-feed.up' : 'account-feed.down');
        if (up) wake();
      },
    })
    .catch((e: unknown) =>
      desk.log.error('loop.failed', { what: 'feed', message: e instanceof Error ? e.message : 'unknown' }),
    );
  return async () => {
    stopped.abort();
    wake();
    await Promise.all([feed?.stop(), running]);
  };
}
