export type Fetch = (url: string, init: RequestInit & { body: string }) => Promise<Response>;

/**
 * What one POST came to. `not-sent` is proven: the connection never came up, so not one byte of the request left.
 * `broken` is everything else that is not an answer: it may have been acted on.
 */
export type PostResult =
  | { kind: 'json'; body: unknown; dateMs: number | null }
  | { kind: 'http'; status: number }
  | { kind: 'not-sent'; message: string }
  | { kind: 'broken'; message: string };

/** Nothing the bridge reads is near this: 5,000 open orders are about 2 MB. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
const CONNECTING = new Set(['connect', 'getaddrinfo']);

/** A signal that aborts with a TimeoutError after so many milliseconds: of another clock, when the caller has one. */
export type Deadline = (ms: number) => AbortSignal;

const realDeadline: Deadline = (ms) => AbortSignal.timeout(ms);
const globalFetch: Fetch = (url, init) => fetch(url, init);

/**
 * One POST, one attempt, nothing thrown. Messages hold error names, codes and times, never the URL, the request or
 * the answer, so they may be logged. Redirects are not followed: a signed request goes where it was meant to or nowhere.
 * @param o.timeoutMs until the last byte of the answer
 */
export async function postJson(o: {
  url: string;
  body: string;
  timeoutMs: number;
  fetch?: Fetch | undefined;
  deadline?: Deadline | undefined;
}): Promise<PostResult> {
  try {
    const response = await (o.fetch ?? globalFetch)(o.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: o.body,
      redirect: 'manual',
      signal: (o.deadline ?? realDeadline)(o.timeoutMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { kind: 'http', status: response.status };
    }
    const text = await readCapped(response);
    if (text === null) return { kind: 'broken', message: `answer over ${BODY_BYTES_MAX} bytes` };
    return parsed(text, response.headers.get('date'));
  } catch (error) {
    if (neverConnected(error)) return { kind: 'not-sent', message: `not connected (${nameOf(error)})` };
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return {
      kind: 'broken',
      message: timedOut ? `no answer within ${o.timeoutMs} ms` : `connection failed (${nameOf(error)})`,
    };
  }
}

function parsed(text: string, date: string | null): PostResult {
  const dateMs = date === null ? Number.NaN : Date.parse(date);
  try {
    return { kind: 'json', body: JSON.parse(text), dateMs: Number.isNaN(dateMs) ? null : dateMs };
  } catch {
    return { kind: 'broken', message: 'answer is not JSON' };
  }
}

/** The body as text, or null as soon as it grows past the cap. */
async function readCapped(response: Response): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Whether every attempt to connect failed before a connection existed. A doubt is false. */
function neverConnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverConnected);
  if ('code' in error && NEVER_CONNECTED.has(String(error.code))) return true;
  if ('syscall' in error && CONNECTING.has(String(error.syscall))) return true;
  return neverConnected(error.cause);
}

/** The innermost error code, or the error's name: words of the platform, never text from outside. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  if (inner instanceof Error) return nameOf(inner);
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : error.name;
}
