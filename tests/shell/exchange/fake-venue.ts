import { createServer, type Server, type ServerResponse } from 'node:http';

export interface Seen {
  path: string;
  text: string;
  // Tests read whatever the client sent.
  body: Record<string, unknown>;
}
/** What to answer: JSON by default; `hang` never answers, `reset` drops the connection. */
export type Reply =
  | { json: unknown; headers?: Record<string, string> }
  | { status: number; text: string; type?: string; headers?: Record<string, string> }
  | 'hang'
  | 'reset';

export interface FakeVenue {
  url: string;
  seen: Seen[];
  /** Connections ever opened. */
  connections: number;
  /** The next requests are answered by this. */
  reply: (request: Seen) => Reply;
  close(): Promise<void>;
}

/** A server that answers what a test tells it to, over real HTTP. */
export async function startFakeVenue(): Promise<FakeVenue> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const body: Seen['body'] = JSON.parse(text);
      const seen = { path: request.url ?? '', text, body };
      fake.seen.push(seen);
      answer(response, fake.reply(seen));
    });
  });
  const fake: FakeVenue = {
    url: await listen(server),
    seen: [],
    connections: 0,
    reply: () => ({ status: 500, text: 'no reply was scripted' }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('connection', () => fake.connections++);
  return fake;
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return;
  if (reply === 'reset') {
    response.socket?.destroy();
    return;
  }
  const [status, type, text, headers] =
    'json' in reply
      ? [200, 'application/json', JSON.stringify(reply.json), reply.headers ?? {}]
      : [reply.status, reply.type ?? 'text/html', reply.text, reply.headers ?? {}];
  response.writeHead(status, { 'content-type': type, ...headers }).end(text);
}

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`);
    });
  });

/** A port nobody listens on. */
export async function deadUrl(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return url;
}

export const statuses = (...list: unknown[]): Reply => ({
  json: { status: 'ok', response: { type: 'order', data: { statuses: list } } },
});
export const done: Reply = { json: { status: 'ok', response: { type: 'default' } } };
export const err = (text: string): Reply => ({ json: { status: 'err', response: text } });
