import type { Context } from 'hono';
import * as z from 'zod';
import type { HttpKit } from './kit.ts';
import { respondText, SECURITY_HEADERS } from './respond.ts';
import type { Route } from './route.ts';

const STREAM_PATH = '/api/v1/stream';
const METRICS_PATH = '/metrics';

/** What happens, as it happens: events for people, figures for Prometheus. */
export const liveRoutes: readonly Route[] = [
  {
    method: 'get',
    path: STREAM_PATH,
    summary: 'What happens, as server-sent events; Last-Event-ID goes on where a connection broke off',
    scope: 'read',
    mediaType: 'text/event-stream',
    ok: { 200: z.string() },
    refusals: [429, 501],
    run: stream,
  },
  {
    method: 'get',
    path: METRICS_PATH,
    summary: 'Figures in the Prometheus text format',
    scope: 'read',
    mediaType: 'text/plain',
    ok: { 200: z.string() },
    refusals: [501],
    run(_, kit) {
      const { metrics } = kit.deps;
      return metrics === undefined
        ? notHere(kit, METRICS_PATH)
        : respondText(200, 'text/plain; version=0.0.4; charset=utf-8', metrics());
    },
  },
];

function stream(c: Context, kit: HttpKit): Response {
  const { events, cut } = kit.deps;
  if (events === undefined) return notHere(kit, STREAM_PATH);
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Proxies that gather answers would hold events back.
    'x-accel-buffering': 'no',
  };
  if (c.req.raw.method === 'HEAD') return new Response(null, { headers });
  const body = events.open(c.req.header('last-event-id'), () => cut?.(c));
  return body === null
    ? kit.problem(STREAM_PATH, 429, 'rate-limited', 'as many streams as allowed are open; close one', {
        retryAfterS: 5,
      })
    : new Response(body, { headers });
}

const notHere = (kit: HttpKit, path: string): Response =>
  kit.problem(
    path,
    501,
    'not-available',
    'this runtime sleeps between requests and keeps nothing open: ask the lists instead',
  );
