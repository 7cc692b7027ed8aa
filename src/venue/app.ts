import { Hono } from 'hono';
import type { Reply } from './handle.ts';

/** Reaches the peer's connection, where silence and resets happen. */
export type Vanish = (how: 'hang' | 'reset', request: Request) => Promise<Response>;

/** In one process: silence ends with the caller's own time-out, a reset is a failed fetch. */
export const vanishInProcess: Vanish = (how, request) =>
  new Promise((_, reject) => {
    if (how === 'reset') reject(new TypeError('fetch failed'));
    else
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error), { once: true });
  });

export function toResponse(reply: Exclude<Reply, string>): Response {
  return new Response(reply.body, {
    status: reply.status,
    headers: { 'content-type': reply.type, ...reply.headers },
  });
}

/** The two paths every Hyperliquid client talks to. */
export function createApp(handle: (path: 'info' | 'exchange', request: Request) => Promise<Response>): Hono {
  const app = new Hono();
  app.post('/info', (c) => handle('info', c.req.raw));
  app.post('/exchange', (c) => handle('exchange', c.req.raw));
  return app;
}
