import type { Intent } from '../../src/core/execute/types.ts';
import { isOurCloid } from '../../src/core/execute/cloid.ts';

/** What a round left behind: the sender's record, the bridge's database, the venue's books. */
export interface Evidence {
  /** Alerts that were answered with 2xx, and where each stands in the database; null = not there. */
  accepted: readonly { id: string; coin: string; state: 'new' | 'working' | 'done' | null }[];
  /** All intents of those alerts and of the guard. */
  intents: readonly Pick<Intent, 'cloid' | 'alertId' | 'role'>[];
  /** Client order ids of every order the venue has seen. */
  cloids: readonly string[];
  /** Fills that opened or added to a position. */
  openings: readonly { coin: string; oid: number; cloid: string | null }[];
  /** At rest, after everything ended: stops per position, unfilled positions left out. */
  stopsAtRest: readonly { coin: string; stops: number }[];
}

export interface Verdict {
  /** Accepted and not ended. */
  lost: string[];
  /** Alerts with more than one filled entry order, and coins with more entries than alerts. */
  duplicates: string[];
  /** Orders with our prefix, or openings, that no intent explains. */
  orphans: string[];
  /** Positions without exactly one stop at rest. */
  unsettled: string[];
}

/** I1, I2, I4 and I6 over one round. */
export function judgeRound(e: Evidence): Verdict {
  const intentOf = new Map(e.intents.map((i) => [i.cloid, i]));
  const entriesOf = new Map<string, Set<number>>();
  const entriesOn = new Map<string, Set<number>>();
  const add = (map: Map<string, Set<number>>, key: string, oid: number): void =>
    void map.set(key, (map.get(key) ?? new Set()).add(oid));
  const orphans = new Set(e.cloids.filter((c) => isOurCloid(c) && !intentOf.has(c)));
  for (const o of e.openings) {
    const intent = o.cloid === null ? undefined : intentOf.get(o.cloid);
    if (intent?.role !== 'entry' || intent.alertId === null) orphans.add(o.cloid ?? `oid ${o.oid}`);
    else add(entriesOf, intent.alertId, o.oid);
    add(entriesOn, o.coin, o.oid);
  }
  const alertsOn = (coin: string): number => e.accepted.filter((a) => a.coin === coin).length;
  return {
    lost: e.accepted.filter((a) => a.state !== 'done').map((a) => a.id),
    duplicates: [
      ...[...entriesOf].filter(([, oids]) => oids.size > 1).map(([alert]) => alert),
      // Counted without the bridge's own record: an entry nobody sent an alert for.
      ...[...entriesOn].filter(([coin, oids]) => oids.size > alertsOn(coin)).map(([coin]) => coin),
    ],
    orphans: [...orphans],
    unsettled: e.stopsAtRest.filter((s) => s.stops !== 1).map((s) => s.coin),
  };
}
