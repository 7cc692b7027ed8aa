// The venue on a real port: HTTP, WebSocket, control plane. Loopback unless told otherwise.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { type WebSocket, WebSocketServer } from 'ws';
import { toResponse } from './respond.ts';
import { createControl } from './control.ts';
import type { Reply } from './handle.ts';
import { openSession } from './session.ts';
import type { Venue } from './venue.ts';

export interface VenueServer {
  url: string;
  wsUrl: string;
  port: number;
  close(): Promise<void>;
}

/** The server drops a connection it has sent nothing to for this long. */
const IDLE_MS = 60_000;
/** Idle HTTP connections stay open for as long as a load balancer's usually do, not for Node's five seconds. */
const KEEP_ALIVE_MS = 60_000;

type Bindings = { Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } };

const wait = (ms: number): Promise<void> =>
  ms > 0 ? new Promise((resolve) => void setTimeout(resolve, ms)) : Promise.resolve();

export async function serveVenue(o: {
  venue: Venue;
  host?: string;
  port?: number;
  /** Round trip as seen by the client, ms: half before the action is applied, half before its answer. */
  latencyMs?: number;
  /** Serve /sim/*; off when the host is not loopback. */
  control?: boolean;
}): Promise<VenueServer> {
  const host = o.host ?? '127.0.0.1';
  const half = (o.latencyMs ?? o.venue.latencyMs) / 2;
  let last = Promise.resolve();
  /** One request in each turn of the event loop: who comes while a signature is checked is on its way from then on. */
  const inTurn = (): Promise<void> =>
    (last = last.then(() => new Promise((resolve) => void setImmediate(resolve))));
  const isLoopback = host === '127.0.0.1' || host === 'localhost' || host === '::1';
  const app = new Hono<Bindings>();

  const answer = async (
    path: 'info' | 'exchange',
    request: Request,
    env: Bindings['Bindings'],
  ): Promise<Response> => {
    // From here on the request is on its way: what reading it and its signature costs is no part of the asked latency.
    const sentMs = performance.now();
    const body = await request.text();
    const client = env.incoming.socket.remoteAddress ?? 'unknown';
    if (half > 0) await inTurn();
    const travel = (): Promise<void> => wait(Math.ceil(sentMs + half - performance.now()));
    const reply: Reply = await o.venue.handle(path, body, client, travel);
    await wait(half);
    if (typeof reply !== 'string' && reply.isCut !== true) return toResponse(reply);
    if (typeof reply !== 'string') await cutOff(env.outgoing, reply);
    else if (reply === 'reset') env.outgoing.destroy();
    else await new Promise((resolve) => env.outgoing.once('close', resolve));
    return RESPONSE_ALREADY_SENT;
  };
  app.post('/info', (c) => answer('info', c.req.raw, c.env));
  app.post('/exchange', (c) => answer('exchange', c.req.raw, c.env));
  if (o.control ?? isLoopback) app.route('/', createControl(o.venue));

  const connections = new Map<string, number>();
  const sockets = new WebSocketServer({ noServer: true });
  const { server, port } = await listen(app, host, o.port ?? 0);
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('upgrade', (request, socket, head) => {
    if (!(request.url ?? '').startsWith('/ws')) return socket.destroy();
    const address = request.socket.remoteAddress ?? 'unknown';
    const held = connections.get(address) ?? 0;
    if (held >= o.venue.rules.connectionsMax) return socket.end('HTTP/1.1 429 Too Many Requests\r\n\r\n');
    connections.set(address, held + 1);
    socket.once('close', () => void connections.set(address, (connections.get(address) ?? 1) - 1));
    sockets.handleUpgrade(request, socket, head, (ws) => attach(o.venue, ws, request, half));
  });
  return {
    url: `http://${host}:${port}`,
    wsUrl: `ws://${host}:${port}/ws`,
    port,
    async close() {
      for (const ws of sockets.clients) ws.terminate();
      sockets.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Promises the whole body and breaks the connection after half of it. */
async function cutOff(outgoing: ServerResponse, reply: Exclude<Reply, string>): Promise<void> {
  outgoing.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.body),
  });
  await new Promise<void>((resolve) => {
    outgoing.write(reply.body.slice(0, reply.body.length / 2), () => resolve());
  });
  outgoing.destroy();
}

function listen(
  app: Hono<Bindings>,
  hostname: string,
  port: number,
): Promise<{ server: ReturnType<typeof serve>; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname, port }, (info) =>
      resolve({ server, port: info.port }),
    );
    server.once('error', reject);
  });
}

function attach(venue: Venue, ws: WebSocket, request: IncomingMessage, delayMs: number): void {
  let idle = setTimeout(() => ws.close(), IDLE_MS);
  const session = openSession({
    venue,
    client: request.socket.remoteAddress ?? 'unknown',
    send(text) {
      idle.refresh();
      if (delayMs > 0) setTimeout(() => ws.send(text), delayMs);
      else ws.send(text);
    },
    hangUp: () => ws.close(),
  });
  ws.on('message', (data: Buffer) => {
    const run = (): void => void session.message(data.toString()).catch(() => ws.close(1011));
    if (delayMs > 0) setTimeout(run, delayMs);
    else run();
  });
  ws.on('close', () => {
    clearTimeout(idle);
    session.close();
  });
  ws.on('error', () => ws.close());
}
