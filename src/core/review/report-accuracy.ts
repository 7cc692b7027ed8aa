import type { Entrant, ScoredDay, ScoredWindow } from '../zones/score/score-day.ts';
import { ENTRANTS, SCORED_WINDOWS } from '../zones/score/score-day.ts';
import type { DaysScore, Figures, FiguresWithInterval } from '../zones/score/score-days.ts';
import { figuresOf, forEntrants } from '../zones/score/score-days.ts';

/** One day of one coin as people read it: means instead of sums. */
export interface AccuracyDay extends Omit<ScoredDay, 'windows'> {
  /** Null where no window of that size had enough in it. */
  windows: Record<ScoredWindow, Record<Entrant, Figures> | null>;
}

/** How accurate the live map of a coin was. */
export interface CoinAccuracy {
  /** The liquidations are those of a made-up market: nothing of it holds for a real one. */
  isMadeUp: boolean;
  /** Fingerprint of the map as it is now; days of another one are not in the means. */
  map: string;
  /** When the next day is scored, ms. */
  nextAtMs: number;
  /** Means over all days that are kept; null without a scored one. */
  windows: Record<ScoredWindow, DaysScore | null>;
  /** Newest first. */
  days: AccuracyDay[];
}

export const accuracyDay = ({ windows, ...day }: ScoredDay): AccuracyDay => ({
  ...day,
  windows: { '1h': entrantFigures(windows['1h']), '4h': entrantFigures(windows['4h']) },
});

const entrantFigures = (sums: ScoredDay['windows'][ScoredWindow]): Record<Entrant, Figures> | null =>
  sums === undefined ? null : forEntrants((e) => figuresOf([sums[e]]));

const NAMES: Readonly<Record<Entrant, string>> = {
  model: '**this map**',
  heat: 'its heat, as in the picture',
  distance: 'distance alone',
  unswept: 'range not visited for 24 h',
  uniform: 'all alike',
};
const SIZES: Readonly<Record<ScoredWindow, string>> = { '1h': '1 h, 0.1 %', '4h': '4 h, 0.25 %' };

/** The report's section; `accuracy` null where nobody scores the map. */
export function accuracyLines(accuracy: CoinAccuracy | null, utc: (ms: number) => string): string[] {
  if (accuracy === null) return ['Nobody scores the map here. docs/zones.md has what recorded data gave.'];
  const { windows, days, map, nextAtMs, isMadeUp } = accuracy;
  const told = SCORED_WINDOWS.flatMap((w) => (windows[w] === null ? [] : table(w, windows[w])));
  return [
    ...(isMadeUp
      ? ['**A made-up market**: its prices and its liquidations are invented, and so is what follows.', '']
      : []),
    ...(told.length > 0 ? told : ['No day has a score yet.']),
    '',
    ...days.map(
      (d) =>
        `- ${utc(d.dayMs).slice(0, 10)}: ${dayLine(d)}${d.map === map ? '' : '; an earlier map, not in the means'}`,
    ),
    `- Next day scored: ${utc(nextAtMs)}. Partial ρ: rank correlation with distance held fixed; over all series: one that a map cannot rank counts 0; top ¼: share of liquidated USD in the quarter of prices put first.`,
  ];
}

function table(window: ScoredWindow, { days, scores }: DaysScore): string[] {
  return [
    `${SIZES[window]}: ${days} day(s), ${scores.model.units} series, ${scores.model.rows} prices`,
    '',
    '| Map | Partial ρ | 95 % by day | over all series | AUC | Top ¼ |',
    '| --- | ---: | --- | ---: | ---: | ---: |',
    ...ENTRANTS.map((e) => row(NAMES[e], scores[e])),
    '',
  ];
}

function row(name: string, s: FiguresWithInterval): string {
  const { meanPartialRho, ci95, meanPartialRhoAll, auc, captureTop25 } = s;
  const interval = ci95 === null ? '–' : `${figure(ci95[0])} – ${figure(ci95[1])}`;
  return `| ${name} | ${figure(meanPartialRho)} | ${interval} | ${figure(meanPartialRhoAll)} | ${figure(auc)} | ${figure(captureTop25)} |`;
}

function dayLine(d: AccuracyDay): string {
  if (d.notEnough !== null) return `no score (${d.notEnough.code}): ${d.notEnough.message}`;
  const told = SCORED_WINDOWS.flatMap((w) => {
    const model = d.windows[w]?.model;
    return model === undefined ? [] : [`${w} ${figure(model.meanPartialRho)} (${model.units} series)`];
  });
  return `partial ρ ${told.join(', ')}; ${d.liquidations} liquidations in ${Math.floor(100 * d.heardFraction + 1e-9)} % of the day`;
}

const figure = (x: number | null | undefined): string =>
  x === null || x === undefined ? '–' : x.toFixed(3).replace('-', '−');
