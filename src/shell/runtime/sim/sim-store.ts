// The store as one process sees it: what was committed stays, what was not is gone when the process dies; a write may
// be refused, or end the process.
import type { Store } from '../../../app/ports.ts';
import type { Draws } from './draws.ts';
import type { SimLoop } from './event-loop.ts';
import { type Life, never } from './link.ts';
import type { Faults } from './scenario.ts';

type Verb = Exclude<keyof Store, 'close'>;

/** Everything else writes: a verb that is new to the port is one that can fail until it is named here. */
const READS: ReadonlySet<string> = new Set<Verb>([
  'openAlerts',
  'alert',
  'unresolvedIntents',
  'intentsOf',
  'intent',
  'decision',
  'decisionOfAlert',
  'countDecisions',
  'usage',
  'lastNonce',
  'fillsOf',
  'newestFillMs',
  'openTrades',
  'trade',
  'recordOf',
  'tradesSince',
  'setting',
  'listAlerts',
  'listDeadLetters',
  'listDecisions',
  'listIntents',
  'listFills',
  'listTrades',
  'listGuardRuns',
]);

export interface StoreDeps {
  inner: Store;
  loop: SimLoop;
  life: Life;
  draws: Draws;
  faults: () => Faults;
  point: (verb: Verb, when: 'not committed' | 'committed') => boolean;
  count: (fault: string) => void;
  /** The database can no longer be trusted: the process must end. */
  fatal: () => void;
  /** A write was refused; its arguments. */
  onRefused: (verb: Verb, args: readonly unknown[]) => void;
  onCommitted: (verb: Verb, args: readonly unknown[]) => void;
  /** Whether `inner` works in real time. */
  isReal: boolean;
}

/** How long a commit may take, ms: others run meanwhile. */
const COMMIT_MS_MAX = 12;

export function createSimStore(o: StoreDeps): Store {
  const { inner, loop, life, draws } = o;
  const held = <T>(work: Promise<T>): Promise<T> => (o.isReal ? loop.hold(work) : work);

  const read = (verb: Verb, args: readonly unknown[]): Promise<unknown> =>
    life.isAlive ? held(Reflect.apply(inner[verb], inner, args)) : never();

  const write = async (verb: Verb, args: readonly unknown[]): Promise<unknown> => {
    if (!life.isAlive || o.point(verb, 'not committed')) return never();
    const f = o.faults();
    if (draws.chance(f.storeFatal)) {
      o.count('store-fatal');
      o.fatal();
      return never();
    }
    if (draws.chance(f.storeFull)) {
      o.count('store-full');
      o.onRefused(verb, args);
      throw new Error('database or disk is full');
    }
    const result: unknown = await held(Reflect.apply(inner[verb], inner, args));
    o.onCommitted(verb, args);
    if (o.point(verb, 'committed')) return never();
    if (draws.chance(0.3))
      await new Promise<void>((resolve) => void loop.after(draws.between(0, COMMIT_MS_MAX), resolve));
    return life.isAlive ? result : never();
  };

  const verbs = Object.keys(inner)
    .filter((name) => isVerb(inner, name))
    .map((verb) => [verb, (...args: readonly unknown[]) => (READS.has(verb) ? read : write)(verb, args)]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every verb of `inner`, as it is there
  return { ...Object.fromEntries(verbs), close: () => Promise.resolve() } as Store;
}

const isVerb = (store: Store, name: string): name is Verb =>
  name !== 'close' && typeof Reflect.get(store, name) === 'function';
