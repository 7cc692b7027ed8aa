import { randomUUID } from 'node:crypto';
import { loadCoinSettings } from '../../app/coin-settings.ts';
import { createDesk } from '../../app/create-desk.ts';
import type { Desk } from '../../app/desk.ts';
import { createMarketBook } from '../../app/market-book.ts';
import type { MarketFlow } from '../../app/market-flow.ts';
import type { MinuteBook } from '../../app/minute-book.ts';
import type {
  Clock,
  ExchangeReader,
  ExchangeSigner,
  HealthView,
  Log,
  MarketSource,
  Store,
} from '../../app/ports.ts';
import { ReadError } from '../../app/ports.ts';
import type { RiskLimits } from '../../core/decide/risk-limits.ts';
import { RISK_LIMITS } from '../../core/decide/risk-limits.ts';
import type { CoinMeta } from '../../core/shared/coin.ts';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import type { ObservedBook } from '../../core/zones/observed-book.ts';
import { digest } from '../digest.ts';

export interface AssembleDeskOptions {
  clock: Clock;
  log: Log;
  store: Store;
  reader: ExchangeReader;
  entrySigner: ExchangeSigner;
  guardSigner: ExchangeSigner;
  /** Hyperliquid first. */
  sources: readonly MarketSource[];
  /** Coins to follow; default all of COIN_PARAMS that the venue lists. */
  coins?: readonly string[];
  mode: HealthView['mode'];
  dataSource: () => string;
  guardIntervalMs: number;
  backfillBars?: number;
  /** Filled by whoever watches positions; left out where nobody does. */
  observed?: ObservedBook | undefined;
  /** Liquidations and histories; left out: nobody keeps them. */
  flow?: MarketFlow | undefined;
  /** Hyperliquid's one-minute bars; left out where nobody listens. */
  minutes?: MinuteBook | undefined;
  /** Account-wide limits; default RISK_LIMITS. */
  limits?: RiskLimits;
}

const META_SETTING = 'venue-meta';
const SALT_SETTING = 'cloid-salt';

/**
 * Store, exchange, market and use cases put together: the part of a bridge that is the same on Node and in a Worker.
 * Nothing runs yet.
 * @throws ReadError when the venue's coin list cannot be read and never was
 */
export async function assembleDesk(o: AssembleDeskOptions): Promise<Desk> {
  const params = COIN_PARAMS.filter((p) => o.coins === undefined || o.coins.includes(p.coin));
  const { clock, log, store } = o;
  const meta = await readMeta(o.reader, store, log);
  const market = createMarketBook({
    clock,
    log,
    sources: o.sources,
    coins: params.map((p) => p.coin).filter((c) => meta.has(c) && meta.get(c)?.isDelisted === false),
    meta: () => meta,
    ...(o.backfillBars === undefined ? {} : { backfillBars: o.backfillBars }),
    observed: o.observed,
    flow: o.flow,
    minutes: o.minutes,
  });
  const desk = await createDesk(
    {
      clock,
      log,
      store,
      digest,
      reader: o.reader,
      entrySigner: o.entrySigner,
      guardSigner: o.guardSigner,
      market,
      params,
      limits: o.limits ?? RISK_LIMITS,
      guardIntervalMs: o.guardIntervalMs,
      mode: o.mode,
      dataSource: o.dataSource,
      newId: randomUUID,
      cloidSalt: await cloidSalt(store),
    },
    meta,
  );
  await loadCoinSettings(desk);
  return desk;
}

/**
 * The venue's coin list, or the last one we saw: an unreachable venue must not keep the door shut, because alerts can
 * be stored and the guard must go on trying.
 * @throws ReadError when it cannot be read and never was
 */
async function readMeta(reader: ExchangeReader, store: Store, log: Log): Promise<Map<string, CoinMeta>> {
  let list: CoinMeta[];
  try {
    list = await reader.meta();
    await store.setSetting(META_SETTING, JSON.stringify(list));
  } catch (e) {
    const known = await store.setting(META_SETTING);
    if (!(e instanceof ReadError) || known === null) throw e;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by us, above
    list = JSON.parse(known) as CoinMeta[];
    log.error('venue.unreachable', { message: e.message, using: 'the coin list of the last start' });
  }
  return new Map(list.map((m) => [m.coin, m]));
}

/** Made once per database: client order ids must come out the same after a restart. */
async function cloidSalt(store: Store): Promise<string> {
  const known = await store.setting(SALT_SETTING);
  if (known !== null) return known;
  const salt = randomUUID();
  await store.setSetting(SALT_SETTING, salt);
  return salt;
}
