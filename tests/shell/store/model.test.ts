// Random sequences of verbs give the same answers on the store and on the model. Ids come from small ranges, so that
// they collide; the clock of each row comes from its id and a shift, so that orders differ.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ListQuery } from '../../../src/app/ports.ts';
import type { Intent } from '../../../src/core/execute/types.ts';
import type { ReasonCode } from '../../../src/core/shared/reason-codes.ts';
import {
  type BridgeStore,
  createStore,
  QUIET_GUARD_RUN_KEPT_MS,
} from '../../../src/shell/store/create-store.ts';
import type { Driver } from '../../../src/shell/store/driver.ts';
import { journaled } from '../../../src/shell/store/journal.ts';
import { migrate } from '../../../src/shell/store/migrate.ts';
import { openNodeSqlite } from '../../../src/shell/store/node-sqlite.ts';
import { verifyJournal } from '../../../src/shell/store/verify-journal.ts';
import { createModelStore } from './model-store.ts';
import {
  deadLetter,
  decision,
  fill,
  guardRun,
  heartbeat,
  intent,
  refusal,
  storedAlert,
  T0,
  trade,
} from './samples.ts';

/** One step: what it does, as text for the counterexample, and how. */
interface Step {
  name: string;
  run(store: BridgeStore): Promise<unknown>;
}
type Verb = Exclude<keyof BridgeStore, 'close'>;

const step = <V extends Verb>(verb: V, ...args: Parameters<BridgeStore[V]>): Step => ({
  name: `${verb} ${JSON.stringify(args).slice(0, 200)}`,
  run: async (store): Promise<unknown> => Reflect.apply(store[verb], store, args),
});

const n = fc.nat({ max: 4 });
const at = fc.nat({ max: 6 }).map((s) => T0 + s * 1_000);
const coin = fc.constantFrom('BTC', 'ETH', 'kPEPE');
const strategy = fc.constantFrom('max-pain', 'zones');
const side = fc.constantFrom('long', 'short');
const signer = fc.constantFrom('0xa', '0xb');
const state = fc.constantFrom('sending', 'acked', 'unknown', 'landed', 'never');
const usd = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => x + 0); // −0 is stored as 0

const alert = fc
  .record({ n, id: n, body: fc.nat({ max: 1 }), at, coin, strategy, isHeartbeat: fc.boolean() })
  .map((a) =>
    storedAlert(a.n, {
      id: `alert-${a.n === 4 ? a.id : a.n}`,
      bodySha: `sha-${a.body}`,
      receivedAtMs: a.at,
      strategy: a.strategy,
      ticker: a.coin === 'kPEPE' ? '1000PEPEUSDT.P' : `${a.coin}USDT.P`,
      ...(a.isHeartbeat && { alert: heartbeat(a.n) }),
    }),
  );
const anIntent = fc
  .record({ n: fc.nat({ max: 9 }), alert: fc.option(n), signer, nonce: fc.nat(), state, coin, at, px: usd })
  .map((i): Intent => {
    const alertId = i.alert === null ? null : `alert-${i.alert}`;
    const { signer: by, nonce, px } = i;
    return intent(i.n, { alertId, signer: by, nonce, state: i.state, coin: i.coin, createdAtMs: i.at, px });
  });
const commit = fc
  .record({
    n,
    alert: n,
    intents: fc.array(anIntent, { maxLength: 3 }),
    isRefused: fc.boolean(),
    reasons: fc.constantFrom<ReasonCode[][]>(
      ['drift-exceeded'],
      ['daily-loss-cap'],
      ['drift-exceeded', 'cooldown'],
    ),
    coin,
    strategy,
    at,
  })
  .map((c) => {
    const over = { alertId: `alert-${c.alert}`, strategy: c.strategy, decidedAtMs: c.at };
    return step('commitDecision', {
      decision: c.isRefused
        ? refusal(c.n, { ...over, reasons: c.reasons })
        : decision(c.n, { ...over, coin: c.coin }),
      intents: c.intents,
      alertState: c.isRefused ? 'done' : 'working',
      outcome: c.isRefused ? 'drift-exceeded' : null,
    });
  });
