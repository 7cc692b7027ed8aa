// The script's inputs by title, and the twin run on the same chart: what the agreement tests compare.
import type { Alert } from '../../src/core/alert/schema.ts';
import { createDetector } from '../../src/core/detect/create-detector.ts';
import type { DetectorParams } from '../../src/core/detect/params.ts';
import { toAlert } from '../../src/core/detect/to-alert.ts';
import type { PineChart } from './fixture-provider.ts';
import type { PineAlert } from './run-pine.ts';

type Weights = DetectorParams['weights'];
type Plain = Exclude<keyof DetectorParams, 'weights'>;

/** Title in the script of each parameter of the twin. */
export const INPUT_TITLES: Readonly<Record<Plain, string>> = {
  atrLength: 'ATR length',
  volumeBaselineBars: 'Volume baseline (bars)',
  legBars: 'Leg window (bars)',
  legAtrMin: 'Leg size (x ATR before the leg)',
  legPctMin: 'Leg size (% of its origin, 0 = any)',
  volumeSurgeMin: 'Volume surge (x baseline)',
  forgetBars: 'Forget after (bars)',
  volumeDecay: 'Volume decay (share of peak)',
  rejectionWick: 'Rejection wick (share of bar)',
  reclaimMin: 'Reclaim (share of leg)',
  scoreMin: 'Minimum score',
  useOi: 'Use open interest (<ticker>_OI) when it exists',
  oiDropPct: 'OI drop over the leg (%)',
  higherInterval: 'Higher timeframe',
  fundingExtreme: 'Funding that counts fully',
  snapbackMin: 'Snap-back (share of leg)',
  alertOnStart: 'Alert on cascade start',
  alertOnSnapback: 'Alert on snap-back',
  heartbeatBars: 'Heartbeat every N bars (0 = off)',
};

export const WEIGHT_TITLES: Readonly<Record<keyof Weights, string>> = {
  volume: 'Weight: volume decay',
  wick: 'Weight: rejection wick',
  reclaim: 'Weight: reclaim',
  rsi: 'Weight: RSI',
  oi: 'Weight: open interest',
  leg: 'Weight: leg size',
  climax: 'Weight: volume climax',
  close: 'Weight: close location',
  higher: 'Weight: higher timeframe',
  funding: 'Weight: funding',
};

/** The input that takes the two thresholds from the preset of the chart's coin, and what switches that off. */
export const PRESET_TITLE = 'Leg size and volume surge';
export const AS_SET: Readonly<Record<string, unknown>> = { [PRESET_TITLE]: 'as set' };

const named = (values: object, titles: Readonly<Record<string, string>>): [string, unknown][] =>
  Object.entries(values).map(([key, value]) => [titles[key] ?? key, value]);

/** The twin's parameters as the script's inputs. */
export function inputsOf(params: DetectorParams): Record<string, unknown> {
  const { weights, ...plain } = params;
  return {
    ...AS_SET,
    ...Object.fromEntries([...named(plain, INPUT_TITLES), ...named(weights, WEIGHT_TITLES)]),
  };
}

/** What the twin would have sent on every bar of the chart, with the head the script gives itself. */
export function runTwin(
  params: DetectorParams,
  chart: PineChart,
  sender: { script: string; strategy: string; nowMs: number },
): Alert[] {
  const { exchange, ticker, interval } = chart;
  const head = {
    script: sender.script,
    strategy: sender.strategy,
    exchange,
    ticker,
    interval,
    sentAt: sender.nowMs,
  };
  const detector = createDetector(params, chart);
  return chart.candles.flatMap((k, i) =>
    detector.push(k, chart.oi?.[i], chart.funding?.[i]).map((event) => toAlert(event, head)),
  );
}

/** Computed numbers agree within this, relative, with a floor for numbers near 0; all else must be equal. */
const TOLERANCE = 1e-6;
const COMPUTED = new Set(['atr', 'score', 'movePct', 'volumeRatio', 'oiChangePct', 'rsi', 'share']);

/** Where two payloads differ, as "path: one is not the other". */
function differences(a: unknown, b: unknown, path: string): string[] {
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const x = new Map<string, unknown>(Object.entries(a));
    const y = new Map<string, unknown>(Object.entries(b));
    return [...new Set([...x.keys(), ...y.keys()])].flatMap((key) =>
      differences(x.get(key), y.get(key), `${path}.${key}`),
    );
  }
  const isComputed = COMPUTED.has(path.slice(path.lastIndexOf('.') + 1));
  if (isComputed && typeof a === 'number' && typeof b === 'number')
    if (Math.abs(a - b) <= TOLERANCE * Math.max(1e-3, Math.abs(a), Math.abs(b))) return [];
  return a === b ? [] : [`${path}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`];
}

const label = (payload: unknown): string =>
  typeof payload === 'object' && payload !== null && 'kind' in payload ? String(payload.kind) : '?';

/** Every way in which script and twin disagree; empty = the same alerts on the same bars with the same numbers. */
export function disagreements(pine: readonly PineAlert[], twin: readonly Alert[]): string[] {
  const count = pine.length === twin.length ? [] : [`${pine.length} alerts, the twin has ${twin.length}`];
  return [
    ...count,
    ...pine.flatMap((a, i) => differences(a.payload, twin[i], `bar ${a.bar} ${label(a.payload)}`)),
  ];
}
