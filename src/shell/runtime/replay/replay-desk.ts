// The bridge's own use cases over the venue's matching core, in memory: no HTTP, no signatures, no faults.
import { createDesk } from '../../../app/create-desk.ts';
import type { Desk } from '../../../app/desk.ts';
import type { Log } from '../../../app/ports.ts';
import { recover } from '../../../app/recover.ts';
import { RISK_LIMITS } from '../../../core/decide/risk-limits.ts';
import type { CoinParams } from '../../../core/shared/coin-params.ts';
import { COIN_PARAMS } from '../../../core/shared/coin-params.ts';
import type { VenueCoin } from '../../../venue/venue.ts';
import { meta as venueMeta } from '../../../venue/core/info-market.ts';
import { digest } from '../../digest.ts';
import { parseMeta } from '../../exchange/hyperliquid-parse.ts';
import type { Life, Link } from '../sim/link.ts';
import { createMemoryStore } from '../sim/memory-store.ts';
import type { MemoryStore } from '../sim/memory-store.ts';
import { createProtectionWatch } from '../sim/protection-watch.ts';
import { createSimReader } from '../sim/sim-reader.ts';
import { createSimSigner } from '../sim/sim-signer.ts';
import type { SimVenue } from '../sim/sim-venue.ts';
import { createSimVenue, ENTRY_AGENT, GUARD_AGENT } from '../sim/sim-venue.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { createVirtualClock } from '../virtual-clock.ts';
import type { BarBook } from './bar-book.ts';
import { createBarBook } from './bar-book.ts';

export interface ReplayDesk {
  desk: Desk;
  clock: VirtualClock;
  venue: SimVenue;
  book: BarBook;
  rows: MemoryStore['rows'];
  /** Steps of the venue that concerned the account. */
  changes(): number;
  /** The first error the use cases logged, as a sentence; null while there is none. */
  problem(): string | null;
  /** Longest time a position has stood without a full valid stop, ms, by the venue's books. */
  unprotectedMsMax(): number;
}

const GUARD_MS = 45_000;
const LIFE: Life = { number: 1, isAlive: true };
/** Every request arrives at once and is answered. */
const LINK: Link = { send: (_life, _what, apply) => Promise.resolve({ kind: 'answer', value: apply() }) };

/** @param o.params default the committed ones */
export async function openReplayDesk(o: {
  coins: readonly VenueCoin[];
  equityUsd: number;
  fromMs: number;
  params?: readonly CoinParams[];
}): Promise<ReplayDesk> {
  const clock = createVirtualClock(o.fromMs);
  const { nowMs } = clock;
  let changes = 0;
  const venue = createSimVenue({
    nowMs,
    coins: o.coins,
    equityUsd: o.equityUsd,
    onStep() {
      changes += 1;
      watch.look();
    },
  });
  const watch = createProtectionWatch({
    state: venue.state,
    account: venue.account,
    nowMs,
    onGap: () => undefined,
    onTurn: () => undefined,
  });
  const coins = parseMeta(venueMeta(venue.state));
  const book = createBarBook({ clock, coins, markPx: venue.markPx });
  const store = createMemoryStore();
  let ids = 0;
  const signer = (address: string) =>
    createSimSigner({
      address,
      venue,
      link: LINK,
      life: LIFE,
      hooks: {
        onSend: () => undefined,
        onApplied: () => undefined,
        onCancel: () => () => undefined,
        legFault: () => undefined,
        isGarbled: () => false,
      },
    });
  let problem: string | null = null;
  const quiet = (): void => undefined;
  const log: Log = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (event, fields) => void (problem ??= `${event} ${JSON.stringify(fields ?? {})}`),
  };
  const played = new Set(o.coins.map((c) => c.coin));
  const desk = await createDesk(
    {
      clock,
      log,
      store,
      digest,
      reader: createSimReader({
        venue,
        link: LINK,
        life: LIFE,
        nowMs,
        lagMs: () => 0,
        snapshotAt: () => undefined,
        isParsed: false,
      }),
      entrySigner: signer(ENTRY_AGENT),
      guardSigner: signer(GUARD_AGENT),
      market: book,
      params: (o.params ?? COIN_PARAMS).filter((p) => played.has(p.coin)),
      limits: RISK_LIMITS,
      guardIntervalMs: GUARD_MS,
      mode: 'paper',
      dataSource: () => 'replay',
      newId: () => `replay-${(ids += 1)}`,
      cloidSalt: 'replay',
    },
    new Map(coins.map((m) => [m.coin, m])),
  );
  // The guard looks when the replay says so, and once more to confirm: not by itself every few seconds of a day.
  desk.isAlwaysOn = false;
  await recover(desk);
  return {
    desk,
    clock,
    venue,
    book,
    rows: store.rows,
    changes: () => changes,
    problem: () => problem,
    unprotectedMsMax: () => watch.finish().reduce((most, b) => Math.max(most, b.wallMs), 0),
  };
}
