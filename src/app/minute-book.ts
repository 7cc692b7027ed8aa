import type { Candle } from '../core/shared/candle.ts';
import type { MinuteBars } from '../core/zones/signals/minutes.ts';
import { MINUTE_MS, MINUTES_STALE_MS } from '../core/zones/signals/minutes.ts';
import type { Clock, HealthView, Log, MarketSource, MinuteFeed } from './ports.ts';

/** Bars kept of each coin: the longest look-back, and an oscillator's way to settle. */
const KEPT = 240;
/** The last push of a minute may come this much after its end, ms. */
const CLOSE_GRACE_MS = 2_000;
/** Up to when our clock may be behind the venue's before its bars are from the future, ms. */
const AHEAD_MS_MAX = 10_000;
/** The same coin's hole is asked about again after this, ms: 18 coins cost 76 request weight a minute at worst. */
const ASK_AGAIN_MS = 300_000;
/** Bars heard behind a hole that cannot be filled, from which on they are what is known. */
const AHEAD_MAX = 60;

export interface MinuteReads {
  /** Null: nobody reads them, or nothing is known yet. May be old: `toMs` says up to when they are known. */
  minutes(coin: string): MinuteBars | null;
}

/** One-minute bars of Hyperliquid, in memory: heard as they close, and asked for where nobody listened. */
export interface MinuteBook extends MinuteReads {
  start(coins: readonly string[]): void;
  /** Asks the venue for what is missing, one coin after the other. A refusal is said in `feeds` and asked again later. */
  fill(): Promise<void>;
  feeds(): HealthView['feeds'];
  stop(): Promise<void>;
}

interface Series {
  /** Closed, of [fromMs, toMs): all there are. Null: nothing known. */
  known: { fromMs: number; toMs: number; bars: Candle[] } | null;
  /** Closed, without a hole between them, from beyond one: they wait for it to be filled. */
  ahead: Candle[];
  /** The newest as it was told last; null when nothing was told since the connection came up. */
  forming: Candle | null;
  askedMs: number;
}

const endOf = (bar: Candle): number => bar.t + MINUTE_MS;

