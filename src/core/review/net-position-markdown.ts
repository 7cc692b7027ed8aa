import type { NetPositionDelta, NetPositionRow } from '../zones/net-position-delta.ts';
import { percent, px, signed, usd } from './markdown-numbers.ts';

/** Rows shown of each sign. */
const ROWS_MAX = 3;
/** A smaller share of a side is not worth a line. */
const SHARE_MIN = 0.001;

/** Net position delta by entry price: what it rests on, and where most of it is. */
export function netPositionLines(p: NetPositionDelta | null): string[] {
  if (p === null) return ['Not known: there are no bars of Hyperliquid.'];
  const most = (sign: 1 | -1): NetPositionRow[] =>
    p.rows
      .filter((r) => r.netShare * sign >= SHARE_MIN)
      .toSorted((a, b) => sign * (b.netShare - a.netShare))
      .slice(0, ROWS_MAX);
  const rows = [...most(1), ...most(-1)].sort((a, b) => b.loPx - a.loPx);
  return [
    `Longs less shorts by the price they were opened at: an **estimate** from ${p.bars} bars of Hyperliquid. Every contract has one of each, so all prices together make 0.`,
    '',
    `- Longs were opened at ${px(p.longEntryPx)} in the mean, ${percent(p.longUnderWaterShare)} of them above the mark; shorts at ${px(p.shortEntryPx)}, ${percent(p.shortUnderWaterShare)} below it`,
    ...(rows.length === 0 ? ['- Nowhere does one side stand out'] : table(rows)),
    p.observed === null
      ? '- No entries of both sides are known from real positions'
      : `- Known entries: ${usd(p.observed.longUsd)} of longs, ${usd(p.observed.shortUsd)} of shorts`,
  ];
}

const table = (rows: readonly NetPositionRow[]): string[] => [
  '',
  '| Opened at | Of all longs | Of all shorts | Net | Net, USD | Net of known |',
  '| ---: | ---: | ---: | ---: | ---: | ---: |',
  ...rows.map(
    (r) =>
      `| ${px(r.loPx)} – ${px(r.hiPx)} | ${percent(r.longShare)} | ${percent(r.shortShare)} | ${signed(r.netShare)} | ${r.netUsd === null ? '–' : signedUsd(r.netUsd)} | ${r.observedNetShare === null ? '–' : signed(r.observedNetShare)} |`,
  ),
  '',
];

const signedUsd = (x: number): string => `${x < 0 ? '−' : ''}${usd(Math.abs(x))}`;
