import type { ObservedZones, SideBySide } from './observed-zones.ts';
import type { Zone } from './types.ts';

/** Pine draws 500 boxes at most; the zones of one map are far fewer. */
const ESTIMATED_MAX = 400;
const OBSERVED_MAX = 90;
const DAY_MS = 86_400_000;

/** A finite number as Pine reads it: plain decimals, eight significant digits. */
function num(x: number): string {
  const short = Number(x.toPrecision(8));
  const text = String(short);
  return text.includes('e') ? short.toFixed(15).replace(/\.?0+$/, '') : text;
}

/** Text for a Pine string: nothing that could end it or escape. */
const quoted = (s: string): string => `"${plain(s)}"`;
const plain = (s: string): string => s.replaceAll(/[^\w .,:%-]/g, '');

function largestFirst(zones: readonly Zone[], max: number): Zone[] {
  return [...zones].sort((a, b) => b.notionalUsd - a.notionalUsd).slice(0, max);
}

/** One call for each zone, its heat against the largest of its kind. */
function calls(name: string, zones: readonly Zone[]): string[] {
  const most = zones[0]?.notionalUsd ?? 1;
  return zones.map((z) =>
    [
      `    ${name}(${z.side === 'long'}`,
      num(z.loPx),
      num(z.hiPx),
      num(z.notionalUsd / most),
      `${quoted(`${amount(z.notionalUsd)}, ${(100 * z.share).toFixed(1)} %`)})`,
    ].join(', '),
  );
}

/** How much of the market the observed zones are, and how old; or why there are none. */
function observedNote(o: ObservedZones | null, why: string | null): string {
  if (o === null) return `nothing observed: ${why ?? ''}`;
  const percent = (x: number): string => `${(100 * x).toFixed(x < 0.1 ? 1 : 0)} %`;
  const minutes = Math.round(o.ageP50Ms / 60_000);
  return `observed: ${percent(o.coverageLong)} of longs, ${percent(o.coverageShort)} of shorts, half read within ${minutes} min`;
}

/**
 * A self-contained Pine v6 script that draws the map as it stands: estimated long zones green, short ones red, the
 * stronger the more USD, and a line at each side's max pain; zones of real positions in dashed frames, blue for longs,
 * orange for shorts, with how much of the market they are and how old. Prices are Hyperliquid's, so on a chart in
 * another unit (1 PEPE instead of 1,000) they are scaled by powers of 1,000; a chart of something else gets a notice
 * instead of zones.
 */
export function zonesPine({ estimated: map, observed, notObserved }: SideBySide): string {
  const sources = map.sources.map((s) => `${s.venue} ${Math.round(100 * s.weight)} %`).join(', ');
  const draws = [
    ...calls('zone', largestFirst(map.zones, ESTIMATED_MAX)),
    ...calls('real', largestFirst(observed?.zones ?? [], OBSERVED_MAX)),
  ];
  const pains = [map.maxPain.long, map.maxPain.short].flatMap((z) =>
    z === null ? [] : [`    pain(${z.side === 'long'}, ${num(z.peakPx)})`],
  );
  return `//@version=6
// Liquidation zones of ${plain(map.coin)} as the bridge saw them. A snapshot: fetch the script again for newer ones.
// Filled: estimated. Dashed: real positions on Hyperliquid that the bridge has read, a part of the market.
indicator(${quoted(`Liquidation zones of ${map.coin}, from the bridge`)}, ${quoted(`${map.coin} zones`)}, overlay = true, max_boxes_count = 500)

int    AS_OF    = ${Math.round(map.asOfMs)}
float  MARK     = ${num(map.markPx)}
string SOURCES  = ${quoted(sources)}
string OBSERVED = ${quoted(observedNote(observed, notObserved))}

// The chart may quote 1 or 1,000 coins.
float unit     = math.pow(1000, math.round(math.log(close / MARK) / math.log(1000)))
float ratio    = close / MARK / unit
bool  isOurs   = ratio > 0.5 and ratio < 2

zone(bool isLong, float lo, float hi, float heat, string note) =>
    color tint = isLong ? color.green : color.red
    box.new(AS_OF - ${DAY_MS}, hi * unit, AS_OF, lo * unit, xloc = xloc.bar_time, extend = extend.right, border_color = color(na), bgcolor = color.new(tint, 90 - 65 * heat), text = note, text_size = size.small, text_halign = text.align_right, text_color = color.gray)
${
  observed === null
    ? ''
    : `
real(bool isLong, float lo, float hi, float heat, string note) =>
    color tint = isLong ? color.blue : color.orange
    box.new(AS_OF - ${DAY_MS}, hi * unit, AS_OF, lo * unit, xloc = xloc.bar_time, extend = extend.right, border_color = tint, border_width = 1, border_style = line.style_dashed, bgcolor = color.new(tint, 95 - 35 * heat), text = "read: " + note, text_size = size.small, text_halign = text.align_left, text_color = tint)
`
}
pain(bool isLong, float px) =>
    line.new(AS_OF - ${DAY_MS}, px * unit, AS_OF, px * unit, xloc = xloc.bar_time, extend = extend.right, color = isLong ? color.green : color.red, width = 2)

var bool isDrawn = false
if barstate.islast and isOurs and not isDrawn
    isDrawn := true
${[...draws, ...pains].join('\n')}

if barstate.islast
    var table panel = table.new(position.top_right, 1, 3)
    string asOf = ${quoted(`${map.coin} zones of`)} + str.format_time(AS_OF, " yyyy-MM-dd HH:mm", "UTC") + " UTC"
    table.cell(panel, 0, 0, isOurs ? asOf : ${quoted(`This chart is not ${map.coin}: nothing drawn.`)}, text_color = color.gray, text_size = size.small)
    table.cell(panel, 0, 1, "estimated, by " + SOURCES, text_color = color.gray, text_size = size.small)
    table.cell(panel, 0, 2, OBSERVED, text_color = color.gray, text_size = size.small)
`;
}

/** USD for people: three digits and a letter. */
function amount(usd: number): string {
  const [divisor, unit] =
    usd >= 1e9 ? [1e9, 'B'] : usd >= 1e6 ? [1e6, 'M'] : usd >= 1e3 ? [1e3, 'k'] : [1, ''];
  return `${Number((usd / divisor).toPrecision(3))}${unit} USD`;
}
