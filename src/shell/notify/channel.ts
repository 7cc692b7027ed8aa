import type { Notice } from '../../app/notices.ts';

export type Delivery =
  | { kind: 'sent' }
  /** Try again, not before this; null = whenever. */
  | { kind: 'retry'; afterMs: number | null; why: string }
  /** Never will: a wrong token, a channel that is gone. */
  | { kind: 'rejected'; why: string };

/** One place where messages go. `deliver` never throws and never says more than a status or an error's name. */
export interface Channel {
  name: 'telegram' | 'discord' | 'webhook';
  /** Least distance between two messages, ms. */
  gapMs: number;
  deliver(notice: Notice, from: string): Promise<Delivery>;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 4_096;

/**
 * One POST to an address from the configuration: no redirect is followed, so it goes to that host or nowhere; time and
 * answer are bounded. The address may hold a secret and is never part of what is returned.
 */
export async function postNotice(fetcher: Fetch, url: string, body: object): Promise<Delivery> {
  try {
    const response = await fetcher(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { status } = response;
    const answer = status === 429 ? await head(response) : (await response.body?.cancel(), '');
    if (status >= 200 && status < 300) return { kind: 'sent' };
    if (status === 429)
      return { kind: 'retry', afterMs: waitOf(response.headers.get('retry-after'), answer), why: 'HTTP 429' };
    return status >= 500 || status === 408
      ? { kind: 'retry', afterMs: null, why: `HTTP ${status}` }
      : { kind: 'rejected', why: `HTTP ${status}` };
  } catch (e) {
    return { kind: 'retry', afterMs: null, why: whyOf(e) };
  }
}

/** Words of the platform; its sentences may hold the address. */
function whyOf(e: unknown): string {
  if (!(e instanceof Error)) return 'failed';
  if (e.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1_000} s`;
  const code = e.cause instanceof Error && 'code' in e.cause ? String(e.cause.code) : '';
  return /^\w{1,40}$/.test(code) ? `no connection (${code})` : e.name;
}

/** Discord says it in the header, Telegram in the body (`parameters.retry_after`); seconds, an hour at most. */
function waitOf(header: string | null, answer: string): number | null {
  const s = Number(header ?? /"retry_after"\s*:\s*([\d.]+)/.exec(answer)?.[1] ?? Number.NaN);
  return Number.isFinite(s) && s >= 0 ? Math.min(3_600, s) * 1_000 : null;
}

async function head(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_BYTES_MAX) break;
  }
  return text;
}
