// What the run knows to be true, kept beside the bridge: alerts that were acknowledged, nonces that were used, entries
// the venue took. Each invariant that concerns one step is checked here, at that step.
import type { Store } from '../../../app/ports.ts';
import type { Desk } from '../../../app/desk.ts';
import { isOurCloid } from '../../../core/execute/cloid.ts';
import type { OrderLeg } from '../../../core/execute/types.ts';
import type { Answer } from '../../../venue/core/actions.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import type { Scenario } from './scenario.ts';
import { CANARY } from './sim-signer.ts';
import { EQUITY_USD, type SimVenue } from './sim-venue.ts';

export interface Violation {
  invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12';
  atMs: number;
  message: string;
}

/** I4: from acknowledgement to the alert's end, counted while the venue answers a living process, ms. */
const ALERT_MS_MAX = 120_000;
/** Marks and equity move between a decision and its fill: how far a cap may seem to be passed, fraction. */
const CAP_SLACK = 0.06;
/** Prices are rounded to five figures. */
const TICK_FRACTION = 0.0002;

export interface Ledger {
  /** A store of its own, which takes every commit of the bridge's: what is durable. */
  readonly store: MemoryStore;
  readonly rows: MemoryStore['rows'];
  readonly violations: Violation[];
  entries: number;
  /** When the venue last took a close of ours, ms; -∞ before the first. */
  readonly closedAtMs: number;
  violate(invariant: Violation['invariant'], message: string): void;
  /** Applies what the bridge's store committed. */
  committed(verb: string, args: readonly unknown[]): void;
  refused(verb: string, args: readonly unknown[]): void;
  acknowledged(alertId: string): void;
  /** A new process: its nonces must lie above all that were used. */
  lifeBegins(): void;
  sends(desk: Desk | null, signer: string, nonce: number, legs: readonly OrderLeg[]): void;
  applied(legs: readonly OrderLeg[], answer: Answer): void;
  logged(event: string, fields: Record<string, unknown> | undefined): void;
  acceptedAlerts(): ReadonlyMap<string, number>;
  /** Orders whose intent could not be written because the store refused it: documented, not a violation. */
  unrecorded: ReadonlySet<string>;
}

export interface LedgerDeps {
  scenario: Scenario;
  venue: SimVenue;
  nowMs: () => number;
  /** True times of the newest complete readings of this life; null before the first. */
  fresh: () => { marksMs: number | null; accountMs: number | null };
  /** The bridge commits to another store: this one follows it. */
  isMirror: boolean;
  /** Time the venue answered a living process so far, ms. */
  reachableMs: () => number;
}

