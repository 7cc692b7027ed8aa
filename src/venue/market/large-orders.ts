import type { Side } from '../../core/shared/coin.ts';
import type { SeededRandom } from '../../core/shared/seeded-random.ts';

/** A spontaneous order's impact in a full book, in a day's volatility: least, and mean on top; and its length. */
const IMPACT_MIN = 0.2;
const IMPACT_MEAN = 0.3;
const DURATION_MIN = 4;
const DURATION_SPREAD_MIN = 12;
/** A coin's chance to take part in an order that moves the whole market. */
const COMMON_SHARE = 0.75;
/** A steered order presses at least this far (average true ranges, or a day's volatility if that is more) … */
const STEERED_ATR = 6;
const STEERED_DAILY_VOL = 0.5;
/** … and on until this share of open interest was forced out, or so far, or so long; */
const STEERED_FORCED_SHARE = 0.015;
const STEERED_DAILY_VOL_MAX = 1.4;
const STEERED_MS_MAX = 20 * 60_000;
/** time in which it makes the least move in a full book; */
const STEERED_PACE_MS = 6 * 60_000;
/** then takes back this share of the whole move. */
const STEERED_TAKEN_BACK = 0.2;
const STEERED_BACK_MS = 12 * 60_000;

/** Being worked: log price impact in a full book per ms, signed, until a time, or until a steered one has enough. */
interface LargeOrder {
  untilMs: number;
  impactPerMs: number;
  steered: { fromLogPx: number; moveMin: number; moveMax: number; untilForcedShare: number } | null;
}

/** A coin as an order finds it. */
export interface OrderScene {
  logPx: number;
  /** Average true range of five minutes, fraction of price. */
  atrFraction: number;
  dailyVol: number;
  /** Everything ever liquidated, in multiples of open interest. */
  forcedShare: number;
}

/** The orders from outside that push one coin: at most one at a time. */
export class LargeOrders {
  readonly #random: SeededRandom;
  #running: LargeOrder | null = null;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Once a minute: by chance an order begins, the market's own (`shock` ±1) or the coin's. */
  minute(nowMs: number, dailyVol: number, shock: -1 | 0 | 1, chance: number): void {
    const draw = this.#random.next();
    const isCommon = shock !== 0 && draw < COMMON_SHARE;
    if (!isCommon && draw >= chance) return;
    const direction = isCommon ? shock : this.#random.next() < 0.5 ? -1 : 1;
    const impact = direction * (IMPACT_MIN + IMPACT_MEAN * this.#random.exponential()) * dailyVol;
    this.start(nowMs, impact, (DURATION_MIN + DURATION_SPREAD_MIN * this.#random.next()) * 60_000);
  }

  /** `impact`: the log price change it makes in a full book, signed. Nothing happens while another order runs. */
  start(nowMs: number, impact: number, durationMs: number): void {
    if (this.#running !== null) return;
    this.#running = { untilMs: nowMs + durationMs, impactPerMs: impact / durationMs, steered: null };
  }

  /** Steers: presses until a cascade of `side` is under way, then takes a part back. Replaces any running order. */
  startCascade(nowMs: number, side: Side, { logPx, atrFraction, dailyVol, forcedShare }: OrderScene): void {
    const moveMin = Math.max(STEERED_ATR * atrFraction, STEERED_DAILY_VOL * dailyVol);
    const direction = side === 'long' ? -1 : 1;
    this.#running = {
      untilMs: nowMs + STEERED_MS_MAX,
      impactPerMs: (direction * moveMin) / STEERED_PACE_MS,
      steered: {
        fromLogPx: logPx,
        moveMin,
        moveMax: Math.max(1.5 * moveMin, STEERED_DAILY_VOL_MAX * dailyVol),
        untilForcedShare: forcedShare + STEERED_FORCED_SHARE,
      },
    };
  }

  /** What is traded in a step that ends at `endMs`, as impact in a full book, signed. */
  work(endMs: number, stepMs: number, logPx: number, forcedShare: number): number {
    const order = this.#running;
    if (order === null) return 0;
    const { steered } = order;
    const moved = steered === null ? 0 : Math.abs(logPx - steered.fromLogPx);
    const isEnough =
      steered !== null &&
      (moved >= steered.moveMax || (moved >= steered.moveMin && forcedShare >= steered.untilForcedShare));
    if (endMs <= order.untilMs && !isEnough) return order.impactPerMs * stepMs;
    this.#running = null;
    if (steered !== null)
      this.start(endMs, -Math.sign(order.impactPerMs) * STEERED_TAKEN_BACK * moved, STEERED_BACK_MS);
    return 0;
  }
}
