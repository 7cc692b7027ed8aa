// The control plane: what a test or a person does to the venue from outside. Served on loopback only.
import { Hono } from 'hono';
import * as v from 'valibot';
import { AccountBody, ContextBody, FaultBody, PriceBody, RulesBody } from './control-schemas.ts';
import { applyStep, Scenario } from './scenario.ts';
import type { Venue } from './venue.ts';

/** `/sim/*`: price, context, accounts, agents, faults, rules, events, account/:address, snapshot, stats. */
export function createControl(venue: Venue): Hono {
  const app = new Hono();
  app.onError((error, c) => c.json({ error: error.message }, 400));
  app.post('/sim/price', async (c) => {
    const { coin, ...price } = v.parse(PriceBody, await c.req.json());
    venue.setPrice(coin, price);
    return c.json({ ok: true });
  });
  app.post('/sim/context', async (c) => {
    const { coin, ...context } = v.parse(ContextBody, await c.req.json());
    venue.setContext(coin, context);
    return c.json({ ok: true });
  });
  app.post('/sim/accounts', async (c) => {
    venue.openAccount(v.parse(AccountBody, await c.req.json()));
    return c.json({ ok: true });
  });
  app.post('/sim/faults', async (c) => {
    return c.json({ id: venue.faults.inject(v.parse(FaultBody, await c.req.json())) });
  });
  app.get('/sim/faults', (c) => c.json(venue.faults.list()));
  app.delete('/sim/faults', (c) => {
    venue.faults.clear(c.req.query('id'));
    return c.json({ ok: true });
  });
  app.get('/sim/events', (c) => c.json(venue.events(Number(c.req.query('since') ?? 0))));
  app.get('/sim/account/:address', (c) => {
    const view = venue.account(c.req.param('address'));
    return view === null ? c.json({ error: 'no such account' }, 404) : c.json(view);
  });
  app.get('/sim/stats', (c) => c.json(venue.stats()));
  app.post('/sim/rules', async (c) => {
    venue.setRules(v.parse(RulesBody, await c.req.json()));
    return c.json({ ok: true });
  });
  app.post('/sim/agents', async (c) => {
    applyStep(venue, { agent: v.parse(Scenario.entries.steps.item.entries.agent, await c.req.json()) });
    return c.json({ ok: true });
  });
  app.get('/sim/rules', (c) => c.json(venue.rules));
  app.get('/sim/snapshot', (c) => c.json(venue.snapshot()));
  return app;
}
