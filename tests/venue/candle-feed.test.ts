import { expect, test } from 'vitest';
import { openSession } from '../../src/venue/session.ts';
import { createVenue } from '../../src/venue/venue.ts';
import { COINS, T0 } from './rig.ts';

const MINUTE = 60_000;
/** On the minute. */
const START = Math.ceil(T0 / MINUTE) * MINUTE;

async function scene(interval = '1m') {
  const clock = { now: START };
  const venue = createVenue({ nowMs: () => clock.now, coins: COINS });
  const frames: { channel: string; data: unknown }[] = [];
  const session = openSession({
    venue,
    send: (text) => {
      if (text.startsWith('{')) frames.push(JSON.parse(text) as (typeof frames)[number]);
    },
    hangUp: () => undefined,
  });
  const price = async (afterMs: number, markPx: number, coin = 'BTC') => {
    clock.now = START + afterMs;
    venue.setPrice(coin, { markPx, atMs: clock.now });
    await Promise.resolve();
  };
  await price(0, 100_000);
  await session.message(
    JSON.stringify({ method: 'subscribe', subscription: { type: 'candle', coin: 'BTC', interval } }),
  );
  const bars = () => frames.filter((f) => f.channel === 'candle').map((f) => f.data);
  return { venue, price, bars, session };
}

/** Field by field as nktkas' client declares the event and `candleSnapshot` answers. */
const wire = (o: number, h: number, l: number, c: number, t: number) => ({
  t,
  T: t + MINUTE - 1,
  s: 'BTC',
  i: '1m',
  o: `${o}.0`,
  c: `${c}.0`,
  h: `${h}.0`,
  l: `${l}.0`,
  v: '0.0',
  n: 0,
});

test('the running minute with every price, whole each time, and only for who asked for the coin', async () => {
  const s = await scene();
  await s.price(5_000, 100_050);
  await s.price(10_000, 99_900);
  await s.price(12_000, 4_000, 'ETH');
  await s.price(MINUTE, 99_950);
  expect(s.bars()).toEqual([
    // At once, of the minute that ends now.
    wire(100_000, 100_000, 100_000, 100_000, START - MINUTE),
    wire(100_000, 100_050, 100_000, 100_050, START),
    wire(100_000, 100_050, 99_900, 99_900, START),
    wire(100_000, 100_050, 99_900, 99_950, START),
  ]);
  await s.price(MINUTE + 1, 99_960);
  expect(s.bars().at(-1)).toEqual(wire(99_950, 99_960, 99_950, 99_960, START + MINUTE));
});

test('a bar that the market has closed is pushed as the market closed it', async () => {
  const s = await scene();
  await s.price(30_000, 100_010);
  s.venue.addCandles('BTC', '1m', [{ t: START, o: 100_000, h: 100_020, l: 99_990, c: 100_010, v: 12.5 }]);
  await s.price(MINUTE, 100_010);
  expect(s.bars().at(-1)).toMatchObject({ t: START, h: '100020.0', l: '99990.0', v: '12.5', n: 1 });
  await s.price(MINUTE + 5_000, 100_030);
  expect(s.bars().at(-1)).toMatchObject({ t: START + MINUTE, o: '100010.0', c: '100030.0' });
});

test('longer intervals: the newest closed bar', async () => {
  const s = await scene('5m');
  s.venue.addCandles('BTC', '5m', [{ t: START - 300_000, o: 1, h: 1, l: 1, c: 1, v: 1 }]);
  await s.price(30_000, 100_010);
  expect(s.bars()).toMatchObject([{ t: START - 300_000, i: '5m' }]);
});
