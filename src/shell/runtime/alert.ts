import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseConfig } from '../config.ts';
import { pathOfUrl } from '../store/open-store.ts';
import type { OptionValues } from './commands.ts';
import { openPaperIdentity } from './paper-files.ts';

/** `snapback alert`: an example alert from the running bridge, printed or posted. */
export async function alert(o: OptionValues): Promise<number> {
  const config = parseConfig(process.env);
  const paperFile = join(
    config.DATABASE_URL.startsWith('file:') ? dirname(pathOfUrl(config.DATABASE_URL)) : './data',
    'paper.json',
  );
  const paper = existsSync(paperFile) ? openPaperIdentity(paperFile, 0).identity : undefined;
  const base = `http://${config.HOST}:${config.PORT}`;
  const coin = typeof o['coin'] === 'string' ? o['coin'] : 'BTC';
  const read = config.READ_TOKEN ?? paper?.readToken ?? '';
  const example = await fetch(`${base}/api/v1/example-alert?coin=${encodeURIComponent(coin)}`, {
    headers: { authorization: `Bearer ${read}` },
  }).catch(() => {
    throw new Error(`no bridge answers at ${base}: start it with npm start (HOST and PORT must be the same)`);
  });
  const text = await example.text();
  if (!example.ok) throw new Error(`${base} answered ${example.status}: ${text}`);
  if (o['send'] !== true) {
    process.stdout.write(`${text}\n`);
    return 0;
  }
  const token = config.WEBHOOK_TOKEN ?? paper?.webhookToken ?? '';
  const answer = await fetch(`${base}/webhook/${token}`, { method: 'POST', body: text });
  process.stdout.write(`${text}\n${answer.status} ${await answer.text()}\n`);
  return answer.ok ? 0 : 1;
}
