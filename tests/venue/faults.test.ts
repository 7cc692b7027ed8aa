import { signL1Action } from '@nktkas/hyperliquid/signing';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../src/venue/faults.ts';
import { createVenue } from '../../src/venue/venue.ts';
import {
  cast,
  COINS,
  createRig,
  errorOf,
  type Json,
  limit,
  MASTER,
  type Rig,
  T0,
  trigger,
  wallets,
} from './rig.ts';

const buy = limit('ETH', true, '1', '3010', 'Ioc');
const body = (): Json => ({ type: 'clearinghouseState', user: MASTER });
const positions = (rig: Rig) => rig.venue.account(MASTER)?.positions ?? [];

const strikes = async (seed: number) => {
  const rig = createRig({ seed });
  rig.venue.faults.inject({ kind: 'http', status: 502, count: null, probability: 0.3 });
  const out: number[] = [];
  for (let i = 0; i < 200; i++) out.push((await rig.post('/info', body())).status);
  return out;
};

const order = (o: Json): Json => ({
  type: 'order',
  orders: [{ ...limit('ETH', true, '1', '3010', 'Ioc'), ...o }],
  grouping: 'na',
});

describe('which request a fault strikes', () => {
  test.each([
    [{ path: 'info' as const }, 200],
    [{ path: 'exchange' as const }, 503],
    [{ type: 'order' }, 503],
    [{ type: 'cancel' }, 200],
    [{ user: MASTER.toUpperCase().replace('0X', '0x') }, 503],
    [{ user: '0x00000000000000000000000000000000000000aa' }, 200],
    [{ coin: 'ETH' }, 503],
    [{ coin: 'BTC' }, 200],
    [{ legRole: 'entry' as const }, 503],
    [{ legRole: 'stop' as const }, 200],
  ])('%j: HTTP %i for an ETH entry', async (where, status) => {
    const rig = createRig();
    rig.venue.faults.inject({ kind: 'http', status: 503, where });
    expect((await rig.venue.fetch(await signed(rig))).status).toBe(status);
  });

  test('count: exactly so often; null until cleared; list shows what is left', async () => {
    const rig = createRig();
    const status = async () => (await rig.post('/info', body())).status;
    rig.venue.faults.inject({ kind: 'http', status: 502, count: 2 });
    expect([await status(), await status(), await status()]).toEqual([502, 502, 200]);
    const id = rig.venue.faults.inject({ kind: 'http', status: 502, count: null });
    for (let i = 0; i < 5; i++) expect(await status()).toBe(502);
    expect(rig.venue.faults.list()).toMatchObject([{ id, struck: 5, left: null }]);
    rig.venue.faults.clear(id);
    expect(await status()).toBe(200);
  });

  test('probability: seeded, the same draws for the same seed, about the share asked for', async () => {
    const first = await strikes(7);
    expect(await strikes(7)).toEqual(first);
    expect(await strikes(8)).not.toEqual(first);
    const share = first.filter((s) => s === 502).length / 200;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
  });
  test('the generator stays in [0, 1) and spreads evenly', () => {
    const draw = seeded(1);
    const bins = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i++) {
      const x = draw();
      expect(x >= 0 && x < 1).toBe(true);
      bins[Math.floor(x * 10)]! += 1;
    }
    for (const n of bins) expect(Math.abs(n - 1_000)).toBeLessThan(150);
  });
});

/** A signed ETH entry as a request, not yet sent. */
async function signed(rig: Rig): Promise<Request> {
  const action = { type: 'order', orders: [buy], grouping: 'na' };
  const nonce = rig.nonce();
  const signature = await signL1Action({ wallet: wallets.entry, action, nonce, isTestnet: true });
  return new Request('http://venue/exchange', {
    method: 'POST',
    body: JSON.stringify({ action, nonce, signature }),
  });
}

