import * as fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ReadError } from '../../../src/app/ports.ts';
import { parseFills, parseFunding } from '../../../src/shell/exchange/hyperliquid-history.ts';
import {
  parseClearinghouse,
  parseMeta,
  parseOpenOrders,
  parseOrderStatus,
} from '../../../src/shell/exchange/hyperliquid-parse.ts';
import { ACCOUNT, fixture, list } from './samples.ts';

const parsers: Record<string, (body: unknown) => unknown> = {
  'meta.json': parseMeta,
  'clearinghouse-state.json': parseClearinghouse,
  'frontend-open-orders.json': parseOpenOrders,
  'order-status.json': parseOrderStatus,
  'user-fills.json': (body) => parseFills(body, ACCOUNT),
  'user-funding.json': parseFunding,
};

test('meta gives ids by place, tiers from the table or the id, flags only when set', () => {
  expect(parseMeta(fixture('meta.json'))).toEqual([
    {
      coin: 'BTC',
      assetId: 0,
      szDecimals: 5,
      maxLeverage: 40,
      marginTiers: [
        { lowerBoundUsd: 0, maxLeverage: 40 },
        { lowerBoundUsd: 150_000_000, maxLeverage: 20 },
      ],
      onlyIsolated: false,
      isDelisted: false,
    },
    expect.objectContaining({
      coin: 'ETH',
      assetId: 1,
      marginTiers: [{ lowerBoundUsd: 0, maxLeverage: 25 }],
    }),
    expect.objectContaining({ coin: 'MATIC', assetId: 2, isDelisted: true }),
    expect.objectContaining({ coin: 'kPEPE', assetId: 3, onlyIsolated: true }),
  ]);
});

test('a margin table that is missing is an error, not a guess', () => {
  const body = {
    universe: [{ name: 'BTC', szDecimals: 5, maxLeverage: 40, marginTableId: 56 }],
    marginTables: [],
  };
  expect(() => parseMeta(body)).toThrow(new ReadError('meta: universe.0.marginTableId: no table 56'));
});

test('positions carry side, size and the venue’s liquidation price', () => {
  expect(parseClearinghouse(fixture('clearinghouse-state.json'))).toEqual({
    equityUsd: 13109.482328,
    withdrawableUsd: 13104.514502,
    cross: { equityUsd: 13104.514502, maintenanceUsd: 0 },
    positions: [
      {
        coin: 'ETH',
        side: 'long',
        sz: 0.0335,
        entryPx: 2986.3,
        liquidationPx: 2866.26936529,
        leverage: 20,
        isIsolated: true,
        marginUsedUsd: 4.967826,
        unrealizedPnlUsd: -0.0134,
      },
      {
        coin: 'BTC',
        side: 'short',
        sz: 0.01,
        entryPx: 100_000,
        liquidationPx: null,
        leverage: 3,
        isIsolated: false,
        marginUsedUsd: 333.49,
        unrealizedPnlUsd: -0.47,
      },
    ],
  });
});

test('open orders are listed once; a child of a resting parent is marked; spot is left out', () => {
  const orders = parseOpenOrders(fixture('frontend-open-orders.json'));
  expect(orders.map((o) => [o.oid, o.isUnarmedChild, o.triggerPx, o.isPositionTpsl, o.sz])).toEqual([
    [900, false, null, false, 0.01],
    [901, true, 95_000, false, 0.01],
    [902, false, 2850, true, 0],
    [903, false, null, false, 0.02],
  ]);
  expect(orders[3]).toEqual({
    coin: 'ETH',
    oid: 903,
    cloid: '0x5bac0000000000000000000000000903',
    isBuy: false,
    limitPx: 3100,
    sz: 0.02,
    origSz: 0.05,
    reduceOnly: true,
    isTrigger: false,
    triggerPx: null,
    orderType: 'Limit',
    isPositionTpsl: false,
    isUnarmedChild: false,
    timestampMs: 1_760_130_000_002,
  });
});

const withStatus = (status: string) => {
  const text = JSON.stringify(fixture('order-status.json')).replace('"filled"', JSON.stringify(status));
  return parseOrderStatus(JSON.parse(text));
};

