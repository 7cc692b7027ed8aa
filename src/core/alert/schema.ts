// Stage 1, alert. Input: the raw webhook body. Output: a typed Alert and the key of its meaning.
// Invariant: a body that parses is finite, bounded and carries no unknown field.
import * as z from 'zod';

/** Bumped by a breaking change; the older branch stays accepted for two months (TradingView alerts are snapshots). */
export const ALERT_SCHEMA_VERSION = 1;

const MS_MIN = 1_500_000_000_000; // July 2017: anything older is a unit mistake (seconds)
const MS_MAX = 4_102_444_800_000; // 2100
const instantMs = z.int().min(MS_MIN).max(MS_MAX);
const px = z.number().positive().max(1e9);
const word = (max: number) => z.string().min(1).max(max);

const head = {
  v: z.literal(ALERT_SCHEMA_VERSION),
  script: z.string().regex(/^[a-z][a-z0-9-]{0,39}@\d{1,4}\.\d{1,4}\.\d{1,4}$/),
  strategy: word(40).regex(/^[a-z][a-z0-9-]*$/),
  exchange: word(40).regex(/^[A-Z0-9_]+$/),
  ticker: word(40).regex(/^[A-Za-z0-9._:-]+$/),
  interval: word(5).regex(/^(\d{1,4}|\d{0,3}[SDWM])$/),
  barTime: instantMs,
  sentAt: instantMs,
};

const side = z.enum(['long', 'short']);

/** What the detector measured of the cascade; unknown measurements are null, never absent. */
const cascade = z.strictObject({
  startTime: instantMs,
  extreme: px,
  movePct: z.number().min(-100).max(10_000),
  bars: z.int().min(0).max(100_000),
  volumeRatio: z.number().min(0).max(1e9).nullable(),
  oiChangePct: z.number().min(-100).max(1e6).nullable(),
  rsi: z.number().min(0).max(100).nullable(),
});

const bar = { side, close: px, high: px, low: px, atr: px, score: z.number().min(0).max(100).nullable() };

/** The webhook body: docs/webhook.md shows a sample of every kind. Prices are USD per coin of the alert's own venue. */
export const Alert = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cascade.start'), ...head, ...bar, cascade }),
  z.strictObject({ kind: z.literal('cascade.exhaustion'), ...head, ...bar, cascade }),
  z.strictObject({ kind: z.literal('cascade.snapback'), ...head, ...bar, cascade }),
  z.strictObject({
    kind: z.literal('zone.touch'),
    ...head,
    side,
    close: px,
    zone: z.strictObject({
      lo: px,
      hi: px,
      depth: z.int().min(0).max(99),
      share: z.number().min(0).max(1).nullable(),
    }),
  }),
  z.strictObject({ kind: z.literal('heartbeat'), ...head, close: px }),
]);

export type Alert = z.infer<typeof Alert>;
export type EntryAlert = Extract<Alert, { kind: 'cascade.exhaustion' }>;

/**
 * What the bridge tells itself about a position of its own: stored, decided and carried out like an alert from a chart,
 * so that a crash loses no step of it. The webhook takes none of these. `barTime` is the newest closed five-minute bar,
 * so that the same thing is asked once per bar; `close` is Hyperliquid's mark; `sinceMs` when it was first so.
 */
export const OwnAlert = z.strictObject({
  kind: z.literal('signal.fading'),
  ...head,
  side,
  close: px,
  sinceMs: instantMs,
});
export type OwnAlert = z.infer<typeof OwnAlert>;
export type AnyAlert = Alert | OwnAlert;

/**
 * The key of an alert: its meaning, not its delivery. Two deliveries with one key are one alert;
 * `sentAt` and every measurement stay out of it.
 */
export const keyOf = (a: AnyAlert): string =>
  [a.strategy, a.kind, a.exchange, a.ticker, a.interval, a.barTime, 'side' in a ? a.side : ''].join('|');

/**
 * 32 hex digits from the alert's key alone. The bar's time comes first, so that new rows go to the end of the index:
 * random ids made every commit write a page of it per alert.
 * @param keySha of the key, hex
 */
export const alertIdOf = (barTime: number, keySha: string): string =>
  `${barTime.toString(16).padStart(11, '0')}${keySha.slice(0, 21)}`;

/**
 * The body without `sentAt`: what "same key, same body" compares. Takes a parsed alert, whose fields zod has put into
 * the order of the schema, so that the order they were sent in does not matter. Cut out of the text, because copying
 * the object costs five times as much; no string can hold the cut text, since quotes within strings are escaped.
 */
export const canonicalBody = (a: AnyAlert): string => JSON.stringify(a).replace(`,"sentAt":${a.sentAt}`, '');