describe('in one process', () => {
  test('a dropped reply is silence until the caller gives up; the order stands', async () => {
    const rig = createRig();
    rig.venue.faults.inject({ kind: 'drop-reply' });
    const controller = new AbortController();
    const request = new Request(await signed(rig), { signal: controller.signal });
    const pending = rig.venue.fetch(request);
    await expect.poll(() => positions(rig).length, { interval: 2 }).toBe(1);
    controller.abort();
    await expect(pending).rejects.toThrow('aborted');
  });
  test('a reset is a failed fetch, before applying nothing stands', async () => {
    const rig = createRig();
    rig.venue.faults.inject({ kind: 'drop-request', mode: 'reset' });
    await expect(rig.venue.fetch(await signed(rig))).rejects.toThrow('fetch failed');
    expect(positions(rig)).toEqual([]);
  });
  test('a delay waits on the injected sleep, before or after applying', async () => {
    for (const [when, during] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      let release: (() => void) | undefined;
      const slept: number[] = [];
      const sleep = (ms: number) => (slept.push(ms), new Promise<void>((resolve) => (release = resolve)));
      const rig = createRig({ sleep });
      rig.venue.faults.inject({ kind: 'delay', ms: 750, when });
      const pending = rig.venue.fetch(await signed(rig));
      await expect.poll(() => slept, { interval: 2 }).toEqual([750]);
      expect(positions(rig)).toHaveLength(during);
      release?.();
      expect((await pending).status).toBe(200);
      expect(positions(rig)).toHaveLength(1);
    }
  });
});

describe('legs', () => {
  test('one refused leg leaves the others', async () => {
    const rig = createRig();
    rig.venue.faults.inject({
      kind: 'refuse-leg',
      message: 'Invalid TP/SL price.',
      where: { legRole: 'stop' },
    });
    const s = await rig.orders([
      buy,
      trigger('ETH', false, '1', '2900'),
      limit('ETH', false, '1', '3100', 'Gtc', { r: true }),
    ]);
    expect(s[0]).toHaveProperty('filled');
    expect(errorOf(s[1])).toBe('Invalid TP/SL price. asset=1');
    expect(s[2]).toHaveProperty('resting');
  });
  test.each(['canceled', 'filled'] as const)(
    'a partial fill ends as %s by rule; the rest is gone without error',
    async (partialIocStatus) => {
      const rig = createRig({ rules: { partialIocStatus } });
      rig.venue.faults.inject({ kind: 'partial-fill', fraction: 0.3, where: { coin: 'ETH' } });
      const [s] = await rig.orders([buy]);
      expect(s).toMatchObject({ filled: { totalSz: '0.3' } });
      const oid = cast<{ filled: { oid: number } }>(s).filled.oid;
      expect(await rig.info({ type: 'orderStatus', user: MASTER, oid })).toMatchObject({
        order: { status: partialIocStatus },
      });
    },
  );
});

describe('stale reads', () => {
  test('account reads stay as they were for so long; market reads and actions do not', async () => {
    const rig = createRig();
    rig.venue.faults.inject({ kind: 'stale-reads', forMs: 5_000 });
    await rig.orders([buy]);
    const held = async () => cast<unknown[]>((await rig.info(body()))['assetPositions']).length;
    expect(await held()).toBe(0);
    expect(positions(rig)).toHaveLength(1);
    rig.clock.now += 4_999;
    expect(await held()).toBe(0);
    rig.clock.now += 1;
    expect(await held()).toBe(1);
  });
});

