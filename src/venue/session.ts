// One WebSocket connection: subscriptions, posts, pings, the caps. Knows nothing of sockets: text in, text out.
import type { FaultTarget } from './faults.ts';
import { keyOf, messagesFor, readSub, snapshotOf, stateMessage, type Sub, TOUCHED_BY_PRICE } from './feed.ts';
import { isRecord, type Json, parseJson } from './json.ts';
import type { Venue } from './venue.ts';

export const GREETING = 'Websocket connection established.';

const USERS_MAX = 15;
const POSTS_MAX = 100;
const SUBSCRIPTIONS_MAX = 1_000;

export interface Session {
  message(text: string): Promise<void>;
  close(): void;
}

/**
 * Sends the greeting at once. `send` writes one text frame, `hangUp` closes the socket. Price feeds are coalesced:
 * one round of messages per turn of the event loop, however often prices move in it.
 */
export function openSession(o: {
  venue: Venue;
  client?: string;
  send: (text: string) => void;
  hangUp: () => void;
}): Session {
  const { venue } = o;
  const subs = new Map<string, Sub>();
  const dirty = new Set<string>();
  let isScheduled = false;
  let posts = 0;
  let held: string | null = null;

  const emit = (channel: string, data: unknown): void => {
    const target: FaultTarget = { path: 'ws', type: channel, user: null, coins: [], roles: [] };
    const struck = venue
      .strike(target, ['ws-duplicate', 'ws-reorder', 'ws-silent', 'ws-close'])
      .map((f) => f.kind);
    if (struck.includes('ws-close')) return o.hangUp();
    if (struck.includes('ws-silent')) return;
    const text = JSON.stringify({ channel, data });
    if (held === null && struck.includes('ws-reorder')) {
      held = text;
      return;
    }
    o.send(text);
    if (held !== null) o.send(held);
    held = null;
    if (struck.includes('ws-duplicate')) o.send(text);
  };
  const error = (text: string): void => o.send(JSON.stringify({ channel: 'error', data: text }));

  const stopSteps = venue.onStep((events) => {
    for (const sub of subs.values()) {
      for (const m of messagesFor(venue, sub, events)) emit(m.channel, m.data);
    }
  });
  const sendPrices = (): void => {
    isScheduled = false;
    for (const sub of subs.values()) {
      if (!TOUCHED_BY_PRICE.has(sub.type)) continue;
      if (typeof sub['coin'] === 'string' && !dirty.has(sub['coin'])) continue;
      const data = stateMessage(venue, sub);
      if (data !== undefined) emit(sub.type, data);
    }
    dirty.clear();
  };
  const stopPrices = venue.onPrice((coin) => {
    dirty.add(coin);
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(sendPrices);
  });

  const subscribe = (sub: Sub): void => {
    const key = keyOf(sub);
    if (subs.has(key)) return error(`Already subscribed: ${JSON.stringify(sub)}`);
    const users = new Set([...subs.values()].map((x) => x['user']).filter((x) => x !== undefined));
    if (typeof sub['user'] === 'string' && users.add(sub['user']).size > USERS_MAX) {
      return error(`Cannot track more than ${USERS_MAX} total users.`);
    }
    if (subs.size >= SUBSCRIPTIONS_MAX) return error(`Invalid subscription ${JSON.stringify(sub)}`);
    subs.set(key, sub);
    o.send(
      JSON.stringify({ channel: 'subscriptionResponse', data: { method: 'subscribe', subscription: sub } }),
    );
    const first = snapshotOf(venue, sub);
    if (first !== undefined) emit(sub.type, first);
  };
  const unsubscribe = (sub: Sub): void => {
    if (!subs.delete(keyOf(sub))) return error(`Already unsubscribed: ${JSON.stringify(sub)}`);
    o.send(
      JSON.stringify({ channel: 'subscriptionResponse', data: { method: 'unsubscribe', subscription: sub } }),
    );
  };

  const post = async (m: Json): Promise<void> => {
    const id = typeof m['id'] === 'number' ? m['id'] : 0;
    const request = isRecord(m['request']) ? m['request'] : {};
    const { type, payload } = request;
    if (type !== 'info' && type !== 'action') return error(`Invalid post request ${JSON.stringify(m)}`);
    if (posts >= POSTS_MAX) return error(`too many pending post requests id=${id}`);
    posts += 1;
    const reply = await venue
      .handle(type === 'info' ? 'info' : 'exchange', JSON.stringify(payload), o.client)
      .finally(() => void (posts -= 1));
    if (reply === 'hang') return;
    if (reply === 'reset' || reply.isCut === true) return o.hangUp();
    const wrap = (response: unknown): void =>
      o.send(JSON.stringify({ channel: 'post', data: { id, response } }));
    if (reply.status !== 200) return wrap({ type: 'error', payload: `${reply.status}: ${reply.body}` });
    const body: unknown = JSON.parse(reply.body);
    if (type === 'action') return wrap({ type: 'action', payload: body });
    const kind = isRecord(payload) ? payload['type'] : undefined;
    wrap({ type: 'info', payload: { type: kind, data: body } });
  };

  o.send(GREETING);
  return {
    async message(text) {
      const m = parseJson(text);
      if (!isRecord(m)) return error('Error parsing JSON into valid websocket request');
      if (m['method'] === 'ping') return o.send(JSON.stringify({ channel: 'pong' }));
      if (m['method'] === 'post') return post(m);
      if (m['method'] !== 'subscribe' && m['method'] !== 'unsubscribe') {
        return error(`Error parsing JSON into valid websocket request: ${text.slice(0, 200)}`);
      }
      const sub = readSub(m['subscription']);
      if (sub === null) return error(`Invalid subscription ${JSON.stringify(m['subscription'])}`);
      if (m['method'] === 'subscribe') subscribe(sub);
      else unsubscribe(sub);
    },
    close() {
      stopSteps();
      stopPrices();
      subs.clear();
    },
  };
}
