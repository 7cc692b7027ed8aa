import type { MarketWide, RealisedView, SideVelocity } from '../zones/realised/types.ts';
import { percent, px, signed, usd } from './markdown-numbers.ts';
import type { RealisedPart } from './realised-part.ts';

/** Lines on what venues reported: the day, how fast, how concentrated, what was left of open interest, levels. */
export function realisedLines(r: RealisedPart, utc: (ms: number) => string): string[] {
  return [
    ...(r.realised === null
      ? ['Not known: no liquidation stream was heard within 24 hours. That is not the same as calm.']
      : [...dayLines(r.realised, utc), ...paceLines(r.realised), ...levelLines(r.realised, utc)]),
    ...marketLines(r.marketWide),
    ...positioningLines(r),
  ];
}

function dayLines(view: RealisedView, utc: (ms: number) => string): string[] {
  const day = view.windows['24h'];
  if (day === null) return [];
  const all = day.longUsd + day.shortUsd;
  const share = all > 0 ? ` (${percent(day.longUsd / all)} long)` : '';
  const state =
    view.state === null
      ? 'less than three days of its own history to compare with'
      : `**${view.state.state}**, above ${percent(view.state.percentile)} of its own last ${view.state.days.toFixed(0)} days`;
  const top = day.largest;
  const heard = view.venues.map((v) => `${v.venue} ${percent(v.heardFraction)}`).join(', ');
  return [
    `- 24 h: ${usd(day.longUsd)} of longs, ${usd(day.shortUsd)} of shorts${share}, ${day.count} reports; ${state}`,
    `- Largest single: ${top === null ? 'none' : `${usd(top.notionalUsd)} ${top.side} at ${px(top.px)} on ${top.venue}, ${utc(top.timeMs)}`}`,
    `- Listened to: ${heard} of the 24 h. Sums are lower bounds: docs/zones.md says what each stream leaves out`,
    ...view.venues.map((v) => `- ${v.venue}: ${usd(v.longUsd)} of longs, ${usd(v.shortUsd)} of shorts`),
  ];
}

function paceLines({ velocity, windows }: RealisedView): string[] {
  const line = (side: string, v: SideVelocity | null): string =>
    v === null
      ? `- Pace of ${side}: heard for less than an hour`
      : `- Pace of ${side}: ${usd(v.usdPerMinute)} a minute (${v.state}), peak of the hour ${usd(v.peakUsdPerMinute)}, faster than ${percent(v.percentile)} of the day`;
  const hour = windows['1h'];
  const concentration =
    hour === null || hour.topBucketShare === null || hour.largestShare === null
      ? []
      : [
          `- Last hour: ${percent(hour.topBucketShare)} at the busiest quarter of prices, ${percent(hour.largestShare)} in one report`,
        ];
  return [line('longs', velocity.long), line('shorts', velocity.short), ...concentration];
}

function levelLines({ levels }: RealisedView, utc: (ms: number) => string): string[] {
  if (levels === null) return ['- Levels: less than a day heard, so it is not known what a large event is'];
  if (levels.length === 0) return ['- Levels: no event as large as a usual day'];
  return levels.slice(0, 6).map((l) => {
    const oi =
      l.openInterestChangeFraction === null ? '' : `, open interest ${signed(l.openInterestChangeFraction)}`;
    return `- Realised ${l.kind} ${px(l.px)} (${px(l.loPx)} – ${px(l.hiPx)}), ${utc(l.toMs)}: ${usd(l.notionalUsd)}, strength ${l.strength.toFixed(2)}${oi}`;
  });
}

function marketLines(m: MarketWide | null): string[] {
  if (m === null) return [];
  const state =
    m.state === null
      ? `only ${percent(m.heardFraction)} of the day was listened to: no state is named`
      : `**${m.state}** by USD`;
  return [
    `- Market-wide, ${m.coins} coins, 24 h: ${usd(m.longUsd)} of longs, ${usd(m.shortUsd)} of shorts, at least; ${state}`,
  ];
}

function positioningLines({ accountRatios, openInterest }: RealisedPart): string[] {
  const change = (x: number | null): string => (x === null ? 'unknown' : signed(x));
  const oi =
    openInterest === null
      ? []
      : [
          `- Open interest on Hyperliquid ${usd(openInterest.usd)}; in coins ${change(openInterest.changeFraction['1h'])} in 1 h, ${change(openInterest.changeFraction['4h'])} in 4 h, ${change(openInterest.changeFraction['24h'])} in 24 h`,
        ];
  const ratios = accountRatios.map((r) => `${r.venue} ${percent(r.longAccountFraction)}`).join(', ');
  return [...oi, ...(ratios === '' ? [] : [`- Accounts that are long: ${ratios} (accounts, not size)`])];
}