describe('lost stops', () => {
  test.each([
    ['cancel', 0, 'canceled'],
    ['vanish', 0, 'canceled'],
    ['half-size', 1, 'open'],
    ['far-trigger', 1, 'open'],
    ['unarm', 1, 'open'],
  ] as const)('%s: %i left', async (how, left, status) => {
    const rig = createRig();
    const [, stop] = await rig.orders([buy, trigger('ETH', false, '1', '2900')]);
    const oid = cast<{ resting: { oid: number } }>(stop).resting.oid;
    const before = rig.venue.events().length;
    rig.venue.faults.inject({ kind: 'lose-stop', how, where: { user: MASTER, coin: 'ETH' } });
    const open = rig.venue.account(MASTER)?.orders ?? [];
    expect(open).toHaveLength(left);
    const r = await rig.info<{ order: { status: string } }>({ type: 'orderStatus', user: MASTER, oid });
    expect(r.order.status).toBe(status);
    expect(rig.venue.events().length - before).toBe(how === 'cancel' ? 1 : 0);
    const shown = open.map((o) => [o.sz, o.triggerPx, o.isArmed]);
    const expected: Record<string, unknown[]> = {
      'half-size': [['0.5', '2900.0', true]],
      'far-trigger': [['1.0', '1450.0', true]],
      unarm: [['1.0', '2900.0', false]],
    };
    expect(shown).toEqual(expected[how] ?? []);
    rig.venue.setPrice('ETH', { markPx: 2_890 });
    expect(positions(rig).map((p) => p.szi)).toEqual(how === 'half-size' ? [0.5] : [1]);
  });
});

describe('rate limits', () => {
  test('1200 weight a minute and address, then 429 with a null body, then again', async () => {
    const rig = createRig({ rules: { ipWeights: true } });
    const status = async (client: string) =>
      cast<{ status: number }>(
        await rig.venue.handle('info', JSON.stringify({ type: 'userRole', user: MASTER }), client),
      );
    for (let i = 0; i < 20; i++) expect((await status('a')).status).toBe(200);
    expect(await status('a')).toMatchObject({ status: 429, body: 'null' });
    expect((await status('b')).status).toBe(200);
    rig.clock.now += 3_001;
    expect((await status('a')).status).toBe(200);
  });
  test('quota used up: in 45 s at one request a second 5 pass (conformance 11)', async () => {
    const rig = createRig({ rules: { addressQuota: true } });
    const a = rig.venue.state.accounts.get(MASTER);
    if (a === undefined) throw new Error('no account');
    a.actionsUsed = 10_000;
    const answers: string[] = [];
    for (let i = 0; i < 45; i++) {
      const answer = await rig.act({ type: 'noop' });
      answers.push(typeof answer.response === 'string' ? answer.response : answer.status);
      rig.clock.now += 1_000;
    }
    const refused = answers.filter((x) => x !== 'ok');
    expect(refused).toHaveLength(40);
    for (const text of refused) {
      expect(text).toMatch(
        /^Too many cumulative requests sent \(\d+ > 10000\) for cumulative volume traded \$0\.00\./,
      );
    }
    await rig.orders([buy]).catch(() => undefined);
    rig.clock.now += 60_000;
    await rig.orders([limit('BTC', true, '0.1', '100100', 'Ioc')]);
    expect((await rig.act({ type: 'noop' })).status).toBe('ok');
  });
  test('post-only period and halted trading', async () => {
    const rig = createRig({ rules: { postOnly: true } });
    const refused = await rig.act({ type: 'order', orders: [buy], grouping: 'na' });
    expect(refused.response).toContain('Only post-only orders allowed');
    const [alo] = await rig.orders([limit('ETH', true, '1', '2900', 'Alo')]);
    expect(alo).toHaveProperty('resting');
    const halted = createRig({ rules: { halted: true } });
    expect(errorOf((await halted.orders([buy]))[0])).toContain('Trading is halted.');
  });
  test('open orders: at 1000 protective ones are refused, plain ones too without volume', async () => {
    const rig = createRig({ rules: { openOrdersMax: 3 } });
    const some = await rig.orders([1, 2, 3].map((i) => limit('ETH', true, '0.1', String(2_900 - i))));
    expect(some.map((x) => errorOf(x))).toEqual([null, null, null]);
    expect(errorOf((await rig.orders([trigger('ETH', false, '1', '2800')]))[0])).toContain(
      'Too many open orders',
    );
  });
});

