import type { MarketSource, MarkInfo } from '../../app/ports.ts';
import type { Candle } from '../../core/shared/candle.ts';
import { createCoolDown } from './cool-down.ts';
import type { FetchJson, JsonRequest } from './fetch-json.ts';
import { okxFunding } from './funding-history.ts';
import { MarketReadError } from './market-read-error.ts';
import {
  okxInstrument,
  parseOkxCandles,
  parseOkxContracts,
  parseOkxFunding,
  parseOkxMarkCandles,
  parseOkxMarks,
  parseOkxOpenInterest,
} from './okx-parse.ts';
import { checkedCandles, newestOpenMs } from './parse-candles.ts';
import { parseOkxTiers } from './risk-tiers.ts';
import { okxHistory } from './venue-history.ts';
import type { WeightLimiter } from './weight-limiter.ts';

const INTERVAL_MS = 300_000;
/** A mark computed longer ago is not one of now, ms. */
const MARK_AGE_MS_MAX = 60_000;
/** Contract values are read again after this, ms: a venue that changes one says so in its own coin figures at once. */
const CONTRACTS_KEPT_MS = 3_600_000;

/** Running rates are asked for again after this, two coins with each reading of marks, and unknown after this, ms. */
const FUNDING_AGAIN_MS = 300_000;
const FUNDING_AT_ONCE = 2;
const FUNDING_AGE_MS_MAX = 900_000;
const NEVER = { readMs: Number.NEGATIVE_INFINITY, hourlyFraction: null };

/** Requests in 2 s and address are limited by endpoint, 40 for candles: half of that, the others cost what they are scarcer. */
export const OKX_WEIGHT = { limit: 20, windowMs: 2_000 };
const WEIGHT = { candles: 1, other: 2, markPrice: 4, fundingHistory: 4, rubik: 8 };

/** Both give bars older than `after`, newest first. The first one is cheaper but ends after some 1,440 bars. */
const TRADES = [
  { path: '/api/v5/market/candles', limit: 300, weight: WEIGHT.candles },
  { path: '/api/v5/market/history-candles', limit: 100, weight: WEIGHT.other },
] as const;
const MARKS = [
  { path: '/api/v5/market/mark-price-candles', limit: 100, weight: WEIGHT.other },
  { path: '/api/v5/market/history-mark-price-candles', limit: 100, weight: WEIGHT.markPrice },
] as const;

export interface OkxMarket extends MarketSource {
  /** Those of `coins` that OKX lists with a USDT swap; asking for others throws `unsupported`. */
  supported(coins: readonly string[]): Promise<string[]>;
  /** Coins in one contract by instrument; read anew after an hour. */
  contracts(): Promise<ReadonlyMap<string, number>>;
}

