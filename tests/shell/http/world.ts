// The HTTP layer's surroundings for tests: the real store in memory, a bridge that answers what it is told, a clock that
// stands still, and a log that keeps every line.
import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import type { BridgeView, DeadLetter, HealthView, Log, Store, StoredAlert } from '../../../src/app/ports.ts';
import type { ZoneMap } from '../../../src/core/zones/types.ts';
import { paramsOf } from '../../../src/core/shared/coin-params.ts';
import type { CoinChanges, CoinVersion } from '../../../src/core/shared/override-params.ts';
import { overridesOf, withOverrides } from '../../../src/core/shared/override-params.ts';
import { createApp } from '../../../src/shell/http/app.ts';
import type { AppDeps } from '../../../src/shell/http/app.ts';
import { openStore } from '../../../src/shell/store/open-store.ts';
import { exhaustion } from '../../support/alerts.ts';

export const NOW_MS = 1_760_130_001_000;
export const WEBHOOK_TOKEN = 'wh_canary_5f0c1b7e9a2d4c6f8b1e3a5d7c9f0b2e4a6c8d0f1b3e';
export const NEXT_WEBHOOK_TOKEN = 'wh_canary_next_91be7a2d4c6f8b1e3a5d7c9f0b2e4a6c8d0f';
export const READ_TOKEN = 'rd_canary_2b4d6f8a0c1e3f5a7b9d0e2c4f6a8b0d1c3e5f7a9b';
export const OPERATE_TOKEN = 'op_canary_7a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c';

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The sample of the webhook contract, as a body that anything may be put into. */
export const alertBody = (
  over: Record<string, unknown> = {},
  cascade: Record<string, unknown> = {},
): Record<string, unknown> => {
  const sample = exhaustion();
  return { ...sample, cascade: { ...sample.cascade, ...cascade }, ...over };
};

export const health = (over: Partial<HealthView> = {}): HealthView => ({
  guardLastOkMs: NOW_MS - 12_000,
  guardIntervalMs: 45_000,
  notReady: [],
  mode: 'paper',
  dataSource: 'synthetic (seed 7)',
  tradingState: 'ACTIVE',
  feeds: [{ venue: 'hyperliquid', lastOkMs: NOW_MS - 900, message: null }],
  startedAtMs: NOW_MS - 3_600_000,
  ...over,
});

export class FakeBridge implements BridgeView {
  wakes = 0;
  view = health();
  states: string[] = [];
  read: ReturnType<BridgeView['positions']> = { readAtMs: NOW_MS, equityUsd: 10_000, items: [] };
  map: ZoneMap | null = null;
  sides: ReturnType<BridgeView['zones']> = null;
  refusesState = false;
  wake(): void {
    this.wakes += 1;
  }
  health(): HealthView {
    return this.view;
  }
  positions(): ReturnType<BridgeView['positions']> {
    return this.read;
  }
  zones(): ReturnType<BridgeView['zones']> {
    const { map: estimated } = this;
    return (
      this.sides ??
      (estimated && {
        estimated,
        observed: null,
        notObserved: 'nobody looks',
        blended: null,
        decidesOn: 'estimated',
      })
    );
  }
  scores: BridgeView['scores'];
  feedback: BridgeView['feedback'];
  coinMarket: ReturnType<BridgeView['market']> = null;
  /** Of single coins; the others have `coinMarket`. */
  readonly markets = new Map<string, ReturnType<BridgeView['market']>>();
  market(coin: string): ReturnType<BridgeView['market']> {
    return this.markets.has(coin) ? (this.markets.get(coin) ?? null) : this.coinMarket;
  }
  example: ReturnType<BridgeView['exampleAlert']> = null;
  exampleAlert(): ReturnType<BridgeView['exampleAlert']> {
    return this.example;
  }
  exit: Awaited<ReturnType<BridgeView['flatten']>>['status'] = 'no-position';
  flattened: string[] = [];
  flatten(coin: string): ReturnType<BridgeView['flatten']> {
    this.flattened.push(coin);
    return Promise.resolve({ coin, status: this.exit, message: `${coin}: ${this.exit}` });
  }
  versions: CoinVersion[] = [];
  coin(coin: string): ReturnType<BridgeView['coin']> {
    const defaults = paramsOf(coin);
    if (defaults === undefined) return Promise.resolve(null);
    const overrides = overridesOf(this.versions);
    const merged = withOverrides(defaults, overrides, null);
    return Promise.resolve({
      params: merged.ok ? merged.params : defaults,
      defaults,
      version: this.versions.length,
      overrides,
      history: this.versions.toReversed(),
    });
  }
  async changeCoin(coin: string, changes: CoinChanges): ReturnType<BridgeView['changeCoin']> {
    if (this.refusesState) throw new Error('disk full');
    const defaults = paramsOf(coin);
    if (defaults === undefined) return { ok: 'unknown-coin' };
    const next = { version: this.versions.length + 1, atMs: NOW_MS, changes, by: 'test' };
    const merged = withOverrides(defaults, overridesOf([...this.versions, next]), null);
    if (!merged.ok) return merged;
    this.versions.push(next);
    const settings = await this.coin(coin);
    return settings === null ? { ok: 'unknown-coin' } : { ok: true, settings };
  }
  reasons: string[] = [];
  setTradingState(state: string, reason: string): Promise<void> {
    if (this.refusesState) return Promise.reject(new Error('disk full'));
    this.states.push(state);
    this.reasons.push(reason);
    return Promise.resolve();
  }
}