describe('others in the market', () => {
  test('an account acted for without signature holds a position whose liquidation price anyone can read', async () => {
    const rig = createRig();
    const whale = '0x00000000000000000000000000000000000000f1';
    rig.venue.openAccount({ address: whale, usd: 100_000 });
    const entry = { a: 1, b: true, p: '3100', s: '300', r: false, t: { limit: { tif: 'Ioc' as const } } };
    const answer = rig.venue.act(whale, { type: 'order', orders: [entry], grouping: 'na' });
    expect(JSON.stringify(answer)).toContain('"totalSz":"300.0"');
    const state = await rig.info<{ assetPositions: { position: { liquidationPx: string } }[] }>({
      type: 'clearinghouseState',
      user: whale,
    });
    const px = Number(state.assetPositions[0]?.position.liquidationPx);
    rig.venue.setPrice('ETH', { markPx: Math.ceil(px + 1) });
    expect(rig.venue.account(whale)?.positions).toHaveLength(1);
    rig.venue.setPrice('ETH', { markPx: Math.floor(px - 1) });
    expect(rig.venue.events().some((e) => e.kind === 'liquidation' && e.user === whale)).toBe(true);
  });
  test('a foreign hand with the key: closes the position, cancels the stop (F17)', async () => {
    const rig = createRig();
    await rig.orders([buy, trigger('ETH', false, '1', '2900')]);
    const oid = rig.venue.account(MASTER)?.orders[0]?.oid ?? 0;
    rig.venue.act(MASTER, { type: 'cancel', cancels: [{ a: 1, o: oid }] });
    expect(rig.venue.account(MASTER)?.orders).toEqual([]);
  });
  test('trades of others show up with both users', async () => {
    const rig = createRig();
    const [taker, maker] = [
      '0x00000000000000000000000000000000000000f1',
      '0x00000000000000000000000000000000000000f2',
    ];
    rig.venue.addTrade('BTC', { isBuy: false, px: 99_990, sz: 0.5, taker, maker });
    const trades = await rig.info<Json[]>({ type: 'recentTrades', coin: 'BTC' });
    expect(trades).toMatchObject([{ side: 'A', px: '99990.0', sz: '0.5', users: [maker, taker] }]);
  });
});

describe('saved and restored', () => {
  test('everything goes on: orders, nonces, agents, fills, triggers', async () => {
    const rig = createRig();
    const nonce = rig.nonce();
    await rig.orders([buy, trigger('ETH', false, '1', '2900')], { nonce });
    const saved: unknown = JSON.parse(JSON.stringify(rig.venue.snapshot()));
    const other = createVenue({ nowMs: () => rig.clock.now, coins: COINS });
    other.restore(saved);
    expect(other.account(MASTER)).toEqual(rig.venue.account(MASTER));
    expect(other.events()).toEqual(rig.venue.events());
    const seen: string[] = [];
    other.on((e) => seen.push(e.kind === 'order' ? e.status : e.kind));
    other.setPrice('ETH', { markPx: 2_890 });
    expect(seen).toContain('triggered');
    expect(seen).toContain('filled');
    expect(other.account(MASTER)?.positions).toEqual([]);
  });
  test('candles go along unless left out', async () => {
    const rig = createRig();
    const bar = { t: T0, o: 1, h: 2, l: 0.5, c: 1.5, v: 10 };
    rig.venue.addCandles('BTC', '1m', [bar]);
    for (const [candles, n] of [
      [true, 1],
      [false, 0],
    ] as const) {
      const other = createVenue({ nowMs: () => T0, coins: COINS });
      other.restore(JSON.parse(JSON.stringify(rig.venue.snapshot({ candles }))));
      expect(other.state.candles.get('BTC 1m') ?? []).toHaveLength(n);
    }
  });
  test('a snapshot of something else is refused', () => {
    expect(() => createRig().venue.restore({ version: 99 })).toThrow(/not a venue snapshot/);
  });
});