/** OKX v5 public data of linear USDT swaps. */
export function createOkxMarket(o: {
  fetchJson: FetchJson;
  limiter: WeightLimiter;
  nowMs: () => number;
}): OkxMarket {
  const coolDown = createCoolDown({ venue: 'okx', nowMs: o.nowMs, waitMs: 10_000 });
  const funding = new Map<string, { askedMs: number; readMs: number; hourlyFraction: number | null }>();
  let known: { contracts: Map<string, number>; readAtMs: number } | null = null;

  const ask = <T>(
    request: JsonRequest & { weight: number },
    parse: (reply: unknown, what: string) => T,
  ): Promise<T> =>
    coolDown(request.what, async () => {
      const { weight, ...wire } = request;
      await o.limiter.take(weight);
      return parse(await o.fetchJson(wire), `okx ${wire.what}`);
    });

  const swaps = (path: string, what: string, weight: number) => ({
    path: `/api/v5/public/${path}`,
    query: { instType: 'SWAP' },
    what,
    weight,
  });

  async function contractsNow(): Promise<Map<string, number>> {
    if (known !== null && o.nowMs() - known.readAtMs < CONTRACTS_KEPT_MS) return known.contracts;
    const contracts = await ask(swaps('instruments', 'instruments', WEIGHT.other), parseOkxContracts);
    known = { contracts, readAtMs: o.nowMs() };
    return contracts;
  }

  async function contractCoinsOf(coin: string): Promise<number> {
    const { instId } = okxInstrument(coin);
    const value = (await contractsNow()).get(instId);
    if (value === undefined) throw notListed(coin);
    return value;
  }

  /** Pages to older bars until the start is reached; a venue that turns in circles is refused. */
  async function barsBack(
    what: string,
    [recent, older]: typeof TRADES | typeof MARKS,
    { instId, startMs, untilMs }: { instId: string; startMs: number; untilMs: number },
    parse: (reply: unknown, what: string) => { candles: Candle[]; oldestMs: number | null },
  ): Promise<Candle[]> {
    const pages: Candle[][] = [];
    let from: typeof recent | typeof older = recent;
    for (let after = untilMs; after > startMs;) {
      const { path, limit, weight } = from;
      const query = { instId, bar: '5m', after, limit };
      const { candles, oldestMs } = await ask({ path, query, what, weight }, parse);
      if (oldestMs === null) {
        if (from === older) break;
        from = older;
        continue;
      }
      if (oldestMs >= after)
        throw new MarketReadError('malformed', `okx ${what}: bars that are not older than asked for`);
      pages.unshift(candles);
      after = oldestMs;
    }
    const range = { what: `okx ${what}`, intervalMs: INTERVAL_MS, startMs, endMs: untilMs, nowMs: o.nowMs() };
    return checkedCandles(pages.flat(), range);
  }

  /** Beside the marks, which wait for nothing: a few of the oldest rates at a time. Never throws. */
  async function refreshFunding(coins: readonly string[]): Promise<void> {
    const isOld = (coin: string): boolean =>
      o.nowMs() - (funding.get(coin)?.askedMs ?? Number.NEGATIVE_INFINITY) >= FUNDING_AGAIN_MS;
    await Promise.all(
      coins
        .filter(isOld)
        .slice(0, FUNDING_AT_ONCE)
        .map(async (coin) => {
          const askedMs = o.nowMs();
          funding.set(coin, { ...(funding.get(coin) ?? NEVER), askedMs });
          const { instId } = okxInstrument(coin);
          const request = { path: '/api/v5/public/funding-rate', query: { instId }, weight: WEIGHT.other };
          try {
            const hourlyFraction = await ask({ ...request, what: `funding ${coin}` }, (reply, what) =>
              parseOkxFunding(reply, instId, what),
            );
            funding.set(coin, { askedMs, readMs: o.nowMs(), hourlyFraction });
          } catch {
            // It gets old, and is unknown then.
          }
        }),
    );
  }

  const fundingOf = (coin: string): number | null => {
    const last = funding.get(coin) ?? NEVER;
    return o.nowMs() - last.readMs > FUNDING_AGE_MS_MAX ? null : last.hourlyFraction;
  };

  const untilOf = (endMs: number): number =>
    newestOpenMs({ intervalMs: INTERVAL_MS, endMs, nowMs: o.nowMs() }) + INTERVAL_MS;

  return {
    venue: 'okx',
    contracts: contractsNow,
    ...okxHistory((request, parse) => ask({ ...request, weight: WEIGHT.rubik }, parse)),
    fundingHistory: okxFunding((request, parse) => ask({ ...request, weight: WEIGHT.fundingHistory }, parse)),

    async maintenance(coin, markPx) {
      const { instId, perCoin } = okxInstrument(coin);
      const contractUsd = ((await contractCoinsOf(coin)) * markPx) / perCoin;
      const query = { instType: 'SWAP', tdMode: 'isolated', instFamily: instId.replace(/-SWAP$/, '') };
      const path = '/api/v5/public/position-tiers';
      return ask({ path, query, what: `tiers ${coin}`, weight: WEIGHT.markPrice }, (reply, what) =>
        parseOkxTiers(reply, contractUsd, what),
      );
    },

    async supported(coins) {
      const contracts = await contractsNow();
      return coins.filter((coin) => contracts.has(okxInstrument(coin).instId));
    },

    async candles(coin, startMs, endMs) {
      const untilMs = untilOf(endMs);
      if (untilMs <= startMs) return [];
      const { instId, perCoin } = okxInstrument(coin);
      const contractCoins = await contractCoinsOf(coin);
      return barsBack(`candles ${coin}`, TRADES, { instId, startMs, untilMs }, (reply, what) =>
        parseOkxCandles(reply, { contractCoins, perCoin, what }),
      );
    },

    async markCandles(coin, startMs, endMs) {
      const untilMs = untilOf(endMs);
      if (untilMs <= startMs) return [];
      const { instId, perCoin } = okxInstrument(coin);
      return barsBack(`mark candles ${coin}`, MARKS, { instId, startMs, untilMs }, (reply, what) =>
        parseOkxMarkCandles(reply, { perCoin, what }),
      );
    },

    async marks(coins) {
      const all = await contractsNow();
      // Only what is asked for: a contract nobody follows must not fail the others.
      const ids = coins.map((coin) => okxInstrument(coin).instId);
      const contracts = new Map([...all].filter(([instId]) => ids.includes(instId)));
      void refreshFunding(coins);
      const [marks, openInterest] = await Promise.all([
        ask(swaps('mark-price', 'marks', WEIGHT.markPrice), parseOkxMarks),
        ask(swaps('open-interest', 'open interest', WEIGHT.other), (reply, what) =>
          parseOkxOpenInterest(reply, contracts, what),
        ),
      ]);
      return coins.map((coin): MarkInfo => {
        const { instId, perCoin } = okxInstrument(coin);
        const mark = marks.get(instId);
        const heldCoins = openInterest.get(instId);
        if (mark === undefined || heldCoins === undefined) throw notListed(coin);
        const ageMs = o.nowMs() - mark.timeMs;
        if (ageMs > MARK_AGE_MS_MAX)
          throw new MarketReadError(
            'incomplete',
            `okx marks: ${coin} is frozen since ${Math.round(ageMs / 1_000)} s`,
          );
        return {
          coin,
          markPx: mark.markPx * perCoin,
          openInterestUsd: heldCoins * mark.markPx,
          fundingHourlyFraction: fundingOf(coin),
        };
      });
    },
  };
}

const notListed = (coin: string): MarketReadError =>
  new MarketReadError('unsupported', `okx does not list ${coin} (${okxInstrument(coin).instId})`);
