// Photographs the page of a running paper bridge on the synthetic market, after one example alert. The pictures of the
// README come from here: node scripts/page-pictures.ts [--out docs/images]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const ROOT = join(import.meta.dirname, '..');
const TOKENS = {
  READ_TOKEN: 'read-token-of-the-pictures-0123456789',
  OPERATE_TOKEN: 'operate-token-of-the-pictures-0123456',
  WEBHOOK_TOKEN: 'webhook-token-of-the-pictures-0123456789012',
};

const PICTURES = [
  { name: 'page-now', hash: '#/', scheme: 'light', width: 1440, ready: '#positions tbody tr' },
  { name: 'page-coin', hash: '#/coin/BTC', scheme: 'light', width: 1440, ready: '#levels tbody tr' },
  { name: 'page-phone', hash: '#/coin/ETH', scheme: 'dark', width: 390, ready: '#levels tbody tr' },
] as const;

/** The bridge as `npm start` runs it, on a database of its own. */
async function startBridge(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const env = {
    ...TOKENS,
    DATABASE_URL: `file:${join(folder, 'a.db')}`,
    PORT: '0',
    PAPER_MARKET: 'synthetic',
  };
  const child = spawn(process.execPath, ['src/shell/runtime/cli.ts', 'start'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /page\s+(http:\/\/[^/\s]+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error('the bridge ended')));
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** One alert with today's prices, as TradingView would send it. */
async function sendExample(url: string): Promise<void> {
  const headers = { authorization: `Bearer ${TOKENS.READ_TOKEN}` };
  const example = await fetch(`${url}/api/v1/example-alert?coin=BTC`, { headers });
  const sent = await fetch(`${url}/webhook/${TOKENS.WEBHOOK_TOKEN}`, {
    method: 'POST',
    body: await example.text(),
  });
  if (sent.status !== 202) throw new Error(`the example alert was answered with ${sent.status}`);
}

async function photograph(
  browser: Browser,
  url: string,
  picture: (typeof PICTURES)[number],
  out: string,
): Promise<void> {
  const viewport = { width: picture.width, height: 900 };
  const context = await browser.newContext({ colorScheme: picture.scheme, viewport });
  const page = await context.newPage();
  await page.goto(`${url}/#token=${TOKENS.READ_TOKEN}`);
  await page.locator('#fresh.good').waitFor();
  await page.goto(`${url}/${picture.hash}`);
  await page.locator(picture.ready).first().waitFor();
  await page.waitForTimeout(1_000); // the chart draws in frames of its own
  await page.screenshot({ path: join(out, `${picture.name}.png`) });
  await context.close();
}

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'docs/images') } } });
const folder = mkdtempSync(join(tmpdir(), 'snapback-pictures-'));
const bridge = await startBridge(folder);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  await sendExample(bridge.url);
  for (const picture of PICTURES) {
    await photograph(browser, bridge.url, picture, values.out);
    process.stdout.write(`${picture.name}.png\n`);
  }
} finally {
  await browser.close();
  await bridge.stop();
  rmSync(folder, { recursive: true, force: true });
}
