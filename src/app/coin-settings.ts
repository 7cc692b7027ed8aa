import type { CoinParams } from '../core/shared/coin-params.ts';
import { COIN_PARAMS } from '../core/shared/coin-params.ts';
import type { CoinChanges, CoinVersion, ParamIssue } from '../core/shared/override-params.ts';
import { overridesOf, withOverrides } from '../core/shared/override-params.ts';
import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import type { Store } from './ports.ts';
import { prepareAccount } from './prepare-account.ts';

const setting = (coin: string): string => `coin-params|${coin}`;
/** Versions kept per coin; the oldest are folded into one, so that what is overridden never changes by it. */
const VERSIONS_MAX = 100;

/** A coin's parameters as they are in force, and how they came about. */
export interface CoinSettings {
  params: CoinParams;
  defaults: CoinParams;
  /** 0 = never changed. */
  version: number;
  overrides: CoinChanges;
  /** Newest first. */
  history: CoinVersion[];
}

export type ChangeResult =
  | { ok: true; settings: CoinSettings }
  | { ok: false; issues: ParamIssue[] }
  | { ok: 'unknown-coin' };

const defaultsOf = (coin: string): CoinParams | undefined => COIN_PARAMS.find((p) => p.coin === coin);

/** Takes the stored overrides into the desk's parameters, once at the start. */
export async function loadCoinSettings(desk: Desk): Promise<void> {
  desk.params = await Promise.all(
    desk.params.map(async (defaults) => {
      const read = await readVersions(desk.store, defaults.coin);
      const merged =
        read === null
          ? null
          : withOverrides(defaults, overridesOf(read), desk.meta.get(defaults.coin) ?? null);
      if (merged?.ok === true) return merged.params;
      // What cannot be understood is not permission to trade on defaults somebody meant to change.
      desk.log.error('coin-params.unusable', {
        coin: defaults.coin,
        issues: merged?.issues ?? 'unreadable',
        using: 'the coin is switched off; set its parameters again',
      });
      return { ...defaults, enabled: false };
    }),
  );
}

export async function coinSettings(desk: Desk, coin: string): Promise<CoinSettings | null> {
  const defaults = defaultsOf(coin);
  const params = desk.params.find((p) => p.coin === coin) ?? defaults;
  if (defaults === undefined || params === undefined) return null;
  const versions = (await readVersions(desk.store, coin)) ?? [];
  return settingsOf(params, defaults, versions);
}

/**
 * Changes a coin's parameters: stored first, in force for the next decision. Checked as a whole, so that no order of
 * changes leads out of the bounds. Under the decisions' lock: a decision sees all of a change or none of it.
 */
export function changeCoin(
  desk: Desk,
  coin: string,
  changes: CoinChanges,
  by: string,
): Promise<ChangeResult> {
  return desk.decideMutex.run(async () => {
    const defaults = defaultsOf(coin);
    if (defaults === undefined || !desk.params.some((p) => p.coin === coin)) return { ok: 'unknown-coin' };
    const before = (await readVersions(desk.store, coin)) ?? [];
    const version = (before.at(-1)?.version ?? 0) + 1;
    const versions = compacted([...before, { version, atMs: desk.clock.nowMs(), changes, by }]);
    const merged = withOverrides(defaults, overridesOf(versions), desk.meta.get(coin) ?? null);
    if (!merged.ok) return merged;
    await desk.store.setSetting(setting(coin), JSON.stringify(versions));
    const leverageBefore = desk.params.find((p) => p.coin === coin)?.leverage;
    desk.params = desk.params.map((p) => (p.coin === coin ? merged.params : p));
    desk.log.warn('coin-params.changed', { coin, version, changes, by });
    if (merged.params.leverage !== leverageBefore) track(desk, 'leverage', prepareAccount(desk));
    return { ok: true, settings: settingsOf(merged.params, defaults, versions) };
  });
}

const settingsOf = (
  params: CoinParams,
  defaults: CoinParams,
  versions: readonly CoinVersion[],
): CoinSettings => ({
  params,
  defaults,
  version: versions.at(-1)?.version ?? 0,
  overrides: overridesOf(versions),
  history: versions.toReversed(),
});

function compacted(versions: CoinVersion[]): CoinVersion[] {
  const surplus = versions.slice(0, Math.max(0, versions.length - VERSIONS_MAX + 1));
  const last = surplus.at(-1);
  if (versions.length <= VERSIONS_MAX || last === undefined) return versions;
  return [
    { ...last, changes: overridesOf(surplus), by: 'older versions' },
    ...versions.slice(surplus.length),
  ];
}

/** Null when what is stored is not ours to read. */
async function readVersions(store: Pick<Store, 'setting'>, coin: string): Promise<CoinVersion[] | null> {
  const text = await store.setting(setting(coin));
  if (text === null) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every(isVersion) ? list : null;
  } catch {
    return null;
  }
}

const isVersion = (v: unknown): v is CoinVersion =>
  v !== null &&
  typeof v === 'object' &&
  'version' in v &&
  Number.isSafeInteger(v.version) &&
  'atMs' in v &&
  'changes' in v &&
  v.changes !== null &&
  typeof v.changes === 'object' &&
  'by' in v;
