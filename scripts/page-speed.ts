// How long until the page can be used: a bridge with years of history, a fresh browser for each visit, from the request
// of the page until the view's rows are drawn and a timer fires on time. node scripts/page-speed.ts [--alerts 1000000]
// [--rounds 5] [--json]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { fillDatabase } from '../src/shell/runtime/bench/bench-lists-fill.ts';
import { startBridge, TOKENS } from './paper-bridge.ts';

const BUDGET_MS = 1_000;
const VIEWS = {
  now: { hash: '#/', ready: '#trades tbody tr' },
  trades: { hash: '#/trades', ready: '#view tbody tr' },
  decisions: { hash: '#/decisions?days=90', ready: '#why tbody tr' },
  performance: { hash: '#/performance', ready: '#view tbody tr' },
  coin: { hash: '#/coin/BTC', ready: '#levels tbody tr' },
} as const;

/** Runs in the page, before its own scripts: ms since navigation began until `selector` is drawn and the page is free. */
const watchFor = (selector: string): string => `
  const look = () =>
    document.querySelector(${JSON.stringify(selector)}) === null
      ? requestAnimationFrame(look)
      : setTimeout(() => (globalThis.interactiveMs = performance.now()));
  requestAnimationFrame(look);`;

async function visit(
  browser: Browser,
  url: string,
  view: (typeof VIEWS)[keyof typeof VIEWS],
): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(watchFor(view.ready));
  await page.addInitScript(`sessionStorage.setItem('snapback.token', ${JSON.stringify(TOKENS.READ_TOKEN)})`);
  await page.goto(`${url}/${view.hash}`);
  let ms: unknown;
  for (let i = 0; typeof ms !== 'number' && i < 600; i++) {
    await page.waitForTimeout(50);
    ms = await page.evaluate('globalThis.interactiveMs');
  }
  if (typeof ms !== 'number') throw new Error(`${view.hash}: not drawn within half a minute`);
  await context.close();
  return ms;
}

const { values } = parseArgs({
  options: {
    alerts: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const isTalking = process.stderr.isTTY;
const say = (text: string): void => void (isTalking && process.stderr.write(`\r\u001B[K${text}`));

const folder = mkdtempSync(join(tmpdir(), 'snapback-speed-'));
const figures: { name: string; value: number; unit: string; budget: number; ok: boolean; worst: number }[] =
  [];
let stop: (() => Promise<void>) | undefined;
let browser: Browser | undefined;
try {
  await fillDatabase(join(folder, 'a.db'), Number(values.alerts), (share) =>
    say(`filling ${Math.round(share * 100)} %`),
  );
  const bridge = await startBridge(folder);
  stop = bridge.stop;
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  for (const [name, view] of Object.entries(VIEWS)) {
    say(`visiting ${name}`);
    const times: number[] = [];
    // The first visit, while the bridge itself is warming up, is shown as the worst and does not decide.
    for (let i = 0; i < rounds; i++) times.push(await visit(browser, bridge.url, view));
    times.sort((a, b) => a - b);
    const value = Math.round(times[Math.floor(times.length / 2)] ?? 0);
    const worst = Math.round(times.at(-1) ?? 0);
    figures.push({
      name: `page-interactive-ms ${name}`,
      value,
      unit: 'ms',
      budget: BUDGET_MS,
      ok: value <= BUDGET_MS,
      worst,
    });
  }
  say('');
} finally {
  await browser?.close();
  await stop?.();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(
  values.json
    ? `${JSON.stringify({ alerts: Number(values.alerts), rounds, figures })}\n`
    : figures
        .map(
          (f) => `${f.ok ? '✓' : '✗'} ${f.name.padEnd(34)} ${f.value} ms, worst ${f.worst} (≤ ${f.budget})\n`,
        )
        .join(''),
);
if (figures.some((f) => !f.ok)) process.exitCode = 1;
