import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRegistry, SERIES_MAX } from '../../../src/shell/metrics/registry.ts';

test('renders what Prometheus reads', () => {
  const r = createRegistry();
  r.counter('a_total', 'Line one\nback\\slash.').inc();
  r.gauge('g', 'A gauge.', ['x']).set(-1.5, { x: 'say "hi"\n\\' });
  const h = r.histogram('h_seconds', 'A histogram.', [0.1, 1], ['k']);
  for (const v of [0.05, 0.1, 0.5, 2, Number.NaN, -1, Number.POSITIVE_INFINITY]) h.observe(v, { k: 'v' });
  expect(r.render()).toBe(
    [
      '# HELP a_total Line one\\nback\\\\slash.',
      '# TYPE a_total counter',
      'a_total 1',
      '# HELP g A gauge.',
      '# TYPE g gauge',
      String.raw`g{x="say \"hi\"\n\\"} -1.5`,
      '# HELP h_seconds A histogram.',
      '# TYPE h_seconds histogram',
      'h_seconds_bucket{k="v",le="0.1"} 2',
      'h_seconds_bucket{k="v",le="1"} 3',
      'h_seconds_bucket{k="v",le="+Inf"} 4',
      'h_seconds_sum{k="v"} 2.65',
      'h_seconds_count{k="v"} 4',
      '',
    ].join('\n'),
  );
});

test('what is not known is absent: an empty gauge has no lines, a counter without labels starts at zero', () => {
  const r = createRegistry();
  const g = r.gauge('g', 'x');
  r.counter('c_total', 'x');
  expect(r.render()).toBe('# HELP c_total x\n# TYPE c_total counter\nc_total 0\n');
  g.set(1);
  expect(r.render()).toContain('\ng 1\n'.trimStart());
  g.clear();
  expect(r.render()).not.toContain('g 1');
});

test('text from outside cannot grow memory, and nothing that was counted is lost', () => {
  const r = createRegistry();
  const c = r.counter('c_total', 'x', ['a', 'b']);
  for (let i = 0; i < 5_000; i++) c.inc({ a: `v${i}`, b: 'y' });
  const lines = r.render().trim().split('\n').slice(2);
  expect(lines.length).toBe(SERIES_MAX + 1);
  expect(lines.reduce((n, l) => n + Number(l.split(' ').at(-1)), 0)).toBe(5_000);
});

/** Undoes the escaping of a label value, as a scraper does. */
const unescape = (text: string): string =>
  text.replaceAll(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c));

test('any label value comes back as it was, on one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const r = createRegistry();
      r.counter('c_total', 'x', ['v']).inc({ v: value });
      const lines = r.render().split('\n');
      expect(lines).toHaveLength(4);
      const [, escaped = ''] = /^c_total\{v="([\s\S]*)"\} 1$/.exec(lines[2] ?? '') ?? [];
      expect(unescape(escaped)).toBe(value);
    }),
  );
});

test('buckets count upwards and end at the count', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true })), (values) => {
      const r = createRegistry();
      const h = r.histogram('h', 'x', [1, 5, 25]);
      for (const v of values) h.observe(v);
      const counts = [...r.render().matchAll(/h_bucket\{[^}]*\} (\d+)/g)].map(([, n]) => Number(n));
      expect(counts).toEqual(
        [1, 5, 25, Number.POSITIVE_INFINITY].map((le) => values.filter((v) => v <= le).length),
      );
    }),
  );
});
