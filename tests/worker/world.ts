import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { privateKeyToAddress } from 'viem/accounts';
import { expect, vi } from 'vitest';
import * as z from 'zod';
import type { Desk } from '../../src/shell/runtime/worker.ts';
import { SYNTHETIC_COINS } from '../../src/venue/market/synthetic-coins.ts';
import { createSyntheticMarket } from '../../src/venue/market/synthetic-market.ts';
import type { Venue } from '../../src/venue/venue.ts';
import { createVenue } from '../../src/venue/venue.ts';

/**
 * Only Date is set, far from the real clock, so that the market is the same in every run and no alarm goes off by
 * itself: workerd's own alarms follow the real one.
 */
export const NOW_MS = Date.UTC(2031, 4, 6, 12, 2, 30);
const SEED = 7;

export interface World {
  venue: Venue;
  /** Types of what was asked of the venue's /info, oldest first. */
  asked: string[];
  /** Bodies of what was sent to the venue's /exchange, oldest first. */
  sent: string[];
  /** While false the venue is not reached at all. */
  isUp: boolean;
}

/** Everything that left the Worker in this test: answers and log lines. */
let said: string[] = [];

/**
 * A venue with one coin whose longs have just been flushed, in this isolate, in the place of the internet: the Worker
 * under test shares the isolate, and with it `fetch`, Date and console.
 */
export function openWorld(): World {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS });
  said = [];
  for (const method of ['debug', 'log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((...args) => void said.push(args.map(String).join(' ')));
  // The venue answers at once; time limits that wait for their end would keep the object from being evicted for seconds.
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
  const world: World = { venue: openVenue(), asked: [], sent: [], isUp: true };
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.origin !== env.HYPERLIQUID_API_URL || !world.isUp)
      throw new TypeError('Network connection lost.');
    const body = await request.clone().text();
    if (url.pathname === '/exchange') world.sent.push(body);
    else world.asked.push(z.object({ type: z.string() }).parse(JSON.parse(body)).type);
    const answer = await world.venue.fetch(request);
    const headers = new Headers(answer.headers);
    headers.set('date', new Date().toUTCString());
    return new Response(answer.body, { status: answer.status, headers });
  });
  return world;
}

function openVenue(): Venue {
  const coins = SYNTHETIC_COINS.filter((c) => c.coin === 'BTC');
  const venue = createVenue({
    nowMs: () => Date.now(),
    coins: coins.map((c) => ({ ...c, marginTiers: [...c.marginTiers] })),
  });
  venue.openAccount({
    address: env.HYPERLIQUID_ACCOUNT,
    usd: 10_000,
    agents: [env.HYPERLIQUID_ENTRY_KEY, env.HYPERLIQUID_GUARD_KEY].map((key) => ({
      address: privateKeyToAddress(key),
    })),
  });
  createSyntheticMarket({
    seed: SEED,
    startMs: NOW_MS,
    historyBars: 3_000,
    coins,
    sink: venue,
    flushBeforeMs: NOW_MS,
    flushSide: 'long',
  });
  return venue;
}

/** Checks that nothing said in the test holds a secret, and leaves nothing of the test for the next one. */
export async function closeWorld(): Promise<void> {
  await idle();
  expect(secretsIn(said.join('\n'))).toEqual([]);
  vi.restoreAllMocks();
  await runInDurableObject(desk(), (_, state) => state.storage.deleteAll());
  await evictDurableObject(desk());
  vi.useRealTimers();
}

/** Names of the secrets that a text holds, whole or without their 0x. */
export const secretsIn = (text: string): string[] =>
  (
    [
      'WEBHOOK_TOKEN',
      'READ_TOKEN',
      'OPERATE_TOKEN',
      'HYPERLIQUID_ENTRY_KEY',
      'HYPERLIQUID_GUARD_KEY',
    ] as const
  ).filter((name) => text.toLowerCase().includes(env[name].replace(/^0x/, '').toLowerCase()));

export const saidSoFar = (): string => said.join('\n');

export const desk = (): DurableObjectStub<Desk> => env.DESK.get(env.DESK.idFromName('main'));

/** Waits until the object has nothing in flight: no timers are slept out. */
export const idle = (): Promise<void> => runInDurableObject(desk(), (object: Desk) => object.idle());

export const alarmAtMs = (): Promise<number | null> =>
  runInDurableObject(desk(), (_, state) => state.storage.getAlarm());

/** One request to the Worker; the answer's text is kept for the secrets check. */
export async function ask(
  path: string,
  init?: RequestInit,
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await exports.default.fetch(new Request(`https://snapback.test${path}`, init));
  const text = await response.text();
  said.push(text, JSON.stringify([...response.headers]));
  return { status: response.status, headers: response.headers, text };
}

const Json = z.record(z.string(), z.unknown());
export const json = (text: string): Record<string, unknown> => Json.parse(JSON.parse(text));

/** An answer of the read API, asked with the right token. */
export const read = async (path: string): Promise<Record<string, unknown>> =>
  json((await ask(`/api/v1/${path}`, { headers: { authorization: `Bearer ${env.READ_TOKEN}` } })).text);

/** Rows of a list of the read API, newest first. */
export const rows = async (path: string): Promise<Record<string, unknown>[]> =>
  z.object({ items: z.array(Json) }).parse(await read(path)).items;

export const post = (body: unknown, token = env.WEBHOOK_TOKEN): ReturnType<typeof ask> =>
  ask(`/webhook/${token}`, { method: 'POST', body: JSON.stringify(body) });

const Action = z.object({
  action: z.looseObject({
    type: z.string(),
    orders: z.array(z.looseObject({ b: z.boolean(), r: z.boolean() })).default([]),
  }),
  nonce: z.number(),
});

/** What was sent to the venue to be acted on, oldest first. */
export const actions = (world: World): z.output<typeof Action>[] =>
  world.sent.map((body) => Action.parse(JSON.parse(body)));

/** Actions that open or enlarge a position. */
export const entries = (world: World): z.output<typeof Action>[] =>
  actions(world).filter((a) => a.action.orders.some((o) => !o.r));

export const onVenue = (world: World): NonNullable<ReturnType<Venue['account']>> => {
  const account = world.venue.account(env.HYPERLIQUID_ACCOUNT);
  expect(account).not.toBeNull();
  return account!;
};

export const stopsOnVenue = (world: World) =>
  onVenue(world).orders.filter((o) => o.orderType === 'Stop Market');

/** An entry alert at today's prices that the gates approve, taken up and executed. */
export async function enter(): Promise<Record<string, unknown>> {
  const alert = await read('example-alert?coin=BTC');
  expect((await post(alert)).status).toBe(202);
  await idle();
  return alert;
}
