import { describe, expect, test } from 'vitest';
import { cloid, createRig, errorOf, type Json, limit, MASTER, oidOf, type Rig, trigger } from './rig.ts';

const position = (rig: Rig, coin: string) =>
  rig.venue.account(MASTER)?.positions.find((p) => p.coin === coin);
const open = (rig: Rig) => rig.venue.account(MASTER)?.orders ?? [];
const statusOf = async (rig: Rig, oid: number | string): Promise<string> => {
  const r = await rig.info<{ order?: { status: string } }>({ type: 'orderStatus', user: MASTER, oid });
  return r.order?.status ?? 'unknownOid';
};

const holding = async (sz: string): Promise<Rig> => {
  const rig = createRig();
  await rig.orders([limit('ETH', true, '0.01', '3010', 'Ioc')]);
  const rest = (0.01 - Number(sz)).toFixed(4);
  if (Number(rest) > 0) await rig.orders([limit('ETH', false, rest, '2990', 'Ioc', { r: true })]);
  expect(position(rig, 'ETH')?.szi).toBeCloseTo(Number(sz), 8);
  return rig;
};

const bracket = (entry: Json): Json[] => [
  { ...entry, c: cloid(1) },
  trigger('ETH', false, '1', '2800', 'sl', { c: cloid(2) }),
  trigger('ETH', false, '1', '3200', 'tp', { c: cloid(3) }),
];

describe('the action the bridge sends: entry, stop, take profits in one na batch', () => {
  test('entry fills, the stop arms on the position it opened, take profits rest', async () => {
    const rig = createRig();
    const statuses = await rig.orders([
      limit('ETH', true, '1', '3010', 'Ioc', { c: cloid(1) }),
      trigger('ETH', false, '1', '2900', 'sl', { c: cloid(2) }),
      limit('ETH', false, '0.5', '3100', 'Gtc', { r: true, c: cloid(3) }),
      limit('ETH', false, '0.5', '3200', 'Gtc', { r: true, c: cloid(4) }),
    ]);
    expect(statuses[0]).toMatchObject({ filled: { totalSz: '1.0', cloid: cloid(1) } });
    expect(statuses[1]).toMatchObject({ resting: { cloid: cloid(2) } });
    expect(statuses[2]).toMatchObject({ resting: { cloid: cloid(3) } });
    expect(statuses[3]).toMatchObject({ resting: { cloid: cloid(4) } });
    expect(position(rig, 'ETH')?.szi).toBe(1);
    const listed = await rig.info<Json[]>({ type: 'frontendOpenOrders', user: MASTER });
    expect(listed.map((o) => [o['orderType'], o['triggerPx'], o['reduceOnly'], o['tif']])).toEqual([
      ['Stop Market', '2900.0', true, null],
      ['Limit', '0.0', true, 'Gtc'],
      ['Limit', '0.0', true, 'Gtc'],
    ]);
    expect(listed[0]?.['triggerCondition']).toBe('Price below 2900');
  });

  test('take profits fill as makers one by one and leave the stop alone; the stop then has the rest', async () => {
    const rig = createRig();
    await rig.orders([
      limit('ETH', true, '1', '3010', 'Ioc'),
      trigger('ETH', false, '1', '2900', 'sl', { c: cloid(2) }),
      limit('ETH', false, '0.5', '3100', 'Gtc', { r: true }),
      limit('ETH', false, '0.5', '3200', 'Gtc', { r: true, c: cloid(4) }),
    ]);
    rig.venue.setPrice('ETH', { markPx: 3_150 });
    expect(position(rig, 'ETH')?.szi).toBe(0.5);
    expect(await statusOf(rig, cloid(2))).toBe('open');
    expect(rig.venue.account(MASTER)?.fills.at(-1)).toMatchObject({
      px: '3100.0',
      crossed: false,
      dir: 'Close Long',
    });
    rig.venue.setPrice('ETH', { markPx: 2_899 });
    expect(position(rig, 'ETH')).toBeUndefined();
    expect(await statusOf(rig, cloid(2))).toBe('filled');
    expect(await statusOf(rig, cloid(4))).toBe('reduceOnlyCanceled');
  });

  test('an entry that finds nothing leaves the stop without a position and the take profits refused', async () => {
    const rig = createRig();
    const s = await rig.orders([
      limit('ETH', true, '1', '2990', 'Ioc'),
      trigger('ETH', false, '1', '2900'),
      limit('ETH', false, '0.5', '3100', 'Gtc', { r: true }),
    ]);
    expect(errorOf(s[0])).toBe('Order could not immediately match against any resting orders. asset=1');
    expect(s[1]).toHaveProperty('resting');
    expect(errorOf(s[2])).toBe('Reduce only order would increase position. asset=1');
  });

  test('the other reading of that rule: a trigger without a position is refused', async () => {
    const rig = createRig({ rules: { orphanTrigger: 'refuse' } });
    const s = await rig.orders([trigger('ETH', false, '1', '2900')]);
    expect(errorOf(s[0])).toBe('Reduce only order would increase position. asset=1');
  });
});

