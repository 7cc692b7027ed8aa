// The control plane: what a test or a person does to the venue from outside. Served on loopback only.
import { Hono } from 'hono';
import * as v from 'valibot';
import type { Fault } from './faults.ts';
import type { Venue } from './venue.ts';

const Address = v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{40}$/));
const Positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const Price = v.object({
  coin: v.string(),
  markPx: Positive,
  oraclePx: v.exactOptional(Positive),
  bidPx: v.exactOptional(Positive),
  askPx: v.exactOptional(Positive),
});
const AccountBody = v.object({
  address: Address,
  usd: v.pipe(v.number(), v.finite(), v.minValue(0)),
  master: v.exactOptional(Address),
  agents: v.exactOptional(
    v.array(
      v.object({
        address: Address,
        name: v.exactOptional(v.string()),
        validUntilMs: v.exactOptional(v.number()),
      }),
    ),
  ),
});
const Context = v.object({
  coin: v.string(),
  openInterest: v.exactOptional(v.number()),
  openInterestCapUsd: v.exactOptional(v.nullable(v.number())),
  fundingHourly: v.exactOptional(v.number()),
  depthUsdPerBps: v.exactOptional(Positive),
  spreadBps: v.exactOptional(Positive),
  vacuum: v.exactOptional(Positive),
  isDelisted: v.exactOptional(v.boolean()),
});
const FAULT_KINDS = [
  'drop-request',
  'drop-reply',
  'http',
  'delay',
  'refuse-leg',
  'partial-fill',
  'stale-reads',
  'lose-stop',
  'ws-duplicate',
  'ws-silent',
  'ws-close',
] as const;
const FaultBody = v.looseObject({ kind: v.picklist(FAULT_KINDS) });

/** `/sim/*`: price, context, accounts, faults, events, account/:address, snapshot, stats. */
export function createControl(venue: Venue): Hono {
  const app = new Hono();
  app.onError((error, c) => c.json({ error: error.message }, 400));
  app.post('/sim/price', async (c) => {
    const { coin, ...price } = v.parse(Price, await c.req.json());
    venue.setPrice(coin, price);
    return c.json({ ok: true });
  });
  app.post('/sim/context', async (c) => {
    const { coin, ...context } = v.parse(Context, await c.req.json());
    venue.setContext(coin, context);
    return c.json({ ok: true });
  });
  app.post('/sim/accounts', async (c) => {
    venue.openAccount(v.parse(AccountBody, await c.req.json()));
    return c.json({ ok: true });
  });
  app.post('/sim/faults', async (c) => {
    const fault = v.parse(FaultBody, await c.req.json()) as unknown as Fault;
    return c.json({ id: venue.faults.inject(fault) });
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
  app.get('/sim/rules', (c) => c.json(venue.rules));
  app.get('/sim/snapshot', (c) => c.json(venue.snapshot()));
  return app;
}
