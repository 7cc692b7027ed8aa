// The HTTP layer's surroundings for tests: a store in memory with the verbs it uses, a bridge that answers what it is
// told, a clock that stands still, and a log that keeps every line.
import { createHash } from 'node:crypto';
import type {
  BridgeView,
  DeadLetter,
  HealthView,
  ListQuery,
  Log,
  Page,
  Store,
  StoredAlert,
} from '../../../src/app/ports.ts';
import type { Decision } from '../../../src/core/decide/types.ts';
import { createApp } from '../../../src/shell/http/app.ts';
import type { AppDeps } from '../../../src/shell/http/app.ts';

export const NOW_MS = 1_760_130_001_000;
export const WEBHOOK_TOKEN = 'wh_canary_5f0c1b7e9a2d4c6f8b1e3a5d7c9f0b2e4a6c8d0f1b3e';
export const NEXT_WEBHOOK_TOKEN = 'wh_canary_next_91be7a2d4c6f8b1e3a5d7c9f0b2e4a6c8d0f';
export const READ_TOKEN = 'rd_canary_2b4d6f8a0c1e3f5a7b9d0e2c4f6a8b0d1c3e5f7a9b';
export const OPERATE_TOKEN = 'op_canary_7a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c';

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

export const alertBody = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  v: 1,
  kind: 'cascade.exhaustion',
  script: 'cascade-exhaustion@1.0.0',
  strategy: 'max-pain',
  exchange: 'BINANCE',
  ticker: 'BTCUSDT.P',
  interval: '5',
  barTime: 1_760_129_700_000,
  sentAt: 1_760_130_000_412,
  side: 'long',
  close: 104_582.9,
  high: 105_210.0,
  low: 101_516.5,
  atr: 812.4,
  score: 78.5,
  cascade: {
    startTime: 1_760_128_800_000,
    extreme: 101_516.5,
    movePct: -4.21,
    bars: 3,
    volumeRatio: 5.1,
    oiChangePct: -3.8,
    rsi: 21.4,
  },
  ...over,
});

/** The verbs the HTTP layer uses, with the semantics of the port; anything else throws when touched. */
export class MemoryStore {
  alerts = new Map<string, StoredAlert>();
  deadLetters: DeadLetter[] = [];
  decisions = new Map<string, Decision>();
  isBroken = false;

  async #turn(): Promise<void> {
    await Promise.resolve();
    if (this.isBroken) throw new Error(`disk full at file:/secret?authToken=${READ_TOKEN}`);
  }
  async receiveAlert(a: StoredAlert): Promise<{ was: 'new' | 'same' | 'other'; alertId: string }> {
    await this.#turn();
    const before = this.alerts.get(a.key);
    if (before === undefined) this.alerts.set(a.key, a);
    const was = before === undefined ? 'new' : before.bodySha === a.bodySha ? 'same' : 'other';
    return { was, alertId: (before ?? a).id };
  }
  async recordDeadLetter(d: DeadLetter): Promise<void> {
    await this.#turn();
    this.deadLetters.push(d);
  }
  async decision(id: string): Promise<Decision | undefined> {
    await this.#turn();
    return this.decisions.get(id);
  }
  async listAlerts(q: ListQuery): Promise<Page<StoredAlert>> {
    await this.#turn();
    const rows = [...this.alerts.values()]
      .filter((a) => a.receivedAtMs >= (q.sinceMs ?? 0) && a.receivedAtMs < (q.untilMs ?? Infinity))
      .filter((a) => q.cursor === undefined || a.id < q.cursor)
      .sort((x, y) => (x.id < y.id ? 1 : -1));
    const items = rows.slice(0, q.limit);
    return { items, nextCursor: rows.length > items.length ? (items.at(-1)?.id ?? null) : null };
  }
  async listDeadLetters(q: ListQuery): Promise<Page<DeadLetter>> {
    await this.#turn();
    return { items: this.deadLetters.slice(0, q.limit), nextCursor: null };
  }
  async listDecisions(q: ListQuery): Promise<Page<Decision>> {
    await this.#turn();
    return { items: [...this.decisions.values()].slice(0, q.limit), nextCursor: null };
  }
}

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
  map: ReturnType<BridgeView['zones']> = null;
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
    return this.map;
  }
  setTradingState(state: string): Promise<void> {
    if (this.refusesState) return Promise.reject(new Error('disk full'));
    this.states.push(state);
    return Promise.resolve();
  }
}

export interface World {
  app: ReturnType<typeof createApp>;
  store: MemoryStore;
  bridge: FakeBridge;
  /** Every log line, as JSON text. */
  lines: string[];
  setNow(nowMs: number): void;
  post(
    body: BodyInit,
    o?: { token?: string; from?: string; headers?: Record<string, string> },
  ): Promise<Response>;
  get(path: string, token?: string | null): Promise<Response>;
}

const ASSETS: Readonly<Record<string, string>> = {
  '/index.html': '<!doctype html><title>snapback</title>',
  '/app.js': 'export {};',
};

export function world(over: Partial<AppDeps> = {}): World {
  const store = new MemoryStore();
  const bridge = new FakeBridge();
  const lines: string[] = [];
  let nowMs = NOW_MS;
  let ids = 0;
  const line = (level: string) => (event: string, fields?: Record<string, unknown>) =>
    void lines.push(JSON.stringify({ level, event, ...fields }));
  const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const app = createApp({
    store: store as unknown as Store,
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
    setNow: (ms) => void (nowMs = ms),
    post: async (body, o = {}) =>
      app.request(`/webhook/${o.token ?? WEBHOOK_TOKEN}`, {
        method: 'POST',
        body,
        headers: { 'x-test-socket': o.from ?? '127.0.0.1', ...o.headers },
      }),
    get: async (path, token = READ_TOKEN) =>
      app.request(path, token === null ? {} : { headers: { authorization: `Bearer ${token}` } }),
  };
}
