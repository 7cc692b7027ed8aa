import { createLog } from '../log.ts';
import type { OptionValues } from './commands.ts';
import type { DemoSummary } from './demo-summary.ts';
import { playDemo } from './play-demo.ts';
import {
  instantOf,
  progressLine,
  recordedMaterial,
  syntheticMaterial,
  venueCoinOf,
} from './play-material.ts';

const RECORDED_DAYS = 3;
const SYNTHETIC_DAYS = 2;

/** `npm run demo`. */
export async function demo(o: OptionValues): Promise<number> {
  const isJson = o['json'] === true;
  const coins = (typeof o['coins'] === 'string' ? o['coins'] : 'BTC,ETH,SOL').split(',').map((c) => c.trim());
  const equityUsd = Number(o['equity'] ?? 10_000);
  if (!(equityUsd > 0)) throw new Error('--equity must be a number of USD above 0');
  const fromMs = instantOf(o['from'], '--from');
  const toMs = instantOf(o['to'], '--to');
  const material =
    typeof o['data'] === 'string'
      ? recordedMaterial(o['data'], { coins, fromMs, toMs, days: RECORDED_DAYS })
      : syntheticMaterial(Number(o['seed'] ?? 7), { coins, fromMs, toMs, days: SYNTHETIC_DAYS });
  const say = (line: string): void => void (isJson ? null : process.stdout.write(`${line}\n`));
  say(`snapback demo · ${material.dataSource}`);
  say(
    `${coins.join(', ')} · ${new Date(material.fromMs).toISOString()} to ${new Date(material.toMs).toISOString()}`,
  );
  for (const note of material.notes) say(`note: ${note}`);
  const summary = await playDemo({
    ...material,
    coins: [...material.candles].map(([coin, candles]) => venueCoinOf(coin, candles)),
    equityUsd,
    log: createLog('error', process.stderr),
    onProgress: progressLine(!isJson && process.stdout.isTTY),
  });
  if (isJson) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else say(render(summary, equityUsd));
  return summary.duplicates === 0 && summary.lost === 0 ? 0 : 1;
}

function render(s: DemoSummary, equityUsd: number): string {
  const refusals = Object.entries(s.refused)
    .sort(([, a], [, b]) => b - a)
    .map(([code, n]) => `${code} ${n}`)
    .join(', ');
  const usd = (n: number): string => `${n < 0 ? '−' : ''}$${Math.abs(n).toFixed(2)}`;
  return `
alerts             ${s.alerts}
approved           ${s.approved}
refused            ${Object.values(s.refused).reduce((a, b) => a + b, 0)}${refusals === '' ? '' : ` (${refusals})`}
exits by alerts    ${Object.values(s.exits).reduce((a, b) => a + b, 0)}
entries filled     ${s.entries}
stop in the same   ${s.stopsWithEntry} of ${s.entries}
trades closed      ${s.trades}, open ${s.openPositions}
net result         ${usd(s.netPnlUsd)} on ${usd(equityUsd)} (fees ${usd(s.feesUsd)}, funding ${usd(s.fundingUsd)})
unprotected, max   ${s.unprotectedMsMax} ms
duplicates · lost  ${s.duplicates} · ${s.lost}
`;
}
