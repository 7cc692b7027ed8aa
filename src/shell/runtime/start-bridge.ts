import { dirname, join } from 'node:path';
import { relearnWeights } from '../../app/feedback.ts';
import { BOOKS_MS, checkBooks, createBooks } from '../../app/check-books.ts';
import type { Clock, Log, MarketHistory } from '../../app/ports.ts';
import type { Listener } from '../../app/watch-log.ts';
import { watchLog } from '../../app/watch-log.ts';
import { createObservedBook } from '../../core/zones/observed-book.ts';
import type { Config } from '../config.ts';
import { VENUE_URLS } from '../config.ts';
import { createHyperliquidFeed } from '../exchange/hyperliquid-feed.ts';
import { createInfo } from '../exchange/hyperliquid-info.ts';
import { createHyperliquidReader } from '../exchange/hyperliquid-reader.ts';
import { createHyperliquidSigner } from '../exchange/hyperliquid-signer.ts';
import { venueConnections } from '../exchange/venue-connections.ts';
import type { AppDeps } from '../http/app.ts';
import { shareMarks } from '../market/share-marks.ts';
import { openStore, pathOfUrl } from '../store/open-store.ts';
import { actingFor } from './acting-for.ts';
import { backupInto } from './backup-store.ts';
import type { Bridge } from './assemble-bridge.ts';
import { assembleBridge } from './assemble-bridge.ts';
import { every } from './every.ts';
import { followMinutes } from './follow-minutes.ts';
import { startNotifying } from './notifying.ts';
import { watchDisk } from './watch-disk.ts';
import { watchJournal } from './watch-journal.ts';
import type { LocalVenue } from './local-venue.ts';
import { openLocalVenue } from './local-venue.ts';
import { keepMarket } from './market-history.ts';
import {
  hyperliquidSource,
  liquidationStreams,
  localVenueSource,
  otherSources,
  PAPER_WEIGHT,
} from './market-sources.ts';
import type { PaperIdentity } from './paper-files.ts';
import { openPaperIdentity } from './paper-files.ts';
import { observePositions } from './observe-positions.ts';
import { FOLLOWED_AGE_MS, livePaperMarket, reachLiveMeta, syntheticPaperMarket } from './paper-market.ts';
import type { RealVenue } from './real-venue.ts';
import { realVenue } from './real-venue.ts';
import { runLoops } from './run-loops.ts';
import { standReady } from './stand-ready.ts';
import { syntheticHistory, syntheticLiquidations } from './synthetic-liquidations.ts';

/** How long the start waits to learn whether live market data can be reached, ms. */
const REACH_TIMEOUT_MS = 2_500;
const DAY_MS = 86_400_000;
/** More than one history of the embedded venue takes to serve, read and map: the rest is for alerts. */
const LOCAL_PACE_MS = 25;
/** Weights are learned once a day at most; this is how late that may be, ms. */
const LEARN_MS = 3_600_000;
/** Whoever waits for the start is told first that it is over, ms. */
const FEED_AFTER_MS = 100;
/** The guard has seconds, not minutes: a read that hangs is given up and tried again. */
const READ_TIMEOUT_MS = 3_000;
/** A stop without an answer is looked for, and sent again if it is not there, within 3 s in all. */
const GUARD_TIMEOUT_MS = 2_500;

export interface RunningBridge {
  url: string;
  bridge: Bridge;
  tokens: AppDeps['tokens'];
  dataSource: string;
  venueUrl: string;
  close(): Promise<void>;
}

interface Venue extends RealVenue {
  /** What a made-up market remembers of itself. */
  made?: MarketHistory | undefined;
  /** Where the market is that is shown, when it is not where orders go. */
  shown?: { api: string; ws: string };
  close(): Promise<void>;
}

/**
 * The bridge on Node, from configuration to a listening, recovered server. The store comes first: its exclusive lock
 * is what makes this the only process on the account's journal.
 * @throws Error with a message for people: database in use, venue unreachable, port taken
 */