export interface World {
  app: ReturnType<typeof createApp>;
  store: Store;
  bridge: FakeBridge;
  /** Every log line, as JSON text. */
  lines: string[];
  setNow(nowMs: number): void;
  /** From now on every verb of the store fails, as on a full disk. */
  breakStore(isBroken: boolean): void;
  alerts(): Promise<StoredAlert[]>;
  deadLetters(): Promise<DeadLetter[]>;
  post(
    body: string | Uint8Array<ArrayBuffer>,
    o?: { token?: string; from?: string; headers?: Record<string, string> },
  ): Promise<Response>;
  get(path: string, token?: string | null): Promise<Response>;
  /** The header that confirms one change: with a number the app has just given out. */
  confirm(): Promise<Record<string, string>>;
}

const ASSETS: Readonly<Record<string, string>> = {
  '/index.html': '<!doctype html><title>snapback</title>',
  '/app.js': 'export {};',
};

const Refusal = z.object({
  code: z.string(),
  message: z.string().min(1),
  requestId: z.string().min(1),
  alertId: z.string().optional(),
  issues: z
    .array(z.object({ path: z.string(), message: z.string().min(1), fix: z.string().min(1) }))
    .optional(),
});

/** The body of a refusal: fails unless it is one. */
export const refusalOf = async (res: Response): Promise<z.infer<typeof Refusal>> =>
  Refusal.parse(await res.json());

/** The real store in memory behind a switch that makes every verb fail with a message that must not get out. */
async function breakableStore(): Promise<{ store: Store; breakStore: (isBroken: boolean) => void }> {
  const memory = await openStore({
    url: 'file::memory:',
    nowMs: () => NOW_MS,
    fatal: (e) => {
      throw e;
    },
  });
  onTestFinished(() => memory.close());
  let isDown = false;
  const store = new Proxy<Store>(memory, {
    get(target, verb): unknown {
      if (isDown) return () => Promise.reject(new Error(`disk full: libsql://db?authToken=${READ_TOKEN}`));
      return Reflect.get(target, verb);
    },
  });
  return { store, breakStore: (isBroken) => void (isDown = isBroken) };
}

export async function world(over: Partial<AppDeps> = {}): Promise<World> {
  const { store, breakStore } = await breakableStore();
  const bridge = new FakeBridge();
  const lines: string[] = [];
  let nowMs = NOW_MS;
  let ids = 0;
  const line = (level: string) => (event: string, fields?: Record<string, unknown>) =>
    void lines.push(JSON.stringify({ level, event, ...fields }));
  const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const app = createApp({
    store,
    bridge,
    clock: { nowMs: () => nowMs, sleep: () => Promise.resolve() },
    log,
    digest,
    tokens: { webhook: [WEBHOOK_TOKEN, NEXT_WEBHOOK_TOKEN], read: READ_TOKEN, operate: OPERATE_TOKEN },
    trustProxy: false,
    tradingViewIpsOnly: false,
    clientAddress: (c) => c.req.header('x-test-socket') ?? '127.0.0.1',
    assets: (path) =>
      Promise.resolve(new Response(ASSETS[path] ?? 'no', { status: path in ASSETS ? 200 : 404 })),
    newId: () => `id${String(++ids).padStart(4, '0')}`,
    ...over,
  });
  return {
    app,
    store,
    bridge,
    lines,
    breakStore,
    setNow: (ms) => void (nowMs = ms),
    alerts: async () => (await store.listAlerts({ limit: 500 })).items,
    deadLetters: async () => (await store.listDeadLetters({ limit: 500 })).items,
    post: async (body, o = {}) =>
      app.request(`/webhook/${o.token ?? WEBHOOK_TOKEN}`, {
        method: 'POST',
        body,
        headers: { 'x-test-socket': o.from ?? '127.0.0.1', ...o.headers },
      }),
    get: async (path, token = READ_TOKEN) =>
      app.request(path, token === null ? {} : { headers: { authorization: `Bearer ${token}` } }),
    confirm: async () => {
      const headers = { authorization: `Bearer ${OPERATE_TOKEN}` };
      const res = await app.request('/api/v1/confirm', { method: 'POST', headers });
      return { 'x-confirm': z.object({ nonce: z.string() }).parse(await res.json()).nonce };
    },
  };
}
