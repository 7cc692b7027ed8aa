import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

export interface FakeServer {
  url: string;
  /** Every request so far. */
  asked: Asked[];
  close(): Promise<void>;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** A venue on the loopback, answering as told. */
export async function startFakeServer(answer: Answer): Promise<FakeServer> {
  const asked: Asked[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', 'http://fake');
    const one = { method: request.method ?? '', path: url.pathname, query: url.searchParams, body };
    asked.push(one);
    answer(one, response);
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A clock that only moves when told, or when somebody sleeps. */
export function fakeClock(startMs = 1_760_000_000_000): {
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
  advance(ms: number): void;
  slept: number[];
} {
  let now = startMs;
  const slept: number[] = [];
  return {
    nowMs: () => now,
    advance: (ms) => void (now += ms),
    slept,
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
  };
}
