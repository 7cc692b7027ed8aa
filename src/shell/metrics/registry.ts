// Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): what a scrape reads.

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  inc(labels?: Labels, by?: number): void;
}
export interface Gauge {
  set(value: number, labels?: Labels): void;
  /** Forgets every label set: what is not set again is absent, which is not zero. */
  clear(): void;
}
export interface Histogram {
  /** @param value seconds; not finite or negative is left out */
  observe(value: number, labels?: Labels): void;
}

export interface MetricInfo {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  labels: readonly string[];
}

export interface Registry {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** @param buckets upper bounds, ascending, without +Inf */
  histogram(name: string, help: string, buckets: readonly number[], labels?: readonly string[]): Histogram;
  list(): readonly MetricInfo[];
  render(): string;
}

/** Label sets kept per metric: text from outside must not grow memory. What comes later is counted as "other". */
export const SERIES_MAX = 200;
const OTHER = 'other';

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeValue = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');
const number = (x: number): string =>
  Number.isNaN(x) ? 'NaN' : Number.isFinite(x) ? String(x) : x > 0 ? '+Inf' : '-Inf';

interface Series<T> {
  /** `{a="x",b="y"}`, or nothing without labels. */
  text: string;
  value: T;
}

/** The label sets of one metric and what each one holds. */
function seriesOf<T>(names: readonly string[], empty: () => T) {
  const all = new Map<string, Series<T>>();
  const textOf = (values: readonly string[]): string =>
    names.length === 0 ? '' : `{${names.map((n, i) => `${n}="${escapeValue(values[i] ?? '')}"`).join(',')}}`;
  return {
    all,
    of(labels: Labels): Series<T> {
      const values = names.map((n) => labels[n] ?? '');
      const key = values.join('\u0000');
      const known = all.get(key);
      if (known !== undefined) return known;
      const isFull = all.size >= SERIES_MAX && names.length > 0;
      const kept = isFull ? names.map(() => OTHER) : values;
      const keptKey = kept.join('\u0000');
      const series = all.get(keptKey) ?? { text: textOf(kept), value: empty() };
      all.set(keptKey, series);
      return series;
    },
  };
}

const withLabel = (text: string, label: string): string =>
  text === '' ? `{${label}}` : `${text.slice(0, -1)},${label}}`;

/** A family of its own for each process: nothing is global. */
export function createRegistry(): Registry {
  const families: { info: MetricInfo; lines: () => string[] }[] = [];
  const add = (info: MetricInfo, lines: () => string[]): void => void families.push({ info, lines });

  return {
    counter(name, help, labels = []) {
      const series = seriesOf(labels, () => 0);
      // Without labels a counter starts at zero: "never happened" is a fact, and rate() needs a first value.
      if (labels.length === 0) series.of({});
      add({ name, help, type: 'counter', labels }, () =>
        [...series.all.values()].map((s) => `${name}${s.text} ${number(s.value)}`),
      );
      return { inc: (l = {}, by = 1) => void (series.of(l).value += by) };
    },
    gauge(name, help, labels = []) {
      const series = seriesOf(labels, () => 0);
      add({ name, help, type: 'gauge', labels }, () =>
        [...series.all.values()].map((s) => `${name}${s.text} ${number(s.value)}`),
      );
      return {
        set: (value, l = {}) => void (series.of(l).value = value),
        clear: () => series.all.clear(),
      };
    },
    histogram(name, help, buckets, labels = []) {
      const series = seriesOf(labels, () => ({ counts: buckets.map(() => 0), sum: 0, count: 0 }));
      if (labels.length === 0) series.of({});
      add({ name, help, type: 'histogram', labels }, () =>
        [...series.all.values()].flatMap(({ text, value }) => [
          ...buckets.map(
            (le, i) => `${name}_bucket${withLabel(text, `le="${number(le)}"`)} ${value.counts[i] ?? 0}`,
          ),
          `${name}_bucket${withLabel(text, 'le="+Inf"')} ${value.count}`,
          `${name}_sum${text} ${number(value.sum)}`,
          `${name}_count${text} ${value.count}`,
        ]),
      );
      return {
        observe(value, l = {}) {
          if (!(value >= 0) || !Number.isFinite(value)) return;
          const kept = series.of(l).value;
          kept.sum += value;
          kept.count += 1;
          for (const [i, le] of buckets.entries())
            if (value <= le) kept.counts[i] = (kept.counts[i] ?? 0) + 1;
        },
      };
    },
    list: () => families.map((f) => f.info),
    render: () =>
      families
        .flatMap(({ info, lines }) => {
          const body = lines();
          return body.length === 0
            ? []
            : [`# HELP ${info.name} ${escapeHelp(info.help)}`, `# TYPE ${info.name} ${info.type}`, ...body];
        })
        .join('\n')
        .concat('\n'),
  };
}
