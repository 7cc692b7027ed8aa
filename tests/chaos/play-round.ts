import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EntryAlert } from '../../src/core/alert/schema.ts';
import { seededRandom } from '../../src/core/shared/seeded-random.ts';
import type { Intent } from '../../src/core/execute/types.ts';
import { guardDatabaseUrl } from '../../src/shell/runtime/guard-store.ts';
import { openStore, pathOfUrl } from '../../src/shell/store/open-store.ts';
import type { Child } from '../support/child-process.ts';
import { runCli } from '../support/child-process.ts';
import { freePort } from '../support/free-port.ts';
import type { ChildBridge, FlushVenue } from '../support/flush-venue.ts';
import { listening, openFlushVenue, startBridge } from '../support/flush-venue.ts';
import type { Evidence, Verdict } from './judge-round.ts';
import { judgeRound } from './judge-round.ts';
import { checkJournal } from './check-journal.ts';
import type { KillPlan } from './plan-kill.ts';
import { planKill } from './plan-kill.ts';
import { createProtectionClock } from './protection-clock.ts';

const COINS = ['BTC', 'ETH', 'SOL', 'XRP', 'DOGE', 'BNB'];
/** Round trip to the venue, ms: orders are under way long enough to die over them. */
const LATENCY_MS = 30;
/** I4 and I12: faults gone, everything ends within this time. */
const CONVERGE_MS_MAX = 60_000;
/** A bridge that does not come up within this time is a finding of its own. */
const START_MS_MAX = 30_000;
/** TradingView sends again at most three times. */
const TRIES_MAX = 4;

export interface RoundResult extends Verdict {
  kills: number;
  /** By moment of death. */
  killed: Record<KillPlan['when'], number>;
  alerts: number;
  accepted: number;
  entries: number;
  faults: number;
  positions: number;
  /** Per position, by the venue's books. */
  unprotectedMs: number[];
  /** From the last start to rest, ms. */
  convergedMs: number;
  /** From the birth of each process to its open door: what a restart costs on this machine, ms. */
  startMs: number[];
  journal: 'ok' | 'broken';
  journalEntries: number;
}

