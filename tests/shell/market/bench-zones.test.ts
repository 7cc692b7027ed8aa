import { expect, test } from 'vitest';
import { benchZones } from '../../../src/shell/market/bench-zones.ts';

test('times a map and one more candle with the clock it is given', () => {
  let ms = 0;
  // Every look at the clock is 2 ms after the one before.
  const { zoneMapMs, zoneCandleUs } = benchZones(() => (ms += 2), 3);
  expect(zoneMapMs).toBe(2);
  expect(zoneCandleUs).toBe(1);
});
