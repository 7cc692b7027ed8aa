import type { Reply } from './handle.ts';

/** Half the bytes, then an error instead of the rest. */
const halfOf = (body: string): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull(stream) {
      if (body === '') return stream.error(new TypeError('terminated'));
      stream.enqueue(new TextEncoder().encode(body.slice(0, body.length / 2)));
      body = '';
    },
  });

export function toResponse(reply: Exclude<Reply, string>): Response {
  return new Response(reply.isCut === true ? halfOf(reply.body) : reply.body, {
    status: reply.status,
    headers: { 'content-type': reply.type, ...reply.headers },
  });
}

/** Without a connection to break: silence lasts until the caller gives up, a reset is a failed fetch. */
function vanish(how: 'hang' | 'reset', request: Request): Promise<Response> {
  return new Promise((_, reject) => {
    if (how === 'reset') reject(new TypeError('fetch failed'));
    const giveUp = (): void => reject(new DOMException('This operation was aborted', 'AbortError'));
    if (request.signal.aborted) giveUp();
    else request.signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** The two paths every Hyperliquid client talks to. No router: its error handling would answer for the silent. */
export async function respond(
  request: Request,
  handle: (path: 'info' | 'exchange', body: string, client: string) => Promise<Reply>,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method !== 'POST' || (pathname !== '/info' && pathname !== '/exchange')) {
    return new Response('Not Found', { status: 404 });
  }
  const client = request.headers.get('x-forwarded-for') ?? 'local';
  const reply = await handle(pathname === '/info' ? 'info' : 'exchange', await request.text(), client);
  return typeof reply === 'string' ? vanish(reply, request) : toResponse(reply);
}
