import type { Candle } from '../core/shared/candle.ts';
import type { MaintenanceTier } from '../core/zones/liquidation-px.ts';
import type { VenueName } from '../core/zones/realised/types.ts';
import type { DayInput, ScoredDay, ScoredWindow } from '../core/zones/score/score-day.ts';
import { DAY_MS, LOOK_BACK_MS, scoreDay } from '../core/zones/score/score-day.ts';
import { mapFingerprint } from '../core/zones/score/score-day-map.ts';
import type { DaysScore } from '../core/zones/score/score-days.ts';
import { mergedByDay, scoreAllDays } from '../core/zones/score/score-days.ts';
import type { Clock, Log } from './ports.ts';
import { markRange } from './read-bars.ts';
import type { MarketPast, ScoredDaysQuery, ScoredDaysStore } from './score-map-port.ts';
import { SCORED_DAYS_KEPT_MS } from './score-map-port.ts';

/** What is reported late belongs to the day as well: a day is scored so long after its end, ms. */
export const SETTLED_AFTER_MS = 600_000;
/** Bars are kept for seven days and the map wants three before the day it is scored on. */
const DAYS_BACK = 4;
/** Days of a coin that are told without asking the store. */
const LATEST = 7;
/** A day whose bars are missing is tried again after this, ms: a first start reads them for minutes. */
const AGAIN_AFTER_MS = 3_600_000;

/** Means over all days that are kept and were scored with the map as it is now. */
export type ScoredWindows = Record<ScoredWindow, DaysScore | null>;

/** What is known of the map's accuracy, from memory. */
export interface MapAccuracy {
  /** Those with a day; `latest`: the newest few of them, newest first. */
  coins: readonly { coin: string; windows: ScoredWindows; latest: readonly ScoredDay[] }[];
  /** All coins together. */
  all: ScoredWindows;
  /** Fingerprint of the map as it is now. */
  map: string;
  /** When the next day is scored, ms. */
  nextAtMs: number;
  /** The liquidations are those of a made-up market. */
  isMadeUp: boolean;
}

export interface MapScores {
  accuracy(): MapAccuracy;
  /** Newest first. */
  days(q: ScoredDaysQuery): Promise<ScoredDay[]>;
  /** Scores every full day since the first that was listened to, as far back as bars go. Never throws. */
  scoreMissing(): Promise<void>;
  /** A pass under way ends at its next step. */
  stop(): void;
}

export interface MapScoresOptions {
  clock: Clock;
  log: Log;
  /** Asked at each pass: what the venue lists is not known at the start. */
  coins: () => readonly string[];
  /** Hyperliquid first. */
  venues: readonly VenueName[];
  tiersOf: (venue: VenueName, coin: string) => readonly MaintenanceTier[];
  past: MarketPast;
  store: ScoredDaysStore;
  isMadeUp: boolean;
}

const UNKNOWN: ScoredWindows = { '1h': null, '4h': null };

/** The start of the newest day that is settled, ms. */
const newestDay = (nowMs: number): number =>
  Math.floor((nowMs - SETTLED_AFTER_MS) / DAY_MS) * DAY_MS - DAY_MS;

