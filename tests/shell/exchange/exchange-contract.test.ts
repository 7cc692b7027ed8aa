import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExchangeReader, ExchangeSigner } from '../../../src/app/ports.ts';
import type { OrderLeg, SendOutcome } from '../../../src/core/execute/types.ts';
import type { Fill } from '../../../src/core/review/types.ts';
import { createHyperliquidFeed } from '../../../src/shell/exchange/hyperliquid-feed.ts';
import { createInfo } from '../../../src/shell/exchange/hyperliquid-info.ts';
import { createHyperliquidReader } from '../../../src/shell/exchange/hyperliquid-reader.ts';
import { readSelfTest } from '../../../src/shell/exchange/hyperliquid-self-test.ts';
import { createHyperliquidSigner } from '../../../src/shell/exchange/hyperliquid-signer.ts';
import { judgeSelfTest } from '../../../src/shell/exchange/judge-self-test.ts';
import { createVenue, type Venue } from '../../../src/venue/venue.ts';
import { serveVenue, type VenueServer } from '../../../src/venue/serve.ts';
import { ACCOUNT, bracket, entryLeg, KEY, OTHER_KEY, stopLeg, takeProfits } from './samples.ts';

/** What the bridge relies on, shown over real HTTP against the simulated venue. */
const START_MS = 1_760_130_000_000;
const TIMEOUT_MS = 400;
const COINS = [
  { coin: 'BTC', szDecimals: 5, maxLeverage: 40 },
  { coin: 'ETH', szDecimals: 4, maxLeverage: 25 },
];

let nowMs: number;
let nonce: number;
let venue: Venue;
let server: VenueServer;
let entry: ExchangeSigner;
let guard: ExchangeSigner;
let reader: ExchangeReader;

const signerOf = (privateKey: string): ExchangeSigner =>
  createHyperliquidSigner({ url: server.url, privateKey, isTestnet: true, timeoutMs: TIMEOUT_MS });

beforeEach(async () => {
  nowMs = START_MS;
  nonce = START_MS;
  venue = createVenue({ nowMs: () => nowMs, coins: COINS, chain: 'testnet' });
  server = await serveVenue({ venue });
  entry = signerOf(KEY);
  guard = signerOf(OTHER_KEY);
  reader = createHyperliquidReader({
    url: server.url,
    account: ACCOUNT,
    timeoutMs: TIMEOUT_MS,
    nowMs: () => nowMs,
  });
  venue.openAccount({
    address: ACCOUNT,
    usd: 10_000,
    agents: [
      { address: entry.address, name: 'entry', validUntilMs: START_MS + 90 * 86_400_000 },
      { address: guard.address },
    ],
  });
  venue.setPrice('BTC', { markPx: 100_000 });
  venue.setPrice('ETH', { markPx: 2_000 });
});
afterEach(() => server.close());

const place = (legs: readonly OrderLeg[] = bracket, o: { by?: ExchangeSigner; nonce?: number } = {}) =>
  (o.by ?? entry).order(legs, {
    grouping: 'na',
    nonce: o.nonce ?? ++nonce,
    expiresAfterMs: nowMs + 5_000,
  });
const kinds = (outcome: SendOutcome): string[] =>
  outcome.kind === 'answered' ? outcome.legs.map((leg) => leg.kind) : [outcome.kind];

