import type { MarketReadReason } from './market-read-error.ts';
import { MarketReadError } from './market-read-error.ts';

export interface JsonRequest {
  /** Below the base URL, with a leading slash and without a query. */
  path: string;
  query?: Readonly<Record<string, string | number>>;
  /** Sent as a JSON POST; without it the request is a GET. */
  body?: unknown;
  /** What is being read, for messages: "klines BTC". */
  what: string;
}

/** Parsed JSON of a 200, or MarketReadError. */
export type FetchJson = (request: JsonRequest) => Promise<unknown>;

export interface FetchJsonOptions {
  venue: string;
  /** The only origin ever asked. */
  baseUrl: string;
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
  fetch?: typeof fetch;
  /** Aborts after so many ms; tests abort by hand. */
  timeoutSignal?: (ms: number) => AbortSignal;
  timeoutMs?: number;
  maxBytes?: number;
  /** Further attempts after a timeout, a broken connection or a 5xx. Refusals are never repeated. */
  retries?: number;
}

const RETRY_DELAY_MS = 250;
/** How long a venue is left alone after a refusal, when it does not say so itself, ms. */
const COOL_DOWN_MS: Readonly<Record<number, number>> = {
  403: 600_000,
  418: 120_000,
  429: 60_000,
  451: 600_000,
};
/** A Retry-After beyond this is not believed: three days is Binance's longest ban. */
const COOL_DOWN_MS_MAX = 259_200_000;

/**
 * Reads JSON from one venue. Bounded in time, size and attempts; follows no redirect; after 429, 418, 403 or 451 it
 * asks nothing more until the cool-down is over, since asking on turns a warning into a ban.
 */
export function createFetchJson(o: FetchJsonOptions): FetchJson {
  const send = o.fetch ?? fetch;
  const timeoutSignal = o.timeoutSignal ?? ((ms) => AbortSignal.timeout(ms));
  const { timeoutMs = 5_000, maxBytes = 4_194_304, retries = 2 } = o;
  let coolUntilMs = 0;

  const fail = (
    reason: MarketReadReason,
    request: JsonRequest,
    why: string,
    more?: ConstructorParameters<typeof MarketReadError>[2],
  ): MarketReadError => new MarketReadError(reason, `${o.venue} ${request.what}: ${why}`, more);

  function refusal(request: JsonRequest, response: Response, text: string): MarketReadError {
    const { status } = response;
    const venueCode = codeOf(text);
    const coolMs = COOL_DOWN_MS[status];
    if (coolMs === undefined)
      return fail(status >= 500 ? 'server-error' : 'bad-status', request, `HTTP ${status}`, { venueCode });
    const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1_000;
    const waitMs = asked > 0 ? Math.min(Math.max(asked, 1_000), COOL_DOWN_MS_MAX) : coolMs;
    coolUntilMs = Math.max(coolUntilMs, o.nowMs() + waitMs);
    const seconds = Math.ceil((coolUntilMs - o.nowMs()) / 1_000);
    const reason = status === 429 || status === 418 ? 'rate-limited' : 'blocked';
    const hint = reason === 'blocked' ? 'not served here (region or address)' : 'asked too often';
    return fail(reason, request, `HTTP ${status}, ${hint}; not asked again for ${seconds} s`, {
      retryAtMs: coolUntilMs,
      venueCode,
    });
  }

  async function attempt(request: JsonRequest): Promise<unknown> {
    const signal = timeoutSignal(timeoutMs);
    try {
      const response = await send(urlOf(o.baseUrl, request), {
        ...initOf(request),
        redirect: 'manual',
        signal,
      });
      const text = await readText(response, maxBytes);
      if (text === null) throw fail('too-large', request, `answer is larger than ${maxBytes} bytes`);
      if (response.status !== 200) throw refusal(request, response, text);
      return parse(text, () => fail('malformed', request, 'answer is not JSON'));
    } catch (error) {
      if (error instanceof MarketReadError) throw error;
      throw signal.aborted
        ? fail('timeout', request, `no complete answer within ${timeoutMs} ms`)
        : fail('unreachable', request, 'no connection, or it broke');
    }
  }

  return async (request) => {
    for (let tried = 0; ; tried++) {
      if (o.nowMs() < coolUntilMs)
        throw fail('cooling-down', request, 'not asked: the venue wants to be left alone for now', {
          retryAtMs: coolUntilMs,
        });
      try {
        return await attempt(request);
      } catch (error) {
        if (tried >= retries || !isWorthRetrying(error)) throw error;
      }
      await o.sleep(RETRY_DELAY_MS * 2 ** tried);
    }
  };
}

const RETRIED: readonly MarketReadReason[] = ['timeout', 'unreachable', 'server-error'];

const isWorthRetrying = (error: unknown): boolean =>
  error instanceof MarketReadError && RETRIED.includes(error.reason);

/** The base URL's origin is the only one reached, whatever the path says. */
function urlOf(baseUrl: string, request: JsonRequest): URL {
  const base = new URL(baseUrl);
  const url = new URL(base.origin);
  url.pathname = base.pathname.replace(/\/$/, '') + request.path;
  for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, String(value));
  return url;
}

const initOf = ({ body }: JsonRequest): RequestInit =>
  body === undefined
    ? { method: 'GET' }
    : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };

/** The body as text; null, and the rest not downloaded, when it is larger than `maxBytes`. */
async function readText(response: Response, maxBytes: number): Promise<string | null> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string, fail: () => MarketReadError): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw fail();
  }
}

function codeOf(text: string): number | null {
  const match = /"code"\s*:\s*(-?\d{1,6})\b/.exec(text.slice(0, 500));
  return match === null ? null : Number(match[1]);
}
