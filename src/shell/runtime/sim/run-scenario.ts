import { canonicalBody, keyOf } from '../../../core/alert/schema.ts';
import type { EntryAlert } from '../../../core/alert/schema.ts';
import { exitOf } from '../../../core/decide/exit-for.ts';
import type { Plan } from '../../../core/decide/types.ts';
import { toDigits } from '../../../core/shared/to-digits.ts';
import { digest } from '../../digest.ts';
import { createDraws } from './draws.ts';
import { checkEnd } from './final-checks.ts';
import { actByHand } from './human.ts';
import type { Violation } from './ledger.ts';
import type { MemoryStore } from './memory-store.ts';
import { onTheWay, spentPx } from './fade.ts';
import { exhaustionAlert } from './market.ts';
import type { Bare } from './protection-watch.ts';
import type { PlannedAlert, Scenario } from './scenario.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

export interface RunResult {
  seed: number;
  violations: Violation[];
  crashes: number;
  /** How often each kind of fault struck. */
  faults: Readonly<Record<string, number>>;
  /** I/O points passed. */
  points: number;
  alerts: number;
  entries: number;
  /** Exits decided because the signals faded. */
  fadingExits: number;
  /** Per position that was ever held: how long it was without a full valid stop. */
  gaps: readonly Bare[];
  /** What was durable at the end. */
  rows: MemoryStore['rows'];
  /** Everything was as it must be at the end (I4, I6, I11, I12). */
  isConverged: boolean;
}

const PRICE_STEP_MS = 10_000;
const PRICE_DIGITS = 6;
const STEP_FRACTION = 0.0012;
/** I3, ms. */
const UNPROTECTED_MS_MAX = 15_000;
/** The same when the venue never told of the change: the guard's timer comes on top, ms. */
const UNTOLD_MS_MAX = UNPROTECTED_MS_MAX + 45_000;
const LATE_EXIT_MS = 20_000;
const RESEND_MS = 5_000;
const RESENDS_MAX = 3;

/** Plays one scenario to its end and says what was found. The same scenario gives the same result. */
export async function runScenario(scenario: Scenario, o: WorldOptions = {}): Promise<RunResult> {
  const w = createWorld(scenario, o);
  const { loop } = w;
  planPrices(w, scenario);
  planAlerts(w, scenario);
  planTrouble(w, scenario);
  planFades(w, scenario);
  w.start();
  await loop.run(scenario.calmMs);
  w.calm();
  await loop.run(scenario.endMs);
  // What the bridge has begun by itself in the last moments takes its time too: to close, and to sweep what is left.
  const isClosing = (w.desk()?.exits.size ?? 0) > 0 || loop.nowMs() - w.ledger.closedAtMs < LATE_EXIT_MS;
  if (isClosing) await loop.run(scenario.endMs + LATE_EXIT_MS);
  const before = w.ledger.violations.length;
  checkEnd({ scenario, venue: w.venue, ledger: w.ledger, desk: w.desk() });
  const isConverged = w.ledger.violations.length === before;
  w.watch.finish();
  for (const g of w.gaps)
    for (const [ms, maxMs] of [
      [g.longestMs, UNPROTECTED_MS_MAX],
      [g.longestUntoldMs, UNTOLD_MS_MAX],
    ] as const)
      if (ms > maxMs) w.ledger.violate('I3', `${g.coin} was bare for ${(ms / 1_000).toFixed(1)} s`);
  return {
    seed: scenario.seed,
    violations: w.ledger.violations,
    crashes: w.crashes(),
    faults: Object.fromEntries(w.faults),
    points: w.points(),
    alerts: w.ledger.rows.alerts.size,
    entries: w.ledger.entries,
    fadingExits: [...w.ledger.rows.decisions.values()].filter((d) => exitOf(d)?.code === 'fading-exit')
      .length,
    gaps: w.gaps,
    rows: w.ledger.rows,
    isConverged,
  };
}

function planPrices(w: World, s: Scenario): void {
  const d = createDraws(s.seed, 3);
  const move = (coin: string, fraction: number): void => {
    w.venue.setPrice(coin, toDigits(w.venue.markPx(coin) * (1 + fraction), PRICE_DIGITS));
    w.watch.look();
  };
  const step = (): void => {
    for (const coin of s.coins) move(coin, STEP_FRACTION * (d.next() - 0.5));
    if (w.loop.nowMs() + PRICE_STEP_MS < s.stillMs) w.loop.quietlyAt(w.loop.nowMs() + PRICE_STEP_MS, step);
  };
  w.loop.quietlyAt(s.startMs + PRICE_STEP_MS, step);
  for (const { atMs, coin, moveFraction } of s.shocks)
    w.loop.quietlyAt(atMs, () => {
      w.say(`the price of ${coin} moves by ${(100 * moveFraction).toFixed(2)} %`);
      move(coin, moveFraction);
    });
}

