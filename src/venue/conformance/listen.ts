// A bare WebSocket for the checks: messages of a channel in the order they came.
import { isRecord, type Json, parseJson } from '../json.ts';

export interface Listener {
  send(message: Json): void;
  /** Data of the next message on the channel; an error after five seconds without one. */
  next(channel: string): Promise<Json>;
  close(): void;
}

const PATIENCE_MS = 5_000;

export function listen(wsUrl: string): Promise<Listener> {
  const socket = new WebSocket(wsUrl);
  const waiting: { channel: string; take: (data: Json) => void }[] = [];
  const early: { channel: string; data: Json }[] = [];
  socket.addEventListener('message', (event) => {
    const m = parseJson(String(event.data));
    if (!isRecord(m) || !isRecord(m['data'])) return;
    const channel = String(m['channel']);
    const at = waiting.findIndex((w) => w.channel === channel);
    if (at < 0) early.push({ channel, data: m['data'] });
    else waiting.splice(at, 1)[0]?.take(m['data']);
  });
  const next: Listener['next'] = (channel) => {
    const at = early.findIndex((m) => m.channel === channel);
    const ready = at < 0 ? undefined : early.splice(at, 1)[0];
    if (ready !== undefined) return Promise.resolve(ready.data);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing on ${channel}`)), PATIENCE_MS);
      waiting.push({
        channel,
        take(data) {
          clearTimeout(timer);
          resolve(data);
        },
      });
    });
  };
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () =>
      resolve({ send: (m) => socket.send(JSON.stringify(m)), next, close: () => socket.close() }),
    );
    socket.addEventListener('error', () => reject(new Error(`no WebSocket at ${wsUrl}`)));
  });
}
