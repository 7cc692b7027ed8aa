import * as z from 'zod';
import type { CoinMeta } from './coin.ts';
import { CoinParams } from './coin-params.ts';

const { coin: _coin, ...fields } = CoinParams.shape;

/** Names of what can be overridden: everything but the coin itself. */
export const COIN_FIELDS: readonly string[] = Object.keys(fields);

/** A change of a coin's parameters: a value within its bounds, or null for the default again. At least one. */
export const CoinChanges = z
  .strictObject(
    Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, schema.nullable().optional()])),
  )
  .refine((changes) => Object.keys(changes).length > 0, 'name at least one parameter');
export type CoinChanges = Readonly<Record<string, unknown>>;

export interface CoinVersion {
  /** 1 is the first change ever made. */
  version: number;
  atMs: number;
  changes: CoinChanges;
  by: string;
}

export interface ParamIssue {
  field: string;
  message: string;
}

/** What all versions together override, field by field; null in a version ends an override. */
export function overridesOf(versions: readonly CoinVersion[]): CoinChanges {
  const kept = new Map<string, unknown>();
  for (const { changes } of versions)
    for (const [field, value] of Object.entries(changes))
      if (value === null) kept.delete(field);
      else kept.set(field, value);
  return Object.fromEntries(kept);
}

/**
 * The defaults with overrides, if together they keep every bound, those between two parameters too.
 * @param meta the coin on the venue, when it is known: its largest leverage is a bound
 */
export function withOverrides(
  defaults: CoinParams,
  overrides: CoinChanges,
  meta: Pick<CoinMeta, 'maxLeverage'> | null,
): { ok: true; params: CoinParams } | { ok: false; issues: ParamIssue[] } {
  const parsed = CoinParams.safeParse({ ...defaults, ...overrides, coin: defaults.coin });
  if (!parsed.success)
    return {
      ok: false,
      issues: parsed.error.issues.map((i) => ({ field: i.path.map(String).join('.'), message: i.message })),
    };
  const p = parsed.data;
  const issues: ParamIssue[] = [];
  if (p.stopDistanceBpsMin >= p.stopDistanceBpsMax)
    issues.push({
      field: 'stopDistanceBpsMin',
      message: `must be less than stopDistanceBpsMax (${p.stopDistanceBpsMax})`,
    });
  if (p.takeProfitR[0] >= p.takeProfitR[1])
    issues.push({ field: 'takeProfitR', message: 'the first must be less than the second' });
  if (meta !== null && p.leverage > meta.maxLeverage)
    issues.push({ field: 'leverage', message: `the venue allows at most ${meta.maxLeverage} on this coin` });
  return issues.length > 0 ? { ok: false, issues } : { ok: true, params: p };
}
