import * as z from 'zod';
import type { HealthView } from '../../app/ports.ts';
import { REASON_CODES } from '../../core/shared/reason-codes.ts';
import { respondJson } from './respond.ts';
import type { Route } from './route.ts';

const reasons = z.array(z.object({ code: z.enum(REASON_CODES), message: z.string() }));
const TradingState = z.enum(['ACTIVE', 'REDUCING', 'HALTED']);

const Health = z.object({
  ok: z.boolean(),
  nowMs: z.number(),
  startedAtMs: z.number(),
  mode: z.enum(['paper', 'testnet', 'live']),
  dataSource: z.string(),
  tradingState: TradingState,
  tradingStateNote: z
    .object({
      state: TradingState,
      reason: z.string(),
      origin: z.enum(['operator', 'limit']),
      sinceMs: z.number().nullable(),
    })
    .nullable(),
  guard: z.object({
    lastOkMs: z.number().nullable(),
    ageMs: z.number().nullable(),
    ageMsMax: z.number(),
    intervalMs: z.number(),
  }),
  venue: z
    .object({
      clockSkewMs: z.number().nullable(),
      actionsLeft: z.number().nullable(),
      openOrders: z.number().nullable(),
      accountFeed: z.enum(['none', 'up', 'down', 'deaf']),
    })
    .nullable(),
  feeds: z.array(
    z.object({
      venue: z.string(),
      lastOkMs: z.number().nullable(),
      ageMs: z.number().nullable(),
      message: z.string().nullable(),
    }),
  ),
  notReady: reasons,
});

/** A guard that is silent this long is not protecting: two intervals, and never less than a minute and a half. */
const GUARD_AGE_MS_MIN = 90_000;
export const guardAgeMsMax = (intervalMs: number): number => Math.max(GUARD_AGE_MS_MIN, 2 * intervalMs);

const age = (nowMs: number, atMs: number | null): number | null => (atMs === null ? null : nowMs - atMs);

/** Alive means protecting: the guard's last good pass is young enough. Before the first pass it is not. */
export function healthOf(view: HealthView, nowMs: number): z.infer<typeof Health> {
  const ageMs = age(nowMs, view.guardLastOkMs);
  const ageMsMax = guardAgeMsMax(view.guardIntervalMs);
  return {
    ok: ageMs !== null && ageMs < ageMsMax,
    nowMs,
    startedAtMs: view.startedAtMs,
    mode: view.mode,
    dataSource: view.dataSource,
    tradingState: view.tradingState,
    tradingStateNote: view.tradingStateNote ?? null,
    guard: { lastOkMs: view.guardLastOkMs, ageMs, ageMsMax, intervalMs: view.guardIntervalMs },
    venue: view.venue ?? null,
    feeds: view.feeds.map((f) => ({ ...f, ageMs: age(nowMs, f.lastOkMs) })),
    notReady: view.notReady,
  };
}

export const healthRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/healthz',
    summary: 'Is the guard protecting? 503 when its last good pass is too old',
    scope: 'open',
    ok: { 200: Health, 503: Health },
    refusals: [],
    run(_, { deps }) {
      const health = healthOf(deps.bridge.health(), deps.clock.nowMs());
      return respondJson(health.ok ? 200 : 503, health);
    },
  },
  {
    method: 'get',
    path: '/readyz',
    summary: 'Are entries accepted right now? 503 with the reasons when not',
    scope: 'open',
    ok: { 200: z.object({ ready: z.boolean(), reasons }), 503: z.object({ ready: z.boolean(), reasons }) },
    refusals: [],
    run(_, { deps }) {
      const found = deps.bridge.health().notReady;
      return respondJson(found.length === 0 ? 200 : 503, { ready: found.length === 0, reasons: found });
    },
  },
];
