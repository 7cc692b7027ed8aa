// What all coins do at once, where positions stand, and what trades taught, in a real browser over the real app.
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { FeedbackTrade } from '../../src/core/review/feedback.ts';
import { feedbackOf } from '../../src/core/review/feedback.ts';
import { COIN_PARAMS } from '../../src/core/shared/coin-params.ts';
import { CoinReport } from '../../src/shell/http/zone-schemas.ts';
import { bars, mapOf, sweep, zone } from '../core/zones/signals/example-map.ts';
import type { World } from '../shell/http/world.ts';
import { CHROMIUM, hasBrowser, shoot, useBrowser, visit, withMarket } from './visit.ts';

useBrowser();
const widthOf = (page: Page): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth');
const DAY_MS = 86_400_000;

/** BTC and ETH lose longs, SOL shorts, XRP's flow fades, HYPE has no map; the others are quiet. */
function withCascades(w: World): void {
  withMarket(w);
  const usual = w.bridge.coinMarket;
  if (usual === null) throw new Error('no market');
  const sweeps = {
    BTC: [sweep('long', 0, 400_000)],
    ETH: [sweep('long', 0, 300_000)],
    SOL: [sweep('short', 0, 300_000)],
    XRP: [sweep('long', 4, 300_000)],
  };
  for (const { coin } of COIN_PARAMS) {
    const own = Object.entries(sweeps).find(([name]) => name === coin)?.[1] ?? [];
    const map = mapOf([zone('long', 100, 2_000_000), zone('short', 150, 1_000_000)], { coin, sweeps: own });
    const marketWide = { usd: 31_700_000, longUsd: 27_900_000, shortUsd: 3_800_000, coins: 18, heardFraction: 1, state: 'calm' } as const; // prettier-ignore
    w.bridge.markets.set(coin, coin === 'HYPE' ? null : { ...usual, map, marketWide });
  }
}

const cellsOf = (row: Locator): Promise<string[]> => row.locator('td').allTextContents();

