import { Hono } from 'hono';
import * as z from 'zod';
import { Alert } from '../../core/alert/schema.ts';
import { bearerOf } from './access.ts';
import { accuracyRoutes } from './accuracy-routes.ts';
import { coinRoutes } from './coin-routes.ts';
import { candleRoutes } from './candle-routes.ts';
import { detailRoutes } from './detail-routes.ts';
import { feedbackRoutes } from './feedback-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { createKit } from './kit.ts';
import type { AppDeps, HttpKit } from './kit.ts';
import { listRoutes } from './list-routes.ts';
import { liveRoutes } from './live-routes.ts';
import { marketRoutes } from './market-routes.ts';
import { openapi } from './openapi.ts';
import { operateRoutes } from './operate-routes.ts';
import { servePage } from './page.ts';
import { performanceRoutes } from './performance-routes.ts';
import { pineRoutes } from './pine-routes.ts';
import { respondJson } from './respond.ts';
import { reviewRoutes } from './review-routes.ts';
import { honoPath } from './route.ts';
import type { Route } from './route.ts';
import { receiveWebhook, WEBHOOK_PATH } from './webhook.ts';
import { zoneRoutes } from './zone-routes.ts';

export type { AppDeps } from './kit.ts';

const Stored = (status: string) => z.object({ alertId: z.string(), status: z.literal(status) });

/** The table everything is registered and described from. */
export function routesOf(kit: HttpKit): Route[] {
  const webhook = receiveWebhook(kit);
  const routes: Route[] = [
    {
      method: 'post',
      path: WEBHOOK_PATH,
      summary: 'An alert from TradingView. Stored before the answer, decided and executed after it',
      scope: 'webhook',
      body: Alert,
      ok: { 200: Stored('duplicate'), 202: Stored('accepted') },
      refusals: [400, 409],
      run: webhook,
    },
    ...healthRoutes,
    ...listRoutes,
    ...reviewRoutes,
    ...detailRoutes,
    ...coinRoutes,
    ...operateRoutes,
    ...candleRoutes,
    ...zoneRoutes,
    ...marketRoutes,
    ...accuracyRoutes,
    ...performanceRoutes,
    ...feedbackRoutes,
    ...pineRoutes,
    ...liveRoutes,
    {
      method: 'get',
      path: '/openapi.json',
      summary: 'This document',
      scope: 'open',
      ok: { 200: z.record(z.string(), z.unknown()) },
      refusals: [],
      run: () => respondJson(200, (document ??= openapi(routes))),
    },
  ];
  let document: object | undefined;
  return routes;
}

/** The whole HTTP surface, from one table of routes. The same app runs on Node and in a Worker. */
export function createApp(deps: AppDeps): Hono {
  const kit = createKit(deps);
  const app = new Hono();
  const routes = routesOf(kit);
  for (const route of routes) {
    const { scope, path } = route;
    app.on(
      route.method.toUpperCase(),
      honoPath(path),
      scope === 'read' || scope === 'operate'
        ? (c) => {
            const token = bearerOf(c.req.header('authorization'));
            return (
              kit.deny(scope, token, kit.addressOf(c), path) ??
              kit.slowDown(token ?? '', route.cost ?? 1, path) ??
              (route.confirm === 'always' ? kit.unconfirmed(c, path) : undefined) ??
              route.run(c, kit)
            );
          }
        : (c) => route.run(c, kit),
    );
  }
  app.notFound((c) => servePage(c, kit, methodsAt(routes, c.req.path)));
  app.onError((error) => {
    const route = '*';
    kit.logError('http.failed', route, error);
    return kit.problem(route, 500, 'internal', 'internal error');
  });
  return app;
}

/** Asked with another method, an address is there all the same: a webhook opened in a browser is a GET. */
const methodsAt = (routes: readonly Route[], path: string): string[] =>
  routes
    .filter((r) => new RegExp(`^${r.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .map((r) => r.method.toUpperCase());