function planAlerts(w: World, s: Scenario): void {
  const sent: (EntryAlert | undefined)[] = [];
  s.alerts.forEach((planned, i) =>
    w.loop.at(planned.atMs, () => {
      const alert = alertOf(w, planned, sent);
      sent[i] = alert;
      if (alert !== undefined) void post(w, alert, 0);
    }),
  );
}

function alertOf(
  w: World,
  p: PlannedAlert,
  sent: readonly (EntryAlert | undefined)[],
): EntryAlert | undefined {
  const sentAtMs = Math.floor(w.loop.nowMs());
  if (p.repeats === null) {
    const closeMs = Math.round(p.atMs - p.ageMs);
    return exhaustionAlert({ coin: p.coin, side: p.side, px: w.venue.markPx(p.coin), closeMs, sentAtMs });
  }
  const first = sent[p.repeats.index];
  if (first === undefined) return undefined;
  return { ...first, sentAt: sentAtMs, ...(p.repeats.how === 'same' ? {} : { close: first.close * 1.001 }) };
}

/** The webhook without its HTTP: key, digest, durable store, then the answer, as TradingView takes it. */
async function post(w: World, alert: EntryAlert, tries: number): Promise<void> {
  const store = w.livingStore();
  const desk = w.desk();
  if (store === undefined || desk === null) return w.say(`${alert.ticker}: nobody answers`);
  const key = keyOf(alert);
  const id = `${alert.barTime.toString(16).padStart(11, '0')}${digest(key).slice(0, 21)}`;
  try {
    const { was } = await store.receiveAlert({
      id,
      key,
      bodySha: digest(canonicalBody(alert)),
      alert,
      receivedAtMs: desk.clock.nowMs(),
      state: 'new',
      outcome: null,
    });
    w.say(`alert ${alert.ticker} ${alert.side}: ${was}`);
    if (was === 'other') return;
    w.ledger.acknowledged(id);
    if (was === 'new') w.wake();
  } catch {
    // 503: TradingView sends it again, three times at most.
    if (tries < RESENDS_MAX) w.loop.after(RESEND_MS, () => void post(w, alert, tries + 1));
  }
}

/** Longer than marks are read apart, so that no mark of before the way is left when the price has arrived. */
const WAY_MS = 15_000;

function planFades(w: World, s: Scenario): void {
  /** The plan of what is held on a coin. */
  const planOf = (coin: string): Plan | null => {
    const isHeld = (w.venue.account.positions.get(w.venue.coin(coin).asset)?.szi ?? 0) !== 0;
    const decisions = isHeld ? [...w.ledger.rows.decisions.values()] : [];
    return decisions.findLast((d) => d.plan?.coin === coin && d.status === 'approved')?.plan ?? null;
  };
  const runTo = (coin: string, px: number): void => {
    w.venue.setPrice(coin, toDigits(px, PRICE_DIGITS));
    w.watch.look();
  };
  for (const { coin, carriedAtMs, spentAtMs } of s.fades) {
    // What is left of an exit takes half a minute to sweep: none begins at the very end.
    w.loop.quietlyAt(s.stillMs - WAY_MS, () => w.enter(coin, null));
    w.loop.quietlyAt(carriedAtMs, () => w.enter(coin, { name: 'carried', nearPx: null }));
    w.loop.quietlyAt(spentAtMs - WAY_MS, () => {
      const plan = planOf(coin);
      const [first] = plan?.takeProfits ?? [];
      if (plan !== null && first !== undefined) runTo(coin, onTheWay(plan, first.px));
    });
    w.loop.quietlyAt(spentAtMs, () => {
      const nearPx = spentPx({ plan: planOf(coin) });
      if (nearPx !== null) runTo(coin, nearPx);
      w.enter(coin, { name: 'spent', nearPx });
    });
  }
}

function planTrouble(w: World, s: Scenario): void {
  const d = createDraws(s.seed, 4);
  for (const h of s.human)
    w.loop.quietlyAt(h.atMs, () => {
      w.say(actByHand(w.venue, h.coin, h.act, d));
      w.watch.look();
    });
  for (const x of s.skews) w.loop.at(x.atMs, () => w.setSkew(x.skewMs));
  for (const x of s.outages) {
    w.loop.at(x.fromMs, () => {
      w.say(`outage: ${x.how}`);
      w.recount();
    });
    w.loop.at(x.toMs, () => {
      w.say('outage over');
      w.recount();
    });
  }
  for (const x of s.feedGaps) {
    w.loop.at(x.fromMs, () => w.feed()?.goSilent());
    w.loop.at(x.toMs, () => w.feed()?.comeBack());
  }
  for (const x of s.states) w.loop.at(x.atMs, () => w.setState(x.state));
  for (const atMs of s.crashes) w.loop.at(atMs, () => w.crash('killed'));
}