describe.skipIf(!hasBrowser)(
  `market, entries and feedback in Chromium (skipped when ${CHROMIUM} is absent)`,
  () => {
    test.each([
      [1280, 'light'],
      [1280, 'dark'],
      [390, 'dark'],
    ] as const)(
      'the first screen says how many coins cascade at once: %d px, %s',
      async (width, colorScheme) => {
        const { page, w, complaints } = await visit({ width, colorScheme });
        withCascades(w);
        await page.clock.fastForward(16_000);
        const rows = page.locator('#market tbody tr');
        await expect.poll(() => rows.count()).toBe(6);
        expect(await page.locator('#market .sum').textContent()).toBe(
          '2 of 17 coins lose longs, 1 loses shorts · at least $31.7M liquidated in 24 h, 88.0 % of them longs (calm) · 1 coin without a map',
        );
        expect((await cellsOf(rows.nth(0)))[0]).toMatch(/^(BTC|ETH|SOL)$/);
        expect(await rows.locator('.tag.bad').allTextContents()).toHaveLength(3);
        expect((await cellsOf(page.locator('#market tr', { hasText: 'XRP' })))[1]).toBe(
          'longs fading estimated',
        );
        expect(await widthOf(page)).toBe(width);
        await shoot(page, `now-market-${colorScheme}-${width}`);
        await page.getByRole('button', { name: 'All 17 coins' }).press('Enter');
        await expect.poll(() => rows.count()).toBe(17);
        expect(await page.locator('#market tr', { hasText: 'HYPE' }).count()).toBe(0);
        await page.locator('#market').getByRole('link', { name: 'SOL', exact: true }).press('Enter');
        await expect.poll(() => page.url()).toContain('#/coin/SOL');
        expect(complaints).toEqual([]);
      },
    );

    test('without any map it says that nothing is known, not that all is quiet', async () => {
      const { page, complaints } = await visit();
      await page.getByText('No coin has a map yet: nothing is known of the market.').waitFor();
      expect(await page.locator('#market .sum').textContent()).toContain('18 coins without a map');
      expect(await page.locator('#market').textContent()).not.toContain('no cascade runs');
      expect(complaints).toEqual([]);
    });

    test.each([1280, 390])(
      'where positions stand: beside the heatmap and in words, as the API says, %d px',
      async (width) => {
        const { page, w, complaints } = await visit({ width });
        withMarket(w);
        const usual = w.bridge.coinMarket;
        if (usual === null) throw new Error('no market');
        const openInterest = [{ tMs: Date.now(), usd: 8_000_000, coins: 80_000 }];
        // A fall in the middle: those who were long above are closed.
        w.bridge.coinMarket = {
          ...usual,
          openInterest,
          candles: bars(900, (i) => (i < 450 ? 101.2 : 99.5) + (i % 10) / 40),
        };
        await page.locator('#positions tbody tr').first().waitFor();
        await page.getByRole('link', { name: 'Coins' }).press('Enter');
        const section = page.locator('#net-position');
        await section.locator('tbody tr').first().waitFor();
        const report = CoinReport.parse(await (await w.get('/api/v1/report/BTC')).json());
        const { rows, longUnderWaterShare } = report.netPosition ?? {
          rows: [],
          longUnderWaterShare: Number.NaN,
        };
        const share = (x: number) =>
          `${x < 0 ? '−' : '+'}${Math.abs(x * 100).toFixed(Math.abs(x) < 0.1 ? 2 : 1)} %`;
        const least = rows.reduce((a, b) => (b.netShare < a.netShare ? b : a));
        const most = rows.reduce((a, b) => (b.netShare > a.netShare ? b : a));
        expect([least.loPx > 101, most.loPx < 100]).toEqual([true, true]);
        const text = (await section.textContent()) ?? '';
        for (const r of [least, most]) expect(text).toContain(share(r.netShare));
        expect(text).toContain(`${share(longUnderWaterShare).slice(1)} of them are under water`);
        expect(text).toContain('No entries of both sides are known');
        expect(text).toMatch(/−\$\d+(\.\d+)?K/);
        const atTheEdge = await page.evaluate(
          `(${LEFT_EDGE})([...document.querySelectorAll('.chart canvas')])`,
        );
        // The second canvas holds what lies above the candles: the profile alone. As much on either side, for the net is 0.
        const { long, short } = Edges.parse(atTheEdge)[1] ?? { long: 0, short: 0 };
        expect(long).toBeGreaterThan(200);
        expect(Math.abs(short / long - 1)).toBeLessThan(0.1);
        expect(await widthOf(page)).toBe(width);
        await shoot(page, `coin-net-${width}`);
        expect(complaints).toEqual([]);
      },
    );

    test('known entries stand beside the estimate only where enough of the market is known', async () => {
      const { page, w, complaints } = await visit();
      withMarket(w);
      const usual = w.bridge.coinMarket;
      if (usual === null) throw new Error('no market');
      const candles = bars(900, (i) => (i < 450 ? 101.2 : 99.5));
      w.bridge.coinMarket = {
        ...usual,
        candles,
        openInterest: [{ tMs: Date.now(), usd: 8_000_000, coins: 80_000 }],
      };
      const knows = (longUsd: number, shortUsd: number): void => {
        const { map } = usual;
        const observed = {
          ...map,
          addresses: 3,
          positions: 3,
          coverageLong: longUsd / 8e6,
          coverageShort: shortUsd / 8e6,
          ageP50Ms: 1,
          entries: { px: [99.5, 101.2], longUsd: [longUsd, 0], shortUsd: [0, shortUsd] },
        };
        w.bridge.sides = {
          estimated: map,
          observed,
          notObserved: null,
          blended: null,
          decidesOn: 'estimated',
        };
      };
      knows(79_000, 90_000); // below a hundredth of open interest
      await page.locator('#positions tbody tr').first().waitFor();
      await page.getByRole('link', { name: 'Coins' }).press('Enter');
      await page.getByText('$79.0K of longs, $90.0K of shorts, too few to draw').waitFor();
      knows(400_000, 200_000);
      await page.clock.fastForward(16_000);
      await page
        .getByText(
          '$400K of longs, $200K of shorts, the thin dark bars in the chart, on a scale of their own',
        )
        .waitFor();
      await shoot(page, 'coin-net-known');
      expect(complaints).toEqual([]);
    });

    test('feedback: what is missing while it collects, what was learned while it is in shadow, and when it is in force', async () => {
      const { page, w, complaints } = await visit();
      await page.locator('#positions tbody tr').first().waitFor();
      await page.getByRole('link', { name: 'Performance' }).press('Enter');
      const section = page.locator('#feedback');
      await section.getByText('0 of 100 closed trades on 0 of 30 days').waitFor();
      expect(await section.locator('.tag').textContent()).toBe('collecting');
      expect(await section.locator('tbody').count()).toBe(0);
      const trades = Array.from({ length: 140 }, (_, i): FeedbackTrade => {
        const magnet = i % 2 === 0 ? 0.8 : -0.8;
        const confidence = { handSet: 0.5, learned: i % 2 === 0 ? 0.7 : 0.4 };
        return { day: 20_000 + (i % 40), r: magnet / 2 + ((i * 7) % 5) / 10, voices: { magnet }, confidence };
      });
      const feedback = feedbackOf(trades);
      const versions = [{ version: 1, learnedAtMs: Date.now() - DAY_MS, handSetVersion: 1, trades: 140, days: 40, multipliers: { magnet: 1.25 } }]; // prettier-ignore
      let applied: number | null = null;
      w.bridge.feedback = {
        view: () => Promise.resolve({ versions, applied, handSetVersion: 1, feedback }),
        apply: () => Promise.resolve(false),
      };
      await page.clock.fastForward(31_000);
      await section.getByText('is computed beside every decision and changes none').waitFor();
      expect(await section.locator('.tag').textContent()).toBe('in shadow');
      const magnet = feedback.signals.find((s) => s.signal === 'magnet');
      const cells = await cellsOf(section.locator('tr', { hasText: 'magnet' }));
      expect(cells[2]).toBe('× 1.25');
      expect(cells[3]).toBe(`+${(magnet?.spokeFor.meanR ?? 0).toFixed(2)} Rn 70`);
      expect(cells[5]).toContain(`+${(magnet?.slope?.value ?? 0).toFixed(2)} R`);
      // Only what has spoken has a row.
      expect(await section.locator('tbody tr').count()).toBe(1);
      expect(await section.textContent()).toContain('The 140 trades decided with both');
      await shoot(page, 'performance-feedback');
      applied = 1;
      await page.clock.fastForward(31_000);
      await section.getByText('multiplies the weights set by hand in every decision').waitFor();
      expect(await section.locator('.tag').textContent()).toBe('in force');
      expect(complaints).toEqual([]);
    });
  },
);

const Edges = z.array(z.object({ long: z.number(), short: z.number() }));
/** Pixels of both sides' colours at the left edge of the chart's canvases, by canvas. */
const LEFT_EDGE = `(canvases) => canvases.map((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, 120, canvas.height);
  const count = ([r, g, b]) => {
    let pixels = 0;
    for (let i = 0; i < data.length; i += 4)
      pixels += data[i + 3] > 250 && Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 6;
    return pixels;
  };
  return { long: count([33, 113, 181]), short: count([185, 79, 0]) };
})`;
