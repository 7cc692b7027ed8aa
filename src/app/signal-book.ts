import type { SignalFacts, TimeframeFacts } from '../core/decide/decide-input.ts';
import { signalsOf } from '../core/zones/signals/signals-of.ts';
import { CYCLE_MS } from '../core/zones/signals/thresholds.ts';
import type { CoinSignals, TimeframeSignals } from '../core/zones/signals/types.ts';
import type { ZoneMap } from '../core/zones/types.ts';
import type { Desk } from './desk.ts';

/** Cards are for comparing, not for accounting: four decimals keep a stored decision small. */
const round = (x: number): number => Math.round(x * 10_000) / 10_000;

interface Kept {
  /** A refresh of the market makes a new map: signals of the same one are the same. */
  map: ZoneMap;
  facts: SignalFacts;
  /** As they were when the running cycle of the coin's mode began, ms: what a turn is a turn from. */
  cycle: { startMs: number; facts: SignalFacts };
}
const books = new WeakMap<Desk, Map<string, Kept>>();

/**
 * A coin's signals from the newest map, with what each timeframe pointed to before: computed once per map, so that a
 * decision rarely waits for them. Turns and peaks are told against the beginning of the running cycle of the coin's mode
 * (CYCLE_MS): what comes and goes within one leaves no trace. Null without a map.
 */
export function signalFacts(desk: Desk, coin: string): SignalFacts | null {
  const map = desk.market.zoneMap(coin);
  if (map === null) return null;
  const book = books.get(desk) ?? new Map<string, Kept>();
  books.set(desk, book);
  const kept = book.get(coin);
  if (kept?.map === map) return kept.facts;
  const nowMs = desk.clock.nowMs();
  const mode = desk.params.find((p) => p.coin === coin)?.signalMode ?? 'day';
  const found = signalsOf({
    map,
    candles: desk.market.candles(coin),
    fundingHourlyFraction: desk.market.mark(coin)?.fundingHourlyFraction ?? null,
    nowMs,
    realised: desk.market.realised(coin),
    openInterest: desk.market.openInterest(coin),
    ratios: desk.market.ratios(coin),
    minutes: desk.market.minutes(coin),
    fundingElsewhere: desk.market.fundingElsewhere(coin),
    mode,
  });
  const isOver = kept !== undefined && nowMs - kept.cycle.startMs >= CYCLE_MS[mode];
  const begun = isOver ? { startMs: nowMs, facts: kept.facts } : kept?.cycle;
  const facts = factsOf(found, begun?.facts, kept?.facts);
  book.set(coin, { map, facts, cycle: begun ?? { startMs: nowMs, facts } });
  logTurns(desk, coin, kept?.facts, facts);
  return facts;
}

/** Brings every coin's signals up to its newest map. Beside the market's loop, so that turns are seen as they come. */
export async function refreshSignals(desk: Desk): Promise<void> {
  for (const { coin } of desk.params) {
    const map = desk.market.zoneMap(coin);
    if (map === null || books.get(desk)?.get(coin)?.map === map) continue;
    signalFacts(desk, coin);
    // Half a ms each: let an alert in between.
    await desk.clock.sleep(0);
  }
}

/** @param before what turns and peaks are told against; @param last the newest facts, which may have seen the turn already */
function factsOf(
  found: CoinSignals,
  before: SignalFacts | undefined,
  last: SignalFacts | undefined,
): SignalFacts {
  const on = (of: SignalFacts | undefined, f: TimeframeSignals): TimeframeFacts | undefined =>
    of?.timeframes.find((b) => b.timeframe === f.timeframe);
  const crowding = found.timeframes[0]?.cards.find((c) => c.name === 'crowding');
  return {
    timeframes: found.timeframes.map((f) => timeframeOf(f, on(before, f), on(last, f), found.asOfMs)),
    unknown: found.unknown,
    isTooHot: crowding?.state === 'too-hot',
  };
}

function timeframeOf(
  f: TimeframeSignals,
  before: TimeframeFacts | undefined,
  last: TimeframeFacts | undefined,
  asOfMs: number,
): TimeframeFacts {
  const isTurn = before !== undefined && before.direction !== f.direction;
  const seen = last?.direction === f.direction ? last.turned : null;
  const bias = round(f.bias);
  const isSame = before !== undefined && before.direction === f.direction;
  return {
    timeframe: f.timeframe,
    cards: f.cards.map((c) => ({
      name: c.name,
      score: round(c.score),
      strength: round(c.strength),
      confidence: round(c.confidence),
    })),
    direction: f.direction,
    bias,
    peakBias: isSame && Math.abs(before.peakBias) > Math.abs(bias) ? before.peakBias : bias,
    turned: isTurn ? (seen ?? { from: before.direction, atMs: asOfMs }) : (before?.turned ?? null),
  };
}

function logTurns(desk: Desk, coin: string, before: SignalFacts | undefined, now: SignalFacts): void {
  for (const f of now.timeframes) {
    const was = before?.timeframes.find((b) => b.timeframe === f.timeframe);
    if (was !== undefined && was.direction !== f.direction)
      desk.log.debug('signal.turned', {
        coin,
        timeframe: f.timeframe,
        from: was.direction,
        to: f.direction,
      });
  }
}
