import { expect, onTestFinished, test } from 'vitest';
import { deskView } from '../../src/app/desk-view.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

test('not ready once no mark is fresh and readings fail; either alone is no outage', async () => {
  const w = await openBridgeWorld();
  onTestFinished(() => w.close());
  const { desk } = w;
  const max = desk.limits.markAgeMsMax;
  const notReady = (markAgeMs: number, message: string | null) => {
    const mark = (coin: string) => {
      const read = desk.market.mark(coin);
      return read && { ...read, markAtMs: w.clock.nowMs() - markAgeMs };
    };
    const feeds = () => [{ venue: 'hyperliquid', lastOkMs: null, message }];
    return deskView({ ...desk, market: { ...desk.market, mark, feeds } }).health().notReady;
  };
  await desk.market.refresh();
  await w.guard();
  expect(notReady(0, null)).toEqual([]);
  expect(notReady(max, 'no connection')).toEqual([]);
  expect(notReady(max + 1, null)).toEqual([]);
  expect(notReady(max + 1, 'no connection')).toEqual([
    { code: 'market-stale', message: 'no mark price of any coin is fresh: no connection' },
  ]);
});