describe('tick, lot, minimum', () => {
  test.each([
    ['BTC', '0.01', '123456'],
    ['BTC', '0.01', '9999.5'],
    ['ETH', '0.01', '1234.5'],
    ['ETH', '0.01', '3000.1'],
    ['kPEPE', '10000', '0.01234'],
    ['kPEPE', '10000', '0.012345'],
  ])('%s %s at %s is legal', async (coin, s, p) => {
    const rig = createRig({ usd: 1e6 });
    const [status] = await rig.orders([limit(coin, false, s, p, 'Gtc')]);
    expect(errorOf(status) ?? '').not.toContain('divisible');
  });
  test.each([
    ['BTC', '0.01', '12345.67'],
    ['BTC', '0.01', '123456.7'],
    ['ETH', '0.01', '1234.56'],
    ['ETH', '0.01', '123.456'],
    ['SOL', '1', '123.456'],
    ['kPEPE', '10000', '0.0012345'],
  ])('%s %s at %s is off tick', async (coin, s, p) => {
    const rig = createRig({ usd: 1e6 });
    const [status] = await rig.orders([limit(coin, true, s, p)]);
    expect(errorOf(status)).toMatch(/Price must be divisible by tick size\. asset=\d/);
  });
  test.each([
    ['ETH', '0.00001', 'Order has invalid size.'],
    ['ETH', '0', 'Order has zero size.'],
    ['ETH', '0.0033', 'Order must have minimum value of $10.'],
  ])('%s size %s: %s', async (coin, s, text) => {
    const [status] = await createRig().orders([limit(coin, true, s, '3000', 'Ioc')]);
    expect(errorOf(status)).toBe(`${text} asset=1`);
  });
  test('a price more than 95 % away is refused, 94 % is not', async () => {
    const rig = createRig();
    const [far, near] = await rig.orders([limit('ETH', true, '1', '149'), limit('ETH', true, '1', '180')]);
    expect(errorOf(far)).toContain('95% away');
    expect(errorOf(near)).toBeNull();
  });
});

