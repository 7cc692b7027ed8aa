import { presetParamsOf } from '../../core/detect/presets.ts';
import type { Mean } from '../../core/review/statistics.ts';
import { CoinParams, COIN_PARAMS } from '../../core/shared/coin-params.ts';
import type { OptionValues } from './commands.ts';
import type { PlayMaterial } from './play-material.ts';
import { progressLine, venueCoinOf } from './play-material.ts';
import { historyOf } from './replay.ts';
import { playReplay } from './replay/play-replay.ts';
import type { Candidate } from './replay/tune-candidates.ts';
import { CANDIDATES } from './replay/tune-candidates.ts';
import type { Sample, TunedTrade, WalkForward } from './replay/walk-forward.ts';
import { walkForward } from './replay/walk-forward.ts';

const FOLDS = 4;
const EQUITY_USD = 10_000;

/** `npm run tune`. */
export async function tune(o: OptionValues): Promise<number> {
  const isJson = o['json'] === true;
  const folds = Number(o['folds'] ?? FOLDS);
  if (!Number.isInteger(folds) || folds < 2 || folds > 20)
    throw new Error('--folds must be a whole number from 2 to 20');
  const material = historyOf(o);
  const coins = [...material.candles.keys()];
  const say = (line: string): void => void (isJson ? null : process.stdout.write(`${line}\n`));
  say(`snapback tune · ${material.dataSource} · ${coins.join(', ')} · ${CANDIDATES.length} candidates`);
  for (const note of material.notes) say(`note: ${note}`);
  const progress = progressLine(!isJson && process.stdout.isTTY);
  const trades = new Map<string, Map<string, TunedTrade[]>>();
  let done = 0;
  for (const candidate of CANDIDATES) {
    const byCoin = new Map<string, TunedTrade[]>();
    for (const coin of coins) {
      byCoin.set(coin, await tradesWith(candidate, coin, material));
      progress((done += 1) / (CANDIDATES.length * coins.length), material.toMs);
    }
    trades.set(candidate.name, byCoin);
  }
  const { fromMs, toMs, dataSource } = material;
  const found = walkForward(trades, { coins, fromMs, toMs, folds });
  if (isJson)
    process.stdout.write(
      `${JSON.stringify({ dataSource, fromMs, toMs, folds, candidates: CANDIDATES.map((c) => c.name), ...found })}\n`,
    );
  else say(render(found));
  return 0;
}

/** The coin alone on an account of its own: with shared caps one coin's choice would change another's trades. */
async function tradesWith(
  candidate: Candidate,
  coin: string,
  { candles, fromMs, toMs }: PlayMaterial,
): Promise<TunedTrade[]> {
  const bars = candles.get(coin) ?? [];
  const preset = presetParamsOf(coin);
  const { rows } = await playReplay({
    coins: [venueCoinOf(coin, bars)],
    candles: new Map([[coin, bars]]),
    fromMs,
    toMs,
    equityUsd: EQUITY_USD,
    params: COIN_PARAMS.map((p) => CoinParams.parse({ ...p, ...candidate.params })),
    detectorOf: () => ({
      ...preset,
      ...candidate.detector,
      legAtrMin: preset.legAtrMin * (candidate.legAtrFactor ?? 1),
    }),
  });
  return [...rows.trades.values()]
    .filter((t) => t.closedAtMs !== null)
    .map((t) => ({
      openedAtMs: t.openedAtMs,
      netBps: (t.netPnlUsd / (t.entryPx * t.enteredSz)) * 10_000,
      netR: t.rMultiple ?? 0,
    }));
}

const number = (x: number, digits: number): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(digits)}`;

function mean(m: Mean | null, unit: string, digits: number): string {
  if (m === null) return 'none';
  const range = m.ci95 === null ? '' : `, 95 % ${number(m.ci95[0], digits)} to ${number(m.ci95[1], digits)}`;
  return `${number(m.mean, digits)} ${unit}${range}`;
}

const line = (s: Sample): string =>
  `${mean(s.netBps, 'bps a trade', 1)} · ${mean(s.netRPerDay, 'R a day', 3)} (n ${s.trades})`;

function render(w: WalkForward): string {
  const coins = Object.entries(w.chosen).map(
    ([coin, c]) =>
      `  ${coin.padEnd(8)} ${c.candidate.padEnd(26)} ${c.meanBps === null ? 'no trades' : `${number(c.meanBps, 1)} bps in sample (n ${c.trades})`}`,
  );
  return `
out of sample      each part decided on what came before it
  committed        ${line(w.outOfSample.committed)}
  tuned            ${line(w.outOfSample.tuned)}
  difference       ${mean(w.differenceRPerDay, 'R a day', 3)}
in sample          the luckiest of all candidates, shown so that nobody believes it
  committed        ${line(w.inSample.committed)}
  tuned            ${line(w.inSample.tuned)}

${w.isBetter ? 'Tuning did better out of sample. Chosen on everything:' : 'Keep what is committed: tuning did not do better out of sample. It would have chosen:'}
${coins.join('\n')}
`;
}
