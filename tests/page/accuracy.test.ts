// The page Accuracy in a real browser, over the real app. Screenshots go to SCREENSHOT_DIR when it is set.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { BridgeView } from '../../src/app/ports.ts';
import { COIN_PARAMS } from '../../src/core/shared/coin-params.ts';
import { exampleScores, scoredDay, unheardDay } from '../shell/http/example-scores.ts';
import { CHROMIUM, hasBrowser, shoot, useBrowser, visit } from './visit.ts';

const DAY = 86_400_000;
const NOW_MS = Date.now();
const TODAY = Math.floor(NOW_MS / DAY) * DAY;
const YESTERDAY = new Date(TODAY - DAY).toISOString().slice(0, 10);

useBrowser();

/** Every coin for three weeks; BTC was not listened to on two days. */
const threeWeeks = (): Promise<NonNullable<BridgeView['scores']>> =>
  exampleScores(
    COIN_PARAMS.slice(0, 9).flatMap(({ coin }) =>
      Array.from({ length: 21 }, (_, i) =>
        coin === 'BTC' && (i === 8 || i === 9)
          ? unheardDay(coin, TODAY - (i + 1) * DAY)
          : scoredDay(coin, TODAY - (i + 1) * DAY),
      ),
    ),
    { nowMs: NOW_MS },
  );

/** The view, opened by keyboard. */
async function open(
  scores: BridgeView['scores'],
  o: { width?: number; colorScheme?: 'light' | 'dark' } = {},
): Promise<{ page: Page; complaints: string[] }> {
  const { page, w, complaints } = await visit(o);
  w.bridge.scores = scores;
  await page.locator('#positions tbody tr').first().waitFor();
  await page.getByRole('link', { name: 'Accuracy' }).press('Enter');
  return { page, complaints };
}

const width = (page: Page): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth');

describe.skipIf(!hasBrowser)(`the page Accuracy in Chromium (skipped when ${CHROMIUM} is absent)`, () => {
  test.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 380],
  ] as const)(
    '%s, %d px: the map beside every baseline, by coin and by day, by keyboard',
    async (colorScheme, px) => {
      const { page, complaints } = await open(await threeWeeks(), { colorScheme, width: px });
      const coins = page.locator('section[aria-labelledby="accuracy-title"]');
      await coins.locator('tbody tr').first().waitFor();
      expect(await coins.locator('tbody tr').count()).toBe(9);
      expect(await coins.locator('tbody tr', { hasText: 'BTC' }).textContent()).toMatch(
        /0\.\d{3}95 %: 0\.\d{3} … 0\.\d{3}–.*19\d+ series\d+ prices97 %/,
      );
      expect(await coins.locator('tbody tr', { hasText: 'BTC' }).textContent()).toContain(YESTERDAY);
      expect(await page.locator('#view .strip').textContent()).toContain('21 days');
      const days = page.locator('section[aria-labelledby="days-title"]');
      expect(await days.locator('tbody tr').count()).toBe(10);
      await page.getByRole('button', { name: 'All 21 days' }).press('Enter');
      expect(await days.locator('tbody tr').count()).toBe(21);
      expect(await days.textContent()).toContain('31 % of the day was listened to, 50 % are needed');
      // Two days without a score are a gap: the map's line is in two parts.
      expect(await days.locator('polyline.own').count()).toBe(2);
      expect(await days.locator('circle.own').count()).toBe(19);
      expect(await days.locator('polyline.distance').count()).toBe(0);
      await shoot(page, `accuracy-${colorScheme}-${px}`);
      await page.getByRole('button', { name: 'AUC' }).press('Enter');
      expect(await page.locator('[data-choice="auc"]:focus').getAttribute('aria-pressed')).toBe('true');
      expect(await days.locator('polyline.distance').count()).toBe(2);
      await page.getByRole('button', { name: '1 h, 0.1 %' }).press('Enter');
      await page.getByRole('button', { name: 'SOL', exact: true }).press('Enter');
      await page.getByRole('heading', { name: 'SOL by day' }).waitFor();
      await expect.poll(() => page.locator('[data-coin="SOL"]:focus').count()).toBe(1);
      expect(await days.locator('polyline.own').count()).toBe(1);
      expect(await width(page)).toBe(px);
      await shoot(page, `accuracy-auc-${colorScheme}-${px}`);
      expect(await page.locator('#made-up').count()).toBe(0);
      expect(complaints).toEqual([]);
    },
  );

  test('before the first score it says what is needed and when it comes', async () => {
    const { page, complaints } = await open(await exampleScores([], { nowMs: NOW_MS }));
    const empty = page.locator('#view .empty');
    await empty.getByText('No day has been scored yet.').waitFor();
    expect(await empty.locator('time').getAttribute('datetime')).toBe(
      new Date(TODAY + DAY + 600_000).toISOString(),
    );
    await shoot(page, 'accuracy-empty');
    expect(complaints).toEqual([]);
  });

  test('of a made-up market it says so, first of all', async () => {
    const days = [1, 2].map((n) => scoredDay('BTC', TODAY - n * DAY));
    const { page, complaints } = await open(await exampleScores(days, { nowMs: NOW_MS, isMadeUp: true }));
    await page.locator('#made-up').waitFor();
    expect(await page.locator('#view > :first-child').textContent()).toContain('A made-up market');
    expect(await page.locator('#view .strip').textContent()).toContain('an interval from five days on');
    await shoot(page, 'accuracy-made-up');
    expect(complaints).toEqual([]);
  });

  test('where nobody scores the map it says so', async () => {
    const { page, complaints } = await open(undefined);
    await page.getByText('Not here: nobody scores the map here').waitFor();
    // The browser itself reports the answer 501.
    expect(complaints.filter((c) => !c.includes('501'))).toEqual([]);
  });
});
