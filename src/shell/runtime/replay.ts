import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import type { OptionValues } from './commands.ts';
import type { PlayMaterial } from './play-material.ts';
import {
  instantOf,
  progressLine,
  recordedMaterial,
  syntheticMaterial,
  venueCoinOf,
} from './play-material.ts';
import { recordedCoins } from './recorded-candles.ts';
import type { Baseline } from './replay/baselines.ts';
import { playReplay } from './replay/play-replay.ts';
import type { ReplayReport } from './replay/replay-report.ts';
import { replayReport } from './replay/replay-report.ts';

const SYNTHETIC_COINS = ['BTC', 'ETH', 'SOL'];
const SYNTHETIC_DAYS = 30;

/** `npm run replay`. */
export async function replay(o: OptionValues): Promise<number> {
  const isJson = o['json'] === true;
  const equityUsd = Number(o['equity'] ?? 10_000);
  if (!(equityUsd > 0)) throw new Error('--equity must be a number of USD above 0');
  const material = historyOf(o);
  const say = (line: string): void => void (isJson ? null : process.stdout.write(`${line}\n`));
  say(`snapback replay · ${material.dataSource}`);
  say(`${[...material.candles.keys()].join(', ')} · ${day(material.fromMs)} to ${day(material.toMs)}`);
  for (const note of material.notes) say(`note: ${note}`);
  const startedMs = performance.now();
  const replayed = await playReplay({
    ...material,
    coins: [...material.candles].map(([coin, candles]) => venueCoinOf(coin, candles)),
    equityUsd,
    onProgress: progressLine(!isJson && process.stdout.isTTY),
  });
  const report = replayReport(replayed, { ...material, seconds: (performance.now() - startedMs) / 1_000 });
  if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
  else say(render(report, equityUsd));
  return report.lost === 0 ? 0 : 1;
}

/** What the options of `replay` and `tune` name. */
export function historyOf(o: OptionValues): PlayMaterial {
  const fromMs = instantOf(o['from'], '--from');
  const toMs = instantOf(o['to'], '--to');
  const named = typeof o['coins'] === 'string' ? o['coins'].split(',').map((c) => c.trim()) : null;
  if (typeof o['data'] !== 'string')
    return syntheticMaterial(Number(o['seed'] ?? 7), {
      coins: named ?? SYNTHETIC_COINS,
      fromMs,
      toMs,
      days: SYNTHETIC_DAYS,
    });
  const coins = named ?? coinsIn(o['data']);
  return recordedMaterial(o['data'], { coins, fromMs, toMs, days: Number.POSITIVE_INFINITY });
}

/** The strategy's coins that a folder has five-minute candles of. */
function coinsIn(dir: string): string[] {
  const all = COIN_PARAMS.map((p) => p.coin);
  const there = recordedCoins(dir, all, '5m');
  // None: the reader says what the folder holds instead.
  return there.length > 0 ? there : all;
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
const usd = (n: number): string => `${n < 0 ? '−' : ''}$${Math.abs(n).toFixed(2)}`;
const bps = (n: number): string => `${n < 0 ? '−' : '+'}${Math.abs(n).toFixed(1)}`;
const counts = (c: Record<string, number>): string =>
  Object.entries(c)
    .sort(([, a], [, b]) => b - a)
    .map(([code, n]) => `${code} ${n}`)
    .join(', ');

function mean(b: { mean: number | null; ci95: [number, number] | null } | null): string {
  if (b?.mean == null) return 'none';
  return b.ci95 === null
    ? `${bps(b.mean)} bps`
    : `${bps(b.mean)} bps, 95 % ${bps(b.ci95[0])} to ${bps(b.ci95[1])}`;
}

function render(r: ReplayReport, equityUsd: number): string {
  const beside = (b: Baseline): string => `${mean(b.netBps)} (n ${b.trades})`;
  return `
bars               ${r.bars}, ${r.barsPerSecond} a second
alerts             ${r.alerts}, approved ${r.approved}
refused            ${counts(r.refused)}
exits by alerts    ${counts(r.exits) || 'none'}
trades closed      ${r.trades}, open ${r.openPositions}
net result         ${usd(r.netPnlUsd)} on ${usd(equityUsd)} (fees ${usd(r.feesUsd)})
a trade, net       ${mean(r.netBps)} (days as the unit)
  random moments   ${beside(r.baselines.random)}
  3 % in 15 min    ${beside(r.baselines.drop3in15)}
  buy and hold     ${beside(r.baselines.buyHold)}
worst fall         ${(r.maxDrawdownFraction * 100).toFixed(2)} % of equity
unprotected, max   ${r.unprotectedMsMax} ms

What bars tell is not what was traded: no spread, no depth of that day, the stop before the target inside a bar.
`;
}
