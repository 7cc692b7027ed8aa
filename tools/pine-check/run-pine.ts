import { Indicator, PineTS } from 'pinets';
import { FixtureProvider, type PineChart } from './fixture-provider.ts';

/** One alert() call of a script. */
export interface PineAlert {
  bar: number;
  /** Open of the bar, ms. */
  barTime: number;
  payload: unknown;
}

export interface RunOptions {
  /** By title; the others keep their defaults. */
  inputs?: Readonly<Record<string, unknown>>;
  nowMs: number;
}

/** TradingView states no limit for the message; the server reads 8 KiB. */
const MESSAGE_CHARS_MAX = 4096;

/** What stands on the chart after the last bar. */
export interface PineDrawings {
  boxes: { left: number; right: number; top: number; bottom: number; bgcolor: string; text: string }[];
  lines: { x1: number; x2: number; y1: number; y2: number; color: string }[];
  /** Texts of every table, row by row. */
  cells: string[];
}

export interface PineRun extends PineDrawings {
  alerts: PineAlert[];
}

/**
 * Runs a script over a chart, history as if every bar had been watched live, and returns what it sent and drew.
 * The clock (`timenow`, and whether the last bar is closed) stands at `nowMs`.
 * @throws Error with the runtime's message alone: its stack holds the whole bundle
 */
export function runWhole(code: string, chart: PineChart, o: RunOptions): Promise<PineRun> {
  const run = before.then(() => runAlone(code, chart, o));
  before = run.catch(() => {});
  return run;
}

/** What a script sent. */
export const runPine = async (code: string, chart: PineChart, o: RunOptions): Promise<PineAlert[]> =>
  (await runWhole(code, chart, o)).alerts;

/** The run before this one: two at a time would share the clock and the compiled script. */
let before: Promise<unknown> = Promise.resolve();

async function runAlone(
  code: string,
  chart: PineChart,
  { inputs = {}, nowMs }: RunOptions,
): Promise<PineRun> {
  let failure: string;
  const RealDate = globalThis.Date;
  globalThis.Date = clockAt(nowMs);
  try {
    const indicator = compiled(code, inputs);
    const pine = new PineTS(new FixtureProvider(chart), `${chart.exchange}:${chart.ticker}`, chart.interval);
    pine.setAlertMode('all');
    await pine.ready();
    const { alerts, plots }: { alerts: RawAlert[]; plots: RawPlots } = await pine.run(indicator);
    return { alerts: alerts.filter((a) => a.type === 'alert').map(readAlert), ...drawingsOf(plots) };
  } catch (error) {
    failure = String(error).slice(0, 500);
  } finally {
    globalThis.Date = RealDate;
  }
  throw new Error(failure);
}

let last: { key: string; indicator: Indicator } | undefined;

/** The script ready to run with these inputs. The last one is kept: compiling takes as long as 500 bars. */
function compiled(code: string, inputs: Readonly<Record<string, unknown>>): Indicator {
  const key = JSON.stringify([code, inputs]);
  if (last?.key === key) return last.indicator;
  const indicator = new Indicator(code, { ...inputs });
  const meta: { title?: string }[] = indicator.getInputsMeta();
  const unknown = Object.keys(inputs).filter((title) => !meta.some((m) => m.title === title));
  if (unknown.length > 0) throw new Error(`no input titled ${unknown.join(', ')}`);
  last = { key, indicator };
  return indicator;
}

/** A Date whose present is `nowMs`: PineTS asks both `Date.now()` and `new Date()`. */
function clockAt(nowMs: number): DateConstructor {
  return new Proxy(Date, {
    construct: (target, args: [number?]) =>
      args.length === 0 ? new target(nowMs) : Reflect.construct(target, args),
    get: (target, name) => (name === 'now' ? () => nowMs : Reflect.get(target, name)),
  });
}

interface RawAlert {
  type: 'alert' | 'alertcondition';
  message: string;
  freq: string;
  bar_index: number;
  time: number;
}

function readAlert(a: RawAlert): PineAlert {
  if (a.freq !== 'alert.freq_once_per_bar_close') throw new Error(`bar ${a.bar_index}: frequency ${a.freq}`);
  if (a.message.length > MESSAGE_CHARS_MAX)
    throw new Error(`bar ${a.bar_index}: ${a.message.length} characters`);
  const payload: unknown = JSON.parse(a.message);
  return { bar: a.bar_index, barTime: a.time, payload };
}

/** PineTS keeps all drawings of a kind as the value of one plot. */
type Drawn<T> = { data?: { value: (T & { _deleted: boolean })[] }[] };
interface RawPlots {
  __boxes__?: Drawn<PineDrawings['boxes'][number]>;
  __lines__?: Drawn<PineDrawings['lines'][number]>;
  __tables__?: Drawn<{ cells: (readonly ({ text: string } | null)[])[] }>;
}

const alive = <T>(drawn: Drawn<T> | undefined): (T & { _deleted: boolean })[] =>
  (drawn?.data ?? []).flatMap((d) => d.value).filter((v) => !v._deleted);

const drawingsOf = (plots: RawPlots): PineDrawings => ({
  boxes: alive(plots.__boxes__),
  lines: alive(plots.__lines__),
  cells: alive(plots.__tables__).flatMap((t) => t.cells.flat().map((c) => c?.text ?? '')),
});