describe('order status', () => {
  test.each([
    ['open', 'open'],
    ['triggered', 'open'],
    ['filled', 'filled'],
    ['canceled', 'canceled'],
    ['siblingFilledCanceled', 'canceled'],
    ['reduceOnlyCanceled', 'canceled'],
    ['scheduledCancel', 'canceled'],
    ['internalCancel', 'canceled'],
    ['rejected', 'refused'],
    ['iocCancelRejected', 'refused'],
    ['marketOrderNoLiquidityRejected', 'refused'],
  ])('%s means %s', (status, state) => {
    expect(withStatus(status)).toEqual({
      state,
      oid: 897,
      goneSz: 0.0335,
      placedAtMs: 1_760_130_000_400,
      statusAtMs: 1_760_130_000_500,
    });
  });
  test('a word nobody knows is an error', () => {
    expect(() => withStatus('halfDone')).toThrow(ReadError);
  });
  test('unknownOid is said as such', () => {
    expect(parseOrderStatus({ status: 'unknownOid' })).toBe('unknown-oid');
  });
});

describe('fills', () => {
  test('come oldest first, without spot, with a liquidation only when it was ours', () => {
    const { fills, rows, newestMs } = parseFills(fixture('user-fills.json'), ACCOUNT);
    expect([rows, newestMs]).toEqual([4, 1_760_130_003_000]);
    expect(fills.map((f) => [f.tid % 100, f.coin, f.isBuy, f.isTaker, f.liquidation])).toEqual([
      [16, 'ETH', true, true, null],
      [18, 'BTC', false, true, null],
      [19, 'ETH', false, false, null],
    ]);
    expect(fills[2]).toEqual({
      tid: 118906512037719,
      coin: 'ETH',
      oid: 903,
      cloid: '0x5bac0000000000000000000000000903',
      isBuy: false,
      px: 2990.5,
      sz: 0.02,
      timeMs: 1_760_130_003_000,
      startPosition: 0.0335,
      closedPnlUsd: 0.084,
      feeUsd: 0.008971,
      isTaker: false,
      liquidation: null,
    });
    const asVictim = parseFills(fixture('user-fills.json'), '0x360878d351f05975e25f1807a27895e1e5e004fb');
    expect(asVictim.fills.map((f) => f.liquidation)).toEqual([null, 'market', null]);
  });

  test('of one millisecond come as the chain they were, however the venue lists them', () => {
    const [sample] = list(fixture('user-fills.json'));
    const change = fc.integer({ min: -1_000_000, max: 1_000_000 }).filter((n) => n !== 0);
    fc.assert(
      fc.property(
        change,
        fc.array(change, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        (start, changes, seed) => {
          let position = start;
          const rows = changes.map((by, n) => {
            const startPosition = (position / 1e5).toFixed(5);
            position += by;
            const sz = (Math.abs(by) / 1e5).toFixed(5);
            return { ...sample, tid: n, side: by > 0 ? 'B' : 'A', sz, startPosition };
          });
          // A chain that comes back to where it was has several orders: not the point here.
          const positions = [...rows.map((r) => r.startPosition), (position / 1e5).toFixed(5)];
          fc.pre(new Set(positions).size === positions.length);
          const key = (tid: number) => ((tid + 7) * (seed + 3)) % 13;
          const shuffled = rows.toSorted((a, b) => key(a.tid) - key(b.tid));
          expect(parseFills(shuffled, ACCOUNT).fills.map((f) => f.tid)).toEqual(rows.map((r) => r.tid));
        },
      ),
    );
  });

  test('with a fee that is not USD are an error', () => {
    const [sample] = list(fixture('user-fills.json'));
    expect(() => parseFills([{ ...sample, feeToken: 'USDH' }], ACCOUNT)).toThrow('a fee is not in USDC');
  });
});

test('funding is signed: positive is received', () => {
  expect(parseFunding(fixture('user-funding.json'))).toEqual([
    { coin: 'ETH', timeMs: 1_760_133_600_000, usd: -0.0125 },
    { coin: 'BTC', timeMs: 1_760_133_600_000, usd: 0.125 },
  ]);
});

describe.each(Object.entries(parsers))('%s', (name, parse) => {
  test('is read the same with fields nobody asked for', () => {
    const extended = JSON.parse(JSON.stringify(fixture(name)).replaceAll('{', '{"fromTheFuture":[{}],'));
    expect(parse(extended)).toEqual(parse(fixture(name)));
  });

  test('damaged anywhere is read the same or is a ReadError that repeats no value', () => {
    const paths = leaves(fixture(name));
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.constantFrom<unknown>(undefined, null, 'SECRET-1', -1, 1e300, [], {}, 'NaN', '1e5', '0x10', ' 1'),
        (path, value) => {
          const damaged = JSON.parse(JSON.stringify(fixture(name)));
          put(damaged, path, value);
          const [parsed, error] = outcomeOf(() => parse(damaged));
          expect(error instanceof ReadError || error === undefined).toBe(true);
          expect(String(error)).not.toContain('SECRET');
          expect(numbersIn(parsed).every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([null, 'text', 7, {}, [{}], [null], { status: 'err', response: 'x' }])(
    '%j is an error',
    (body) => {
      expect(() => parse(body)).toThrow(ReadError);
    },
  );
});

test.each([
  ['0.02866269365290123456789012345', 0.028662693652901236],
  ['2866.269365290123456789012345', 2866.2693652901235],
])('a quotient printed with all its digits is read: %s', (text, liquidationPx) => {
  const body = structuredClone(fixture('clearinghouse-state.json'));
  put(body, ['assetPositions', 0, 'position', 'liquidationPx'], text);
  expect(parseClearinghouse(body).positions[0]).toMatchObject({ liquidationPx });
});

test('what is missing is named', () => {
  const body = structuredClone(fixture('clearinghouse-state.json'));
  put(body, ['assetPositions', 0, 'position', 'szi'], undefined);
  expect(() => parseClearinghouse(body)).toThrow('clearinghouseState: assetPositions.0.position.szi:');
});

function outcomeOf(run: () => unknown): [unknown, unknown] {
  try {
    return [run(), undefined];
  } catch (error) {
    return [undefined, error];
  }
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : [];
}

type Path = (string | number)[];

function leaves(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function put(root: unknown, path: Path, value: unknown): void {
  const parent = path.slice(0, -1).reduce((at: unknown, key) => Reflect.get(Object(at), key), root);
  Reflect.set(Object(parent), path.at(-1) ?? '', value);
}

const CAPTURED = new URL('../../../../shared/data/fixtures/nautilus/', import.meta.url);
const captured = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`hyperliquid__${name}.json`, CAPTURED), 'utf8'));

describe.skipIf(!existsSync(CAPTURED))('captured answers (needs ../shared/data)', () => {
  test('the fills of an account with spot and dust conversions', () => {
    const body = list(captured('http_user_fills_dust_conversion'));
    const { fills, rows } = parseFills(body, ACCOUNT);
    expect(rows).toBe(body.length);
    expect(fills.map((f) => f.coin)).toEqual(['MANTA', 'JUP', 'ARB']);
    expect(fills[2]).toMatchObject({
      px: 0.07482,
      sz: 8552.3,
      startPosition: 432064.5,
      feeUsd: 0,
      tid: 17679709382320,
    });
  });

  test('the maker’s side of somebody else’s liquidation is not ours, the liquidated side is', () => {
    const message = JSON.parse(JSON.stringify(captured('ws_user_fill_liquidation')));
    expect(parseFills(message.data.fills, ACCOUNT).fills).toMatchObject([
      { coin: 'BTC', liquidation: null, sz: 0.001 },
    ]);
    const victim = '0x360878d351f05975e25f1807a27895e1e5e004fb';
    expect(parseFills(message.data.fills, victim).fills).toMatchObject([{ liquidation: 'market' }]);
  });

  test('answers cut down to a few fields are refused by name, never filled in', () => {
    expect(() => parseClearinghouse(captured('http_clearinghouse_state_negative_total_raw_usd'))).toThrow(
      'clearinghouseState: marginSummary:',
    );
    expect(() => parseMeta(captured('http_meta_perp_sample'))).toThrow('meta: universe.0.marginTableId:');
  });
});
