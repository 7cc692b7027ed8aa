import { ReadError } from '../../app/ports.ts';
import { type Deadline, type Fetch, postJson } from './post-json.ts';

export interface InfoAnswer {
  body: unknown;
  /** The server's clock by its HTTP Date header, whole seconds; null when it sent none. */
  serverDateMs: number | null;
  sentAtMs: number;
  receivedAtMs: number;
}

/** One read of `/info`. Throws ReadError for anything but a JSON answer. */
export type Info = (request: { type: string } & Record<string, unknown>) => Promise<InfoAnswer>;

export interface InfoOptions {
  /** Base URL without a trailing slash or path. */
  url: string;
  timeoutMs: number;
  nowMs: () => number;
  fetch?: Fetch | undefined;
  deadline?: Deadline | undefined;
}

export function createInfo(o: InfoOptions): Info {
  return async (request) => {
    const sentAtMs = o.nowMs();
    const result = await postJson({
      url: `${o.url}/info`,
      body: JSON.stringify(request),
      timeoutMs: o.timeoutMs,
      fetch: o.fetch,
      deadline: o.deadline,
    });
    if (result.kind === 'http') throw new ReadError(`${request.type}: HTTP ${result.status}`);
    if (result.kind !== 'json') throw new ReadError(`${request.type}: ${result.message}`);
    return { body: result.body, serverDateMs: result.dateMs, sentAtMs, receivedAtMs: o.nowMs() };
  };
}
