import type { CascadeRisk } from '../zones/signals/zone-signals.ts';
import { percent, px, signed, usd } from './markdown-numbers.ts';
import { netPositionLines } from './net-position-markdown.ts';
import { realisedLines } from './realised-markdown.ts';
import { accuracyLines } from './report-accuracy.ts';
import type { CoinReport, ReportLevel } from './report.ts';

function age(ms: number | null): string {
  if (ms === null) return 'never read';
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s ago` : `${Math.round(ms / 60_000)} min ago`;
}

/**
 * The report as a page to read.
 * @param utc a moment in ms as text, "2026-11-21 10:05 UTC"
 */
export function reportMarkdown(r: CoinReport, utc: (ms: number) => string): string {
  return [
    `# ${r.coin} liquidation report, ${utc(r.atMs)}`,
    `Mark ${px(r.markPx)} · data: ${r.dataSource} · bars up to ${utc(r.asOfMs)}`,
    'Levels and their USD are **estimates** made from candles and open interest; "swept" is what the map lost as price went through it; what venues reported stands under "Realised liquidations". "Max pain" is the largest band of a side, not the options term.',
    section('Last 24 hours', overview(r, utc)),
    section('Realised liquidations', realisedLines(r, utc)),
    section('Key levels', levels(r.keyLevels)),
    section('From the mark outwards', profile(r)),
    section('Where positions stand', netPositionLines(r.netPosition)),
    section('Magnets', magnets(r)),
    section('Cascade risk', [cascade('Down', r.cascadeRisk.down), cascade('Up', r.cascadeRisk.up)]),
    section('Recent support and resistance', recent(r, utc)),
    section('Bias', bias(r)),
    section('Accuracy', accuracyLines(r.accuracy, utc)),
    section('Sources', sources(r)),
  ]
    .join('\n\n')
    .concat('\n');
}

const section = (title: string, lines: readonly string[]): string => `## ${title}\n\n${lines.join('\n')}`;

function overview({ overview: o }: CoinReport, utc: (ms: number) => string): string[] {
  const share = o.sweptLongShare === null ? '' : ` (${percent(o.sweptLongShare)} long)`;
  const change = o.priceChangeFraction === null ? 'unknown' : signed(o.priceChangeFraction);
  const turnover = o.turnoverUsd === null ? 'unknown' : usd(o.turnoverUsd);
  const top = o.largestSweep;
  return [
    `- Price ${change}; turnover on Hyperliquid ${turnover}, ${o.state ?? 'not enough bars to compare'}`,
    `- Swept, estimated: ${usd(o.sweptUsd.long)} of longs, ${usd(o.sweptUsd.short)} of shorts${share}`,
    `- Largest single sweep: ${top === null ? 'none' : `${usd(top.notionalUsd)} of ${top.side}s in the five minutes to ${utc(top.atMs)}`}`,
  ];
}

function levels(all: readonly ReportLevel[]): string[] {
  if (all.length === 0) return ['None within reach.'];
  return [
    '| Price | Band | Type | Estimated | Distance | Priority |',
    '| ---: | ---: | --- | ---: | ---: | --- |',
    ...all.map(
      (l) =>
        `| ${px(l.px)} | ${px(l.loPx)} – ${px(l.hiPx)} | ${l.kind} | ${usd(l.notionalUsd)} | ${signed(l.distanceFraction)} | ${l.priority} |`,
    ),
  ];
}

function profile({ profile: rows }: CoinReport): string[] {
  return [
    '| Within | Longs below | Shorts above | Shorts − longs |',
    '| ---: | ---: | ---: | ---: |',
    ...rows.map(
      (r) =>
        `| ${percent(r.distanceFraction)} | ${usd(r.longUsd)} | ${usd(r.shortUsd)} | ${r.deltaUsd < 0 ? '−' : ''}${usd(Math.abs(r.deltaUsd))} |`,
    ),
  ];
}

function magnets({ magnets: m }: CoinReport): string[] {
  const line = (way: string, l: ReportLevel | null): string =>
    l === null
      ? `- ${way}: none within reach`
      : `- ${way}: ${px(l.px)}, ${usd(l.notionalUsd)}, ${signed(l.distanceFraction)}`;
  const asymmetry =
    m.asymmetry === null
      ? 'no longs within 3 % to compare with'
      : `${m.asymmetry.toFixed(2)} × as much within 3 % above as below`;
  return [line('Above', m.above), line('Below', m.below), `- Asymmetry: ${asymmetry}`];
}

function cascade(way: string, c: CascadeRisk): string {
  const within = c.withinBps === null ? '' : ` within ${percent(c.withinBps / 10_000)}`;
  const gap = c.gap === null ? '' : `, closest ${percent(c.gap)} apart`;
  return `- ${way}: **${c.level}**, ${c.clusters} cluster(s)${within}${gap}`;
}

function recent({ recentLevels }: CoinReport, utc: (ms: number) => string): string[] {
  if (recentLevels.length === 0) return ['None in 24 hours.'];
  return recentLevels.map(
    (l) =>
      `- ${l.kind} ${px(l.px)} (${px(l.loPx)} – ${px(l.hiPx)}), ${utc(l.toMs)}: ${usd(l.notionalUsd)} swept, ${percent(l.share)} of what was near`,
  );
}

function bias(r: CoinReport): string[] {
  const frames = r.bias.timeframes.map((f) => `${f.timeframe} ${f.direction} (${f.bias.toFixed(2)})`);
  const key =
    r.keyLevel === null
      ? 'none: no stacked clusters'
      : `${px(r.keyLevel.px)}; breaking it ${r.keyLevel.direction === 'down' ? 'downwards' : 'upwards'} reaches the first of stacked clusters`;
  return [
    `- ${frames.join(', ')}: **${r.bias.agreement}**, confidence ${r.bias.confidence.toFixed(2)} (how good the data is, not a probability)`,
    `- Risk: ${r.risk}`,
    `- Key level: ${key}`,
  ];
}

function sources(r: CoinReport): string[] {
  return [
    '| Venue | Share | Bars | Scaled by | Read | Problem |',
    '| --- | ---: | ---: | --- | --- | --- |',
    ...r.sources.map(
      (s) =>
        `| ${s.venue} | ${percent(s.weight)} | ${s.bars} | ${s.scaledBy ?? '–'} | ${age(s.ageMs)} | ${s.problem ?? '–'} |`,
    ),
    '',
    ...r.notAvailable.map((n) => `- Not known: ${n.signal}; it needs ${n.needs}.`),
    '- Not advice. On recorded data no signal here predicted the next hour or the next four (docs/zones.md).',
  ];
}
