// The whole state as JSON and back: Maps and Sets become tagged arrays.
import type { Candle } from '../core/shared/candle.ts';
import { CandleSeries } from './core/candle-series.ts';
import { freshMark } from './core/mark.ts';
import { DEFAULT_RULES } from './core/rules.ts';
import type { VenueState } from './core/types.ts';
import { isRecord } from './json.ts';

const VERSION = 1;

function encode(x: unknown): unknown {
  if (x instanceof Map) return { $map: [...x].map(([k, v]) => [k, encode(v)]) };
  if (x instanceof Set) return { $set: [...x] };
  if (Array.isArray(x)) return x.map(encode);
  if (typeof x !== 'object' || x === null) return x;
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, encode(v)]));
}

function decode(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(decode);
  if (!isRecord(x)) return x;
  if (Array.isArray(x['$map'])) return new Map(x['$map'].map(([k, v]: unknown[]) => [k, decode(v)]));
  if (Array.isArray(x['$set'])) return new Set(x['$set']);
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decode(v)]));
}

/** Candles go as bars. */
type Snapshotted = Omit<VenueState, 'candles'> & { candles: Map<string, Candle[]> };

/** Events that go along: enough for a listener to find its place again after a restart. */
const EVENTS_KEPT = 500;

/** Without candles it is small: they are most of the bytes, and the market can bring them again. */
export const snapshotOf = (s: VenueState, withCandles = true): unknown => ({
  version: VERSION,
  state: encode({
    ...s,
    events: s.events.slice(-EVENTS_KEPT),
    candles: new Map(withCandles ? [...s.candles].map(([key, bars]) => [key, bars.slice()]) : []),
  }),
});

/** @throws Error when the snapshot is of another version */
export function restoreFrom(snapshot: unknown): VenueState {
  if (!isRecord(snapshot) || snapshot['version'] !== VERSION) {
    throw new Error(`not a venue snapshot of version ${VERSION}`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what snapshotOf of this version wrote
  const read = decode(snapshot['state']) as Snapshotted;
  const candles = new Map([...read.candles].map(([key, bars]) => [key, CandleSeries.of(bars)]));
  const state: VenueState = { ...read, candles };
  // Rules and fields that a snapshot of an earlier release does not know.
  state.rules = { ...DEFAULT_RULES, ...state.rules };
  for (const a of state.accounts.values()) a.mode ??= 'disabled';
  for (const c of state.coins) {
    c.prevMarkPx ??= c.markPx;
    c.mark ??= freshMark();
  }
  return state;
}
