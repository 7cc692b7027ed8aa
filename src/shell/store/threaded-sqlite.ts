import { Worker } from 'node:worker_threads';
import type { Driver, Row } from './driver.ts';
import type { Failed, Reply, Request } from './sqlite-thread.ts';

/** What a request carries besides its number. */
type Ask<R> = R extends Request ? Omit<R, 'id'> : never;

/**
 * A local file on a thread of its own: Node's SQLite is synchronous, and an fsync on the main thread would hold up
 * every request, order and guard pass for as long as the disk takes. While one commit is under way the next group
 * gathers. Statements run in the order they were asked for.
 * @param fatal called once, when the database, or the thread that has it, can no longer be trusted
 * @throws Error that names the file and what to do
 */
export async function openThreadedSqlite(path: string, fatal: (e: unknown) => void): Promise<Driver> {
  const thread = new Worker(new URL('./sqlite-thread.ts', import.meta.url), {
    workerData: { path },
    // It holds statements and rows in passing only; a small young heap keeps its memory small.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const waiting = new Map<number, { resolve(value: never): void; reject(e: unknown): void }>();
  let serial = 0;
  let isClosed = false;
  const end = (e: unknown): void => {
    for (const w of waiting.values()) w.reject(e);
    waiting.clear();
  };
  const opened = new Promise<null>((resolve, reject) => waiting.set(0, { resolve, reject }));
  thread.on('message', (reply: Reply) => {
    if (reply.id === 'fatal') return fatal(errorOf(reply.error));
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.ok) asked?.resolve(reply.value as never);
    else asked?.reject(errorOf(reply.error));
  });
  const died = (e: unknown): void => {
    end(e);
    if (!isClosed) fatal(e);
  };
  thread.on('error', died);
  const ask = <T>(what: Ask<Request>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(new Error(`${path} is closed`));
      serial += 1;
      waiting.set(serial, { resolve, reject });
      thread.postMessage({ ...what, id: serial });
    });
  try {
    await opened;
  } catch (e) {
    isClosed = true;
    throw e;
  }
  thread.on('exit', () =>
    isClosed ? end(new Error(`${path} is closed`)) : died(new Error(`the thread of ${path} ended`)),
  );
  return {
    read: (statement) => ask<Row[]>({ kind: 'read', statement }),
    write: (statements) => ask<Row[][]>({ kind: 'write', statements }),
    async close() {
      if (isClosed) return;
      const done = ask<void>({ kind: 'close' });
      isClosed = true;
      await done;
      await thread.terminate();
    },
  };
}

const errorOf = ({ message, code, errcode }: Failed): Error =>
  Object.assign(
    new Error(message),
    code === undefined ? {} : { code },
    errcode === undefined ? {} : { errcode },
  );