describe('the $10 minimum and its exemptions (conformance 3)', () => {
  test('a part of 0.0051 under $10 is refused in every form', async () => {
    const rig = await holding('0.0051');
    const s = await rig.orders([
      limit('ETH', false, '0.0009', '3100', 'Gtc', { r: true }),
      limit('ETH', false, '0.0009', '3100', 'Gtc'),
      limit('ETH', false, '0.0009', '2990', 'Ioc', { r: true }),
    ]);
    for (const x of s) expect(errorOf(x)).toContain('minimum value of $10');
  });
  test('the whole of 0.0009 may rest reduce-only; 0.01 against it rests as 0.0009', async () => {
    const rig = await holding('0.0009');
    const [whole] = await rig.orders([limit('ETH', false, '0.0009', '3100', 'Gtc', { r: true })]);
    expect(errorOf(whole)).toBeNull();
    const rig2 = await holding('0.0009');
    const [more] = await rig2.orders([limit('ETH', false, '0.01', '3100', 'Gtc', { r: true })]);
    expect(errorOf(more)).toBeNull();
    expect(open(rig2)[0]).toMatchObject({ sz: '0.0009', origSz: '0.01' });
  });
  test('opening $9.9 is refused; an IOC closing a whole position under $10 works with and without r', async () => {
    const [tiny] = await createRig().orders([limit('ETH', true, '0.0033', '3000', 'Ioc')]);
    expect(errorOf(tiny)).toContain('$10');
    for (const r of [true, false]) {
      const rig = await holding('0.0033');
      const [s] = await rig.orders([limit('ETH', false, '0.0033', '2990', 'Ioc', { r })]);
      expect(s).toHaveProperty('filled');
    }
  });
  test.each([
    ['minimum', true],
    ['exempt', false],
  ] as const)('plain GTC closing the whole, rule %s', async (plainGtcWholeClose, isRefused) => {
    const rig = createRig({ rules: { plainGtcWholeClose } });
    await rig.orders([limit('ETH', true, '0.0034', '3010', 'Ioc')]);
    rig.venue.setPrice('ETH', { markPx: 2_900 });
    const [s] = await rig.orders([limit('ETH', false, '0.0034', '2920')]);
    expect(errorOf(s) !== null).toBe(isRefused);
  });
});

describe('reduce-only (conformance 4)', () => {
  test('flat or the wrong side is refused', async () => {
    const rig = createRig();
    const [flat] = await rig.orders([limit('ETH', false, '1', '2990', 'Ioc', { r: true })]);
    expect(errorOf(flat)).toBe('Reduce only order would increase position. asset=1');
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    const [side] = await rig.orders([limit('ETH', true, '1', '3010', 'Ioc', { r: true })]);
    expect(errorOf(side)).toBe('Reduce only order would increase position. asset=1');
  });
  test('0.05 against 0.02: an IOC fills 0.02, a GTC rests as 0.02 of 0.05', async () => {
    const rig = createRig();
    await rig.orders([limit('ETH', true, '0.02', '3010', 'Ioc')]);
    const [gtc] = await rig.orders([limit('ETH', false, '0.05', '3100', 'Gtc', { r: true })]);
    expect(errorOf(gtc)).toBeNull();
    expect(open(rig)[0]).toMatchObject({ sz: '0.02', origSz: '0.05' });
    const [ioc] = await rig.orders([limit('ETH', false, '0.05', '2990', 'Ioc', { r: true })]);
    expect(ioc).toMatchObject({ filled: { totalSz: '0.02' } });
    expect(position(rig, 'ETH')).toBeUndefined();
    expect(open(rig)).toEqual([]);
  });
  test('a resting one shrinks with the position', async () => {
    const rig = createRig();
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    await rig.orders([limit('ETH', false, '1', '3100', 'Gtc', { r: true })]);
    await rig.orders([limit('ETH', false, '0.4', '2990', 'Ioc', { r: true })]);
    expect(open(rig)[0]).toMatchObject({ sz: '0.6', origSz: '1.0' });
  });
  test('two together above the position: the newer stays, the older goes', async () => {
    const rig = createRig();
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    const [older] = await rig.orders([limit('ETH', false, '0.7', '3100', 'Gtc', { r: true })]);
    const [newer] = await rig.orders([limit('ETH', false, '0.7', '3200', 'Gtc', { r: true })]);
    expect(open(rig).map((o) => o.oid)).toEqual([oidOf(newer)]);
    expect(await statusOf(rig, oidOf(older))).toBe('reduceOnlyCanceled');
  });
  test('closing the position cancels it in the same step', async () => {
    const rig = createRig();
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    await rig.orders([limit('ETH', false, '1', '3100', 'Gtc', { r: true })]);
    const steps: string[][] = [];
    rig.venue.onStep((events) => steps.push(events.map((e) => (e.kind === 'order' ? e.status : e.kind))));
    await rig.orders([limit('ETH', false, '1', '2990', 'Ioc', { r: true })]);
    expect(steps).toHaveLength(1);
    expect(steps[0]).toContain('reduceOnlyCanceled');
    expect(steps[0]).toContain('fill');
  });
});

