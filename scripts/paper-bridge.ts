// A bridge as `npm start` runs it, on the synthetic market and a database of its own: for pictures and measures of the page.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const TOKENS = {
  READ_TOKEN: 'read-token-of-the-pictures-0123456789',
  OPERATE_TOKEN: 'operate-token-of-the-pictures-0123456',
  WEBHOOK_TOKEN: 'webhook-token-of-the-pictures-0123456789012',
};

/** @param folder holds the database `a.db`, which may be there already @param seed of the market, default the bridge's own */
export async function startBridge(
  folder: string,
  seed?: number,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const env = {
    ...TOKENS,
    DATABASE_URL: `file:${join(folder, 'a.db')}`,
    PORT: '0',
    PAPER_MARKET: 'synthetic',
    ...(seed === undefined ? {} : { PAPER_SEED: String(seed) }),
  };
  const child = spawn(process.execPath, ['src/shell/runtime/main.js', 'start'], {
    cwd: join(import.meta.dirname, '..'),
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
