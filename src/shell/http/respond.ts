import type { ReasonCode } from '../../core/shared/reason-codes.ts';

/** The page's policy: everything comes from this origin, nothing may frame it, and no script may write markup. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** The policy of data: there is nothing to load, and nothing may frame it. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * On every answer. A plain record, spread into `new Response`: setting them one by one through a middleware costs
 * the webhook a Headers object per request.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': DATA_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const JSON_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
};

export const respondJson = (status: number, body: unknown, headers?: Record<string, string>): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: headers === undefined ? JSON_HEADERS : { ...JSON_HEADERS, ...headers },
  });

export const respondText = (
  status: number,
  contentType: string,
  body: string,
  headers?: Record<string, string>,
): Response =>
  new Response(body, {
    status,
    headers: { ...SECURITY_HEADERS, 'cache-control': 'no-store', 'content-type': contentType, ...headers },
  });

/** One thing wrong with a request: which field, what is wrong, what to send instead. */
export interface Issue {
  /** Dotted path of the field, '' for the whole body. */
  path: string;
  message: string;
  fix: string;
}

/** What every refusal answers: a stable code, a sentence for people, an id to find the log line by. */
export interface Problem {
  status: number;
  code: ReasonCode;
  message: string;
  requestId: string;
  issues?: Issue[];
  /** The alert this one collided with. */
  alertId?: string;
  retryAfterS?: number;
}

export function respondProblem({ status, retryAfterS, ...body }: Problem): Response {
  return respondJson(
    status,
    body,
    retryAfterS === undefined ? undefined : { 'retry-after': String(retryAfterS) },
  );
}