export function createLedger(o: LedgerDeps): Ledger {
  const mirror = createMemoryStore();
  const { rows } = mirror;
  const violations: Violation[] = [];
  const accepted = new Map<string, number>();
  const unrecorded = new Set<string>();
  let closedAtMs = Number.NEGATIVE_INFINITY;
  const violate: Ledger['violate'] = (invariant, message) =>
    void violations.push({ invariant, atMs: o.nowMs(), message });
  const nonces = createNonceCheck(violate);
  const entries = createEntryCheck(o, rows, violate);

  return {
    store: mirror,
    rows,
    violations,
    get entries() {
      return entries.count();
    },
    get closedAtMs() {
      return closedAtMs;
    },
    violate,
    unrecorded,
    committed(verb, args) {
      if (o.isMirror) follow(verb, args);
      for (const id of accepted.keys()) if (rows.alerts.get(id)?.state === 'done') ended(id);
    },
    refused(verb, args) {
      if (verb !== 'commitIntents') return;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the port's own argument
      for (const i of args[0] as Parameters<Store['commitIntents']>[0]) unrecorded.add(i.cloid);
    },
    acknowledged(alertId) {
      const isEnded = rows.alerts.get(alertId)?.state === 'done';
      if (!accepted.has(alertId) && !isEnded) accepted.set(alertId, o.reachableMs());
    },
    lifeBegins: () => nonces.lifeBegins(),
    sends(desk, signer, nonce, legs) {
      nonces.uses(signer, nonce);
      if (desk !== null) for (const leg of legs) if (leg.role === 'entry') entries.sends(desk, leg, nonce);
    },
    applied(legs, answer) {
      const statuses = answer.status === 'ok' ? (answer.response.data?.statuses ?? []) : [];
      legs.forEach((leg, i) => {
        const status = statuses[i];
        const isRefused = typeof status === 'object' && 'error' in status;
        if (isRefused && leg.role === 'close') entries.closeRefused(leg);
        if (status === undefined || isRefused) return;
        if (leg.role === 'close') closedAtMs = o.nowMs();
        const intent = rows.intents.get(leg.cloid);
        if (isOurCloid(leg.cloid) && intent === undefined && !unrecorded.has(leg.cloid))
          violate('I2', `${leg.role} ${leg.coin} ${leg.cloid} has no intent`);
        if (leg.role === 'entry') entries.accepted(leg, intent?.alertId ?? null);
        if (leg.role === 'entry' && !legs.some((other) => other.role === 'stop' && other.coin === leg.coin))
          violate('I3', `entry ${leg.coin} was sent without its stop`);
        if (leg.role === 'stop') entries.stopPlaced(leg);
      });
    },
    logged(event, fields) {
      if (fields === undefined) return;
      for (const value of Object.values(fields))
        if (typeof value === 'string' && value.includes(CANARY)) violate('I10', `${event} says a secret`);
    },
    acceptedAlerts: () => accepted,
  };

  function follow(verb: string, args: readonly unknown[]): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the name of the verb that was just called
    const apply = mirror[verb as keyof Store];
    void Promise.resolve(Reflect.apply(apply, mirror, [...args])).catch((e: unknown) =>
      violate('I5', `the store took what the model refuses: ${verb}: ${String(e)}`),
    );
  }

  function ended(id: string): void {
    const ms = o.reachableMs() - (accepted.get(id) ?? 0);
    if (ms > ALERT_MS_MAX) violate('I4', `alert ${id} took ${Math.round(ms / 1000)} s`);
    accepted.delete(id);
  }
}

/** I9: above every nonce of earlier lives, and never twice. Within one life actions may overtake each other. */
function createNonceCheck(violate: Ledger['violate']) {
  const used = new Map<string, Set<number>>();
  const floors = new Map<string, number>();
  return {
    lifeBegins() {
      for (const [signer, set] of used) floors.set(signer, Math.max(...set, floors.get(signer) ?? 0));
    },
    uses(signer: string, nonce: number) {
      const set = used.get(signer) ?? new Set<number>();
      used.set(signer, set);
      if (set.has(nonce)) violate('I9', `nonce ${nonce} of ${signer.slice(0, 6)} is used twice`);
      const floor = floors.get(signer) ?? 0;
      if (nonce <= floor)
        violate('I9', `nonce ${nonce} of ${signer.slice(0, 6)} does not rise above ${floor}`);
      set.add(nonce);
    },
  };
}

