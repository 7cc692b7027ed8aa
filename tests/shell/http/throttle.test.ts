import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createThrottle } from '../../../src/shell/http/throttle.ts';
import { OPERATE_TOKEN, refusalOf, world } from './world.ts';

test('over any times and costs: never more than a minute allows, and a patient caller is never refused', () => {
  const calls = fc.array(fc.record({ waitMs: fc.nat({ max: 30_000 }), cost: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 200 }); // prettier-ignore
  fc.assert(
    fc.property(calls, fc.integer({ min: 10, max: 300 }), (list, perMinute) => {
      let nowMs = 0;
      const throttle = createThrottle({ nowMs: () => nowMs, sleep: () => Promise.resolve() }, perMinute);
      let spent = 0;
      for (const { waitMs, cost } of list) {
        nowMs += waitMs;
        const wait = throttle('t', cost);
        spent += cost;
        nowMs += (wait ?? 0) * 1_000;
        expect(wait === null || (wait > 0 && throttle('t', cost) === null)).toBe(true);
        expect(spent).toBeLessThanOrEqual(perMinute + (nowMs * perMinute) / 60_000 + 1e-6);
      }
    }),
  );
});

test('a token that reads too much gets 429 with Retry-After; operating and the webhook go on', async () => {
  const w = await world({ readsPerMinute: 5 });
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push((await w.get('/api/v1/trades')).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  const res = await w.get('/api/v1/trades');
  expect([(await refusalOf(res)).code, res.headers.get('retry-after')]).toEqual(['rate-limited', '12']);
  const headers = { authorization: `Bearer ${OPERATE_TOKEN}` };
  const halt = { method: 'POST', body: '{"state":"HALTED"}', headers };
  expect((await w.app.request('/api/v1/state', halt)).status).toBe(200);
  expect((await w.get('/healthz', null)).status).toBe(200);
  w.setNow(1_760_130_001_000 + 12_000);
  expect((await w.get('/api/v1/trades')).status).toBe(200);
});
