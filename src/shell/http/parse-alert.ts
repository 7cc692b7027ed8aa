import type * as z from 'zod';
import { Alert } from '../../core/alert/schema.ts';
import { duplicateKey } from './duplicate-key.ts';
import type { Issue } from './respond.ts';

/** Issues told at most: the first few name the mistake, the rest repeat it. */
const ISSUES_MAX = 8;

/** The alert in a webhook body, or what is wrong with it and how to put it right. Never echoes a value. */
export function parseAlert(body: string): { ok: true; alert: Alert } | { ok: false; issues: Issue[] } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, issues: [notJson(body)] };
  }
  const parsed = Alert.safeParse(json);
  if (!parsed.success) return { ok: false, issues: issuesOf(parsed.error) };
  const twice = duplicateKey(body);
  if (twice === undefined) return { ok: true, alert: parsed.data };
  return {
    ok: false,
    issues: [{ path: twice, message: 'given more than once', fix: 'send each field once' }],
  };
}

/** zod's issues as sentences, each with what to send instead. */
export const issuesOf = (error: z.ZodError): Issue[] =>
  error.issues.slice(0, ISSUES_MAX).map((issue) => ({
    path: issue.path.map(String).join('.').slice(0, 100),
    message: issue.message.slice(0, 300),
    fix: fixOf(issue),
  }));

/** The mistakes people make with alert messages, told apart by what the text holds. */
function notJson(body: string): Issue {
  const path = '';
  if (body.trim() === '')
    return {
      path,
      message: 'the body is empty',
      fix: 'leave the message to the script: alert "Any alert() function call"',
    };
  if (/\bNaN\b|\bInfinity\b/.test(body))
    return {
      path,
      message: 'the body holds NaN or Infinity, which JSON does not have',
      fix: 'send null for an unknown measurement (in Pine: na(x) ? "null" : str.tostring(x))',
    };
  if (body.includes('{{'))
    return {
      path,
      message: 'the body holds a {{placeholder}} that TradingView did not fill in',
      fix: 'alert() fills in no placeholders: build the message in Pine, as pine/cascade_exhaustion.pine does',
    };
  return {
    path,
    message: 'the body is not JSON',
    fix: 'send one JSON object; docs/webhook.md has a sample of every kind',
  };
}

function fixOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'remove it: an alert carries the fields of docs/webhook.md and no others';
    case 'invalid_union':
      return 'set "kind" to cascade.start, cascade.exhaustion, cascade.snapback, zone.touch or heartbeat';
    case 'invalid_type':
      return `send ${issue.expected === 'int' ? 'a whole number' : `a value of type ${issue.expected}`}; an unknown measurement is null, a field is never left out`;
    case 'invalid_value':
      return `send ${issue.values.map((v) => JSON.stringify(v)).join(' or ')}`;
    case 'too_small':
      return `send at least ${issue.minimum}${isInstant(issue) ? ' (milliseconds since the epoch, not seconds)' : ''}`;
    case 'too_big':
      return `send at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.pattern === undefined
        ? `send a valid ${issue.format}`
        : `send text that matches ${issue.pattern}`;
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return 'send what docs/webhook.md shows';
  }
}

const isInstant = (issue: z.core.$ZodIssue): boolean =>
  issue.path.some((p) => p === 'barTime' || p === 'sentAt' || p === 'startTime');
