import * as z from 'zod';
import type { ListQuery } from '../../app/ports.ts';
import { issuesOf } from './parse-alert.ts';
import type { Issue } from './respond.ts';

/** A moment that says its zone; a date alone is midnight UTC. */
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;
const MS_MAX = 8_640_000_000_000_000; // the last moment a JavaScript date can hold

const instant = z.string().transform((text, ctx) => {
  const ms = /^\d{1,16}$/.test(text) ? Number(text) : ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (ms <= MS_MAX) return ms;
  ctx.addIssue({ code: 'custom', message: 'not a moment', params: { fix: INSTANT_FIX } });
  return z.NEVER;
});
const INSTANT_FIX =
  'send milliseconds since the epoch, or ISO 8601 with its zone (2026-11-21 or 2026-11-21T10:00:00Z; write + as %2B)';

const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'not a whole number from 1 to 500')
  .transform(Number)
  .pipe(z.number().min(1).max(500));

/** Query of every list. Bounds: limit 1..500, one value per parameter, no unknown parameter. */
export const ListParams = z.strictObject({
  coin: z
    .string()
    .regex(/^[A-Za-z0-9:_-]{1,30}$/)
    .optional(),
  strategy: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/)
    .optional(),
  since: instant.optional(),
  until: instant.optional(),
  limit: limit.optional(),
  cursor: z
    .string()
    .regex(/^[\w.:~=-]{1,300}$/)
    .optional(),
  format: z.enum(['json', 'csv']).optional(),
});

export type Parsed<T> = { ok: true; value: T } | { ok: false; issues: Issue[] };
export const LIMIT_DEFAULT = 100;

/** The query of a list, or which parameter is wrong and what to send instead. */
export function parseListQuery(queries: Record<string, string[]>): Parsed<ListQuery & { isCsv: boolean }> {
  const twice = Object.entries(queries).find(([, values]) => values.length > 1);
  if (twice !== undefined)
    return {
      ok: false,
      issues: [{ path: twice[0].slice(0, 100), message: 'given more than once', fix: 'send it once' }],
    };
  const single = Object.fromEntries(Object.entries(queries).map(([k, [v]]) => [k, v]));
  const parsed = ListParams.safeParse(single);
  if (!parsed.success) return { ok: false, issues: queryIssues(parsed.error) };
  const { since, until, format, limit: rows, ...rest } = parsed.data;
  return {
    ok: true,
    value: { ...rest, sinceMs: since, untilMs: until, limit: rows ?? LIMIT_DEFAULT, isCsv: format === 'csv' },
  };
}

const KNOWN = Object.keys(ListParams.shape).join(', ');

/** zod's issues with the fixes that make sense in a URL. */
function queryIssues(error: z.ZodError): Issue[] {
  const issues = issuesOf(error);
  return error.issues.slice(0, issues.length).map((issue, i) => {
    const base = issues[i] ?? { path: '', message: '', fix: '' };
    if (issue.code === 'unrecognized_keys')
      return { path: issue.keys.join(',').slice(0, 100), message: 'unknown parameter', fix: `use ${KNOWN}` };
    if (issue.code === 'custom') return { ...base, fix: INSTANT_FIX };
    if (base.path === 'limit') return { ...base, fix: 'send a whole number from 1 to 500' };
    if (base.path === 'cursor') return { ...base, fix: 'send "nextCursor" of the page before, unchanged' };
    return base;
  });
}