const aFill = fc
  .record({ n: fc.nat({ max: 9 }), coin, at, order: fc.nat({ max: 9 }), feeUsd: usd })
  .map((f) => fill(f.n, { coin: f.coin, timeMs: f.at, cloid: intent(f.order).cloid, feeUsd: f.feeUsd }));
const aTrade = fc
  .record({ n, coin, side, strategy: fc.option(strategy), opened: at, closed: fc.option(at), pnlUsd: usd })
  .map((t) =>
    trade(t.n, {
      coin: t.coin,
      strategy: t.strategy,
      openedAtMs: t.opened,
      closedAtMs: t.closed,
      pnlUsd: t.pnlUsd,
      netPnlUsd: t.pnlUsd,
      side: t.side,
    }),
  );
const aGuardRun = fc
  .record({
    n,
    at,
    verdict: fc.constantFrom('protected', 'repaired'),
    coins: fc.array(coin, { maxLength: 2 }),
  })
  .map((r) =>
    guardRun(r.n, {
      startedAtMs: r.at,
      verdict: r.verdict,
      findings: r.coins.map((c) => ({ coin: c, code: 'stop-missing', action: 'place', message: 'm' })),
    }),
  );

const LISTS = [
  'listAlerts',
  'listDeadLetters',
  'listDecisions',
  'listIntents',
  'listFills',
  'listTrades',
  'listGuardRuns',
] as const;
const query = fc.record(
  { coin, strategy, sinceMs: at, untilMs: at, limit: fc.integer({ min: 1, max: 4 }) },
  { requiredKeys: ['limit'] },
);
/** What only some of the lists can narrow by; the others do not look at it. */
const queryOf = (list: (typeof LISTS)[number]): fc.Arbitrary<ListQuery> => {
  const own =
    list === 'listTrades'
      ? fc.record({ side, result: fc.constantFrom('open', 'won', 'lost') }, { requiredKeys: [] })
      : list === 'listDecisions'
        ? fc.record(
            {
              status: fc.constantFrom('approved', 'refused'),
              reason: fc.constantFrom('drift-exceeded', 'daily-loss-cap', 'time-stop'),
            },
            { requiredKeys: [] },
          )
        : fc.constant({});
  return fc.tuple(query, own).map(([q, o]) => ({ ...q, ...o }));
};
/** All counts, call by call; their order within one call is nobody's business. */
const countAll = (q: ListQuery): Step => ({
  name: `countDecisions ${JSON.stringify(q)}`,
  run: async (store) => {
    const pages: string[][] = [];
    for (let cursor: string | undefined; ;) {
      const page = await store.countDecisions({ ...q, cursor });
      pages.push(page.items.map((c) => JSON.stringify([c.status, c.reasons, c.n, c.newestMs])).sort());
      if (page.nextCursor === null) return pages;
      cursor = page.nextCursor;
    }
  },
});
/** All pages of a list. */
const walk = (list: (typeof LISTS)[number], q: ListQuery): Step => ({
  name: `${list} ${JSON.stringify(q)}`,
  run: async (store) => {
    const pages: unknown[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await store[list]({ ...q, cursor });
      pages.push(page.items);
      if (page.nextCursor === null) return pages;
      cursor = page.nextCursor;
    }
  },
});

