// Draws a cascade as cascade_exhaustion.pine sees it: recorded candles, phases, score and alerts, by the script's twin,
// on a lightweight-charts page that a headless Chromium photographs. Recorded candles stay outside the repository.
//   npm run pine:picture -- --data ../shared/data/hl-freqtrade [--coin ETH --from 2025-04-07T05:30Z --to 2025-04-07T16:00Z]
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { createDetector } from '../src/core/detect/create-detector.ts';
import { presetParamsOf } from '../src/core/detect/presets.ts';
import type { CascadeEvent } from '../src/core/detect/types.ts';
import type { Candle } from '../src/core/shared/candle.ts';

const ROOT = join(import.meta.dirname, '..');
const CHARTS = join(ROOT, 'node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.js');
const SIZE = { width: 1600, height: 1000 };
const BAR_MS = 300_000;

/** One bar with what the detector said at its close. */
export interface PictureBar extends Candle {
  phase: 'before' | 'during' | 'after';
  score: number | null;
  events: CascadeEvent[];
}

/** Bars of the span, with every bar before it as history. */
export function barsOf(coin: string, candles: readonly Candle[], fromMs: number, toMs: number): PictureBar[] {
  const detector = createDetector(presetParamsOf(coin), { intervalMs: BAR_MS, mintick: null });
  const bars = candles.map((candle): PictureBar => {
    const events = detector.push(candle).filter((e) => e.kind !== 'heartbeat');
    const now = detector.current();
    return { ...candle, phase: now?.phase ?? 'before', score: now?.score ?? null, events };
  });
  return bars.filter((b) => b.t >= fromMs && b.t < toMs);
}

const MARKS = {
  'cascade.start': ['', '#e08600', 'square'],
  'cascade.exhaustion': ['EXHAUSTION', '#0b8a5b', 'arrow'],
  'cascade.snapback': ['snap-back', '#2962ff', 'circle'],
} as const;

function markOf(e: CascadeEvent): object {
  const [name, color, shape] = MARKS[e.kind];
  const isLong = e.side === 'long';
  const isEntry = e.kind === 'cascade.exhaustion';
  // The entry stands beyond the extreme, the rest on the other side of its bar: nothing covers the candles.
  const place = isEntry
    ? { position: isLong ? 'atPriceBottom' : 'atPriceTop', price: e.cascade.extreme }
    : { position: isLong ? 'aboveBar' : 'belowBar' };
  return {
    time: e.barTime / 1000,
    ...place,
    color: isEntry && !isLong ? '#c62f3d' : color,
    shape: shape === 'arrow' ? (isLong ? 'arrowUp' : 'arrowDown') : shape,
    size: isEntry ? 2 : 1,
    text: isEntry ? `${name}: ${e.side} at ${e.close}, score ${Math.round(e.score ?? 0)}` : name,
  };
}

const TINT = { before: 'rgba(0,0,0,0)', during: 'rgba(255,152,0,0.20)', after: 'rgba(41,98,255,0.12)' };

