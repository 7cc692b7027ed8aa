// The views of trades and decisions in a real browser, each by keyboard, and every view under axe.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { feedbackOf } from '../../src/core/review/feedback.ts';
import { bars } from '../core/zones/signals/example-map.ts';
import { exampleData } from '../shell/http/example-data.ts';
import { exampleScores, scoredDay, unheardDay } from '../shell/http/example-scores.ts';
import { READ_TOKEN } from '../shell/http/world.ts';
import type { World } from '../shell/http/world.ts';
import { CHROMIUM, hasBrowser, shoot, useBrowser, visit, withMarket } from './visit.ts';
import type { Visit } from './visit.ts';

useBrowser();
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const widthOf = (page: Page): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth');

/** Bars around the example night, for every coin. */
const withBars = (w: World): void => {
  withMarket(w);
  const nowMs = Date.now();
  const list = bars(900, (i) => (i < 450 ? 106_000 : 104_000) + 40 * (i % 25));
  const shiftMs = Math.floor(nowMs / 300_000) * 300_000 - 300_000 - (list.at(-1)?.t ?? 0);
  if (w.bridge.coinMarket !== null)
    w.bridge.coinMarket = {
      ...w.bridge.coinMarket,
      candles: list.map((b) => ({ ...b, t: b.t + shiftMs })),
    };
};

const toTrades = async ({ page }: Visit): Promise<void> => {
  await page.locator('#positions tbody tr').first().waitFor();
  await page.getByRole('link', { name: 'Trades', exact: true }).press('Enter');
  await page.locator('#view tbody tr').first().waitFor();
};

