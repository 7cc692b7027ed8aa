// One run: the venue, the lives of the bridge's process, a person, TradingView, and time.
import { alertsIntoQueue } from '../../../app/alert-queue.ts';
import { createDesk } from '../../../app/create-desk.ts';
import { setTradingState } from '../../../app/trading-state.ts';
import type { Desk, DeskDeps } from '../../../app/desk.ts';
import { track } from '../../../app/desk.ts';
import type { Store } from '../../../app/ports.ts';
import type { CoinMeta } from '../../../core/shared/coin.ts';
import type { VenueEvent } from '../../../venue/core/types.ts';
import { meta as venueMeta } from '../../../venue/core/info-market.ts';
import { parseMeta } from '../../exchange/hyperliquid-parse.ts';
import { runLoops } from '../run-loops.ts';
import { createDraws } from './draws.ts';
import { createSimLoop, type SimLoop } from './event-loop.ts';
import type { Stage } from './fade.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { depsOf } from './life-deps.ts';
import { clockOf, tell, timersOf } from './life-parts.ts';
import { createLink, type Life } from './link.ts';
import { startPx } from './market.ts';
import { createProtectionWatch, type Bare, type ProtectionWatch } from './protection-watch.ts';
import { type Faults, NO_FAULTS, type Outage, type Scenario } from './scenario.ts';
import { createSimFeed, type SimFeed } from './sim-feed.ts';
import { holdingsNow, openOrdersNow, type Snapshot } from './sim-reader.ts';
import { createSimStore } from './sim-store.ts';
import { createSimVenue, type SimVenue } from './sim-venue.ts';

export interface WorldOptions {
  /** Where commits go; in memory unless given. */
  store?: Store;
  /** Every read is printed as the venue prints it and parsed as the bridge parses it. */
  isParsed?: boolean;
  /** The process dies when it reaches this I/O point, counted from 1, and at no other. */
  crashAtPoint?: number;
  /** Told what happens, line by line. */
  trace?: (line: string) => void;
  /** Changes what a new process is made of: how tests plant bugs. */
  rig?: (deps: DeskDeps) => DeskDeps;
}

export interface World {
  readonly loop: SimLoop;
  readonly venue: SimVenue;
  readonly ledger: Ledger;
  readonly watch: ProtectionWatch;
  readonly gaps: Bare[];
  readonly crashes: () => number;
  readonly points: () => number;
  readonly faults: ReadonlyMap<string, number>;
  /** The bridge as it is now; null while no process runs. */
  desk(): Desk | null;
  /** TradingView's side of the webhook needs the store of the living process; undefined: connection refused. */
  livingStore(): Store | undefined;
  wake(): void;
  setState(state: Desk['tradingState']): void;
  start(): void;
  crash(why: string): void;
  say(line: string): void;
  /** Faults end: what is wrong with the world is put right. */
  calm(): void;
  setSkew(ms: number): void;
  /** The coin's market enters a stage; null: as its flush left it. */
  enter(coin: string, stage: Stage | null): void;
  feed(): SimFeed | undefined;
  /** The outside has changed (an outage began or ended): time counts accordingly. */
  recount(): void;
}

const BOOT_MS = 900;
/** How long after a reading that lagged an action may still rest on it, ms. */
const LAG_MEMORY_MS = 5_000;
/** What the guard asks of the venue: readings of the account, and orders without an entry. */
const GUARDS = /^(read (orders|positions|frontendOpenOrders|clearinghouseState)|order (stop|close)|cancel)/;