describe('a bracket as one action', () => {
  test('fills the entry, arms the stop, rests the take profits, and reads back', async () => {
    const outcome = await place();
    expect(kinds(outcome)).toEqual(['filled', 'resting', 'resting', 'resting']);
    expect(outcome).toMatchObject({ legs: [{ sz: 0.5, avgPx: expect.closeTo(2_000, -1) }, {}, {}, {}] });
    const state = await reader.accountState();
    expect(state.readAtMs).toBe(nowMs);
    expect(state.positions).toMatchObject([{ coin: 'ETH', side: 'long', sz: 0.5 }]);
    expect(state.equityUsd).toBeGreaterThan(9_990);
    expect(state.equityUsd).toBeLessThan(10_000);
    const stop = state.openOrders.find((order) => order.cloid === stopLeg.cloid);
    expect(stop).toMatchObject({
      coin: 'ETH',
      isBuy: false,
      isTrigger: true,
      triggerPx: 1_950,
      limitPx: 1_755,
      sz: 0.5,
      reduceOnly: true,
      orderType: 'Stop Market',
      isUnarmedChild: false,
    });
    expect(new Set(state.openOrders.map((order) => order.cloid))).toEqual(
      new Set([stopLeg, ...takeProfits].map((leg) => leg.cloid)),
    );
  });

  test('with one leg refused says which, and that the entry filled', async () => {
    venue.faults.inject({
      kind: 'refuse-leg',
      where: { legRole: 'stop' },
      message: 'Invalid TP/SL price.',
    });
    const outcome = await place();
    expect(kinds(outcome)).toEqual(['filled', 'refused', 'resting', 'resting']);
    expect(outcome).toMatchObject({ legs: [{}, { message: 'Invalid TP/SL price. asset=1' }, {}, {}] });
    expect((await reader.accountState()).positions).toHaveLength(1);
  });

  test('children of a resting parent are read as not armed', async () => {
    const parent: OrderLeg = { ...entryLeg, px: 1_990, type: { tif: 'Gtc' } };
    const outcome = await entry.order([parent, stopLeg], {
      grouping: 'normalTpsl',
      nonce: ++nonce,
      expiresAfterMs: null,
    });
    expect(outcome).toMatchObject({
      kind: 'answered',
      legs: [{ kind: 'resting' }, { kind: 'waiting', armed: false }],
    });
    const { openOrders } = await reader.accountState();
    expect(openOrders.map((order) => [order.cloid, order.isUnarmedChild])).toEqual([
      [parent.cloid, false],
      [stopLeg.cloid, true],
    ]);
  });

  test('the stop fires and is found filled by its cloid', async () => {
    await place();
    nowMs += 60_000;
    venue.setPrice('ETH', { markPx: 1_940 });
    expect(await reader.findOrder(stopLeg.cloid, 'ETH')).toMatchObject({ state: 'filled', filledSz: 0.5 });
    const { positions, openOrders } = await reader.accountState();
    expect([positions, openOrders]).toEqual([[], []]);
  });
});

describe('cancelling', () => {
  test('cancels, and a gone order is gone, not an error', async () => {
    await place();
    const { openOrders } = await reader.accountState();
    const [first, second] = openOrders.map(({ oid }) => ({ assetId: 1, oid }));
    expect(await guard.cancel([first!], { nonce: ++nonce })).toEqual({
      kind: 'answered',
      items: ['canceled'],
    });
    expect(await guard.cancel([first!, second!], { nonce: ++nonce })).toEqual({
      kind: 'answered',
      items: ['gone', 'canceled'],
    });
    expect(await reader.findOrder(openOrders[0]?.cloid ?? '', 'ETH')).toMatchObject({
      state: 'canceled',
      filledSz: 0,
    });
  });
});

describe('a lost reply', () => {
  test.each(['hang', 'reset'] as const)(
    '(%s) is a doubt that fence and look-up end: one entry',
    async (mode) => {
      venue.faults.inject({ kind: 'drop-reply', mode, where: { type: 'order' } });
      const outcome = await place();
      expect(outcome.kind).toBe('unknown');
      expect(await entry.noop(nonce)).toBe('duplicate-nonce');
      expect(await reader.findOrder(entryLeg.cloid, 'ETH')).toMatchObject({ state: 'filled', filledSz: 0.5 });
      expect(await reader.findOrder(stopLeg.cloid, 'ETH')).toMatchObject({ state: 'open', filledSz: 0 });
      expect((await reader.accountState()).positions).toMatchObject([{ sz: 0.5 }]);
    },
  );

  test('of a request that never arrived: the fence holds and nothing can land any more', async () => {
    venue.faults.inject({ kind: 'drop-request', mode: 'reset', where: { type: 'order' } });
    expect((await place()).kind).toBe('unknown');
    expect(await entry.noop(nonce)).toBe('ok');
    expect(await entry.noop(nonce)).toBe('duplicate-nonce');
    expect(await reader.findOrder(entryLeg.cloid, 'ETH')).toBe('absent');
    const late = await place(bracket, { nonce });
    expect(late).toMatchObject({ kind: 'unknown', message: expect.stringContaining('duplicate nonce') });
    expect((await reader.accountState()).positions).toEqual([]);
  });

  test.each(['before', 'after'] as const)('502 %s it was applied is a doubt', async (when) => {
    venue.faults.inject({ kind: 'http', status: 502, when, where: { type: 'order' } });
    expect(await place()).toEqual({ kind: 'unknown', message: 'HTTP 502' });
    expect((await reader.accountState()).positions).toHaveLength(when === 'after' ? 1 : 0);
  });

  test('hanging delays neither this signer’s next order nor another’s', async () => {
    venue.faults.inject({ kind: 'drop-reply', mode: 'hang', where: { type: 'order' } });
    const order: string[] = [];
    const hung = place().then((outcome) => order.push(outcome.kind));
    const btc: OrderLeg = { ...entryLeg, coin: 'BTC', assetId: 0, px: 100_500, sz: 0.01 };
    // The fault strikes the first order to arrive: wait for it.
    await vi.waitFor(() => expect(venue.account(ACCOUNT)?.positions).toHaveLength(1));
    await Promise.all(
      [place([btc]), place([{ ...btc, cloid: `${btc.cloid.slice(0, -1)}9` }], { by: guard })].map((sent) =>
        sent.then((outcome) => order.push(...kinds(outcome))),
      ),
    );
    expect(order).toEqual(['filled', 'filled']);
    await hung;
    expect(order).toEqual(['filled', 'filled', 'unknown']);
  });
});

