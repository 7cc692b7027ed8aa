import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { FakeVenueName, VenueFault } from '../../support/fake-venues.ts';
import type { FourVenues } from './four-venues.ts';
import { apart, fourVenues, VENUES } from './four-venues.ts';

/** As often as the bridge reads its market. */
const POLL_MS = 10_000;
/** Enough for a mark to be 45 s old, and for a mark that stands still to be noticed. */
const POLLS = { refused: 6, frozen: 9 };
const BARS_STALE_MS = 900_000;
/** Longer than a venue that answered 403 or 451 is left alone. */
const LEFT_ALONE_MS = 700_000;

/**
 * Zones are right when they are those of all four venues without the trouble, or those of the other three, but for
 * this: share of a side's mass in another band of 1 %; move of max pain, fraction of price.
 */
const TOLERANCE = { mass: 0.025, maxPain: 0.005 };

/**
 * In which reading after the trouble began it is said (feed, left out, or no map), and from which on the venue is not
 * in the map; 'stale' = when its bars are a quarter of an hour old. Hyperliquid out = no map.
 */
type Cell = readonly [said: number, out: number | 'stale'];
const refused: Record<FakeVenueName, Cell> = {
  hyperliquid: [1, 'stale'],
  binance: [1, 5],
  bybit: [1, 5],
  okx: [1, 5],
};
const outvoted: Record<FakeVenueName, Cell> = {
  hyperliquid: [1, 1],
  binance: [1, 1],
  bybit: [1, 1],
  okx: [1, 1],
};
const EXPECTED: readonly (readonly [VenueFault, string, Record<FakeVenueName, Cell>])[] = [
  ['down', 'no connection', refused],
  [451, 'HTTP 451', refused],
  [403, 'HTTP 403', refused],
  [429, 'HTTP 429', refused],
  ['empty', 'lists nothing', refused],
  ['×10', 'all prices × 10', outvoted],
  ['marks ×10', 'marks × 10', outvoted],
  [
    'bars ×10',
    'bars × 10',
    { hyperliquid: [1, 'stale'], binance: [1, 'stale'], bybit: [1, 'stale'], okx: [1, 'stale'] },
  ],
  ['frozen', 'stands still', { hyperliquid: [8, 8], binance: [7, 8], bybit: [8, 8], okx: [1, 8] }],
];

const open: FourVenues[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((w) => w.close()));
});

async function start(venue: FakeVenueName, startMs?: number): Promise<FourVenues> {
  const w = await fourVenues(venue, startMs);
  open.push(w);
  await w.poll(0);
  return w;
}

/** What a reader of the bridge sees of one venue after a reading. */
function look(w: FourVenues, venue: FakeVenueName) {
  const map = w.book.zoneMap('BTC');
  const isOut = map === null || !map.sources.some((s) => s.venue === venue);
  const isSaid = isOut || w.book.feeds().some((f) => f.venue === venue && f.message !== null);
  return { map, isOut, isSaid };
}

/** Distance to the nearer of the two maps that are right. */
function wrongness(w: FourVenues): { mass: number; maxPain: number } {
  const map = w.book.zoneMap('BTC');
  if (map === null) return { mass: 0, maxPain: 0 };
  const right = [w.right.all, w.right.without].flatMap((b) => b.zoneMap('BTC') ?? []);
  const all = right.map((r) => apart(map, r));
  return all.reduce((a, b) => (b.mass < a.mass ? b : a));
}

function expectRight(w: FourVenues): void {
  const { mass, maxPain } = wrongness(w);
  expect(mass).toBeLessThan(TOLERANCE.mass);
  expect(maxPain).toBeLessThan(TOLERANCE.maxPain);
}

function expectWell(w: FourVenues): void {
  const map = w.book.zoneMap('BTC');
  const right = w.right.all.zoneMap('BTC');
  if (map === null || right === null) throw new Error('no map');
  expect(w.book.feeds().map((f) => f.message)).toEqual([null, null, null, null]);
  expect(map.leftOut).toEqual([]);
  expect(apart(map, right).mass).toBeLessThan(0.001);
}

const CELLS = EXPECTED.flatMap(([fault, , cells]) =>
  VENUES.map((venue) => [venue, fault, cells[venue]] as const),
);

describe('one of four venues is in trouble', () => {
  test.each(CELLS)(
    '%s %s: said, and the zones stay right, reading by reading',
    async (venue, fault, cell) => {
      const w = await start(venue);
      w.sick.set(fault);
      let said = 0;
      let out: Cell[1] = 0;
      for (let poll = 1; poll <= (fault === 'frozen' ? POLLS.frozen : POLLS.refused); poll++) {
        await w.poll(POLL_MS);
        const { isSaid, isOut } = look(w, venue);
        if (isSaid && said === 0) said = poll;
        if (isOut && out === 0) out = poll;
        expectRight(w);
      }
      await w.poll(BARS_STALE_MS);
      expect(look(w, venue)).toMatchObject({ isSaid: true, isOut: true });
      if (venue !== 'hyperliquid') expectRight(w);
      expect([said, out === 0 ? 'stale' : out]).toEqual(cell);
      w.sick.set(null);
      await w.poll(LEFT_ALONE_MS);
      await w.poll(POLL_MS);
      expectWell(w);
    },
  );

  test('the tolerance is one: a map of two hours ago is outside of it', async () => {
    const w = await start('okx');
    const before = w.right.all.zoneMap('BTC');
    await w.poll(7_200_000);
    const after = w.right.all.zoneMap('BTC');
    if (before === null || after === null) throw new Error('no map');
    expect(apart(before, after).mass).toBeGreaterThan(TOLERANCE.mass);
  });
});

// oxlint-disable-next-line vitest/expect-expect -- expectRight, expectWell
test('any venue, any trouble, any moment and pace: said or right, and over when it is over', async () => {
  const faults = EXPECTED.map(([fault]) => fault);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...VENUES),
      fc.constantFrom(...faults),
      fc.integer({ min: 0, max: 400 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 8 }),
      async (venue, fault, startMin, pausesS) => {
        const w = await start(venue, 1_760_129_700_000 + startMin * 60_000);
        w.sick.set(fault);
        for (const s of pausesS) {
          await w.poll(s * 1_000);
          if (!look(w, venue).isSaid) expectRight(w);
        }
        w.sick.set(null);
        await w.poll(LEFT_ALONE_MS);
        await w.poll(POLL_MS);
        expectWell(w);
      },
    ),
    { numRuns: 10 },
  );
});

test('docs/zones.md shows this table', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/zones.md'), 'utf8');
  const word = ([said, out]: Cell): string => `${said} · ${out === 'stale' ? '15 min' : out}`;
  const rows = EXPECTED.map(
    ([, what, cells]) => `| ${[what, ...VENUES.map((v) => word(cells[v]))].join(' | ')} |`,
  );
  expect(docs.split('\n').filter((line) => rows.includes(line))).toEqual(rows);
});
