// The whole state as JSON and back: Maps and Sets become tagged arrays.
import type { VenueState } from './core/types.ts';

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
  if (typeof x !== 'object' || x === null) return x;
  const o = x as Record<string, unknown>;
  if (Array.isArray(o['$map'])) {
    return new Map((o['$map'] as [unknown, unknown][]).map(([k, v]) => [k, decode(v)]));
  }
  if (Array.isArray(o['$set'])) return new Set(o['$set'] as unknown[]);
  return Object.fromEntries(Object.entries(o).map(([k, v]) => [k, decode(v)]));
}

export const snapshotOf = (s: VenueState): unknown => ({ version: VERSION, state: encode(s) });

/** @throws Error when the snapshot is of another version */
export function restoreFrom(snapshot: unknown): VenueState {
  const o = typeof snapshot === 'object' && snapshot !== null ? (snapshot as Record<string, unknown>) : {};
  if (o['version'] !== VERSION) throw new Error(`not a venue snapshot of version ${VERSION}`);
  return decode(o['state']) as VenueState;
}
