// The thread that owns a local database file: opened by threaded-sqlite.ts, never imported.
import { parentPort, workerData } from 'node:worker_threads';
import type { Statement } from './driver.ts';
import { openNodeSqlite } from './node-sqlite.ts';

export type Request = { id: number } & (
  | { kind: 'read'; statement: Statement }
  | { kind: 'write'; statements: readonly Statement[] }
  | { kind: 'close' }
);

/** What of an error crosses the thread: enough to tell what failed (sqlite-failure.ts). */
export interface Failed {
  message: string;
  code: unknown;
  errcode: unknown;
}

/** id 0 is the answer to the opening itself. */
export type Reply =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; error: Failed }
  | { id: 'fatal'; error: Failed };

const port = parentPort;
if (port === null) throw new Error('sqlite-thread.ts runs as a worker thread only');
const say = (reply: Reply): void => port.postMessage(reply);
const failed = (e: unknown): Failed => {
  const { code, errcode }: { code?: unknown; errcode?: unknown } = Object(e);
  return { message: e instanceof Error ? e.message : String(e), code, errcode };
};

try {
  const { path } = workerData as { path: string };
  const driver = openNodeSqlite(path, (e) => say({ id: 'fatal', error: failed(e) }));
  port.on('message', (request: Request) => {
    const work =
      request.kind === 'read'
        ? driver.read(request.statement)
        : request.kind === 'write'
          ? driver.write(request.statements)
          : driver.close();
    work.then(
      (value) => {
        say({ id: request.id, ok: true, value });
        if (request.kind === 'close') port.close();
      },
      (e: unknown) => say({ id: request.id, ok: false, error: failed(e) }),
    );
  });
  say({ id: 0, ok: true, value: null });
} catch (e) {
  say({ id: 0, ok: false, error: failed(e) });
  port.close();
}