describe.skipIf(!hasBrowser)(`trades and decisions in Chromium (skipped when ${CHROMIUM} is absent)`, () => {
  test('trades are narrowed, sorted and saved by keyboard, and the address keeps the filters', async () => {
    const v = await visit();
    const { page, complaints } = v;
    await toTrades(v);
    const coins = (): Promise<string[]> => page.locator('#view tbody .coin').allTextContents();
    expect(await coins()).toEqual(['ETH', 'BTC', 'HYPE', 'LINK', 'AVAX', 'XRP']);
    await page.getByLabel('Result').selectOption('won');
    await expect.poll(coins).toEqual(['HYPE', 'AVAX', 'XRP']);
    const net = page.getByRole('columnheader', { name: 'Net', exact: true });
    await net.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await net.getAttribute('aria-sort')).toBe('descending');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Net');
    const down = await coins();
    await page.keyboard.press('Enter');
    expect(await coins()).toEqual(down.toReversed());
    expect(down).toEqual(['AVAX', 'HYPE', 'XRP']);
    await page.getByLabel('Side').selectOption('short');
    await expect.poll(() => page.locator('#view tbody tr').count()).toBe(2);
    expect(page.url()).toMatch(/#\/trades\?side=short&result=won$/);
    expect(await page.locator('#view .sum').textContent()).toMatch(/^2 in all · 2 closed shown, net \+\$/);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'CSV' }).press('Enter');
    const saved = await readFile(await (await saving).path(), 'utf8');
    expect(saved.trim().split('\r\n')).toHaveLength(3);
    await page.reload();
    await expect.poll(() => page.locator('#view tbody tr').count()).toBe(2);
    await page.locator('#filter-from').fill('2020-01-01');
    await page.locator('#filter-to').fill('2020-01-02');
    await page.getByText('No trade like this.').waitFor();
    await page.getByRole('button', { name: 'Clear' }).press('Enter');
    await expect.poll(() => page.locator('#view tbody tr').count()).toBe(6);
    expect(complaints).toEqual([]);
  });

  test('older trades come on demand, and what is said of the sum says so', async () => {
    const { page, w, complaints } = await visit();
    const [one] = exampleData(Date.now()).trades;
    if (one === undefined) throw new Error('no example');
    for (let n = 0; n < 230; n++)
      await w.store.saveTrade({ ...one, id: `more-${n}`, openedAtMs: one.openedAtMs - n });
    await page.locator('#positions tbody tr').first().waitFor();
    await page.getByRole('link', { name: 'Trades', exact: true }).press('Enter');
    await page.getByText('newest 100 loaded; sorting orders these').waitFor();
    await page.getByRole('button', { name: 'Older' }).press('Enter');
    await expect.poll(() => page.locator('#view tbody tr').count()).toBe(200);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Older');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#view .sum').textContent()).toMatch(/^236 in all/);
    expect(complaints).toEqual([]);
  });

  test.each([1440, 380])('a trade is told from alert to exit, %d px wide', async (width) => {
    const v = await visit({ width });
    const { page, w, complaints } = v;
    withBars(w);
    await toTrades(v);
    await page.getByRole('link', { name: 'XRP long' }).press('Enter');
    await page.locator('.chapters').waitFor();
    expect(await page.evaluate('document.activeElement.contains(document.querySelector(".chapters"))')).toBe(
      true,
    );
    expect(await page.evaluate('document.activeElement === document.body')).toBe(false);
    const text = async (id: string): Promise<string> => (await page.locator(id).textContent()) ?? '';
    expect(await text('#alert')).toContain('cascade.exhaustion on BINANCE XRPUSDT.P 5, long at 2.6114');
    expect(await text('#decision')).toContain('all 8 passed');
    expect(await text('#orders')).toContain('entry');
    expect(await page.locator('#orders li').count()).toBe(4);
    expect(await page.locator('#fills li').count()).toBe(2);
    expect(await text('#exit')).toContain('The bridge closed it.');
    expect(await text('.results')).toContain('3.2 s'); // without a full stop
    await page.locator('.story-chart canvas').first().waitFor();
    await page.locator('.story-chart').focus();
    for (const key of ['ArrowLeft', '+', '-', 'ArrowRight']) await page.keyboard.press(key);
    expect(await widthOf(page)).toBe(width);
    await shoot(page, `trade-${width}`);
    await page.getByRole('link', { name: 'All of it' }).press('Enter');
    await page.getByRole('link', { name: 'The trade that came of it' }).press('Enter');
    await page.locator('.chapters').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a position opened by hand, a time without bars and an unknown id are said, not covered up', async () => {
    const { page, w, origin, complaints } = await visit();
    const [one] = exampleData(Date.now()).trades;
    if (one === undefined) throw new Error('no example');
    const byHand = { strategy: null, alertId: null, decisionId: null, rMultiple: null, slippageBps: null };
    await w.store.saveTrade({ ...one, ...byHand, id: 'by-hand', plannedRiskUsd: null, decisionMarkPx: null });
    await page.locator('#positions tbody tr').first().waitFor();
    await page.goto(`${origin}/#/trades/by-hand`);
    await page.locator('.chapters').waitFor();
    expect(await page.locator('#alert').textContent()).toContain('opened by hand');
    expect(await page.locator('#decision').textContent()).toContain('nothing of ours decided');
    expect(await page.locator('.results').textContent()).toContain('no risk was planned');
    await page.getByText('No bars of that time any more').waitFor();
    await page.goto(`${origin}/#/trades/none`);
    await page.getByText('No trade has the id none.').waitFor();
    // 503 and 404 are answers the page knows what to do with; the browser complains of them by itself.
    expect(complaints.filter((c) => !/status of (404|503)/.test(c))).toEqual([]);
  });

  test('an open trade goes on when an event comes, and says its result when it is over', async () => {
    const v = await visit();
    const { page, w, events, complaints } = v;
    withBars(w);
    await toTrades(v);
    await page.getByRole('link', { name: 'BTC long' }).press('Enter');
    await page.getByText('Not yet: the position is open.').waitFor();
    const open = (await w.store.openTrades()).find((t) => t.coin === 'BTC');
    if (open === undefined) throw new Error('no open trade');
    const closed = { closedAtMs: Date.now(), exitPx: 105_000, exitReason: 'stop', netPnlUsd: 12.34 } as const;
    await w.store.saveTrade({ ...open, ...closed });
    await page.clock.fastForward(11_000);
    events.onEvent({ atMs: Date.now(), level: 'info', event: 'position.closed', fields: {} });
    await page.clock.fastForward(400);
    await page.getByText('The stop was hit.').waitFor();
    expect(await page.locator('.results').textContent()).toContain('+$12.34');
    expect(complaints).toEqual([]);
  });

  test('decisions by reason: counted beyond the page, chosen by keyboard, explained, and opened in full', async () => {
    const { page, w, complaints } = await visit();
    const { alerts, decisions } = exampleData(Date.now());
    const [alert, refused] = [alerts[0], decisions.find((d) => d.outcome === 'zone-not-swept')];
    if (alert === undefined || refused === undefined) throw new Error('no example');
    for (let n = 0; n < 120; n++) {
      await w.store.receiveAlert({ ...alert, id: `a-${n}`, key: `k-${n}`, receivedAtMs: Date.now() });
      const decision = { ...refused.decision, id: `d-${n}`, alertId: `a-${n}`, decidedAtMs: Date.now() - n };
      await w.store.commitDecision({ decision, intents: [], alertState: 'done', outcome: null });
    }
    await page.locator('#positions tbody tr').first().waitFor();
    await page.getByRole('link', { name: 'Decisions', exact: true }).press('Enter');
    const rows = page.locator('#why tbody tr');
    await rows.first().waitFor();
    expect(await page.locator('#why-sum').textContent()).toBe('130 decisions: 6 approved, 124 refused');
    expect(await rows.first().textContent()).toMatch(/^zone-not-swept12193\.1 %/);
    expect(await rows.first().textContent()).toContain('the cascade took too little of the zone');
    await page.getByRole('button', { name: 'drift-exceeded' }).press('Enter');
    const list = page.locator('#view section').nth(1);
    await expect.poll(() => list.locator('tr.row').count()).toBe(1);
    expect(page.url()).toMatch(/reason=drift-exceeded$/);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('drift-exceeded');
    await page.getByRole('button', { name: 'drift-exceeded', pressed: true }).press('Enter');
    await expect.poll(() => list.locator('tr.row').count()).toBe(50);
    await page.getByLabel('Verdict').selectOption('approved');
    await expect.poll(() => list.locator('tr.row').count()).toBe(6);
    await page.getByLabel('Verdict').selectOption('refused');
    await page.locator('#filter-coin').fill('DOGE');
    await page.locator('#filter-coin').press('Enter');
    await expect.poll(() => page.locator('#why-sum').textContent()).toMatch(/^1 decision:/);
    await list.locator('.opener').first().press('Enter');
    expect(await list.locator('.meaning').textContent()).toContain('What to do: nothing; if it is always so');
    await list.getByRole('link', { name: 'All of it' }).press('Enter');
    await page.locator('#inputs-title').waitFor();
    const fold = page.locator('summary', { hasText: 'alert' });
    expect(await page.locator('details pre').first().textContent()).toBe('');
    await fold.press('Enter');
    await expect.poll(() => page.locator('details[open] pre').textContent()).toContain('"DOGEUSDT.P"');
    await shoot(page, 'decision');
    expect(complaints).toEqual([]);
  });

  test('the first screen says what the last day brought, and claims no edge from few trades', async () => {
    const { page, complaints } = await visit();
    await expect.poll(() => page.locator('#edge').textContent()).toBe('too few trades');
    expect(await page.locator('#day').textContent()).toMatch(/^[+−]\$/);
    expect(await page.locator('#day-note').textContent()).toBe('4 closed; 6 alerts approved, 4 refused');
    expect(await page.locator('#safety').textContent()).toBe('1 of 2 unprotected');
    await page.locator('#day-note a').press('Enter');
    await page.locator('#why tbody tr').first().waitFor();
    expect(await page.getByLabel('Time').inputValue()).toBe('1');
    expect(await page.locator('#safety').textContent()).toBe('1 of 2 unprotected');
    expect(complaints).toEqual([]);
  });
});

