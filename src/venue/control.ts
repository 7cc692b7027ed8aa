// The control plane: what a test or a person does to the venue from outside. Served on loopback only.
import { Hono } from 'hono';
import * as v from 'valibot';
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
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const faultBase = {
  id: v.exactOptional(v.string()),
  where: v.exactOptional(
    v.object({
      path: v.exactOptional(v.picklist(['info', 'exchange', 'ws'])),
      type: v.exactOptional(v.string()),
      user: v.exactOptional(Address),
      coin: v.exactOptional(v.string()),
      legRole: v.exactOptional(v.picklist(['entry', 'stop', 'take-profit', 'close'])),
    }),
  ),
  count: v.exactOptional(v.nullable(Count)),
  probability: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
};
const When = v.exactOptional(v.picklist(['before', 'after']));
const How = v.exactOptional(v.picklist(['cancel', 'vanish', 'half-size', 'far-trigger', 'unarm']));

/** A fault as JSON: the control plane and scenario files use the same form. */
export const FaultBody = v.variant('kind', [
  v.object({
    kind: v.picklist(['drop-request', 'drop-reply']),
    mode: v.exactOptional(v.picklist(['hang', 'reset'])),
    ...faultBase,
  }),
  v.object({
    kind: v.literal('http'),
    status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
    when: When,
    body: v.exactOptional(v.string()),
    retryAfterS: v.exactOptional(Count),
    ...faultBase,
  }),
  v.object({ kind: v.literal('delay'), ms: Count, when: When, ...faultBase }),
  v.object({ kind: v.literal('refuse-leg'), message: v.string(), ...faultBase }),
  v.object({
    kind: v.literal('partial-fill'),
    fraction: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    ...faultBase,
  }),
  v.object({ kind: v.literal('stale-reads'), forMs: Count, ...faultBase }),
  v.object({ kind: v.literal('lose-stop'), how: How, ...faultBase }),
  v.object({ kind: v.picklist(['ws-duplicate', 'ws-silent', 'ws-close']), ...faultBase }),
]);

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
  app.get('/sim/rules', (c) => c.json(venue.rules));
  app.get('/sim/snapshot', (c) => c.json(venue.snapshot()));
  return app;
}