describe('cancel (conformance 5, 6)', () => {
  test('live, filled and made-up in one batch', async () => {
    const rig = createRig();
    const [resting, filled] = await rig.orders([
      limit('ETH', true, '1', '2900', 'Gtc', { c: cloid(7) }),
      limit('ETH', true, '0.1', '3010', 'Ioc'),
    ]);
    const gone = 'Order was never placed, already canceled, or filled. asset=1';
    const a = await rig.act({
      type: 'cancel',
      cancels: [
        { a: 1, o: oidOf(resting) },
        { a: 1, o: oidOf(filled) },
        { a: 1, o: 424242 },
      ],
    });
    expect(a.response).toMatchObject({ data: { statuses: ['success', { error: gone }, { error: gone }] } });
    const b = await rig.act({ type: 'cancelByCloid', cancels: [{ asset: 1, cloid: cloid(7) }] });
    expect(b.response).toMatchObject({ data: { statuses: [{ error: gone }] } });
  });
  test('200 are taken, 201 refused whole', async () => {
    const rig = createRig();
    const cancels = Array.from({ length: 201 }, (_, i) => ({ a: 1, o: i + 1 }));
    const used = async () =>
      (await rig.info<{ nRequestsUsed: number }>({ type: 'userRateLimit', user: MASTER })).nRequestsUsed;
    const before = await used();
    expect((await rig.act({ type: 'cancel', cancels: cancels.slice(0, 200) })).status).toBe('ok');
    expect((await used()) - before).toBe(200);
    expect((await rig.act({ type: 'cancel', cancels })).response).toBe(
      'Signed action over weight limit of 200.',
    );
    expect((await used()) - before).toBe(200);
  });
  test('cancelling a resting parent takes its children with the same timestamp', async () => {
    const rig = createRig();
    const s = await rig.orders(
      [
        limit('ETH', true, '1', '2900', 'Gtc', { c: cloid(1) }),
        trigger('ETH', false, '1', '2800', 'sl', { c: cloid(2) }),
        trigger('ETH', false, '1', '3200', 'tp', { c: cloid(3) }),
      ],
      { grouping: 'normalTpsl' },
    );
    expect(s.slice(1)).toEqual(['waitingForFill', 'waitingForFill']);
    const listed = await rig.info<Json[]>({ type: 'frontendOpenOrders', user: MASTER });
    expect(listed).toHaveLength(3);
    expect(listed[0]?.['children']).toHaveLength(2);
    await rig.act({ type: 'cancel', cancels: [{ a: 1, o: oidOf(s[0]) }] });
    expect(await rig.info({ type: 'frontendOpenOrders', user: MASTER })).toEqual([]);
    for (const n of [1, 2, 3]) expect(await statusOf(rig, cloid(n))).toBe('canceled');
    const again = await rig.act({ type: 'cancelByCloid', cancels: [{ asset: 1, cloid: cloid(2) }] });
    expect(JSON.stringify(again)).toContain('never placed');
  });
  test('children first works one by one', async () => {
    const rig = createRig();
    await rig.orders(
      [
        limit('ETH', true, '1', '2900', 'Gtc', { c: cloid(1) }),
        trigger('ETH', false, '1', '2800', 'sl', { c: cloid(2) }),
      ],
      { grouping: 'normalTpsl' },
    );
    for (const n of [2, 1]) {
      const a = await rig.act({ type: 'cancelByCloid', cancels: [{ asset: 1, cloid: cloid(n) }] });
      expect(a.response).toMatchObject({ data: { statuses: ['success'] } });
    }
  });
});

describe('thin book (conformance 7)', () => {
  test('nothing inside the bound is an error, more than there is fills partly without one', async () => {
    const rig = createRig();
    rig.venue.setContext('ETH', { depthUsdPerBps: 4_080, vacuum: 0.1 });
    const [none] = await rig.orders([limit('ETH', true, '1', '3000', 'Ioc')]);
    expect(errorOf(none)).toContain('could not immediately match');
    const [some] = await rig.orders([limit('ETH', true, '1', '3000.3', 'Ioc', { c: cloid(5) })]);
    expect(some).toMatchObject({ filled: { totalSz: expect.stringMatching(/^0\.\d+$/) } });
    expect(await statusOf(rig, cloid(5))).toBe('canceled');
  });
});