/** How accurate the live map was, day by day: rebuilt from kept bars, judged by what was heard of liquidations. */
export function createMapScores(o: MapScoresOptions): MapScores {
  const { clock, log, store } = o;
  /** Days that need no more looking at. */
  const done = new Set<string>();
  const triedMs = new Map<string, number>();
  let fingerprint: string | null = null;
  const mapOf = (): string => (fingerprint ??= mapFingerprint());
  let coins: MapAccuracy['coins'] = [];
  let all = UNKNOWN;
  let isRead = false;
  let isStopped = false;

  const keep = (day: ScoredDay): void => {
    const key = `${day.coin} ${day.dayMs}`;
    if (day.notEnough?.code === 'bars-missing') triedMs.set(key, clock.nowMs());
    else done.add(key);
  };
  const sumUp = async (): Promise<void> => {
    const sinceMs = clock.nowMs() - SCORED_DAYS_KEPT_MS;
    const found: MapAccuracy['coins'][number][] = [];
    let together: ScoredDay[] = [];
    for (const coin of o.coins()) {
      const days = await store.scoredDays({ coin, sinceMs });
      for (const day of days) if (!isRead) keep(day);
      const own = days.filter((d) => d.map === mapOf());
      if (days.length > 0) found.push({ coin, windows: scoreAllDays(own), latest: days.slice(0, LATEST) });
      together = mergedByDay([...together, ...own]);
      await clock.sleep(0);
    }
    isRead = true;
    coins = found;
    all = scoreAllDays(together);
  };
  const isDue = (coin: string, dayMs: number): boolean => {
    const key = `${coin} ${dayMs}`;
    const sinceTryMs = clock.nowMs() - (triedMs.get(key) ?? Number.NEGATIVE_INFINITY);
    return !isStopped && !done.has(key) && sinceTryMs >= AGAIN_AFTER_MS;
  };
  /** @returns how many new results there are */
  const scoreCoin = async (
    coin: string,
    days: readonly number[],
    spans: DayInput['spans'],
  ): Promise<number> => {
    const [firstMs, lastMs] = [days[0], days.at(-1)];
    if (firstMs === undefined || lastMs === undefined) return 0;
    const past = await pastOf(o, coin, firstMs, lastMs + DAY_MS);
    for (const [i, dayMs] of days.entries()) {
      const steps = scoreDay({ ...past, dayMs, map: mapOf(), spans });
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) {
        await clock.sleep(0);
        if (isStopped) return i;
      }
      await store.saveScoredDay(step.value);
      keep(step.value);
    }
    return days.length;
  };

  return {
    accuracy: () => ({
      coins,
      all,
      map: mapOf(),
      nextAtMs: newestDay(clock.nowMs()) + 2 * DAY_MS + SETTLED_AFTER_MS,
      isMadeUp: o.isMadeUp,
    }),
    days: (q) => store.scoredDays(q),
    async scoreMissing() {
      let [results, failures, message] = [0, 0, ''];
      const failed = (e: unknown): void => {
        failures += 1;
        message = e instanceof Error ? e.message : 'unknown';
      };
      try {
        if (!isRead) await sumUp();
        const spans = await o.past.spans(0);
        const firstHeardMs = spans.reduce((ms, s) => Math.min(ms, s.fromMs), Number.POSITIVE_INFINITY);
        const lastMs = newestDay(clock.nowMs());
        const days = Array.from({ length: DAYS_BACK }, (_, i) => lastMs - (DAYS_BACK - 1 - i) * DAY_MS);
        const heard = days.filter((dayMs) => dayMs + DAY_MS > firstHeardMs);
        for (const coin of o.coins()) {
          const due = heard.filter((dayMs) => isDue(coin, dayMs));
          await scoreCoin(coin, due, spans).then((n) => void (results += n), failed);
        }
        if (results > 0 && !isStopped) await sumUp();
      } catch (e) {
        failed(e);
      }
      if (results > 0) log.info('accuracy.scored', { days: results });
      if (failures > 0) log.warn('accuracy.failed', { code: 'score-failed', failures, message });
    },
    stop() {
      isStopped = true;
    },
  };
}

/** What the days from `fromMs` to `toMs` are scored with, and some days before. */
async function pastOf(
  { past, venues, tiersOf }: MapScoresOptions,
  coin: string,
  fromMs: number,
  toMs: number,
): Promise<Pick<DayInput, 'coin' | 'venues' | 'liquidations'>> {
  const own: DayInput['venues'][number][] = [];
  for (const venue of venues) {
    const bars = await past.bars(venue, coin, fromMs - LOOK_BACK_MS, toMs);
    const told = await past.marks(venue, coin, fromMs - LOOK_BACK_MS, toMs);
    const samples = bars.length === 0 ? [] : await past.samples(venue, coin, fromMs - DAY_MS);
    own.push({
      venue,
      bars,
      marks: marksOf(bars, told),
      tiers: tiersOf(venue, coin),
      openInterest: samples.flatMap(({ tMs, openInterestUsd: usd, openInterestCoins: inCoins }) =>
        usd === null || inCoins === null || tMs >= toMs ? [] : [{ tMs, usd, coins: inCoins }],
      ),
    });
  }
  const liquidations = await past.liquidations(coin, fromMs);
  return { coin, venues: own, liquidations: liquidations.filter((l) => l.timeMs < toMs) };
}

/** The mark's bars that the live map would have taken, by opening. */
function marksOf(bars: readonly Candle[], told: readonly Candle[]): Map<number, Candle> {
  const marks = new Map(told.map((m) => [m.t, m]));
  for (const bar of bars) if (markRange(bar, marks.get(bar.t)) === undefined) marks.delete(bar.t);
  return marks;
}