export async function startBridge(
  config: Config,
  deps: { clock: Clock; log: Log; fatal: (e: unknown) => void },
): Promise<RunningBridge> {
  const { clock } = deps;
  const listeners: Listener[] = [];
  const log = watchLog(deps.log, clock, listeners);
  const store = await openStore({
    url: config.DATABASE_URL,
    driver: config.DATABASE_DRIVER,
    nowMs: clock.nowMs,
    fatal: deps.fatal,
  });
  const recovered = Promise.withResolvers<void>();
  const paper = config.MODE === 'paper' ? openPaper(config, clock) : null;
  const tokens = {
    webhook: [config.WEBHOOK_TOKEN ?? paper?.identity.webhookToken ?? ''],
    read: config.READ_TOKEN ?? paper?.identity.readToken ?? null,
    operate: config.OPERATE_TOKEN ?? paper?.identity.operateToken ?? null,
  };
  const notifying = startNotifying(config, {
    store,
    clock,
    log,
    tokens: [...tokens.webhook, tokens.read, tokens.operate],
  });
  listeners.push(notifying.onEvent);
  const venue =
    paper === null
      ? { ...realVenue(config, clock), close: () => Promise.resolve() }
      : await paperVenue(config, paper, { ...deps, recovered: recovered.promise });
  const { apiUrl, account, isTestnet } = venue;
  const connections = venueConnections();
  const { fetch } = connections;
  const info = createInfo({ url: apiUrl, timeoutMs: READ_TIMEOUT_MS, nowMs: clock.nowMs, fetch });
  const vaultAddress =
    paper === null ? await actingFor({ info, venue, store, clock, log, keptForMs: 0 }) : undefined;
  const wallet = { url: apiUrl, isTestnet, vaultAddress };
  const observed = config.OBSERVED_WEIGHT_PER_MINUTE > 0 ? createObservedBook() : undefined;
  const kept = keepMarket({ ...venue, name: venue.market, folder: folderOf(config), clock, log });
  const minutes = followMinutes({
    wsUrl: venue.shown?.ws ?? venue.wsUrl,
    clock,
    log,
    source: kept.sources[0],
  });
  const bridge = await assembleBridge({
    clock,
    log,
    store,
    reader: createHyperliquidReader({ url: apiUrl, account, timeoutMs: READ_TIMEOUT_MS, nowMs: clock.nowMs }),
    entrySigner: createHyperliquidSigner({ ...wallet, privateKey: venue.entryKey, fetch }),
    // On connections of its own.
    guardSigner: createHyperliquidSigner({
      ...wallet,
      privateKey: venue.guardKey,
      timeoutMs: GUARD_TIMEOUT_MS,
    }),
    sources: kept.sources,
    flow: kept.flow,
    observed,
    minutes: minutes.book,
    scores: kept.scores ?? undefined,
    mode: config.MODE,
    dataSource: () => venue.dataSource,
    guardIntervalMs: config.GUARD_INTERVAL_MS,
    tokens,
    trustProxy: config.TRUST_PROXY,
    tradingViewIpsOnly: config.TRADINGVIEW_IPS_ONLY === 'yes',
    ...(store.backup && {
      backup: backupInto(config.BACKUP_DIR ?? join(folderOf(config), 'backups'), store.backup, clock.nowMs),
    }),
  });
  const url = await bridge.listen(config.HOST, config.PORT);
  log.info('bridge.started', { mode: config.MODE, dataSource: venue.dataSource });
  const stopDisk = config.DATABASE_URL.startsWith('file:') ? watchDisk(folderOf(config), log) : undefined;
  const ready = standReady({ bridge, info, connections });
  const stopMarket = kept.run(bridge.desk.meta);
  const feed = createHyperliquidFeed({ wsUrl: venue.wsUrl, account, loadAfterMs: FEED_AFTER_MS });
  const stopLoops = await runLoops(bridge.desk, feed);
  recovered.resolve();
  // 1,920 guard passes a day: the quiet ones are kept for a week.
  const stopPruning = every(
    () => DAY_MS,
    async () => void (await store.pruneGuardRuns(clock.nowMs())),
    (e) => log.warn('prune.failed', { message: e instanceof Error ? e.message : 'unknown' }),
  );
  // Reads decisions that were not read before, with a turn for others between two of them.
  const stopLearning = every(
    () => LEARN_MS,
    () => relearnWeights(bridge.desk),
    (e) => log.warn('feedback.not-learned', { message: e instanceof Error ? e.message : 'unknown' }),
  );
  const books = createBooks();
  const stopBooks = every(
    () => BOOKS_MS,
    () => checkBooks(bridge.desk, books),
    (e) => log.warn('books.unchecked', { type: e instanceof Error ? e.name : typeof e }),
  );
  const stopJournal = watchJournal(store, { clock, log });
  const coins = bridge.desk.params.map((p) => p.coin).filter((c) => bridge.desk.meta.has(c));
  const stopMinutes = minutes.run(coins);
  const stopObserving =
    observed &&
    observePositions({
      apiUrl: venue.shown?.api ?? apiUrl,
      wsUrl: venue.shown?.ws ?? venue.wsUrl,
      clock,
      log,
      book: observed,
      coins,
      weightPerMinute: config.OBSERVED_WEIGHT_PER_MINUTE,
      kept:
        kept.observed === null ? undefined : { memory: kept.observed, candles: bridge.desk.market.candles },
    });
  return {
    url,
    bridge,
    tokens,
    dataSource: venue.dataSource,
    venueUrl: apiUrl,
    async close() {
      ready.stop();
      notifying.stop();
      await stopDisk?.();
      await stopPruning();
      await stopBooks();
      // May be reading for minutes, and what it would write can wait for tomorrow.
      void stopJournal();
      // Goes on until the loops say that the end has come.
      const learning = stopLearning();
      await stopObserving?.();
      // Reads only, and writes nothing: nobody waits for an answer under way.
      void stopMinutes();
      await stopLoops();
      await learning;
      await stopMarket();
      await bridge.close();
      await connections.close();
      await venue.close();
    },
  };
}