describe('the venue says no to', () => {
  test('a wallet it does not know', async () => {
    const stranger = signerOf(`0x${'5ba3'.repeat(16)}`);
    expect(await place(bracket, { by: stranger })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('User or API Wallet'),
    });
  });

  test('an action that came too late', async () => {
    const outcome = await entry.order(bracket, {
      grouping: 'na',
      nonce: ++nonce,
      expiresAfterMs: nowMs - 1,
    });
    expect(outcome).toEqual({ kind: 'refused', message: 'Action already expired' });
    expect((await reader.accountState()).positions).toEqual([]);
  });

  test('switching margin mode under a position; changing leverage is fine', async () => {
    const leverage = { assetId: 1, isCross: false };
    expect(await entry.setLeverage({ ...leverage, leverage: 5, nonce: ++nonce })).toEqual({
      kind: 'answered',
      legs: [],
    });
    await place();
    expect((await reader.accountState()).positions).toMatchObject([{ leverage: 5, isIsolated: true }]);
    expect(
      await entry.setLeverage({ ...leverage, isCross: true, leverage: 5, nonce: ++nonce }),
    ).toMatchObject({
      kind: 'refused',
    });
  });

  test('an entry nobody sells to, leg by leg', async () => {
    const outcome = await place([{ ...entryLeg, px: 1_900 }]);
    expect(outcome).toMatchObject({ kind: 'answered', legs: [{ kind: 'refused' }] });
    expect(await reader.findOrder(entryLeg.cloid, 'ETH')).toMatchObject({ state: 'refused', filledSz: 0 });
  });
});

test('history: fills once and in order, funding by the hour', async () => {
  await place();
  nowMs += 10_000;
  venue.setPrice('ETH', { markPx: 2_060 });
  const fills = await reader.fillsSince(START_MS);
  expect(fills.map((f) => [f.isBuy, f.cloid]).slice(0, 1)).toEqual([[true, entryLeg.cloid]]);
  expect(fills.at(-1)).toMatchObject({ isBuy: false, cloid: takeProfits[0]?.cloid, isTaker: false });
  expect(new Set(fills.map((f) => f.tid)).size).toBe(fills.length);
  expect(await reader.fillsSince(nowMs + 1)).toEqual([]);

  venue.setContext('ETH', { fundingHourly: 0.0001 });
  nowMs += 3_600_000;
  venue.tick();
  const [payment] = await reader.fundingSince(START_MS);
  expect(payment).toMatchObject({ coin: 'ETH' });
  expect(payment?.usd).toBeCloseTo(-0.25 * 2_060 * 0.0001, 3);
});

test('meta: ids, lots, leverage, tiers', async () => {
  expect(await reader.meta()).toMatchObject([
    { coin: 'BTC', assetId: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false, onlyIsolated: false },
    { coin: 'ETH', assetId: 1, szDecimals: 4, maxLeverage: 25 },
  ]);
});

test('the self-test passes for a sound account and fails for a stranger’s key', async () => {
  const info = createInfo({ url: server.url, timeoutMs: TIMEOUT_MS, nowMs: () => Date.now() });
  const signers = [
    { name: 'entry', address: entry.address },
    { name: 'guard', address: guard.address },
  ];
  const sound = judgeSelfTest(await readSelfTest(info, { account: ACCOUNT, signers }), nowMs);
  expect(sound.filter((check) => !check.ok && check.name !== 'venue-clock')).toEqual([]);
  const stranger = [{ name: 'entry', address: '0x9999999999999999999999999999999999999999' }];
  const bad = judgeSelfTest(await readSelfTest(info, { account: ACCOUNT, signers: stranger }), nowMs);
  expect(bad.filter((check) => !check.ok).map((check) => check.name)).toContain('agent-entry');
});

test('the feed tells of a fill within the same moment', async () => {
  const feed = createHyperliquidFeed({ wsUrl: server.wsUrl, account: ACCOUNT });
  const heard: Fill[] = [];
  let updates = 0;
  await feed.start({
    fills: (fills, isSnapshot) => void (isSnapshot || heard.push(...fills)),
    orderUpdate: () => void updates++,
    status: () => {},
  });
  await place();
  await vi.waitFor(() => expect(heard.map((f) => f.cloid)).toContain(entryLeg.cloid));
  expect(updates).toBeGreaterThan(0);
  await feed.stop();
});