const Finding = z.object({
  id: z.string(),
  impact: z.string().nullable(),
  nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
});

/** Serious and critical findings of axe. Its source is evaluated, because the page's policy lets no foreign script in. */
async function axeFindings(page: Page, rules: string[] | null = null): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(await readFile(AXE, 'utf8'));
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: { type: 'rule', values: rules } }) };
  const found = z
    .object({ violations: z.array(Finding) })
    .parse(await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`));
  return found.violations
    .filter((f) => f.impact === 'serious' || f.impact === 'critical')
    .map(
      (f) => `${f.id}: ${f.nodes.map((n) => `${n.html.slice(0, 160)} ${n.failureSummary ?? ''}`).join('\n')}`,
    );
}

/** A signal that has spoken, and weights in shadow. */
const learned = {
  view: () =>
    Promise.resolve({
      versions: [
        {
          version: 1,
          learnedAtMs: 1,
          handSetVersion: 1,
          trades: 100,
          days: 30,
          multipliers: { magnet: 1.1 },
        },
      ],
      applied: null,
      handSetVersion: 1,
      feedback: feedbackOf([{ day: 1, r: 1, voices: { magnet: 1 }, confidence: null }]),
    }),
  apply: () => Promise.resolve(false),
};

/** Of one coin, with a score and without. */
const yesterdays = [scoredDay, unheardDay].map((day, i) =>
  day('BTC', (Math.floor(Date.now() / 86_400_000) - 1 - i) * 86_400_000),
);

describe.skipIf(!hasBrowser)(`axe in Chromium (skipped when ${CHROMIUM} is absent)`, () => {
  /** [view, address, what has to be there] */
  const viewsOf = (tradeId: string, decisionId: string) =>
    [
      ['now', '#/', '#edge:text("few")'],
      ['coin', '#/coin/BTC', '#net-position tbody tr'],
      ['trades', '#/trades', '#view tbody tr'],
      ['trade', `#/trades/${tradeId}`, '.story-chart canvas'],
      ['decisions', '#/decisions', '#why tbody tr'],
      ['decision', `#/decisions/${decisionId}`, '#inputs-title'],
      ['performance', '#/performance', '#feedback tbody tr'],
      ['accuracy', '#/accuracy', '#view section'],
      ['accuracy', '#/accuracy', '#view tbody tr'],
      ['settings', '#/settings', '#view tbody tr'],
    ] as const;

  test(
    'finds nothing serious on any view, light and dark, wide and on a phone',
    { timeout: 120_000 },
    async () => {
      const { page, w, origin, complaints } = await visit();
      withBars(w);
      w.bridge.scores = await exampleScores(yesterdays, { nowMs: Date.now(), isMadeUp: true });
      w.bridge.feedback = learned;
      await page.locator('#decisions .opener').first().press('Enter');
      const stored = (await w.store.listTrades({ limit: 9, result: 'won' })).items[0];
      const found: Record<string, string[]> = {};
      for (const [name, hash, ready] of viewsOf(stored?.id ?? '', stored?.decisionId ?? '')) {
        await page.goto(`${origin}/${hash}`);
        await page.locator(ready).first().waitFor();
        for (const width of [1440, 390]) {
          await page.setViewportSize({ width, height: 900 });
          await page.clock.fastForward(100);
          expect([name, await widthOf(page)]).toEqual([name, width]);
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            // Colours are all that a scheme changes.
            const findings = await axeFindings(page, colorScheme === 'dark' ? ['color-contrast'] : null);
            if (findings.length > 0) found[`${name} ${colorScheme} ${width}`] = findings;
          }
        }
      }
      expect(found).toEqual({});
      expect(complaints).toEqual([]);
    },
  );

  test('finds nothing serious where the token is asked for', async () => {
    const { page } = await visit({ hash: '' });
    await page.locator('#token').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await page.content()).not.toContain(READ_TOKEN);
  });

  test('sees what is wrong: an image without a text, and pale text', async () => {
    const { page } = await visit();
    await page.locator('#positions tbody tr').first().waitFor();
    await page.evaluate(`document.querySelector('main').append(document.createElement('img'))`);
    await page.evaluate(`document.querySelector('#equity').style.color = '#ccc'`);
    const found = (await axeFindings(page)).join();
    expect(found).toContain('image-alt');
    expect(found).toContain('color-contrast');
  });
});
