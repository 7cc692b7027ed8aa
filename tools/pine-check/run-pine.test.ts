import { describe, expect, test } from 'vitest';
import { syntheticTape, TF_MS } from '../../tests/core/detect/synthetic.ts';
import type { PineChart } from './fixture-provider.ts';
import { runPine } from './run-pine.ts';

const BARS = 30;
const chart: PineChart = {
  exchange: 'BINANCE',
  ticker: 'BTCUSDT.P',
  interval: '5',
  intervalMs: TF_MS,
  mintick: 0.1,
  ...syntheticTape(1, BARS, true),
};
const closeMs = (chart.candles.at(-1)?.t ?? 0) + TF_MS;
const script = (body: string): string =>
  `//@version=6\nindicator("T")\nint nInput = input.int(1, "N")\n${body}\n`;
const run = (body: string, nowMs = closeMs) => runPine(script(body), chart, { nowMs });

const ask = (suffix: string): string =>
  `float x = request.security(syminfo.prefix + ":" + syminfo.ticker + "${suffix}", timeframe.period, close, ignore_invalid_symbol = true)\nif barstate.isconfirmed\n    alert(na(x) ? "null" : str.tostring(x), alert.freq_once_per_bar_close)`;

test('gives every alert with its bar and the clock it was told', async () => {
  const sent = await run(
    `if barstate.isconfirmed\n    alert('{"t":' + str.tostring(timenow) + ',"c":' + str.tostring(close) + '}', alert.freq_once_per_bar_close)`,
  );
  expect(sent.map((a) => a.bar)).toEqual(chart.candles.map((_, i) => i));
  expect(sent.at(-1)).toEqual({
    bar: BARS - 1,
    barTime: closeMs - TF_MS,
    payload: { t: closeMs, c: chart.candles.at(-1)?.c },
  });
});

test('serves open interest and funding beside the chart, and nothing for a symbol that does not exist', async () => {
  expect((await run(ask('_OI'))).map((a) => a.payload)).toEqual(chart.oi);
  expect((await run(ask('_FR'))).map((a) => a.payload)).toEqual(chart.funding);
  expect((await run(ask('_XX'))).map((a) => a.payload)).toEqual(chart.candles.map(() => null));
});

describe('refuses what would not work on TradingView or is not ours', () => {
  test.each([
    ['a frequency other than bar close', `alert("1", alert.freq_all)`, /frequency/],
    ['a message that is not JSON', `alert("{NaN", alert.freq_once_per_bar_close)`, /JSON/],
    ['a message too long', `alert(str.repeat("1", 5000), alert.freq_once_per_bar_close)`, /5000 characters/],
    ['a script that does not parse', `float x = (`, /./],
  ])('%s', async (_name, body, message) => {
    const failure = await run(body).then(
      () => 'it ran',
      (error: unknown) => String(error),
    );
    expect(failure).toMatch(message);
    expect(failure).not.toBe('it ran');
    expect(failure.length).toBeLessThan(600);
  });

  test('an input that does not exist', async () => {
    await expect(runPine(script(''), chart, { inputs: { M: 3 }, nowMs: closeMs })).rejects.toThrow(
      'no input titled M',
    );
  });
});

test('the clock is given back', async () => {
  const before = Date;
  await run('');
  expect(Date).toBe(before);
});