/** The page as one self-contained document. */
export function pictureHtml(coin: string, bars: readonly PictureBar[], charts: string): string {
  const at = (b: PictureBar): number => b.t / 1000;
  const params = presetParamsOf(coin);
  const data = {
    candles: bars.map((b) => ({ time: at(b), open: b.o, high: b.h, low: b.l, close: b.c })),
    phases: bars.map((b) => ({ time: at(b), value: 1, color: TINT[b.phase] })),
    volumes: bars.map((b) => ({ time: at(b), value: b.v, color: b.c < b.o ? '#f0a0a8' : '#9ad1bd' })),
    scores: bars.map((b) => ({
      time: at(b),
      value: b.score ?? 0,
      color: b.phase === 'during' ? '#c9b2fa' : '#7a3ff2',
    })),
    marks: bars.flatMap((b) => b.events).map(markOf),
    scoreMin: params.scoreMin,
  };
  const day = new Date(bars[0]?.t ?? 0).toISOString().slice(0, 10);
  return `<!doctype html><meta charset="utf-8"><style>
body{margin:0;font:15px/1.4 system-ui,sans-serif;color:#1b2430;background:#fff}
header{padding:14px 20px 6px;display:flex;justify-content:space-between;align-items:baseline}
h1{font-size:20px;margin:0}.note{color:#5a6675}
ul{display:flex;gap:22px;list-style:none;margin:0;padding:0 20px 6px;color:#5a6675}
i{display:inline-block;width:14px;height:14px;margin-right:6px;vertical-align:-2px;border-radius:2px}
#chart{position:absolute;top:78px;left:8px;right:8px;bottom:6px}
</style><header><h1>${coin} perpetual, ${day}, 5 minutes, UTC</h1>
<span class="note">cascade_exhaustion.pine, default inputs (leg ≥ ${params.legAtrMin} ATR, volume ≥ ${params.volumeSurgeMin} x), by its TypeScript twin on Hyperliquid's candles</span></header>
<ul><li><i style="background:#ffe0b2"></i>during: the cascade runs, no entry</li><li><i style="background:#dfe8ff"></i>after: exhausted</li>
<li><i style="background:#e08600"></i>cascade.start</li><li><i style="background:#0b8a5b"></i>cascade.exhaustion, long</li><li><i style="background:#c62f3d"></i>cascade.exhaustion, short</li><li><i style="background:#2962ff"></i>cascade.snapback</li></ul>
<div id="chart"></div><script>${charts}</script><script>
const d = ${JSON.stringify(data)}, L = LightweightCharts;
const chart = L.createChart(document.getElementById('chart'), { autoSize: true, layout: { fontSize: 13, textColor: '#3b4754', panes: { separatorColor: '#d5dbe2' } },
  grid: { vertLines: { color: '#f0f2f5' }, horzLines: { color: '#f0f2f5' } }, rightPriceScale: { minimumWidth: 80 }, timeScale: { timeVisible: true, secondsVisible: false } });
const flat = { lastValueVisible: false, priceLineVisible: false };
const phases = chart.addSeries(L.HistogramSeries, { ...flat, priceScaleId: 'phase' }, 0);
phases.priceScale().applyOptions({ scaleMargins: { top: 0, bottom: 0 }, visible: false });
phases.setData(d.phases);
const candles = chart.addSeries(L.CandlestickSeries, { ...flat, upColor: '#26a17b', downColor: '#e0525f', borderVisible: false, wickUpColor: '#26a17b', wickDownColor: '#e0525f' }, 0);
candles.priceScale().applyOptions({ scaleMargins: { top: 0.12, bottom: 0.12 } });
candles.setData(d.candles);
L.createSeriesMarkers(candles, d.marks);
const volumes = chart.addSeries(L.HistogramSeries, { ...flat, priceFormat: { type: 'volume' }, title: 'volume' }, 1);
volumes.setData(d.volumes);
const score = chart.addSeries(L.HistogramSeries, { ...flat, color: '#7a3ff2', title: 'score',
  autoscaleInfoProvider: () => ({ priceRange: { minValue: 0, maxValue: 100 } }) }, 2);
score.setData(d.scores);
score.createPriceLine({ price: d.scoreMin, color: '#7a3ff2', lineStyle: 2, lineWidth: 1, title: 'minimum score' });
const panes = chart.panes();
panes[0].setStretchFactor(6); panes[1].setStretchFactor(1.2); panes[2].setStretchFactor(1.6);
chart.timeScale().fitContent();
</script>`;
}

function candlesIn(dir: string, coin: string): Candle[] {
  const path = join(dir, `${coin}_5m.csv.gz`);
  if (!existsSync(path)) throw new Error(`no ${path}: point --data at the folder with the recorded candles`);
  const rows = gunzipSync(readFileSync(path)).toString().trim().split('\n').slice(1);
  return rows.map((row): Candle => {
    const [t = NaN, o = NaN, h = NaN, l = NaN, c = NaN, v = NaN] = row.split(',').map(Number);
    return { t, o, h, l, c, v };
  });
}

async function photograph(html: string, path: string, browser: string): Promise<void> {
  const chrome = await chromium.launch({ executablePath: browser });
  try {
    const page = await chrome.newPage({ viewport: SIZE });
    await page.setContent(html);
    await page.waitForFunction('document.querySelectorAll("#chart canvas").length > 0');
    // Two frames: the chart lays itself out in the first and paints in the second.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.screenshot({ path });
  } finally {
    await chrome.close();
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      coin: { type: 'string', default: 'ETH' },
      from: { type: 'string', default: '2025-04-07T05:30Z' },
      to: { type: 'string', default: '2025-04-07T16:00Z' },
      out: { type: 'string', default: join(ROOT, 'docs/images/cascade-2025-04-07.png') },
      browser: { type: 'string', default: '/usr/bin/chromium' },
    },
  });
  if (values.data === undefined) throw new Error('give --data DIR, the folder with ETH_5m.csv.gz');
  const candles = candlesIn(values.data, values.coin);
  const bars = barsOf(values.coin, candles, Date.parse(values.from), Date.parse(values.to));
  await photograph(pictureHtml(values.coin, bars, readFileSync(CHARTS, 'utf8')), values.out, values.browser);
  process.stdout.write(
    `${values.out}: ${bars.length} bars, ${bars.flatMap((b) => b.events).length} alerts\n`,
  );
}
