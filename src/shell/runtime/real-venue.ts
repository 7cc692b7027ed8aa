import type { Clock, LiquidationSource, MarketSource } from '../../app/ports.ts';
import type { Config } from '../config.ts';
import { VENUE_URLS } from '../config.ts';
import { hyperliquidSource, liquidationStreams, localVenueSource, otherSources } from './market-sources.ts';

/** Where orders go, who sends them, and whose prices are read. */
export interface RealVenue {
  apiUrl: string;
  wsUrl: string;
  account: string;
  entryKey: string;
  guardKey: string;
  isTestnet: boolean;
  /** Hyperliquid first. */
  sources: MarketSource[];
  /** Whose liquidations are pushed. */
  streams: LiquidationSource[];
  /** Which market the prices are of. */
  market: 'live' | 'testnet' | null;
  /** Printed wherever data is shown. */
  dataSource: string;
}

/** Hyperliquid, its testnet, or any server that speaks the protocol, as configured with MODE=testnet or live. */
export function realVenue(config: Config, clock: Clock): RealVenue {
  const mode = config.MODE === 'live' ? 'live' : 'testnet';
  const apiUrl = config.HYPERLIQUID_API_URL ?? VENUE_URLS[mode].api;
  const wsUrl =
    config.HYPERLIQUID_WS_URL ??
    (config.HYPERLIQUID_API_URL === undefined ? VENUE_URLS[mode].ws : `${apiUrl.replace(/^http/, 'ws')}/ws`);
  const isElsewhere = config.HYPERLIQUID_API_URL !== undefined;
  const sources = [(isLoopback(apiUrl) ? localVenueSource : hyperliquidSource)(apiUrl, clock)];
  // A server of one's own has a market of its own: another venue's prices would not be its prices.
  const hasOthers = !isElsewhere && mode === 'live';
  if (hasOthers) sources.push(...otherSources(config, clock));
  return {
    apiUrl,
    wsUrl,
    account: config.HYPERLIQUID_ACCOUNT ?? '',
    entryKey: config.HYPERLIQUID_ENTRY_KEY ?? '',
    guardKey: config.HYPERLIQUID_GUARD_KEY ?? '',
    isTestnet: mode === 'testnet',
    sources,
    streams: hasOthers ? liquidationStreams(config, clock) : [],
    market: isElsewhere ? null : mode,
    dataSource: `${isElsewhere ? apiUrl : mode}: ${sources.map((s) => s.venue).join(', ')}`,
  };
}

/** A venue on this machine serves nobody else: its request budget needs no pacing. */
const isLoopback = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
