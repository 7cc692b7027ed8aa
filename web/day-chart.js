// A figure by day, several lines, as SVG: too small a picture for the chart library, and it needs gaps where a day has no score.
import { h } from './dom.js';

const NS = 'http://www.w3.org/2000/svg';
const svg = (tag, props = {}, ...children) => {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
};

/** In units of the picture, which is scaled to its place: two shapes keep the text readable on both. */
const WIDE = { width: 960, height: 200, left: 44, right: 12, top: 12, bottom: 24 };
const NARROW = { ...WIDE, width: 400 };
const DAY_MS = 86_400_000;
const utcDay = (ms) => new Date(ms).toISOString().slice(5, 10);

/** Runs of neighbouring days that have a value: a missing day is a gap, not a line drawn over it. */
function runsOf(points) {
  const runs = [];
  for (const point of points) {
    const last = runs.at(-1)?.at(-1);
    if (last !== undefined && point.t - last.t <= DAY_MS) runs.at(-1).push(point);
    else runs.push([point]);
  }
  return runs;
}

/**
 * @param {any[]} days with `dayMs`, oldest first
 * @param {{ name: string, class: string, value: (day: any) => number | null }[]} lines
 * @param {{ base: number, label: string, figure: (x: number) => string }} o `base`: what knowing nothing comes to
 */
export function dayChart(days, lines, o) {
  const drawn = lines
    .map((line) => ({
      ...line,
      points: days.flatMap((d) => {
        const v = line.value(d);
        return v === null ? [] : [{ t: d.dayMs, v }];
      }),
    }))
    .filter((line) => line.points.length > 0);
  const size = matchMedia('(max-width: 720px)').matches ? NARROW : WIDE;
  if (drawn.length === 0) return h('div', { class: 'empty' }, 'No day with a score to draw.');
  const values = [o.base, ...drawn.flatMap((line) => line.points.map((p) => p.v))];
  const margin = 0.1 * (Math.max(...values) - Math.min(...values)) || 0.05;
  const [lo, hi] = [Math.min(...values) - margin, Math.max(...values) + margin];
  const [first, last] = [days[0].dayMs, days.at(-1).dayMs];
  const x = (t) =>
    size.left + (size.width - size.left - size.right) * (last === first ? 0.5 : (t - first) / (last - first));
  const y = (v) => size.top + (size.height - size.top - size.bottom) * (1 - (v - lo) / (hi - lo));
  const rule = (v, kind) => [
    svg('line', { x1: size.left, x2: size.width - size.right, y1: y(v), y2: y(v), class: kind }),
    svg('text', { x: size.left - 6, y: y(v) + 4, 'text-anchor': 'end' }, o.figure(v)),
  ];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const far = (v) => Math.abs(v - o.base) > 0.12 * (hi - lo);
  return h(
    'div',
    { class: 'day-chart' },
    svg(
      'svg',
      { viewBox: `0 0 ${size.width} ${size.height}`, role: 'img', 'aria-label': o.label },
      ...rule(o.base, 'base'),
      ...[least, most].filter(far).flatMap((v) => rule(v, 'rule')),
      ...drawn.flatMap((line) => [
        ...runsOf(line.points).map((run) =>
          svg('polyline', { class: line.class, points: run.map((p) => `${x(p.t)},${y(p.v)}`).join(' ') }),
        ),
        ...line.points.map((p) =>
          svg(
            'circle',
            { class: line.class, cx: x(p.t), cy: y(p.v), r: line.class === 'own' ? 3 : 2 },
            svg('title', {}, `${line.name}, ${utcDay(p.t)}: ${o.figure(p.v)}`),
          ),
        ),
      ]),
      svg(
        'text',
        { x: x(first), y: size.height - 6, 'text-anchor': last === first ? 'middle' : 'start' },
        utcDay(first),
      ),
      ...(last === first
        ? []
        : [svg('text', { x: x(last), y: size.height - 6, 'text-anchor': 'end' }, utcDay(last))]),
    ),
    h('p', { class: 'legend' }, ...drawn.map((line) => h('span', { class: `key ${line.class}` }, line.name))),
  );
}