describe('brackets (conformance 8)', () => {
  test('parent fills at once: children are armed; one fills, the other goes', async () => {
    const rig = createRig();
    const s = await rig.orders(bracket(limit('ETH', true, '1', '3010', 'Ioc')), { grouping: 'normalTpsl' });
    expect(s.slice(1)).toEqual(['waitingForTrigger', 'waitingForTrigger']);
    rig.venue.setPrice('ETH', { markPx: 3_250 });
    expect(await statusOf(rig, cloid(3))).toBe('filled');
    expect(await statusOf(rig, cloid(2))).toBe('siblingFilledCanceled');
    expect(position(rig, 'ETH')).toBeUndefined();
  });
  test.each([
    ['cancel', 0],
    ['arm', 2],
  ] as const)('parent IOC fills partly, rule %s: %i children live', async (partialParent, live) => {
    const rig = createRig({ rules: { partialParent } });
    rig.venue.faults.inject({ kind: 'partial-fill', fraction: 0.5, where: { legRole: 'entry' } });
    const s = await rig.orders(bracket(limit('ETH', true, '1', '3010', 'Ioc')), { grouping: 'normalTpsl' });
    expect(s[0]).toMatchObject({ filled: { totalSz: '0.5' } });
    expect(position(rig, 'ETH')?.szi).toBe(0.5);
    expect(open(rig)).toHaveLength(live);
  });
  test('parent rests: children wait and do not fire; it fills: they are armed', async () => {
    const rig = createRig();
    const s = await rig.orders(bracket(limit('ETH', true, '1', '2900')), { grouping: 'normalTpsl' });
    expect(s.slice(1)).toEqual(['waitingForFill', 'waitingForFill']);
    rig.venue.setPrice('ETH', { markPx: 3_300 });
    expect(open(rig).map((o) => o.isArmed)).toEqual([true, false, false]);
    rig.venue.setPrice('ETH', { markPx: 2_890 });
    expect(open(rig).map((o) => o.isArmed)).toEqual([true, true]);
    rig.venue.setPrice('ETH', { markPx: 2_799 });
    expect(position(rig, 'ETH')).toBeUndefined();
    expect(await statusOf(rig, cloid(3))).toBe('siblingFilledCanceled');
  });
  test('a refused parent takes the whole bracket down', async () => {
    for (const [parentError, n] of [
      ['each', 3],
      ['one', 1],
    ] as const) {
      const rig = createRig({ rules: { parentError } });
      const s = await rig.orders(bracket(limit('ETH', true, '1', '2990', 'Ioc')), { grouping: 'normalTpsl' });
      expect(s).toHaveLength(n);
      for (const x of s) expect(errorOf(x)).toContain('could not immediately match');
      expect(open(rig)).toEqual([]);
    }
  });
  test('cancelled for margin after a partial fill: children stay as if it had filled', async () => {
    const rig = createRig({ usd: 1_000 });
    await rig.act({ type: 'updateLeverage', asset: 1, isCross: true, leverage: 20 });
    await rig.orders(bracket(limit('ETH', true, '1', '2950')), { grouping: 'normalTpsl' });
    const [other] = await rig.orders([limit('BTC', true, '0.19', '100100', 'Ioc')]);
    expect(other).toHaveProperty('filled');
    rig.venue.setPrice('ETH', { markPx: 2_940 });
    expect(await statusOf(rig, cloid(1))).toBe('marginCanceled');
    expect(open(rig)).toEqual([]);
  });
  test('non-reduce-only children refuse the action', async () => {
    const rig = createRig();
    const bad = { ...trigger('ETH', false, '1', '2800'), r: false };
    const a = await rig.act({
      type: 'order',
      orders: [limit('ETH', true, '1', '3010', 'Ioc'), bad],
      grouping: 'normalTpsl',
    });
    expect(a).toEqual({ status: 'err', response: 'Trigger order is not reduce only.' });
    expect(position(rig, 'ETH')).toBeUndefined();
  });
});

