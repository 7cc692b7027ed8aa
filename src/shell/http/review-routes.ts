import type { Context } from 'hono';
import * as z from 'zod';
import type { DecisionCount } from '../../app/ports.ts';
import { readTradeStory } from '../../app/trade-story.ts';
import { REASON_CODES } from '../../core/shared/reason-codes.ts';
import type { HttpKit } from './kit.ts';
import { badQuery, ListParams, parseQuery } from './query.ts';
import { respondJson } from './respond.ts';
import type { Route } from './route.ts';
import { Decision, Fill, GuardRun, Intent, StoredAlert, Trade } from './schemas.ts';

const STORY_PATH = '/api/v1/trades/{id}';
const SUMMARY_PATH = '/api/v1/decisions/summary';
const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 7;
/** Decisions counted between two turns of everybody else: some 3 ms. */
const COUNT_STEP = 2_000;
/** Decisions counted at most, newest first. */
export const COUNTED_MAX = 100_000;

const SeenZone = z.object({
  side: z.enum(['long', 'short']),
  loPx: z.number(),
  hiPx: z.number(),
  peakPx: z.number(),
  notionalUsd: z.number(),
  distanceBps: z.number(),
});
/** Of a decision's inputs what a picture of that moment needs. Older inputs may lack it. */
const Seen = z.object({
  zones: z.object({
    asOfMs: z.number(),
    markPx: z.number(),
    zones: z.array(SeenZone),
    maxPain: z.object({ long: SeenZone.nullable(), short: SeenZone.nullable() }),
  }),
  signals: z
    .object({
      timeframes: z.array(
        z.object({
          timeframe: z.string(),
          direction: z.string(),
          bias: z.number(),
          cards: z.array(
            z.object({
              name: z.string(),
              score: z.number(),
              strength: z.number(),
              confidence: z.number(),
            }),
          ),
        }),
      ),
    })
    .nullable(),
});

const Decided = Decision.omit({ inputs: true });
export const TradeStoryAnswer = z.object({
  trade: Trade,
  /** Null: opened by hand, or by an order that this database does not know. */
  alert: StoredAlert.nullable(),
  decision: Decided.nullable(),
  /** Null when there is no decision, or its inputs are of another version. */
  seen: Seen.nullable(),
  exits: z.array(Decided),
  orders: z.array(Intent),
  fills: z.array(Fill),
  guard: z.array(GuardRun),
  truncated: z.boolean(),
});

const SummaryQuery = ListParams.pick({ coin: true, strategy: true, since: true, until: true });
export const DecisionSummary = z.object({
  sinceMs: z.number(),
  untilMs: z.number(),
  total: z.number(),
  approved: z.number(),
  refused: z.number(),
  truncated: z.boolean(),
  items: z.array(
    z.object({
      status: z.enum(['approved', 'refused']),
      /** Null: an approved entry. Of an approved exit it is why the position is closed. */
      reason: z.enum(REASON_CODES).nullable(),
      n: z.number(),
      newestMs: z.number(),
    }),
  ),
});

/** What happened and why, put together. Before the routes of single things: `summary` is no decision's id. */
export const reviewRoutes: readonly Route[] = [
  {
    method: 'get',
    path: SUMMARY_PATH,
    summary: 'Decisions counted by verdict and reason',
    scope: 'read',
    cost: 10,
    query: SummaryQuery,
    ok: { 200: DecisionSummary },
    refusals: [400],
    run: summary,
  },
  {
    method: 'get',
    path: STORY_PATH,
    summary: 'One trade as a story: alert, decision, orders, fills, what the guard did, exit',
    scope: 'read',
    cost: 5,
    ok: { 200: TradeStoryAnswer },
    refusals: [404],
    run: story,
  },
];

async function story(c: Context, kit: HttpKit): Promise<Response> {
  const { store, clock } = kit.deps;
  const found = await readTradeStory(store, c.req.param('id') ?? '', clock.nowMs());
  if (found === undefined) return kit.problem(STORY_PATH, 404, 'not-found', 'no trade has this id');
  const seen = Seen.safeParse(found.decision?.inputs);
  return respondJson(200, {
    ...found,
    decision: found.decision && { ...found.decision, inputs: undefined },
    exits: found.exits.map((d) => ({ ...d, inputs: undefined })),
    seen: seen.success ? seen.data : null,
  });
}

async function summary(c: Context, kit: HttpKit): Promise<Response> {
  const query = parseQuery(c.req.url, SummaryQuery);
  if (!query.ok) return badQuery(kit, SUMMARY_PATH, query.issues);
  const { coin, strategy, since, until } = query.value;
  const untilMs = until ?? kit.deps.clock.nowMs();
  const sinceMs = since ?? Math.max(0, untilMs - DAYS_DEFAULT * DAY_MS);
  const counts: DecisionCount[] = [];
  let cursor: string | undefined;
  let looked = 0;
  do {
    const q = { coin, strategy, sinceMs, untilMs, limit: COUNT_STEP, cursor };
    const page = await kit.deps.store.countDecisions(q);
    counts.push(...page.items);
    cursor = page.nextCursor ?? undefined;
    looked += COUNT_STEP;
    // A webhook gets its turn between two steps.
    await kit.deps.clock.sleep(0);
  } while (cursor !== undefined && looked < COUNTED_MAX);
  return respondJson(200, { sinceMs, untilMs, ...tally(counts), truncated: cursor !== undefined });
}

/** By verdict and reason, most frequent first. A decision with two reasons is counted under both, once in the totals. */
function tally(
  counts: readonly DecisionCount[],
): Omit<z.infer<typeof DecisionSummary>, 'sinceMs' | 'untilMs' | 'truncated'> {
  const items = new Map<string, z.infer<typeof DecisionSummary>['items'][number]>();
  const totals = { approved: 0, refused: 0 };
  for (const { status, reasons, n, newestMs } of counts) {
    totals[status] += n;
    for (const reason of reasons.length === 0 ? [null] : reasons) {
      const key = `${status} ${reason}`;
      const known = items.get(key) ?? { status, reason, n: 0, newestMs };
      items.set(key, { ...known, n: known.n + n, newestMs: Math.max(known.newestMs, newestMs) });
    }
  }
  return {
    total: totals.approved + totals.refused,
    ...totals,
    items: [...items.values()].sort((a, b) => b.n - a.n || b.newestMs - a.newestMs),
  };
}
