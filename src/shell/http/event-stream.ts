import type { Listener, LoggedEvent } from '../../app/watch-log.ts';

/** Events kept for clients that come back, and how far a slow one may fall behind before it is dropped. */
const KEPT_MAX = 1_000;
/** Connections at once: one read token, a few pages and scripts. */
export const STREAM_CLIENTS_MAX = 8;
/** What lies ready for one client beyond what its socket took, bytes. */
const READY_BYTES_MAX = 16_384;
/** Heartbeats a client may leave unread before it counts as gone. */
const UNREAD_BEATS_MAX = 4;
export const BEAT_MS = 15_000;

/** Logged events that clients are told of, by the name they get on the stream. */
const KINDS: Readonly<Record<string, string>> = {
  'alert.received': 'alert',
  'alert.handled': 'decision',
  'action.sent': 'order',
  'action.refused': 'order',
  'action.unknown': 'order',
  'action.settled': 'order',
  'stop.placed': 'order',
  'position.closed-by-guard': 'order',
  fill: 'fill',
  'position.closed': 'trade',
  'guard.pass': 'guard',
  'trading-state.changed': 'state',
  'coin-params.changed': 'state',
  'feed.stale': 'feed',
  'feed.recovered': 'feed',
  'alert-feed-silent': 'feed',
  'invariant.violated': 'alarm',
};
export const STREAM_KINDS: readonly string[] = [...new Set(Object.values(KINDS)), 'reset'];

interface Client {
  controller: ReadableStreamDefaultController<Uint8Array>;
  /** Number of the next event to send. */
  next: number;
  unreadBeats: number;
  cut: () => void;
}

export interface EventStream {
  /** A listener of `watchLog`: never waits, whoever is connected. */
  onEvent: Listener;
  /**
   * A body for one client, or null when all places are taken.
   * @param lastEventId of the client's `Last-Event-ID`; it goes on after it, or gets `reset` when that is too long ago
   * @param cut ends the client's connection when it does not read
   */
  open(lastEventId: string | undefined, cut: () => void): ReadableStream<Uint8Array> | null;
  /** Says that all is well, and drops clients that do not read. Every BEAT_MS. */
  beat(): void;
  clients(): number;
  close(): void;
}

const encoder = new TextEncoder();

/**
 * Server-sent events out of one bounded list for all clients: each client only has its place in it. Whoever is so slow
 * that its place has left the list is dropped, so memory is bounded and publishing never waits.
 * @param boot tells this process's numbers from an earlier one's
 */
export function createEventStream(boot: string): EventStream {
  const kept: Uint8Array[] = [];
  let first = 1; // number of kept[0]
  const clients = new Set<Client>();

  const drop = (client: Client): void => {
    clients.delete(client);
    try {
      client.controller.close();
    } catch {
      // Closed by the client already.
    }
    client.cut();
  };

  /** Sends what is due, as far as the client takes it. */
  const flow = (client: Client): void => {
    if (client.next < first) return drop(client);
    while (client.next < first + kept.length && (client.controller.desiredSize ?? 0) > 0) {
      const event = kept[client.next - first];
      if (event === undefined) return;
      client.next += 1;
      client.controller.enqueue(event);
    }
  };

  const placeOf = (lastEventId: string): number | null => {
    const [, ofBoot, digits] = /^([\w-]{1,40})-(\d{1,15})$/.exec(lastEventId) ?? [];
    const next = Number(digits) + 1;
    return ofBoot === boot && next >= first && next <= first + kept.length ? next : null;
  };

  return {
    onEvent(e) {
      const kind = KINDS[e.event];
      if (kind === undefined || (kind === 'alert' && e.fields['was'] !== 'new')) return;
      kept.push(encoder.encode(frame(`${boot}-${first + kept.length}`, kind, e)));
      if (kept.length > KEPT_MAX) {
        kept.shift();
        first += 1;
      }
      for (const client of clients) flow(client);
    },
    open(lastEventId, cut) {
      if (clients.size >= STREAM_CLIENTS_MAX) return null;
      const place = lastEventId === undefined ? null : placeOf(lastEventId);
      const newest = first + kept.length - 1;
      const hello =
        lastEventId !== undefined && place === null
          ? `id: ${boot}-${newest}\nevent: reset\ndata: {}\n\n`
          : `id: ${boot}-${place === null ? newest : place - 1}\n: hello\n\n`;
      let client: Client;
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            client = { controller, next: place ?? newest + 1, unreadBeats: 0, cut };
            clients.add(client);
            controller.enqueue(encoder.encode(`retry: 3000\n${hello}`));
          },
          pull() {
            if (clients.has(client)) flow(client);
          },
          cancel: () => void clients.delete(client),
        },
        new ByteLengthQueuingStrategy({ highWaterMark: READY_BYTES_MAX }),
      );
    },
    beat() {
      for (const client of clients) {
        const ready = client.controller.desiredSize ?? 0;
        client.unreadBeats = ready === READY_BYTES_MAX ? 0 : client.unreadBeats + 1;
        if (client.unreadBeats > UNREAD_BEATS_MAX) drop(client);
        else if (ready > 0) client.controller.enqueue(BEAT);
      }
    },
    clients: () => clients.size,
    close() {
      for (const client of clients) drop(client);
    },
  };
}

const BEAT = encoder.encode(': beat\n\n');

/** One event; JSON has no raw line breaks, so the data is one line whatever the fields hold. */
function frame(id: string, kind: string, { atMs, level, event, fields }: LoggedEvent): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ atMs, level, event, ...fields })}\n\n`;
}