interface Paper {
  identity: PaperIdentity;
  folder: string;
}

/** Where the database is, and what belongs to it. */
const folderOf = (config: Config): string =>
  config.DATABASE_URL.startsWith('file:') ? dirname(pathOfUrl(config.DATABASE_URL)) : './data';

function openPaper(config: Config, clock: Clock): Paper {
  const folder = folderOf(config);
  const { identity } = openPaperIdentity(join(folder, 'paper.json'), clock.nowMs());
  return { identity, folder };
}

/** @param o.recovered what a made-up market's histories wait for: serving them takes this process's own time */
async function paperVenue(
  config: Config,
  paper: Paper,
  o: { clock: Clock; log: Log; recovered: Promise<void> },
): Promise<Venue> {
  const { clock, log, recovered } = o;
  const { identity } = paper;
  const liveUrl = VENUE_URLS.live.api;
  const meta = config.PAPER_MARKET === 'synthetic' ? null : await reachLiveMeta(liveUrl, REACH_TIMEOUT_MS);
  if (meta === null && config.PAPER_MARKET === 'live')
    throw new Error(
      'PAPER_MARKET=live, but live market data cannot be reached: set PAPER_MARKET=auto or synthetic',
    );
  const live =
    meta === null
      ? null
      : shareMarks(hyperliquidSource(liveUrl, clock, PAPER_WEIGHT), {
          nowMs: clock.nowMs,
          maxAgeMs: FOLLOWED_AGE_MS,
        });
  const market =
    live === null || meta === null
      ? syntheticPaperMarket({ seed: config.PAPER_SEED, startMs: identity.marketStartMs, clock, log })
      : livePaperMarket({ marks: live.recentMarks, meta, log });
  const local: LocalVenue = await openLocalVenue({
    nowMs: clock.nowMs,
    coins: market.coins,
    account: identity.account,
    entryKey: identity.entryKey,
    guardKey: identity.guardKey,
    usd: config.PAPER_EQUITY_USD,
    // Positions of made-up prices have no meaning at real ones: each market keeps its own books.
    statePath: join(paper.folder, `paper-venue-${live === null ? 'synthetic' : 'live'}.json`),
  });
  const stopMarket = market.drive(local.venue);
  return {
    apiUrl: local.url,
    wsUrl: local.wsUrl,
    account: identity.account,
    entryKey: identity.entryKey,
    guardKey: identity.guardKey,
    isTestnet: true,
    ...(live === null ? {} : { shown: VENUE_URLS.live }),
    sources:
      live === null
        ? [localVenueSource(local.url, clock, LOCAL_PACE_MS, recovered)]
        : [live.source, ...otherSources(config, clock)],
    streams: market.made ? [syntheticLiquidations(market.made)] : liquidationStreams(config, clock),
    made: market.made && syntheticHistory(market.made, recovered),
    market: live === null ? null : 'live',
    dataSource: market.name,
    async close() {
      await stopMarket();
      await local.close();
    },
  };
}
