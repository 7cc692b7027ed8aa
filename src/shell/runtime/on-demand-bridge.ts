import { randomUUID } from 'node:crypto';
import { alertsIntoQueue } from '../../app/alert-queue.ts';
import type { Desk } from '../../app/desk.ts';
import { idle, track } from '../../app/desk.ts';
import { deskView } from '../../app/desk-view.ts';
import { freshenBeforeDeciding } from '../../app/freshen-before-deciding.ts';
import { guardPositions } from '../../app/guard-positions.ts';
import type { BridgeView, Clock, Log, MarketSource, Store } from '../../app/ports.ts';
import { prepareAccount, prepareWhatIsDue } from '../../app/prepare-account.ts';
import { recover } from '../../app/recover.ts';
import { assert } from '../../core/shared/assert.ts';
import type { Config } from '../config.ts';
import { digest } from '../digest.ts';
import { createInfo } from '../exchange/hyperliquid-info.ts';
import { createHyperliquidReader } from '../exchange/hyperliquid-reader.ts';
import { createHyperliquidSigner } from '../exchange/hyperliquid-signer.ts';
import type { AppDeps } from '../http/app.ts';
import { createApp } from '../http/app.ts';
import { respondProblem } from '../http/respond.ts';
import { createTurnstile, inTurn } from '../market/in-turn.ts';
import type { CandleMemory } from '../market/remember-candles.ts';
import { rememberCandles } from '../market/remember-candles.ts';
import { actingFor } from './acting-for.ts';
import { assembleDesk } from './assemble-desk.ts';
import { realVenue } from './real-venue.ts';

const READ_TIMEOUT_MS = 3_000;
/** A stop without an answer is looked for, and sent again if it is not there, within 3 s in all. */
const GUARD_TIMEOUT_MS = 2_500;
/** How long a question about the desk waits for it to wake up, ms. */
const WAKE_MS = 2_500;
/** How long the venue's word on account and wallets holds: asking at every waking would use up the request weight. */
const CHECK_KEPT_FOR_MS = 24 * 3_600_000;
/**
 * A Worker waits for six answers at a time and queues what is beyond: market data takes four of them at most, so that
 * an order or the guard never stands behind a venue that does not answer.
 */
const CONNECTIONS = 2;
/** What cannot be answered from the store alone. */
const ABOUT_THE_DESK = /^\/(?:api\/|healthz$|readyz$|metrics$)/;

export interface OnDemandBridgeOptions {
  config: Config;
  store: Store;
  clock: Clock;
  log: Log;
  candles: CandleMemory;
  assets: AppDeps['assets'];
}

/** The bridge of a runtime that forgets it whenever nothing happens: everything in memory is made again when needed. */
export interface OnDemandBridge {
  /** Storing an alert waits for nothing but the store; deciding it goes on after the answer, see `idle`. */
  fetch(request: Request): Promise<Response>;
  /**
   * One turn of what loops do on Node: guard pass (with fills), then, without waiting, market data and open alerts.
   * @returns whether the guard could read the account
   * @throws when the desk cannot be put together: venue unreadable at its very first start, store broken
   */
  sweep(): Promise<boolean>;
  /** Resolves when nothing is in flight any more. */
  idle(): Promise<void>;
}