describe('malformed actions change nothing', () => {
  const cases: [string, unknown][] = [
    ['no JSON', '{'],
    ['an array', []],
    ['no action', { nonce: 1, signature: {} }],
    ['null', 'null'],
    ['a number', '5'],
    ['unknown type', { type: 'mint' }],
    ['no orders', { type: 'order', grouping: 'na' }],
    ['orders no array', { type: 'order', orders: {}, grouping: 'na' }],
    ['price a number', order({ p: 3010 })],
    ['size a number', order({ s: 1 })],
    ['asset text', order({ a: '1' })],
    ['asset negative', order({ a: -1 })],
    ['asset fraction', order({ a: 1.5 })],
    ['side text', order({ b: 'true' })],
    ['negative price', order({ p: '-1' })],
    ['price zero', order({ p: '0' })],
    ['price words', order({ p: 'abc' })],
    ['price exponent', order({ p: '3e3' })],
    ['size NaN', order({ s: 'NaN' })],
    ['unknown tif', order({ t: { limit: { tif: 'Fok' } } })],
    ['no type', order({ t: {} })],
    ['tpsl unknown', order({ t: { trigger: { isMarket: true, triggerPx: '1', tpsl: 'xx' } } })],
    ['short cloid', order({ c: '0x12' })],
    ['unknown grouping', { ...order({}), grouping: 'other' }],
    ['cancel without oid', { type: 'cancel', cancels: [{ a: 1 }] }],
    ['cancel text oid', { type: 'cancel', cancels: [{ a: 1, o: 'x' }] }],
    ['leverage zero', { type: 'updateLeverage', asset: 1, isCross: true, leverage: 0 }],
    ['leverage text', { type: 'updateLeverage', asset: 1, isCross: true, leverage: '5' }],
    ['modify a:false', { type: 'modify', oid: 1, order: limit('ETH', true, '1', '3000'), a: false }],
    ['cloid no hex', { type: 'cancelByCloid', cancels: [{ asset: 1, cloid: 'zz' }] }],
    ['action null', { type: null }],
  ];
  test('there are at least 30', () => expect(cases.length).toBeGreaterThanOrEqual(30));
  test.each(cases)('%s: 422', async (_, action) => {
    const rig = createRig();
    const before = JSON.stringify(rig.venue.snapshot());
    const envelope =
      typeof action === 'object' && action !== null && 'type' in action
        ? { action, nonce: T0, signature: { r: `0x${'1'.repeat(64)}`, s: `0x${'1'.repeat(64)}`, v: 27 } }
        : action;
    const response = await rig.post('/exchange', envelope);
    expect(response.status).toBe(422);
    expect(await response.text()).toBe('Failed to deserialize the JSON body into the target type');
    expect(JSON.stringify(rig.venue.snapshot())).toBe(before);
  });
  test.each([
    ['nonce text', { nonce: '5' }],
    ['nonce fraction', { nonce: 1.5 }],
    ['v 2', { signature: { r: '0x1', s: '0x1', v: 2 } }],
    ['r no hex', { signature: { r: 'q', s: '0x1', v: 27 } }],
    ['vault no address', { vaultAddress: '0x1' }],
    ['expiry text', { expiresAfter: 'soon' }],
  ])('envelope, %s: 422', async (_, change) => {
    const rig = createRig();
    const good = { action: { type: 'noop' }, nonce: T0, signature: { r: '0x1', s: '0x1', v: 27 } };
    expect((await rig.post('/exchange', good)).status).toBe(200);
    expect((await rig.post('/exchange', { ...good, ...change })).status).toBe(422);
  });
  test.each([
    ['unknown type', { type: 'nope' }],
    ['no user', { type: 'clearinghouseState' }],
    ['agent name for a user', { type: 'openOrders', user: 'me' }],
    ['no coin', { type: 'l2Book' }],
    ['bad interval', { type: 'candleSnapshot', req: { coin: 'BTC', interval: '7m', startTime: 0 } }],
    ['prototype name', { type: 'constructor' }],
    ['bad oid', { type: 'orderStatus', user: MASTER, oid: 'x' }],
  ])('info, %s: 422', async (_, b) => {
    expect((await createRig().post('/info', b)).status).toBe(422);
  });
});
