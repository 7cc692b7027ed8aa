// Turns recorded minutes of Binance's coin-margined perpetuals (volume in contracts of a fixed number of dollars) into
// five-minute bars with volume in coins, as `npm run demo -- --data` reads them:
//   node scripts/coinm-to-5m.ts FOLDER OUT
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Candle } from '../src/core/shared/candle.ts';
import { mergeBars } from '../src/core/shared/merge-bars.ts';

/** USD a contract stands for: 100 for BTC, 10 for everything else. */
const contractUsd = (coin: string): number => (coin === 'BTC' ? 100 : 10);
const FILE = /^([A-Z0-9]+)USD_PERP_coinm_1m_.*\.csv\.gz$/;

function minutesOf(coin: string, text: string): Candle[] {
  const [header = '', ...rows] = text.trim().split('\n');
  const names = header.split(',');
  return rows.map((row) => {
    const fields = row.split(',');
    const at = (name: string): number => Number(fields[names.indexOf(name)] ?? Number.NaN);
    const c = at('c');
    return {
      t: at('t'),
      o: at('o'),
      h: at('h'),
      l: at('l'),
      c,
      v: (at('contracts') * contractUsd(coin)) / c,
    };
  });
}

const [folder = '', out = ''] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
for (const name of readdirSync(folder)) {
  const coin = FILE.exec(name)?.[1];
  if (coin === undefined) continue;
  const bars = mergeBars(
    minutesOf(coin, gunzipSync(readFileSync(join(folder, name))).toString('utf8')),
    300_000,
  );
  const lines = bars.map((b) => [b.t, b.o, b.h, b.l, b.c, Number(b.v.toPrecision(8))].join(','));
  writeFileSync(join(out, `${coin}_5m.csv.gz`), gzipSync(`t,o,h,l,c,v\n${lines.join('\n')}\n`));
  process.stdout.write(`${coin}: ${bars.length} bars\n`);
}