describe('positionTpsl', () => {
  test('size 0 follows the position; both go when it closes', async () => {
    const rig = createRig();
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    const s = await rig.orders(
      [
        trigger('ETH', false, '0', '2800', 'sl', { c: cloid(2) }),
        trigger('ETH', false, '0', '3300', 'tp', { c: cloid(3) }),
      ],
      {
        grouping: 'positionTpsl',
      },
    );
    expect(s).toEqual(['waitingForTrigger', 'waitingForTrigger']);
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    rig.venue.setPrice('ETH', { markPx: 2_790 });
    expect(position(rig, 'ETH')).toBeUndefined();
    expect(
      rig.venue
        .account(MASTER)
        ?.fills.filter((f) => f['dir'] === 'Close Long')
        .map((f) => f['sz']),
    ).toEqual(['2.0']);
    expect(open(rig)).toEqual([]);
  });
  test('refused without a position', async () => {
    const [s] = await createRig().orders([trigger('ETH', false, '0', '2800')], { grouping: 'positionTpsl' });
    expect(errorOf(s)).toContain('Reduce only order would increase position');
  });
});

describe('triggers', () => {
  test('condition already true, and a limit on the wrong side, are invalid', async () => {
    const rig = createRig();
    const [already, wrong] = await rig.orders([
      trigger('ETH', false, '1', '3100', 'sl'),
      trigger('ETH', false, '1', '2900', 'sl', { p: '2950' }),
    ]);
    expect(errorOf(already)).toBe('Invalid TP/SL price. asset=1');
    expect(errorOf(wrong)).toBe('Invalid TP/SL price. asset=1');
  });
  test('the book beyond the limit: no liquidity, no stop left', async () => {
    const rig = createRig();
    await rig.orders([
      limit('ETH', true, '1', '3010', 'Ioc'),
      trigger('ETH', false, '1', '2900', 'sl', { p: '2890', c: cloid(2) }),
    ]);
    rig.venue.setPrice('ETH', { markPx: 2_850 });
    expect(await statusOf(rig, cloid(2))).toBe('marketOrderNoLiquidityRejected');
    expect(position(rig, 'ETH')?.szi).toBe(1);
    expect(open(rig)).toEqual([]);
  });
  test('a liquidity vacuum fills part of a stop and cancels the rest', async () => {
    const rig = createRig({ usd: 100_000 });
    await rig.orders([
      limit('ETH', true, '10', '3050', 'Ioc'),
      trigger('ETH', false, '10', '2900', 'sl', { p: '2870', c: cloid(2) }),
    ]);
    rig.venue.setContext('ETH', { vacuum: 0.001 });
    rig.venue.setPrice('ETH', { markPx: 2_895 });
    expect(await statusOf(rig, cloid(2))).toBe('canceled');
    const left = position(rig, 'ETH')?.szi ?? 0;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(10);
  });
  test('a short is mirrored: stop above, take profit below', async () => {
    const rig = createRig();
    await rig.orders([
      limit('ETH', false, '1', '2990', 'Ioc'),
      trigger('ETH', true, '1', '3100', 'sl', { c: cloid(2) }),
      trigger('ETH', true, '1', '2800', 'tp', { c: cloid(3) }),
    ]);
    rig.venue.setPrice('ETH', { markPx: 3_105 });
    expect(await statusOf(rig, cloid(2))).toBe('filled');
    expect(position(rig, 'ETH')).toBeUndefined();
  });
  test.each([
    ['keep', 1],
    ['cancel', 0],
  ] as const)('standalone triggers when the position closes, rule %s', async (triggersOnClose, left) => {
    const rig = createRig({ rules: { triggersOnClose } });
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc'), trigger('ETH', false, '1', '2900')]);
    await rig.orders([limit('ETH', false, '1', '2990', 'Ioc', { r: true })]);
    expect(open(rig)).toHaveLength(left);
  });
});