const writes = fc.oneof(
  { weight: 4, arbitrary: alert.map((a) => step('receiveAlert', a)) },
  { weight: 4, arbitrary: commit },
  fc.array(anIntent, { maxLength: 3 }).map((list) => step('commitIntents', list)),
  fc
    .tuple(fc.nat({ max: 9 }), fc.array(state, { maxLength: 3 }), state, at)
    .map(([i, from, to, updatedAtMs]) =>
      step('advanceIntent', intent(i).cloid, from, { state: to, updatedAtMs, oid: i }),
    ),
  n.map((i) => step('finishAlert', `alert-${i}`, 'filled')),
  fc.tuple(signer, fc.nat()).map(([s, nonce]) => step('commitNonce', s, nonce)),
  fc.array(aFill, { maxLength: 5 }).map((list) => step('recordFills', list)),
  aTrade.map((t) => step('saveTrade', t)),
  aGuardRun.map((r) => step('recordGuardRun', r)),
  at.map((ms) => step('pruneGuardRuns', ms + QUIET_GUARD_RUN_KEPT_MS)),
  fc
    .tuple(n, fc.option(n))
    .map(([i, a]) => step('recordDeadLetter', deadLetter(i, { alertId: a === null ? null : `alert-${a}` }))),
  fc.tuple(n, fc.string()).map(([i, value]) => step('setSetting', `name-${i}`, value)),
);
const reads = fc.oneof(
  fc.constantFrom(step('openAlerts'), step('unresolvedIntents'), step('newestFillMs'), step('openTrades')),
  n.map((i) => step('trade', `trade-${i}`)),
  query.map(countAll),
  fc
    .record({ coin, sinceMs: at, untilMs: at, limit: fc.integer({ min: 1, max: 4 }) })
    .map((q) => step('recordOf', q)),
  n.chain((i) =>
    fc.constantFrom(
      step('alert', `alert-${i}`),
      step('intent', intent(i).cloid),
      step('intentsOf', `alert-${i}`),
      step('decision', `decision-${i}`),
      step('decisionOfAlert', `alert-${i}`),
      step('setting', `name-${i}`),
    ),
  ),
  signer.map((s) => step('lastNonce', s)),
  fc.tuple(at, at).map(([a, b]) => step('usage', a, b)),
  fc.tuple(coin, at).map(([c, ms]) => step('fillsOf', c, ms)),
  at.map((ms) => step('tradesSince', ms)),
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...LISTS)
      .chain((list) => fc.tuple(fc.constant(list), queryOf(list)))
      .map(([list, q]) => walk(list, q)),
  },
);

/** What everybody could ask for at the end. */
const everything: Step[] = [
  ...LISTS.map((list) => walk(list, { limit: 500 })),
  countAll({ limit: 500 }),
  countAll({ limit: 1 }),
  step('recordOf', { coin: 'BTC', sinceMs: 0, untilMs: 2 * T0, limit: 500 }),
  step('openAlerts'),
  step('unresolvedIntents'),
  step('usage', 0, 0),
  step('lastNonce', '0xa'),
  step('lastNonce', '0xb'),
];

/** The process ends and another begins on the same database. */
const RESTART = 'restart';

const answer = (s: Step, store: BridgeStore): Promise<unknown> =>
  s.run(store).then(
    (value) => ({ value }),
    () => 'rejected',
  );

/** A store on the database, as a start makes it: with a journal that knows only what is stored. */
async function start(driver: Driver): Promise<BridgeStore> {
  const journal = journaled(driver);
  await migrate(journal, 'test');
  return createStore(journal, setImmediate);
}

const aStep = fc.oneof(
  { weight: 6, arbitrary: writes },
  { weight: 2, arbitrary: reads },
  fc.constant(RESTART),
);

test('random verbs and restarts give the answers of the model, and the journal gives every table', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { maxLength: 40, size: 'max' }), async (steps) => {
      const driver = openNodeSqlite(':memory:', (e) => {
        throw e;
      });
      let store = await start(driver);
      const model = createModelStore();
      for (const s of [...steps, ...everything]) {
        if (s === RESTART) {
          store = await start(driver);
          continue;
        }
        expect({ [s.name]: await answer(s, store) }).toEqual({ [s.name]: await answer(s, model) });
      }
      const { ok, breaks, tables } = await verifyJournal(driver);
      expect({ ok, breaks, differ: tables.filter((t) => t.differences > 0) }).toEqual({
        ok: true,
        breaks: [],
        differ: [],
      });
      await driver.close();
    }),
    { numRuns: 150 },
  );
});