/** I1, I7, I8: entries as they leave the process, and as the venue takes them. */
function createEntryCheck(o: LedgerDeps, rows: MemoryStore['rows'], violate: Ledger['violate']) {
  const { limits } = o.scenario;
  const perAlert = new Map<string, number>();
  /** Most that entries of ours can have put into a position since it was last flat, coins by asset. */
  const ours = new Map<number, number>();
  let count = 0;

  const checkCaps = (leg: OrderLeg): void => {
    const { state, account } = o.venue;
    for (const asset of ours.keys()) if (!account.positions.has(asset)) ours.delete(asset);
    let usd = 0;
    for (const [asset, entered] of ours) {
      const c = state.coins[asset];
      const szi = account.positions.get(asset)?.szi ?? 0;
      // Not what a person bought on top a moment before: no reading can have shown that.
      if (c !== undefined) usd += (Math.min(Math.abs(szi), entered * 10 ** c.szDecimals) * c.markPx) / 1e6;
    }
    if (ours.size > limits.positionsMax)
      violate('I8', `${ours.size} positions, at most ${limits.positionsMax}`);
    const equityUsd = Math.max(EQUITY_USD, account.usd / 1e6);
    if (usd > limits.grossLeverageMax * equityUsd * (1 + CAP_SLACK))
      violate(
        'I8',
        `${usd.toFixed(0)} USD open after ${leg.coin}, at most ${limits.grossLeverageMax} × equity`,
      );
    let riskUsd = 0;
    for (const d of rows.decisions.values()) riskUsd += d.status === 'approved' ? (d.plan?.riskUsd ?? 0) : 0;
    if (riskUsd > limits.dayRiskFractionMax * equityUsd * (1 + CAP_SLACK))
      violate('I8', `${riskUsd.toFixed(0)} USD risked in a day`);
  };

  const plans = new Map<number, { stopPx: number; isBuy: boolean; szi: number }>();

  return {
    count: () => count,
    /** A stop for a position that an entry of ours opened: never farther than that entry's decision wanted it. */
    stopPlaced(leg: OrderLeg): void {
      const plan = plans.get(leg.assetId);
      const szi = o.venue.account.positions.get(leg.assetId)?.szi ?? 0;
      if (plan === undefined || !('triggerPx' in leg.type)) return;
      // Only while it is that position: not after it was closed, nor after somebody traded it by hand.
      if (szi !== plan.szi) return void plans.delete(leg.assetId);
      const isFarther = plan.isBuy
        ? leg.type.triggerPx < plan.stopPx * (1 - TICK_FRACTION)
        : leg.type.triggerPx > plan.stopPx * (1 + TICK_FRACTION);
      if (isFarther)
        violate('I6', `stop of ${leg.coin} at ${leg.type.triggerPx}, planned was ${plan.stopPx}`);
    },
    /** From then on the position is to be closed, and any stop is better than none (G10). */
    closeRefused(leg: OrderLeg): void {
      plans.delete(leg.assetId);
    },
    sends(desk: Desk, leg: OrderLeg, nonce: number): void {
      const say = (what: string): void => violate('I7', `entry ${leg.coin} sent ${what}`);
      if (!desk.isRecovered) say('before recovery was done');
      if (desk.tradingState !== 'ACTIVE') say(`while ${desk.tradingState}`);
      const { marksMs, accountMs } = o.fresh();
      // The decision was committed a moment before: room for that commit.
      const ageMs = (atMs: number | null): number => (atMs === null ? Infinity : o.nowMs() - atMs - 1_000);
      if (ageMs(marksMs) > limits.markAgeMsMax) say('on old marks');
      if (ageMs(accountMs) > limits.accountAgeMsMax) say('on an old account reading');
      for (const i of rows.intents.values())
        if (
          i.coin === leg.coin &&
          i.role === 'entry' &&
          i.nonce !== nonce &&
          (i.state === 'sending' || i.state === 'unknown')
        )
          say(`while ${i.cloid.slice(0, 10)} is unresolved`);
    },
    accepted(leg: OrderLeg, alertId: string | null): void {
      count += 1;
      const key = alertId ?? leg.cloid;
      const n = (perAlert.get(key) ?? 0) + 1;
      perAlert.set(key, n);
      if (n > 1) violate('I1', `${n} entries for one alert on ${leg.coin}`);
      ours.set(leg.assetId, (ours.get(leg.assetId) ?? 0) + leg.sz);
      const decision =
        alertId === null ? undefined : [...rows.decisions.values()].find((d) => d.alertId === alertId);
      const szi = o.venue.account.positions.get(leg.assetId)?.szi ?? 0;
      if (decision?.plan) plans.set(leg.assetId, { stopPx: decision.plan.stopPx, isBuy: leg.isBuy, szi });
      checkCaps(leg);
    },
  };
}
