import { beforeAll, describe, expect, test } from 'vitest';
import type { Holders } from '../../../src/venue/market/holders.ts';
import { createHolders } from '../../../src/venue/market/holders.ts';
import { SYNTHETIC_COINS } from '../../../src/venue/market/synthetic-coins.ts';
import type { SyntheticMarket } from '../../../src/venue/market/synthetic-market.ts';
import { createSyntheticMarket } from '../../../src/venue/market/synthetic-market.ts';
import { createVenue } from '../../../src/venue/venue.ts';
import { parsePositions } from '../../../src/shell/market/hyperliquid-positions.ts';

const START = 1_760_054_400_000;
const COINS = SYNTHETIC_COINS.slice(0, 6);
const ACCOUNT = `0x${'ac'.repeat(20)}`;

let market: SyntheticMarket;
let holders: Holders;
beforeAll(() => {
  market = createSyntheticMarket({ seed: 5, startMs: START, historyBars: 600, coins: COINS });
  holders = createHolders(market, 5);
});

describe('holders of the synthetic market', () => {
  test('whoever trades can be found with the liquidation price that the market holds them to', () => {
    const trades = Array.from({ length: 60 }, () => holders.trade()).filter((t) => t !== null);
    expect(trades.length).toBeGreaterThan(30);
    for (const trade of trades) {
      for (const address of [trade.taker, trade.maker]) {
        expect(address).toMatch(/^0x[0-9a-f]{40}$/);
        const held = holders.find(address.toUpperCase().replace('0X', '0x'));
        expect(held.map((p) => p.coin)).toContain(trade.coin);
        expect(held.length).toBeLessThanOrEqual(2);
        for (const h of held) {
          const isSame = (p: { liquidationPx: number; sz: number }) =>
            p.liquidationPx === h.liquidationPx && p.sz === Math.abs(h.szi);
          const truth = market.population(h.coin).filter(isSame);
          expect(truth.map((p) => p.side)).toEqual([h.szi > 0 ? 'long' : 'short']);
        }
      }
      expect(trade.isBuy).toBe((holders.find(trade.taker)[0]?.szi ?? 0) > 0);
    }
  });

  test('the same seed draws the same trades; others are nobody', () => {
    const one = createHolders(market, 9);
    const two = createHolders(market, 9);
    for (let i = 0; i < 20; i++) expect(one.trade()).toEqual(two.trade());
    for (const address of [ACCOUNT, '', '0x', `0x${'5e'.repeat(20)}`])
      expect(holders.find(address)).toEqual([]);
  });
});

describe('on the venue', () => {
  const open = () => {
    const venue = createVenue({
      nowMs: () => START,
      coins: COINS.map((c) => ({ coin: c.coin, szDecimals: c.szDecimals, maxLeverage: c.maxLeverage })),
    });
    for (const { coin } of COINS) venue.setPrice(coin, { markPx: market.mark(coin) });
    venue.setOthers(holders.find);
    venue.openAccount({ address: ACCOUNT, usd: 10_000 });
    const ask = async (user: string) => {
      const reply = await venue.handle('info', JSON.stringify({ type: 'clearinghouseState', user }));
      if (typeof reply === 'string') throw new Error(reply);
      return JSON.parse(reply.body) as unknown;
    };
    return { venue, ask };
  };

  test('anybody can read them, as they read any account', async () => {
    const { ask } = open();
    let trade = holders.trade();
    while (trade === null) trade = holders.trade();
    const held = holders.find(trade.taker);
    const read = parsePositions(await ask(trade.taker), 'x');
    expect(read.map((p) => p.coin)).toEqual(held.map((p) => p.coin));
    for (const [i, p] of read.entries()) {
      expect(p.liquidationPx).toBeCloseTo(held[i]?.liquidationPx ?? 0, 6);
      expect(p.sz / Math.abs(held[i]?.szi ?? 0)).toBeCloseTo(1, 1);
    }
  });

  test('accounts of the venue and unknown addresses answer as before', async () => {
    const { ask } = open();
    expect(await ask(ACCOUNT)).toMatchObject({
      marginSummary: { accountValue: '10000.0' },
      assetPositions: [],
    });
    expect(await ask(`0x${'99'.repeat(20)}`)).toMatchObject({ assetPositions: [] });
  });
});
