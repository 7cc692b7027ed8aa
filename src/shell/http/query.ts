import * as z from 'zod';
import type { DecisionQuery, TradeQuery } from '../../app/ports.ts';
import { REASON_CODES } from '../../core/shared/reason-codes.ts';
import { issuesOf } from './issues.ts';
import type { HttpKit } from './kit.ts';
import type { Issue } from './respond.ts';

/** A moment that says its zone; a date alone is midnight UTC. */
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;
const MS_MAX = 8_640_000_000_000_000; // the last moment a JavaScript date can hold

const instant = z.string().transform((text, ctx) => {
  const ms = /^\d{1,16}$/.test(text) ? Number(text) : ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (ms <= MS_MAX) return ms;
  ctx.addIssue({ code: 'custom', message: 'not a moment' });
  return z.NEVER;
});
const INSTANT_FIX =
  'send milliseconds since the epoch, or ISO 8601 with its zone (2026-11-21 or 2026-11-21T10:00:00Z; write + as %2B)';

export const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 500;
const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'not a whole number from 1 to 500')
  .transform(Number)
  .pipe(z.number().min(1).max(LIMIT_MAX));

/** Everything at once, as a file: only where an answer can be written page by page. */
export const ALL = 'all';
const limitOrAll = z.literal(ALL).or(limit);

const coinName = z.string().regex(/^[A-Za-z0-9:_-]{1,30}$/);

/** Query of every list. Bounds: limit 1..500 (or all, as CSV), one value per parameter, no unknown parameter. */
export const ListParams = z.strictObject({
  coin: coinName.optional(),
  strategy: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/)
    .optional(),
  since: instant.optional(),
  until: instant.optional(),
  limit: limitOrAll.optional(),
  cursor: z
    .string()
    .regex(/^[\w.:~=-]{1,300}$/)
    .optional(),
  format: z.enum(['json', 'csv']).optional(),
});

export type ListParams = z.output<typeof ListParams>;

/** What only decisions, and only trades, are narrowed by. */
export const DecisionListParams = ListParams.extend({
  status: z.enum(['approved', 'refused']).optional(),
  reason: z.enum(REASON_CODES).optional(),
});
export const TradeListParams = ListParams.extend({
  side: z.enum(['long', 'short']).optional(),
  result: z.enum(['open', 'won', 'lost']).optional(),
  decision: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
});
/** Query of any list, with what only some are narrowed by. */
export type AnyListParams = ListParams &
  Pick<z.output<typeof DecisionListParams>, 'status' | 'reason'> &
  Pick<z.output<typeof TradeListParams>, 'side' | 'result' | 'decision'>;

/** Positions are read from the account as it is now: they have a coin, but no strategy, time or pages. */
export const PositionParams = ListParams.pick({ coin: true, format: true }).extend({
  limit: limit.optional(),
});

/** Query of what is about one coin. */
export const CoinQuery = z.strictObject({ coin: coinName.default('BTC') });

export type Parsed<T> = { ok: true; value: T } | { ok: false; issues: Issue[] };

/** A query, or which parameter is wrong and what to send instead. */
export function parseQuery<S extends z.ZodObject>(url: string, schema: S): Parsed<z.output<S>> {
  const given = [...new URL(url).searchParams];
  const names = given.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    return {
      ok: false,
      issues: [{ path: twice.slice(0, 100), message: 'given more than once', fix: 'send it once' }],
    };
  const parsed = schema.safeParse(Object.fromEntries(given));
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, issues: queryIssues(parsed.error, Object.keys(schema.shape)) };
}

/** The query of a list as the store takes it. */
export function toListQuery(q: AnyListParams): DecisionQuery & TradeQuery {
  const { since, until, limit: rows, format: _, decision, ...same } = q;
  return {
    ...same,
    decisionId: decision,
    sinceMs: since,
    untilMs: until,
    limit: rows === ALL ? LIMIT_MAX : (rows ?? LIMIT_DEFAULT),
  };
}

/** zod's issues with the fixes that make sense in a URL. */
function queryIssues(error: z.ZodError, known: readonly string[]): Issue[] {
  const issues = issuesOf(error);
  return error.issues.slice(0, issues.length).map((issue, i) => {
    const base = issues[i] ?? { path: '', message: '', fix: '' };
    if (issue.code === 'unrecognized_keys')
      return {
        path: issue.keys.join(',').slice(0, 100),
        message: 'unknown parameter',
        fix: `use ${known.join(', ')}`,
      };
    return { ...base, fix: FIXES[base.path] ?? base.fix };
  });
}

const FIXES: Readonly<Record<string, string>> = {
  since: INSTANT_FIX,
  until: INSTANT_FIX,
  limit: `send a whole number from 1 to ${LIMIT_MAX}, or of a list as format=csv: all`,
  cursor: 'send "nextCursor" of the page before, unchanged',
  coin: 'send a coin as Hyperliquid spells it: BTC, kPEPE',
  strategy: 'send a strategy as alerts name it: max-pain',
  status: 'send approved or refused',
  reason: 'send a reason code as docs/errors.md spells it: cascade-during',
  side: 'send long or short',
  result: 'send open, won or lost',
  decision: "send a decision's id",
};

/** 400, with every parameter that is wrong and what to send instead. */
export function badQuery(kit: HttpKit, path: string, found: readonly Issue[]): Response {
  const issues = kit.redactIssues(found);
  const message = issues.map((i) => `${i.path}: ${i.message}; ${i.fix}`).join('. ');
  return kit.problem(path, 400, 'bad-query', message, { issues });
}
