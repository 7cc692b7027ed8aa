import type * as z from 'zod';
import type { Issue } from './respond.ts';

/** Issues told at most: the first few name the mistake, the rest repeat it. */
const ISSUES_MAX = 8;

/** zod's issues as sentences, each with what to send instead. */
export const issuesOf = (error: z.ZodError): Issue[] =>
  error.issues.slice(0, ISSUES_MAX).map((issue) => ({
    path: issue.path.map(String).join('.').slice(0, 100),
    message: formOf(issue) === undefined ? issue.message.slice(0, 300) : 'not in the form of this field',
    fix: fixOf(issue),
  }));

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
      return formOf(issue) ?? `send a valid ${issue.format}`;
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      break;
  }
  return 'send what docs/webhook.md shows';
}

/** Fields that have a form, in words; a pattern tells most people nothing. */
const FORMS: Readonly<Record<string, string>> = {
  script: 'send a name and a version, as cascade-exhaustion@1.1.0',
  strategy: 'send lower case, digits and hyphens, as max-pain',
  exchange: 'send it in capitals, as TradingView does: BINANCE',
  ticker: 'send it as TradingView does: BTCUSDT.P',
  interval: 'send it as TradingView does: 1, 5, 60, 1D',
  coin: 'send it as Hyperliquid spells it: BTC, kPEPE',
  cursor: 'send the nextCursor of the page before',
};

const formOf = (issue: z.core.$ZodIssue): string | undefined =>
  issue.code === 'invalid_format' ? FORMS[String(issue.path.at(-1))] : undefined;

const isInstant = (issue: z.core.$ZodIssue): boolean =>
  issue.path.some((p) => p === 'barTime' || p === 'sentAt' || p === 'startTime');