describe('modify (conformance 9)', () => {
  test('a stop moves with a:true to a new oid under the same cloid', async () => {
    const rig = createRig();
    const [, stop] = await rig.orders([
      limit('ETH', true, '1', '3010', 'Ioc'),
      trigger('ETH', false, '1', '2900', 'sl', { c: cloid(2) }),
    ]);
    const order = trigger('ETH', false, '1', '2950', 'sl', { c: cloid(2) });
    const without = await rig.act({ type: 'modify', oid: oidOf(stop), order });
    expect(without).toMatchObject({ status: 'err' });
    expect(await rig.act({ type: 'modify', oid: oidOf(stop), order, a: true })).toEqual({
      status: 'ok',
      response: { type: 'default' },
    });
    expect(open(rig)).toHaveLength(1);
    expect(open(rig)[0]).toMatchObject({ triggerPx: '2950.0', cloid: cloid(2) });
    expect(open(rig)[0]?.oid).not.toBe(oidOf(stop));
  });
  test('a:true places even when there is nothing to cancel', async () => {
    const rig = createRig();
    await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
    const order = trigger('ETH', false, '1', '2950');
    expect((await rig.act({ type: 'modify', oid: 4242, order, a: true })).status).toBe('ok');
    expect(open(rig)).toHaveLength(1);
    expect(
      await rig.act({ type: 'modify', oid: 4242, order: limit('ETH', true, '1', '2900') }),
    ).toMatchObject({
      response: expect.stringContaining('Cannot modify canceled or filled order'),
    });
  });
  test('a:false and f:false are malformed, f:true is refused for a trigger', async () => {
    const rig = createRig();
    const [stop] = await rig.orders([trigger('ETH', false, '1', '2900')]);
    const body = { nonce: rig.nonce(), signature: { r: '0x1', s: '0x1', v: 27 } };
    const modify = { type: 'modify', oid: 1, order: limit('ETH', true, '1', '2900'), a: false };
    expect((await rig.post('/exchange', { ...body, action: modify })).status).toBe(422);
    const cancel = { type: 'cancel', cancels: [{ a: 1, o: 1 }], f: false };
    expect((await rig.post('/exchange', { ...body, action: cancel })).status).toBe(422);
    const fast = await rig.act({ type: 'cancel', cancels: [{ a: 1, o: oidOf(stop) }], f: true });
    expect(JSON.stringify(fast)).toContain('trigger');
    expect(open(rig)).toHaveLength(1);
  });
  test('batchModify answers like order; a non-executable GTC becomes post-only', async () => {
    const rig = createRig();
    const [r] = await rig.orders([limit('ETH', true, '1', '2900')]);
    const a = await rig.act({
      type: 'batchModify',
      modifies: [{ oid: oidOf(r), order: limit('ETH', true, '1', '2910') }],
    });
    expect(a.response).toMatchObject({ type: 'order', data: { statuses: [{ resting: {} }] } });
    expect(open(rig)[0]).toMatchObject({ limitPx: '2910.0', tif: 'Alo' });
  });
});

describe('post-only and self-trade', () => {
  test('ALO that would cross names the bbo', async () => {
    const [s] = await createRig().orders([limit('ETH', true, '1', '3010', 'Alo')]);
    expect(errorOf(s)).toMatch(
      /^Post only order would have immediately matched, bbo was [\d.]+@[\d.]+\. asset=1$/,
    );
  });
  test('own resting order is cancelled, not traded with', async () => {
    const rig = createRig();
    rig.venue.setPrice('ETH', { markPx: 3_000, bidPx: 2_990, askPx: 3_010 });
    const [ask] = await rig.orders([limit('ETH', false, '1', '3000')]);
    const [buy] = await rig.orders([limit('ETH', true, '1', '3005', 'Ioc')]);
    expect(errorOf(buy)).toContain('could not immediately match');
    expect(await statusOf(rig, oidOf(ask))).toBe('selfTradeCanceled');
  });
});
