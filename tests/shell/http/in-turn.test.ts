import { expect, test } from 'vitest';
import { alertBody, READ_TOKEN, world } from './world.ts';

test('many readers at once: a webhook waits for one page of theirs, not for all', async () => {
  const order: string[] = [];
  const turns: (() => void)[] = [];
  const sleep = (): Promise<void> => new Promise((resolve) => void turns.push(resolve));
  const w = await world({ clock: { nowMs: () => 1_760_130_001_000, sleep } });
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await new Promise((done) => void setImmediate(done));
  };
  const nextTurn = async (): Promise<void> => {
    await settle();
    turns.shift()?.();
    await settle();
  };
  const readers = Array.from({ length: 40 }, async (_, i) => {
    const res = await w.get('/api/v1/alerts');
    order.push(`read ${i}: ${res.status}`);
  });
  await nextTurn();
  const alert = w.post(JSON.stringify(alertBody())).then((res) => order.push(`alert: ${res.status}`));
  await alert; // nothing has let a second reader have its turn
  expect(order).toEqual(['read 0: 200', 'alert: 202']);
  while (order.length < 41) await nextTurn();
  await Promise.all(readers);
  expect(order.slice(2)).toEqual(Array.from({ length: 39 }, (_, i) => `read ${i + 1}: 200`));
});

test('a read that fails takes its turn and no other', async () => {
  const w = await world();
  w.breakStore(true);
  const failed = w.get('/api/v1/alerts');
  expect((await failed).status).toBe(500);
  w.breakStore(false);
  const res = await w.app.request('/api/v1/alerts', { headers: { authorization: `Bearer ${READ_TOKEN}` } });
  expect(res.status).toBe(200);
});