export function createWorld(scenario: Scenario, o: WorldOptions = {}): World {
  const loop = createSimLoop(scenario.startMs);
  const chance = createDraws(scenario.seed, 1);
  const crashing = createDraws(scenario.seed, 2);
  const counts = new Map<string, number>();
  const count = (fault: string): void => {
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    say(`fault: ${fault}`);
  };
  const say = (line: string): void => {
    if (o.trace === undefined) return;
    const ms = loop.nowMs() - scenario.startMs;
    const clock = `${String(Math.floor(ms / 60_000)).padStart(2, '0')}:${((ms % 60_000) / 1_000).toFixed(3).padStart(6, '0')}`;
    o.trace(`${clock} ${line}`);
  };
  let faults: Faults = scenario.faults;
  let isCalm = false;
  let skewMs = 0;
  let current: { life: Life; desk: Desk | null; store: Store; feed: SimFeed } | null = null;
  let lives = 0;
  let points = 0;
  let crashes = 0;
  let reachableMs = 0;
  let isReachable = false;
  let laggedAtMs = Number.NEGATIVE_INFINITY;
  /** Requests of the guard that are under way and will not be answered. */
  let failing = 0;
  let countedAtMs = scenario.startMs;
  const fresh: { marksMs: number | null; accountMs: number | null } = { marksMs: null, accountMs: null };
  const snapshots: Snapshot[] = [];
  const gaps: Bare[] = [];
  const stages = new Map<string, Stage>();

  const outage = (): Outage | undefined =>
    isCalm ? undefined : scenario.outages.find((x) => loop.nowMs() >= x.fromMs && loop.nowMs() < x.toMs);
  const reachable = (): number => {
    if (isReachable) reachableMs += loop.nowMs() - countedAtMs;
    countedAtMs = loop.nowMs();
    return reachableMs;
  };
  const recount = (): void => {
    reachable();
    isReachable = current !== null && outage() === undefined;
    watch.setCounting({ isAlive: isReachable, isAnswered: failing === 0 });
  };

  /** What a replica that is `lagMs` behind says; undefined when it is up to date. */
  const lagged = (lagMs: number): Snapshot | undefined => {
    if (lagMs === 0) return undefined;
    laggedAtMs = loop.nowMs();
    return snapshots.findLast((x) => x.atMs <= loop.nowMs() - lagMs) ?? snapshots[0];
  };
  const onStep = (events: readonly VenueEvent[]): void => {
    if (o.trace !== undefined) for (const e of events) say(`venue: ${tell(e)}`);
    if (faults.lag > 0) {
      snapshots.push({
        atMs: loop.nowMs(),
        orders: openOrdersNow(venue.state, venue.account),
        holdings: holdingsNow(venue.state, venue.account),
      });
      // Of those that the slowest replica has passed only the newest is still what one says.
      const oldest = snapshots.findLastIndex((x) => x.atMs <= loop.nowMs() - faults.lagMsMax);
      if (oldest > 0) snapshots.splice(0, oldest);
    }
    watch.look();
    current?.feed.push(events);
  };
  const venue = createSimVenue({
    nowMs: () => Math.floor(loop.nowMs()),
    depthUsdPerBps: scenario.depthUsdPerBps,
    onStep,
  });
  for (const coin of scenario.coins) venue.setPrice(coin, startPx(coin, scenario.scale));
  const meta: ReadonlyMap<string, CoinMeta> = metaOf(venue);
  const ledger = createLedger({
    scenario,
    venue,
    nowMs: loop.nowMs,
    fresh: () => fresh,
    isMirror: o.store !== undefined,
    reachableMs: reachable,
  });
  const watch = createProtectionWatch({
    state: venue.state,
    account: venue.account,
    nowMs: loop.nowMs,
    onGap: (b) => void gaps.push(b),
    onTurn: (b, isBare) =>
      say(`${b.coin} is ${isBare ? 'bare' : `protected, after ${Math.round(b.answeredMs)} ms in all`}`),
  });

  const crash = (why: string): void => {
    if (current === null) return;
    current.life.isAlive = false;
    current = null;
    crashes += 1;
    say(`the process dies: ${why}`);
    recount();
    const longest = isCalm ? 2_000 : crashing.pick([3_000, 3_000, 3_000, 10_000, 45_000]);
    loop.after(crashing.between(500, longest), boot);
  };
  const point = (what: string, when: string): boolean => {
    points += 1;
    const isDue = o.crashAtPoint === undefined ? crashing.chance(faults.crash) : points === o.crashAtPoint;
    if (isDue) crash(`at point ${points}, ${what} ${when}`);
    return isDue;
  };
  const link = createLink({
    loop,
    draws: chance,
    faults: () => faults,
    outage,
    point,
    count,
    onFailing(life, what, by) {
      if (life !== current?.life || !GUARDS.test(what)) return;
      failing += by;
      recount();
    },
  });

  /** One life of the process, from its start to whatever ends it. */
  const boot = (): void => {
    if (current !== null) return;
    const life: Life = { number: ++lives, isAlive: true };
    failing = 0;
    fresh.marksMs = null;
    fresh.accountMs = null;
    ledger.lifeBegins();
    const clock = clockOf(loop, life, () => skewMs);
    const fates = { loop, life, draws: chance, faults: () => faults, count };
    const feed = createSimFeed({ ...fates, venue, onLost: watch.untold });
    const store = createSimStore({
      ...fates,
      inner: o.store ?? ledger.store,
      isReal: o.store !== undefined,
      point,
      fatal: () => crash('the database failed'),
      onRefused: ledger.refused,
      onCommitted: ledger.committed,
    });
    const mine = { life, desk: null as Desk | null, store, feed };
    current = mine;
    say(`process ${life.number} starts`);
    recount();
    const deps = depsOf({
      scenario,
      life,
      clock,
      store,
      venue,
      link,
      ledger,
      draws: chance,
      faults: () => faults,
      count,
      desk: () => current?.desk ?? null,
      lagged,
      fresh,
      bareCoins: watch.bareCoins,
      isBehind: (coin) => loop.nowMs() - laggedAtMs < LAG_MEMORY_MS || watch.isNew(coin),
      stageOf: (coin) => stages.get(coin),
      isParsed: o.isParsed === true,
      say: o.trace === undefined ? undefined : say,
    });
    const run = async (): Promise<void> => {
      await new Promise<void>((resolve) => void loop.after(BOOT_MS, resolve));
      const desk = await createDesk(o.rig?.(deps) ?? deps, meta);
      if (!life.isAlive) return;
      mine.desk = desk;
      await runLoops(desk, feed.feed, timersOf(loop, life));
    };
    run().catch((e: unknown) => {
      if (life.isAlive) crash(`the start failed: ${e instanceof Error ? e.message : String(e)}`);
    });
  };

  return {
    loop,
    venue,
    ledger,
    watch,
    gaps,
    crashes: () => crashes,
    points: () => points,
    faults: counts,
    desk: () => current?.desk ?? null,
    livingStore: () => (current?.desk == null ? undefined : current.store),
    wake() {
      const desk = current?.desk;
      if (desk != null) track(desk, 'wake', alertsIntoQueue(desk));
    },
    setState(state) {
      const desk = current?.desk;
      if (desk != null) track(desk, 'state', setTradingState(desk, state, 'by hand', 'operator'));
    },
    start: boot,
    crash,
    say,
    calm() {
      faults = NO_FAULTS;
      isCalm = true;
      skewMs = 0;
      current?.feed.comeBack();
      recount();
      say('the faults end');
    },
    setSkew(ms) {
      skewMs = ms;
      say(`the bridge's clock is ${ms} ms off`);
    },
    enter(coin, stage) {
      if (stage === null) stages.delete(coin);
      else stages.set(coin, stage);
      say(`${coin} is ${stage?.name ?? 'at rest'}`);
    },
    feed: () => current?.feed,
    recount,
  };
}

let metas: ReadonlyMap<string, CoinMeta> | undefined;

/** The coins are the same in every run. */
const metaOf = (venue: SimVenue): ReadonlyMap<string, CoinMeta> =>
  (metas ??= new Map(parseMeta(venueMeta(venue.state)).map((m) => [m.coin, m])));
