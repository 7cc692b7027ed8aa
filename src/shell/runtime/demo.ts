import { basename, resolve } from 'node:path';
import type { Candle } from '../../core/shared/candle.ts';
import { createSyntheticMarket } from '../../venue/market/synthetic-market.ts';
import { SYNTHETIC_COINS } from '../../venue/market/synthetic-coins.ts';
import type { VenueOptions } from '../../venue/venue.ts';
import { createLog } from '../log.ts';
import type { OptionValues } from './commands.ts';
import type { DemoSummary } from './demo-summary.ts';
import { playDemo } from './play-demo.ts';
import { loadRecordedCandles } from './recorded-candles.ts';

const DAY_MS = 86_400_000;
const BAR_MS = 300_000;
/** The synthetic demo ends here unless told otherwise: a fixed instant, so that a seed always gives the same candles. */
const SYNTHETIC_END_MS = Date.UTC(2026, 0, 15);
const SYNTHETIC_DAYS = 2;
/** Bars of history the maps are built from. */
const HISTORY_BARS = 1_500;

interface Material {
  dataSource: string;
  candles: Map<string, Candle[]>;
  fromMs: number;
  toMs: number;
  notes: string[];
}

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
      ? recorded(o['data'], coins, fromMs, toMs)
      : synthetic(Number(o['seed'] ?? 7), coins, fromMs, toMs);
  const say = (line: string): void => void (isJson ? null : process.stdout.write(`${line}\n`));
  say(`snapback demo · ${material.dataSource}`);
  say(
    `${coins.join(', ')} · ${new Date(material.fromMs).toISOString()} to ${new Date(material.toMs).toISOString()}`,
  );
  for (const note of material.notes) say(`note: ${note}`);
  const summary = await playDemo({
    ...material,
    coins: [...material.candles].map(([coin, candles]) => venueCoin(coin, candles)),
    equityUsd,
    log: createLog('error', process.stderr),
    onProgress: progressLine(!isJson && process.stdout.isTTY),
  });
  if (isJson) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else say(render(summary, equityUsd));
  return summary.duplicates === 0 && summary.lost === 0 ? 0 : 1;
}

function instantOf(value: string | boolean | undefined, name: string): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(
    /Z$|[+-]\d\d:\d\d$/.test(value) || /^\d{4}-\d\d-\d\d$/.test(value) ? value : `${value}Z`,
  );
  if (Number.isNaN(ms))
    throw new Error(`${name} ${value}: write a day (2025-04-06) or an instant (2025-04-06T12:00Z), UTC`);
  return ms;
}

function recorded(dir: string, coins: string[], fromMs?: number, toMs?: number): Material {
  const notes: string[] = [];
  const candles = new Map(
    coins.map((coin) => {
      const loaded = loadRecordedCandles(dir, coin, '5m');
      if (loaded.gapNote !== null) notes.push(loaded.gapNote);
      return [coin, loaded.candles];
    }),
  );
  const first = Math.max(...[...candles.values()].map((c) => c[0]?.t ?? 0));
  const last = Math.min(...[...candles.values()].map((c) => (c.at(-1)?.t ?? 0) + BAR_MS));
  const from = fromMs ?? Math.max(first + HISTORY_BARS * BAR_MS, last - 3 * DAY_MS);
  const to = toMs ?? last;
  if (!(from < to)) throw new Error('--from must be before --to');
  if (from < first || to > last)
    throw new Error(
      `${dir} holds ${new Date(first).toISOString()} to ${new Date(last).toISOString()} for these coins: choose --from and --to inside`,
    );
  if (from < first + HISTORY_BARS * BAR_MS)
    notes.push('little history before --from: the first maps are thin');
  return { dataSource: `recorded: ${basename(resolve(dir))}`, candles, fromMs: from, toMs: to, notes };
}

/** The synthetic market over the demo's days, with a cascade steered into its last day; then played like a recording. */
function synthetic(seed: number, coins: string[], fromMs?: number, toMs?: number): Material {
  if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number');
  const end = Math.floor((toMs ?? SYNTHETIC_END_MS) / BAR_MS) * BAR_MS;
  const from = Math.floor((fromMs ?? end - SYNTHETIC_DAYS * DAY_MS) / BAR_MS) * BAR_MS;
  if (!(from < end)) throw new Error('--from must be before --to');
  const specs = coins.map((coin) => {
    const spec = SYNTHETIC_COINS.find((c) => c.coin === coin);
    if (spec === undefined)
      throw new Error(`no synthetic ${coin}; there are ${SYNTHETIC_COINS.map((c) => c.coin).join(', ')}`);
    return spec;
  });
  const market = createSyntheticMarket({
    seed,
    startMs: end,
    coins: specs,
    historyBars: Math.ceil((end - from) / BAR_MS) + HISTORY_BARS,
    flushBeforeMs: end - 24 * 3_600_000,
  });
  const candles = new Map(coins.map((coin) => [coin, market.history(coin, '5m').filter((c) => c.t < end)]));
  return {
    dataSource: `synthetic (seed ${seed})`,
    candles,
    fromMs: from,
    toMs: end,
    notes: ['synthetic market: prices are made up, results mean nothing about real markets'],
  };
}

/** Lot decimals and leverage of the coin on Hyperliquid; for one we do not list, decimals that make a lot worth about a dollar. */
function venueCoin(coin: string, candles: readonly Candle[]): VenueOptions['coins'][number] {
  const spec = SYNTHETIC_COINS.find((c) => c.coin === coin);
  if (spec !== undefined)
    return {
      coin,
      szDecimals: spec.szDecimals,
      maxLeverage: spec.maxLeverage,
      marginTiers: [...spec.marginTiers],
    };
  const px = candles.at(-1)?.c ?? 1;
  return { coin, szDecimals: Math.min(5, Math.max(0, Math.round(Math.log10(px)))), maxLeverage: 10 };
}

function progressLine(isOn: boolean): (done: number, nowMs: number) => void {
  let shown = -1;
  return (done, nowMs) => {
    const percent = Math.floor(done * 100);
    if (!isOn || percent === shown) return;
    shown = percent;
    process.stdout.write(
      `\r${String(percent).padStart(3)} %  ${new Date(nowMs).toISOString().slice(0, 16)}${percent === 100 ? '\n' : ''}`,
    );
  };
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
