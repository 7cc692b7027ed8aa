// The page in a real browser, over the real app and store with example data. Screenshots go to SCREENSHOT_DIR when it is set.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { Alert } from '../../src/core/alert/schema.ts';
import { exampleData } from '../shell/http/example-data.ts';
import { alertBody, OPERATE_TOKEN, READ_TOKEN } from '../shell/http/world.ts';
import type { World } from '../shell/http/world.ts';
import { CHROMIUM, hasBrowser, shoot, useBrowser, visit, withMarket } from './visit.ts';

useBrowser();

/** One more decision than the seed has. */
async function addDecision(w: World): Promise<void> {
  const { alerts, decisions } = exampleData(Date.now() + 3_600_000);
  const [alert, next] = [alerts.at(-1), decisions.at(-1)];
  if (alert === undefined || next === undefined) throw new Error('no example');
  await w.store.receiveAlert(alert);
  await w.store.commitDecision({ ...next, alertState: 'done' });
}

describe.skipIf(!hasBrowser)(`the page in Chromium (skipped when ${CHROMIUM} is absent)`, () => {
  test.each(['light', 'dark'] as const)('shows the night: %s', async (colorScheme) => {
    const { page, origin, complaints } = await visit({ colorScheme });
    await page.getByText('UNPROTECTED', { exact: true }).waitFor();
    expect(page.url()).toBe(`${origin}/`); // the token is gone from the address
    expect(await page.locator('#mode').textContent()).toBe('PAPER');
    expect(await page.locator('#source').textContent()).toBe('SYNTHETIC (SEED 7) DATA');
    expect(await page.locator('#state').textContent()).toBe('ACTIVE');
    expect(await page.locator('#guard').textContent()).toMatch(/^1\d s ago$/);
    expect(await page.locator('#equity').textContent()).toBe('$10,214.50');
    expect(await page.getByRole('heading').allTextContents()).toEqual(
      expect.arrayContaining(['snapback', 'Positions', 'Decisions', 'Trades']),
    );
    expect(await page.locator('#positions tbody tr').count()).toBe(2);
    expect(await page.locator('#decisions tr.row').count()).toBe(10);
    expect(await page.locator('#trades tr.row').count()).toBe(6);
    expect(await page.locator('#trades .sum').textContent()).toMatch(/^4 closed shown, net [+−]\$/);
    expect(await page.locator('#notices').textContent()).toContain('ETH long has no valid stop.');
    expect(await page.title()).toBe('! 1 unprotected · snapback');
    for (const name of ['Orders', 'Fills', 'Alerts', 'Dead letters', 'Guard']) {
      await page.getByRole('tab', { name }).click();
      await page.locator('#panel tr.row').first().waitFor();
    }
    await shoot(page, colorScheme);
    expect(complaints).toEqual([]);
  });

  test('a decision opens by keyboard, shows its gates, and stays open while new ones come in', async () => {
    const { page, w, events, complaints } = await visit();
    const refused = page.locator('#decisions .opener', { hasText: 'SOL' });
    await refused.focus();
    await page.keyboard.press('Enter');
    const gates = page.locator('#decisions .gates');
    await gates.waitFor();
    expect(await refused.getAttribute('aria-expanded')).toBe('true');
    expect(await gates.locator('li').count()).toBe(8);
    expect(await gates.textContent()).toContain('zone-not-swept');
    await shoot(page, 'expanded');
    await addDecision(w);
    events.onEvent({ atMs: Date.now(), level: 'info', event: 'alert.handled', fields: {} });
    await page.clock.fastForward(400);
    await expect.poll(() => page.locator('#decisions tr.row').count()).toBe(11);
    expect(await gates.isVisible()).toBe(true);
    expect(await page.locator('#decisions .opener:focus').textContent()).toContain('SOL');
    await page.keyboard.press('Space');
    expect(await gates.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('tabs move with the arrow keys, and the coin filter reaches every list', async () => {
    const { page, complaints } = await visit();
    await page.locator('#panel tr.row').first().waitFor();
    await page.getByRole('tab', { name: 'Orders' }).focus();
    await page.keyboard.press('ArrowLeft');
    const guard = page.getByRole('tab', { name: 'Guard' });
    expect(await guard.getAttribute('aria-selected')).toBe('true');
    await page.locator('#panel tr.row', { hasText: 'repaired' }).waitFor();
    expect(await page.locator('#panel').textContent()).toContain('ETH stop-too-small → placed');
    await page.locator('#coin').fill('HYPE');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#decisions tr.row').count()).toBe(1);
    expect(await page.locator('#trades tr.row').count()).toBe(1);
    expect(await page.locator('#positions tbody tr').count()).toBe(2);
    const saving = page.waitForEvent('download');
    await page.locator('#trades .csv').click();
    const file = await saving;
    expect(file.suggestedFilename()).toBe('snapback-trades.csv');
    expect((await readFile(await file.path(), 'utf8')).trim().split('\r\n')).toHaveLength(2);
    expect(complaints).toEqual([]);
  });

  test.each([360, 414])('fits a phone %d px wide without scrolling sideways', async (width) => {
    const { page, complaints } = await visit({ width, colorScheme: width === 360 ? 'dark' : 'light' });
    await page.getByText('UNPROTECTED', { exact: true }).waitFor();
    for (const name of ['Orders', 'Fills', 'Alerts', 'Dead letters', 'Guard']) {
      await page.getByRole('tab', { name }).click();
      await page.locator('#panel tr.row').first().waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await page.locator('#decisions .opener').first().click();
    await page.locator('#decisions summary').click(); // folded where it is longer than the screen
    await page.locator('#decisions .gates').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await shoot(page, `phone-${width}`);
    expect(complaints).toEqual([]);
  });

  test('says that it shows the past when the bridge is gone, and that positions are unknown when they are', async () => {
    const { page, w } = await visit();
    await page.getByText('UNPROTECTED', { exact: true }).waitFor();
    w.bridge.read = null;
    await page.clock.fastForward(6_000);
    await page.getByText('positions are unknown, not absent').waitFor();
    expect(await page.locator('#count').textContent()).toBe('unknown');
    await page.context().setOffline(true);
    await page.clock.fastForward(6_000);
    await page.clock.fastForward(6_000);
    await page.getByText(/cannot be reached. What you see is .+ s old/).waitFor();
    expect(await page.locator('#fresh').textContent()).toMatch(/ old$/);
    await shoot(page, 'stale');
    await page.context().setOffline(false);
    await page.clock.fastForward(6_000);
    await page.getByText(/^(live|up to date)$/).waitFor();
  });

  test('asks for the token, refuses a wrong one, and never shows or sends it elsewhere', async () => {
    const { page, origin } = await visit({ hash: '' });
    const field = page.locator('#token');
    await field.waitFor();
    // Nothing was typed in yet, so nothing can be wrong with it, also once every answer is there.
    await page.waitForLoadState('networkidle');
    expect(await page.locator('#login-why').textContent()).toBe('');
    await field.fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This is not the read token.').waitFor();
    await shoot(page, 'token');
    await field.fill(READ_TOKEN);
    await page.keyboard.press('Enter');
    await page.locator('#positions tbody tr').first().waitFor();
    expect(page.url()).toBe(`${origin}/`);
    expect(await page.content()).not.toContain(READ_TOKEN);
  });

  test('an empty bridge says what to do, and the command it gives is accepted', async () => {
    const { page, w, complaints } = await visit({ isEmpty: true });
    w.bridge.example = Alert.parse(alertBody());
    const command = (await page.locator('#decisions pre').textContent()) ?? '';
    const [example = '', webhook] = [...command.matchAll(/"http:\/\/[^/]+(\/[^"]+)"/g)].map((m) => m[1]);
    expect(webhook).toBe('/webhook/$WEBHOOK_TOKEN');
    expect((await w.post(await (await w.get(example)).text())).status).toBe(202);
    expect(await page.locator('#positions .empty').textContent()).toBe('No open positions.');
    await shoot(page, 'empty');
    expect(complaints).toEqual([]);
  });

  test('what an alert says is text, never markup', async () => {
    const { page, w, complaints } = await visit();
    await w.store.recordDeadLetter({
      id: 'x',
      receivedAtMs: Date.now(),
      code: 'malformed',
      bodyHead: '<img src=x onerror=alert(1)>',
      issues: '<script>alert(1)</script>',
      alertId: null,
    });
    await w.post(JSON.stringify(alertBody()));
    await page.getByRole('tab', { name: 'Dead letters' }).click();
    await page.getByText('<script>alert(1)</script>').waitFor();
    await page.locator('#panel .opener').first().click();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    expect(await page.locator('#panel img, #panel script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test.each([1440, 380])('a coin: candles on the heatmap, levels and report, %d px wide', async (width) => {
    const { page, w, complaints } = await visit({ width });
    withMarket(w);
    await page.locator('#positions tbody tr').first().waitFor();
    await page.getByRole('link', { name: 'Coins' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#levels tbody tr').first().waitFor();
    expect(await page.locator('#levels tbody tr').count()).toBe(2);
    expect(await page.locator('#report').textContent()).toContain('Cascade risk');
    expect(await page.locator('#map-note').textContent()).toContain('hyperliquid 40.0 %');
    const canvas = page.locator('.chart canvas').first();
    await canvas.waitFor();
    const colours = (): Promise<number> =>
      canvas.evaluate((c: unknown) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a canvas of the page, which has no types here
        const { width: x, height: y, getContext } = c as HTMLCanvasElementLike;
        const { data } = getContext.call(c, '2d').getImageData(0, 0, x, y);
        const seen = new Set<number>();
        for (let i = 0; i < data.length; i += 4)
          seen.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
        return seen.size;
      });
    await expect.poll(colours).toBeGreaterThan(10); // a heatmap has many
    await page.locator('.chart').focus();
    for (const key of ['ArrowLeft', '+', '-', 'ArrowRight']) await page.keyboard.press(key);
    await page.getByRole('button', { name: '1 h', exact: true }).press('Enter');
    await page.getByRole('button', { name: '3 days' }).press('Enter');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await shoot(page, `coin-${width}`);
    expect(complaints).toEqual([]);
  });

  test('performance says how many trades stand behind every figure', async () => {
    const { page, complaints } = await visit();
    await page.locator('#positions tbody tr').first().waitFor();
    await page.getByRole('link', { name: 'Performance' }).press('Enter');
    await page.locator('#view tbody tr').first().waitFor();
    expect(await page.locator('#view .strip').textContent()).toContain('4 closed trades');
    await page.getByRole('button', { name: 'Exit' }).press('Enter');
    await page.getByRole('columnheader', { name: 'Exit' }).waitFor();
    await shoot(page, 'performance');
    expect(complaints).toEqual([]);
  });

  test('settings: a parameter is changed after a question, and back to its default', async () => {
    const { page, w, complaints } = await visit();
    await page.locator('#positions tbody tr').first().waitFor();
    await page.getByRole('link', { name: 'Settings' }).press('Enter');
    const btc = page.locator('#view .opener', { hasText: 'BTC' });
    await btc.press('Enter');
    const field = page.getByLabel('driftBpsMax');
    await field.fill('55');
    await field.press('Enter');
    await page.getByLabel(/Operate token/).fill(OPERATE_TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText('1 of yours, version 1').first().waitFor();
    expect(w.bridge.versions.map((v) => v.changes)).toEqual([{ driftBpsMax: 55 }]);
    await page.getByRole('button', { name: 'Default 40' }).press('Enter');
    await page.getByRole('button', { name: 'Change', exact: true }).press('Enter'); // the token is known by now
    await expect.poll(() => w.bridge.versions.length).toBe(2);
    // A word is a value too, and a wrong one is refused where it can be seen.
    const mode = async (word: string) => {
      await page.getByLabel('signalMode').fill(word);
      await page.getByLabel('signalMode').press('Enter');
      await page.getByRole('button', { name: 'Change', exact: true }).press('Enter');
    };
    await mode('swing');
    await expect.poll(() => w.bridge.versions.at(-1)?.changes).toEqual({ signalMode: 'swing' });
    await mode('yearly');
    await page.getByText(/^Not changed: signalMode: .*"scalp"/).waitFor();
    await shoot(page, 'settings');
    expect(complaints).toEqual([expect.stringContaining('400')]); // yearly
  });

  test('the trading state and a position change only after a question and with the operate token', async () => {
    const { page, w } = await visit();
    w.bridge.exit = 'closed';
    await page.locator('#positions tbody tr').first().waitFor();
    await page.getByRole('button', { name: 'HALTED' }).press('Enter');
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    expect(w.bridge.states).toEqual([]);
    await page.getByRole('button', { name: 'HALTED' }).press('Enter');
    await page.getByLabel(/Operate token/).fill(READ_TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText('Not done: this is not the operate token.').waitFor();
    expect(await page.evaluate('getComputedStyle(document.querySelector("#operated")).fontWeight')).toBe(
      '600',
    ); // seen
    expect(w.bridge.states).toEqual([]);
    await page.getByRole('button', { name: 'HALTED' }).press('Enter');
    await page.getByLabel(/Operate token/).fill(OPERATE_TOKEN);
    await shoot(page, 'question');
    await page.keyboard.press('Enter');
    await expect.poll(() => w.bridge.states).toEqual(['HALTED']);
    await page.locator('#positions .flatten').first().press('Enter');
    await page.getByRole('button', { name: /^Close [A-Z]+$/ }).press('Enter');
    await page.getByText(/^[A-Z]+: closed$/).waitFor();
    expect(await page.content()).not.toContain(OPERATE_TOKEN);
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(OPERATE_TOKEN);
  });
});

interface HTMLCanvasElementLike {
  width: number;
  height: number;
  getContext(kind: '2d'): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8Array } };
}
