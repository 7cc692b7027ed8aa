import { Alert } from '../../core/alert/schema.ts';
import { duplicateKey } from './duplicate-key.ts';
import { issuesOf } from './issues.ts';
import type { Issue } from './respond.ts';

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
  const twice = duplicateKey(body, parsed.data);
  if (twice === undefined) return { ok: true, alert: parsed.data };
  return {
    ok: false,
    issues: [{ path: twice, message: 'given more than once', fix: 'send each field once' }],
  };
}

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
    fix: 'leave the message to the script: alert "Any alert() function call"; your own sender: one JSON object, docs/webhook.md has a sample of every kind',
  };
}
