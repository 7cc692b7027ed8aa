import { existsSync, readFileSync } from 'node:fs';
import { privateKeyToAddress } from 'viem/accounts';
import { serveVenue } from '../../venue/serve.ts';
import type { Venue, VenueOptions } from '../../venue/venue.ts';
import { createVenue } from '../../venue/venue.ts';
import { savePaperFile } from './paper-files.ts';

export interface LocalVenue {
  venue: Venue;
  url: string;
  wsUrl: string;
  close(): Promise<void>;
}

export interface LocalVenueOptions {
  nowMs: () => number;
  coins: VenueOptions['coins'];
  account: string;
  entryKey: string;
  guardKey: string;
  usd: number;
  host?: string;
  port?: number;
  latencyMs?: number;
  seed?: number;
  /** Where the venue's books are kept between starts; left out: they end with the process. */
  statePath?: string;
}

/** The simulated venue on loopback HTTP with one funded account and its two agent wallets approved. */
export async function openLocalVenue(o: LocalVenueOptions): Promise<LocalVenue> {
  const venue = createVenue({
    nowMs: o.nowMs,
    coins: o.coins,
    ...(o.latencyMs === undefined ? {} : { latencyMs: o.latencyMs }),
    ...(o.seed === undefined ? {} : { seed: o.seed }),
  });
  const known = o.statePath !== undefined && existsSync(o.statePath);
  if (known) venue.restore(JSON.parse(readFileSync(o.statePath ?? '', 'utf8')));
  const agents = [o.entryKey, o.guardKey].map((key, i) => ({
    address: privateKeyToAddress(key as `0x${string}`),
    name: i === 0 ? 'entry' : 'guard',
  }));
  venue.openAccount({ address: o.account, usd: known ? 0 : o.usd, agents });
  const { statePath } = o;
  // Written within the step that changed the books, before its answer leaves: a killed process forgets nothing it said.
  const save = (): void => {
    if (statePath !== undefined) savePaperFile(statePath, JSON.stringify(venue.snapshot(), withoutCandles));
  };
  venue.onStep((events) => {
    // Trades of others change no books.
    if (events.some((e) => e.kind !== 'trade')) save();
  });
  save();
  const { latencyMs } = o;
  const server = await serveVenue({
    venue,
    host: o.host ?? '127.0.0.1',
    port: o.port ?? 0,
    ...(latencyMs === undefined ? {} : { latencyMs }),
  });
  return { venue, url: server.url, wsUrl: server.wsUrl, close: () => server.close() };
}

/** Candles come back from the market at the next start; they are most of the bytes. */
const withoutCandles = (key: string, value: unknown): unknown => (key === 'candles' ? { $map: [] } : value);