interface Sent {
  alert: EntryAlert;
  coin: string;
  tries: number;
  /** Set by the first 2xx. */
  id: string | null;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

async function until(
  what: string,
  isDone: () => Promise<boolean> | boolean,
  limitMs: number,
): Promise<boolean> {
  const endMs = Date.now() + limitMs;
  while (Date.now() < endMs) {
    if (await Promise.resolve(isDone()).catch(() => false)) return true;
    await wait(20);
  }
  process.stderr.write(`chaos: gave up waiting ${limitMs} ms for ${what}\n`);
  return false;
}

/** One database and one account through `kills` deaths of the bridge, then left in peace, then judged. */
export async function playRound(o: {
  seed: string;
  kills: number;
  folder: string;
  /** Also runs `npm run guard` beside the bridge, alive through all of its deaths. */
  withGuard?: boolean;
}): Promise<RoundResult> {
  const world = await openFlushVenue({ coins: COINS, latencyMs: LATENCY_MS });
  const database = join(o.folder, `${o.seed.replace(/\W/g, '-')}.db`);
  const env = world.env(database, { PORT: String(await freePort()) });
  const guard = o.withGuard === true ? runCli(['guard'], env) : null;
  await guard?.until(/snapback guard/);
  const seen = watch(world);
  const sender = createSender(world);
  const r = seededRandom(o.seed);
  const killed: RoundResult['killed'] = {
    boot: 0,
    recovery: 0,
    acked: 0,
    later: 0,
    unanswered: 0,
    idle: 0,
  };
  let faults = 0;
  const startMs: number[] = [];
  let isMade = false;
  const open = async (child: Child): Promise<ChildBridge> => {
    const bornAtMs = Date.now();
    const b = await within(listening(child), child);
    startMs.push(Date.now() - bornAtMs);
    return b;
  };
  try {
    for (let i = 0; i < o.kills; i++) {
      const plan = planKill(r, COINS, world.account);
      faults += plan.faults.length;
      killed[plan.when] += 1;
      // Temporary folders get cleaned up by others: a file that is gone is no loss of the bridge's.
      if (isMade && !existsSync(database)) throw new Error(`somebody removed ${database} during the round`);
      await live(world, { child: startBridge(env), open }, plan, sender);
      isMade ||= existsSync(database);
    }
    world.venue.faults.clear();
    const startedAtMs = Date.now();
    const last = startBridge(env);
    await comeToRest(world, await open(last), sender);
    const convergedMs = Date.now() - startedAtMs;
    const exit = await Promise.race([stopped(last), wait(15_000).then(() => last.kill())]);
    if (exit !== 0) throw new Error(`the bridge ended with ${String(exit)}:\n${last.output()}`);
    if (guard !== null && (await stopped(guard)) !== 0)
      throw new Error(`the guard ended:\n${guard.output()}`);
    const databases =
      guard === null ? [database] : [database, pathOfUrl(guardDatabaseUrl(`file:${database}`))];
    const intents = (await Promise.all(databases.map(intentsIn))).flat();
    const journals = await Promise.all(databases.map(checkJournal));
    const evidence = { ...(await collect(world, database, sender.sent, seen.cloids)), intents };
    return {
      ...judgeRound(evidence),
      kills: o.kills,
      killed,
      faults,
      alerts: sender.sent.length,
      accepted: evidence.accepted.length,
      entries: new Set(evidence.openings.map((x) => x.oid)).size,
      positions: seen.clock.longest(Date.now()).length,
      unprotectedMs: seen.clock.longest(Date.now()),
      convergedMs,
      startMs,
      journal: journals.every((j) => j.journal === 'ok') ? 'ok' : 'broken',
      journalEntries: journals.reduce((sum, j) => sum + j.journalEntries, 0),
    };
  } finally {
    seen.stop();
    await guard?.kill();
    await world.close();
  }
}

const stopped = (child: Child): Promise<number | null> => {
  child.process.kill('SIGTERM');
  return child.exited;
};

async function within<T>(work: Promise<T>, child: Child): Promise<T> {
  const timer = setTimeout(() => void child.kill(), START_MS_MAX);
  return work.finally(() => clearTimeout(timer));
}

/** Watches the venue's books after every change: protection, and every client order id that ever came. */
function watch(world: FlushVenue) {
  const clock = createProtectionClock();
  const cloids = new Set<string>();
  const look = (): void => clock.look(world.view(), Date.now());
  const offStep = world.venue.onStep((events) => {
    for (const e of events)
      if (e.kind === 'order' && typeof e.order['cloid'] === 'string') cloids.add(e.order['cloid']);
    look();
  });
  // Faults change the books without an event, and time passes without one.
  const timer = setInterval(look, 50);
  return {
    clock,
    cloids,
    stop() {
      offStep();
      clearInterval(timer);
    },
  };
}

type Sender = ReturnType<typeof createSender>;

/** TradingView: sends, and sends again what got no answer or a 5xx. */
function createSender(world: FlushVenue) {
  const sent: Sent[] = [];
  const post = async (b: ChildBridge, s: Sent): Promise<void> => {
    s.tries += 1;
    const answer = await b.post(s.alert).catch(() => null);
    if (answer === null || answer.status >= 500) return;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the webhook's own answer
    const { alertId } = (await answer.json().catch(() => ({}))) as { alertId?: string };
    if (!answer.ok || alertId === undefined)
      throw new Error(`an alert was answered with ${answer.status}: ${JSON.stringify(s.alert)}`);
    if (s.id !== null && s.id !== alertId) throw new Error(`one alert has two ids: ${s.id}, ${alertId}`);
    s.id = alertId;
  };
  return {
    sent,
    fresh(coin: string): Sent {
      const s = { alert: world.alert(coin, sent.length), coin, tries: 0, id: null };
      sent.push(s);
      return s;
    },
    post,
    resend: (b: ChildBridge) =>
      Promise.all(sent.filter((s) => s.id === null && s.tries < TRIES_MAX).map((s) => post(b, s))),
  };
}

/** From the start of one bridge to its death. */
async function live(
  world: FlushVenue,
  { child, open }: { child: Child; open: (child: Child) => Promise<ChildBridge> },
  plan: KillPlan,
  sender: Sender,
): Promise<void> {
  if (plan.when === 'boot') {
    for (const fault of plan.faults) world.venue.faults.inject(fault);
    await wait(plan.delayMs);
    return child.kill();
  }
  const b = await open(child);
  if (plan.when !== 'recovery') {
    const ready = async (): Promise<boolean> => (await fetch(`${b.url}/readyz`)).ok;
    await until('ready', ready, START_MS_MAX);
  }
  const resent = sender.resend(b).catch(rethrowUnlessDead(child));
  if (plan.swing !== null) swing(world, plan.swing);
  for (const fault of plan.faults) world.venue.faults.inject(fault);
  const posted = plan.coins.map((coin) => sender.post(b, sender.fresh(coin)));
  const known = sender.sent.find((s) => s.id !== null);
  if (plan.resends && known !== undefined) posted.push(sender.post(b, known));
  const all = Promise.all(posted).catch(rethrowUnlessDead(child));
  if (plan.when === 'acked' || plan.when === 'later') await all;
  await wait(plan.delayMs);
  await child.kill();
  await Promise.all([all, resent]);
}

function swing(world: FlushVenue, { coins, ratio }: NonNullable<KillPlan['swing']>): void {
  const open = world.view().positions.map((p) => p.coin);
  for (const coin of coins === 'all' ? open : open.slice(0, 1)) {
    world.price(coin, ratio);
    world.price(coin, 1);
  }
}

/** Requests to a dead bridge fail; anything else is a finding. */
const rethrowUnlessDead = (child: Child) => (e: unknown) => {
  if (child.process.signalCode === null) throw e;
  if (e instanceof Error && /answered with|two ids/.test(e.message)) throw e;
};

async function comeToRest(world: FlushVenue, b: ChildBridge, sender: Sender): Promise<void> {
  await sender.resend(b);
  const ids = new Set(sender.sent.flatMap((s) => (s.id === null ? [] : [s.id])));
  const isEnded = async (): Promise<boolean> => {
    const { items } = await b.get<{ items: { id: string; state: string }[] }>('/api/v1/alerts?limit=500');
    return items.filter((a) => ids.has(a.id) && a.state === 'done').length === ids.size;
  };
  await until('every alert to end', isEnded, CONVERGE_MS_MAX);
  const isSettled = (): boolean =>
    stopsAtRest(world).every((s) => s.stops === 1) && world.view().orders.every((x) => isExplained(world, x));
  await until('one stop per position', isSettled, CONVERGE_MS_MAX);
}

/** No stop is left on a coin without a position. */
const isExplained = (world: FlushVenue, order: { coin: string; orderType: string }): boolean =>
  !order.orderType.startsWith('Stop') || world.view().positions.some((p) => p.coin === order.coin);

const stopsAtRest = (world: FlushVenue): { coin: string; stops: number }[] =>
  world.view().positions.map((p) => ({ coin: p.coin, stops: world.stops(p.coin).length }));

/** The database is read after the bridge has let go of it. */
async function collect(
  world: FlushVenue,
  database: string,
  sent: readonly Sent[],
  cloids: ReadonlySet<string>,
): Promise<Omit<Evidence, 'intents'>> {
  const store = await openStoreAt(database);
  try {
    const accepted: { id: string; coin: string; state: 'new' | 'working' | 'done' | null }[] = [];
    for (const s of sent)
      if (s.id !== null)
        accepted.push({ id: s.id, coin: s.coin, state: (await store.alert(s.id))?.state ?? null });
    const openings = world
      .view()
      .fills.filter((f) => String(f['dir']).startsWith('Open'))
      .map((f) => ({
        coin: String(f['coin']),
        oid: Number(f['oid']),
        cloid: typeof f['cloid'] === 'string' ? f['cloid'] : null,
      }));
    return { accepted, cloids: [...cloids], openings, stopsAtRest: stopsAtRest(world) };
  } finally {
    await store.close();
  }
}

const openStoreAt = (database: string) =>
  openStore({
    url: `file:${database}`,
    nowMs: Date.now,
    fatal: (e) => {
      throw e;
    },
  });

async function intentsIn(database: string): Promise<Intent[]> {
  const store = await openStoreAt(database);
  try {
    const intents: Intent[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await store.listIntents({ limit: 500, cursor });
      intents.push(...page.items);
      if (page.nextCursor === null) return intents;
      cursor = page.nextCursor;
    }
  } finally {
    await store.close();
  }
}