export function createOnDemandBridge(o: OnDemandBridgeOptions): OnDemandBridge {
  const { clock, log } = o;
  const work = { log, inFlight: new Set<Promise<unknown>>() };
  let desk: Desk | null = null;
  let waking: Promise<Desk> | null = null;

  /** Until all bars are in, and so in the object's storage: what is under way when the object goes has to be asked again. */
  const refreshAll = (of: Desk): Promise<void> => of.market.refresh(undefined, Number.POSITIVE_INFINITY);

  /** Puts the desk together once and recovers it: positions are protected before anything is decided. */
  const wake = (): Promise<Desk> =>
    (waking ??= wakeUp().catch((e: unknown) => {
      desk = null;
      waking = null;
      throw e;
    }));
  const wakeUp = async (): Promise<Desk> => {
    const made = await putTogether(o);
    made.freshen = freshenBeforeDeciding(made);
    made.isAlwaysOn = false;
    desk = made;
    track(work, 'market', refreshAll(made));
    await recover(made);
    track(work, 'leverage', prepareAccount(made));
    return made;
  };

  const known = (): BridgeView => {
    assert(desk !== null, 'asked about a desk that sleeps');
    return deskView(desk);
  };
  const view: BridgeView = {
    wake: () => track(work, 'wake', wake().then(alertsIntoQueue)),
    health: () => known().health(),
    positions: () => known().positions(),
    zones: (coin) => known().zones(coin),
    market: (coin) => known().market(coin),
    setTradingState: (state, reason) => known().setTradingState(state, reason),
    coin: (coin) => known().coin(coin),
    changeCoin: (coin, changes) => known().changeCoin(coin, changes),
    flatten: (coin) => known().flatten(coin),
    exampleAlert: (coin) => known().exampleAlert(coin),
  };
  const app = createApp({ ...httpDeps(o), bridge: view });

  return {
    async fetch(request) {
      const isAboutDesk = ABOUT_THE_DESK.test(new URL(request.url).pathname);
      if (isAboutDesk && desk?.isRecovered !== true) {
        const woken = wake().then(refreshAll);
        track(work, 'wake', woken);
        await within(WAKE_MS, woken);
      }
      return isAboutDesk && desk === null ? asleep() : app.fetch(request);
    },
    async sweep() {
      const wasAwake = desk !== null;
      const awake = await wake();
      if (wasAwake) await guardPositions(awake, 'timer');
      track(work, 'market', refreshAll(awake));
      track(work, 'queue', alertsIntoQueue(awake));
      // What the waking could not set, because the account could not be read.
      track(work, 'leverage', prepareWhatIsDue(awake));
      return awake.guardLastOkMs !== null && clock.nowMs() - awake.guardLastOkMs < awake.guardIntervalMs;
    },
    async idle() {
      for (;;) {
        await idle(work);
        if (desk === null || desk.inFlight.size === 0) return;
        await idle(desk);
      }
    },
  };
}

async function putTogether(o: OnDemandBridgeOptions): Promise<Desk> {
  const { clock, config, log, store } = o;
  const nowMs = (): number => clock.nowMs();
  const venue = realVenue(config, clock);
  const { apiUrl: url, account, isTestnet } = venue;
  const info = createInfo({ url, timeoutMs: READ_TIMEOUT_MS, nowMs });
  const vaultAddress = await actingFor({ info, venue, store, clock, log, keptForMs: CHECK_KEPT_FOR_MS });
  const signer = (privateKey: string, timeoutMs?: number) =>
    createHyperliquidSigner({ url, privateKey, isTestnet, vaultAddress, timeoutMs });
  return assembleDesk({
    clock,
    log,
    store,
    reader: createHyperliquidReader({ url, account, timeoutMs: READ_TIMEOUT_MS, nowMs }),
    entrySigner: signer(venue.entryKey),
    guardSigner: signer(venue.guardKey, GUARD_TIMEOUT_MS),
    sources: sparing(venue.sources).map((s) => rememberCandles(s, o.candles)),
    mode: config.MODE,
    dataSource: () => venue.dataSource,
    guardIntervalMs: config.GUARD_INTERVAL_MS,
  });
}

/**
 * Hyperliquid keeps its own two connections, one of them for its marks: neither another venue's silence nor bars that
 * wait for request weight delay a mark. Maintenance tables are not
 * asked for: three dozen requests at every waking, for what the dated copy knows nearly as well. Nor are bars of the
 * mark, which are as many again: there the range of trades sweeps, and the map says so.
 */
function sparing(sources: readonly MarketSource[]): MarketSource[] {
  const own = { bars: createTurnstile(1), marks: createTurnstile(CONNECTIONS - 1) };
  const others = createTurnstile(CONNECTIONS);
  return sources.map((source) => {
    const { maintenance: _, markCandles: __, ...s } = source;
    return s.venue === 'hyperliquid' ? inTurn(s, own.bars, own.marks) : inTurn(s, others);
  });
}

function httpDeps({ assets, clock, config, log, store }: OnDemandBridgeOptions): Omit<AppDeps, 'bridge'> {
  return {
    store,
    clock,
    log,
    digest,
    assets,
    tokens: {
      webhook: [config.WEBHOOK_TOKEN ?? ''],
      read: config.READ_TOKEN ?? null,
      operate: config.OPERATE_TOKEN ?? null,
    },
    // Cloudflare sets this header itself on every request from outside.
    clientAddress: (c) => c.req.header('cf-connecting-ip') ?? 'unknown',
    trustProxy: false,
    tradingViewIpsOnly: config.TRADINGVIEW_IPS_ONLY === 'yes',
    newId: randomUUID,
  };
}

/** Resolves when `work` has ended, one way or the other, or after `ms`; leaves no timer behind to keep the object awake. */
function within(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(end, end);
  });
}

const asleep = (): Response =>
  respondProblem({
    status: 503,
    code: 'not-ready',
    message: 'the desk is waking up, or the venue cannot be reached; ask again soon',
    requestId: randomUUID(),
    retryAfterS: 5,
  });
