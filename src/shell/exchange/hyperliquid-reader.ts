import { type ExchangeReader, type FoundOrder, ReadError } from '../../app/ports.ts';
import { type ClockSample, clockSkew } from '../../core/execute/clock-skew.ts';
import type { Fill } from '../../core/review/types.ts';
import { createInfo, type Info, type InfoOptions } from './hyperliquid-info.ts';
import { type FillPage, type FundingPayment, parseFills, parseFunding } from './hyperliquid-history.ts';
import {
  type OrderRecord,
  parseClearinghouse,
  parseMeta,
  parseOpenOrders,
  parseOrderStatus,
} from './hyperliquid-parse.ts';
import { readAgent, readQuota } from './hyperliquid-self-test.ts';
import { clockSampleOf } from './venue-clock.ts';

/** Rows of a full page: a shorter one is the last. */
const FILLS_PER_PAGE = 2_000;
const FUNDINGS_PER_PAGE = 500;
/** The venue keeps the newest 10,000 fills; as many read means that older ones may be missing. */
const FILLS_KEPT = 10_000;
const FUNDING_PAGES_MAX = 40;
/** How long after an order changed its fills may still be missing from a read, ms. */
const FILL_LAG_MS = 10_000;
/** Two readings of a guard pass each: a clock that was set is noticed with the third of them. */
const CLOCK_SAMPLES = 5;
const CLOCK_AGE_MS_MAX = 600_000;
/** How far back an order is looked for in the fills, ms: far beyond any `expiresAfter` and any outage. */
const ABSENCE_HORIZON_MS = 7 * 24 * 3_600_000;

export interface HyperliquidReaderOptions extends InfoOptions {
  /** Master or sub-account address. An agent's address would read as an account without positions. */
  account: string;
}

/**
 * Reads one account. Each call gives all of it or throws ReadError; nothing is cached but what the
 * answers said of the venue's clock.
 */
export const createHyperliquidReader = (o: HyperliquidReaderOptions): ExchangeReader =>
  readerOver(createInfo(o), o);

/** The same over any way to ask `/info`. */
export function readerOver(ask: Info, o: { account: string; nowMs: () => number }): ExchangeReader {
  const account = o.account.toLowerCase();
  const samples: ClockSample[] = [];
  const info: Info = async (request) => {
    const answer = await ask(request);
    const sample = clockSampleOf(answer);
    if (sample !== null) samples.push(sample);
    if (samples.length > CLOCK_SAMPLES) samples.shift();
    return answer;
  };
  const openOrders = async () =>
    parseOpenOrders((await info({ type: 'frontendOpenOrders', user: account })).body);
  const fillsSince = (sinceMs: number) => readFills(info, account, sinceMs);

  return {
    account,
    meta: async () => parseMeta((await info({ type: 'meta' })).body),
    async accountState() {
      // Orders first: if something fills in between, a position shows without its stop and is given a second one,
      // which is swept later. The other way round a stop would show without its position and be cancelled.
      const readAtMs = o.nowMs();
      const orders = await openOrders();
      const { body } = await info({ type: 'clearinghouseState', user: account });
      return { readAtMs, ...parseClearinghouse(body), openOrders: orders };
    },
    async findOrder(cloid, coin) {
      const answer = await info({ type: 'orderStatus', user: account, oid: cloid });
      const record = parseOrderStatus(answer.body);
      if (record !== 'unknown-oid') {
        const fills = record.state === 'refused' ? [] : await fillsSince(record.placedAtMs);
        return fromRecord(
          record,
          fills.filter((f) => f.oid === record.oid),
          // Its age by the venue's own clock: by ours, when that was set ahead, it would be old as it happens.
          o.nowMs() + (clockSampleOf(answer)?.skewMs ?? 0),
        );
      }
      const open = (await openOrders()).find((order) => order.cloid === cloid && order.coin === coin);
      const fills = (await fillsSince(o.nowMs() - ABSENCE_HORIZON_MS)).filter((f) => f.cloid === cloid);
      const oid = open?.oid ?? fills[0]?.oid;
      if (oid === undefined) return 'absent';
      return { state: open ? 'open' : 'filled', oid, ...filledOf(fills) };
    },
    fillsSince,
    fundingSince: (sinceMs) => readFunding(info, account, sinceMs),
    clockSkew: () => clockSkew(samples, o.nowMs(), CLOCK_AGE_MS_MAX),
    quota: () => readQuota(info, account),
    agent: (address) => readAgent(info, address),
  };
}

function filledOf(fills: readonly Fill[]): { filledSz: number; avgPx: number | null } {
  const sum = fills.reduce((total, f) => total + f.sz, 0);
  const notionalUsd = fills.reduce((total, f) => total + f.sz * f.px, 0);
  // Sizes have at most 6 decimals: rounding takes the dust of adding floats away.
  return sum > 0
    ? { filledSz: Number(sum.toFixed(8)), avgPx: notionalUsd / sum }
    : { filledSz: 0, avgPx: null };
}

/** A record completed by its fills. While they lag behind it, that is no answer yet, least of all "nothing filled". */
function fromRecord(record: OrderRecord, fills: readonly Fill[], venueNowMs: number): FoundOrder {
  const { state, oid, goneSz } = record;
  const filled = filledOf(fills);
  const lags =
    state !== 'refused' &&
    (filled.filledSz < (goneSz ?? 0) * (1 - 1e-9) || (state === 'filled' && fills.length === 0));
  if (!lags) return { state, oid, ...filled };
  if (venueNowMs - record.statusAtMs < FILL_LAG_MS) throw new ReadError('userFills: behind the order status');
  return {
    state,
    oid,
    filledSz: state === 'filled' && goneSz !== null ? goneSz : filled.filledSz,
    avgPx: filled.avgPx,
  };
}

/** All fills from `sinceMs` on, oldest first. Throws when the venue's memory may not reach back that far. */
async function readFills(info: Info, account: string, sinceMs: number): Promise<Fill[]> {
  const byTid = new Map<number, Fill>();
  let startTime = Math.max(0, Math.floor(sinceMs));
  let rows = 0;
  for (;;) {
    const page: FillPage = parseFills(
      (await info({ type: 'userFillsByTime', user: account, startTime })).body,
      account,
    );
    for (const fill of page.fills) byTid.set(fill.tid, fill);
    rows += page.rows;
    if (page.rows < FILLS_PER_PAGE) break;
    if (rows >= FILLS_KEPT) throw new ReadError('userFills: more than the venue keeps');
    if (page.newestMs <= startTime) throw new ReadError('userFills: one millisecond fills a whole page');
    startTime = page.newestMs;
  }
  return [...byTid.values()];
}

async function readFunding(info: Info, account: string, sinceMs: number): Promise<FundingPayment[]> {
  const byKey = new Map<string, FundingPayment>();
  let startTime = Math.max(0, Math.floor(sinceMs));
  for (let page = 0; page < FUNDING_PAGES_MAX; page++) {
    const payments = parseFunding((await info({ type: 'userFunding', user: account, startTime })).body);
    for (const p of payments) byKey.set(`${p.timeMs} ${p.coin}`, p);
    if (payments.length < FUNDINGS_PER_PAGE) return [...byKey.values()].sort((a, b) => a.timeMs - b.timeMs);
    const newestMs = Math.max(...payments.map((p) => p.timeMs));
    if (newestMs <= startTime) throw new ReadError('userFunding: one millisecond fills a whole page');
    startTime = newestMs;
  }
  throw new ReadError(`userFunding: more than ${FUNDING_PAGES_MAX} pages`);
}