export function createMinuteBook(o: {
  clock: Clock;
  log: Log;
  feed: MinuteFeed;
  /** Hyperliquid's. */
  source: Pick<MarketSource, 'minutes'>;
}): MinuteBook {
  const { clock, log } = o;
  const coins = new Map<string, Series>();
  let isUp = false;
  /** When anything was pushed last: what comes later than a minute's end shows that the connection lived through it. */
  let heardMs = Number.NEGATIVE_INFINITY;
  let lastUpMs: number | null = null;
  let problem: string | null = null;

  /** A minute is closed once the coin's next one has begun, or once something else was heard well after its end. */
  const closeIfOver = (s: Series): void => {
    if (s.forming !== null && heardMs >= endOf(s.forming) + CLOSE_GRACE_MS) close(s);
  };
  const close = (s: Series): void => {
    const bar = s.forming;
    s.forming = null;
    if (bar !== null) append(s, bar);
  };

  const say = (message: string | null): void => {
    if (message !== problem)
      log[message === null ? 'info' : 'warn'](message === null ? 'feed.recovered' : 'feed.stale', {
        venue: NAME,
        message,
      });
    problem = message;
  };

  const ask = async (coin: string, s: Series): Promise<void> => {
    const nowMs = clock.nowMs();
    const isFirst = s.askedMs === Number.NEGATIVE_INFINITY;
    const earliestMs = (Math.floor(nowMs / MINUTE_MS) - KEPT) * MINUTE_MS;
    const startMs = isFirst ? earliestMs : Math.max(s.known?.toMs ?? 0, earliestMs);
    s.askedMs = nowMs;
    const bars = (await o.source.minutes?.(coin, startMs, nowMs)) ?? [];
    const newest = bars.at(-1);
    // Nothing at all may be a venue that lags: it says nothing about the minutes asked for.
    if (newest === undefined) return;
    const before = s.known?.toMs === startMs ? s.known : { fromMs: startMs, bars: [] };
    const after = [...(s.known?.bars ?? []), ...s.ahead].filter((b) => b.t >= endOf(newest));
    s.ahead = [];
    s.known = { fromMs: before.fromMs, toMs: endOf(newest), bars: [...before.bars, ...bars] };
    for (const bar of after) append(s, bar);
    trim(s);
  };

  return {
    start(list) {
      for (const coin of list)
        coins.set(coin, { known: null, ahead: [], forming: null, askedMs: Number.NEGATIVE_INFINITY });
      o.feed.start(list, {
        bar(coin, bar) {
          heardMs = clock.nowMs();
          const s = coins.get(coin);
          if (s === undefined || bar.t > clock.nowMs() + AHEAD_MS_MAX) return;
          if (s.forming !== null && bar.t > s.forming.t) close(s);
          if (s.forming !== null && bar.t === s.forming.t && bar.v < s.forming.v) return;
          // A push from before what is closed already: repeated, or out of order.
          if (bar.t < (s.forming?.t ?? s.ahead.at(-1)?.t ?? s.known?.toMs ?? 0)) return;
          if (s.forming === null && bar.t === s.ahead.at(-1)?.t) return;
          s.forming = bar;
        },
        status(up) {
          isUp = up;
          if (up) return say(null);
          lastUpMs = clock.nowMs();
          // What a minute came to after the last push is not known: it is asked for.
          for (const s of coins.values()) {
            closeIfOver(s);
            s.forming = null;
          }
          say('one-minute bars: connection lost');
        },
      });
    },

    minutes(coin) {
      const s = coins.get(coin);
      if (s === undefined) return null;
      closeIfOver(s);
      return s.known;
    },

    async fill() {
      if (!isUp) return;
      const failures: string[] = [];
      let asked = 0;
      for (const [coin, s] of coins) {
        closeIfOver(s);
        const nowMs = clock.nowMs();
        const isWhole = nowMs - (s.known?.toMs ?? 0) <= MINUTES_STALE_MS && s.ahead.length === 0;
        const isNew = s.askedMs === Number.NEGATIVE_INFINITY;
        if (!isNew && (isWhole || nowMs - s.askedMs < ASK_AGAIN_MS)) continue;
        asked += 1;
        try {
          await ask(coin, s);
        } catch (e) {
          failures.push(`${coin} ${e instanceof Error ? e.message : 'unreadable'}`);
        }
      }
      if (asked > 0) say(failures.length === 0 ? null : `${failures.length} coin(s): ${failures[0]}`);
    },

    feeds: () => [
      {
        venue: NAME,
        lastOkMs: isUp ? clock.nowMs() : lastUpMs,
        message: problem ?? (isUp ? null : 'one-minute bars: not connected yet'),
      },
    ],
    stop: () => o.feed.stop(),
  };
}

const NAME = 'hyperliquid 1m bars';

/** Takes a closed bar to what is known, or behind the hole before it. */
function append(s: Series, bar: Candle): void {
  const { known } = s;
  if (known !== null && known.toMs === bar.t) {
    known.bars.push(bar);
    known.toMs = endOf(bar);
    return trim(s);
  }
  const last = s.ahead.at(-1);
  if (last !== undefined && endOf(last) !== bar.t) s.ahead = [];
  s.ahead.push(bar);
  const [first] = s.ahead;
  if (first === undefined || (known !== null && s.ahead.length < AHEAD_MAX)) return;
  s.known = { fromMs: first.t, toMs: endOf(bar), bars: s.ahead.splice(0) };
}

function trim({ known }: Series): void {
  if (known === null || known.bars.length <= KEPT) return;
  known.bars.splice(0, known.bars.length - KEPT);
  known.fromMs = known.bars[0]?.t ?? known.toMs;
}
