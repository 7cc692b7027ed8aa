import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundlePine } from '../../scripts/build-pine.ts';
import { blank, lintPine } from './lint-pine.ts';

const PINE = join(import.meta.dirname, '../../pine');
const scripts = readdirSync(PINE).filter((f) => f.endsWith('.pine'));
const rules = (source: string): string[] => [...new Set(lintPine(source).map((f) => f.rule))].sort();

test('there are scripts to check', () => expect(scripts).toContain('cascade_exhaustion.pine'));
test.each(scripts)('%s is clean', (file) => {
  const faults = lintPine(readFileSync(join(PINE, file), 'utf8'));
  // The one published library that any script needs.
  const expected = file.endsWith('_liquidations.pine') ? ['P5'] : [];
  expect(faults.map((f) => f.rule)).toEqual(expected);
});

const CLEAN = `// a comment, "with a quote
//@version=6
indicator("A \\"sketch\\" (of)", overlay = true)
int lengthInput = input.int(14, "Length", minval = 2)
mean(float a, float b) =>
    float sum = a + b
    sum / 2
float rsi = ta.rsi(close, lengthInput)
float before = rsi[1]
bool isLow = rsi < 30 and before >= 30
if isLow and barstate.isconfirmed
    alert('{"a":' +
      str.tostring(mean(rsi, before)) + '}', alert.freq_once_per_bar_close)
`;

describe('each rule', () => {
  test('is silent on a clean script', () => expect(lintPine(CLEAN)).toEqual([]));

  test.each<[rule: string, from: string, to: string]>([
    ['E1', '//@version=6', '//@version=5'],
    ['E1', '//@version=6\n', ''],
    ['E2', 'int lengthInput', 'indicator("B")\nint lengthInput'],
    ['E3', '    sum / 2', '   sum / 2'],
    ['E4', "    alert('{", "    plotshape(isLow)\n    alert('{"],
    ['E5', '    float sum = a + b', '    twice(float x) => x * 2\n    float sum = a + b'],
    ['E6', "    alert('{", "    float late = ta.sma(close, 3)\n    alert('{"],
    ['E7', 'rsi < 30 and before >= 30', 'rsi < 30 and ta.sma(close, 3) > 1'],
    ['E7', 'float before = rsi[1]', 'float before = rsi > 1 ? ta.sma(close, 3) : na'],
    ['E8', 'bool isLow = rsi', 'bool flag = na\nbool isLow = rsi'],
    ['E9', 'bool isLow', 'bgcolor(color.red, transp = 80)\nbool isLow'],
    ['E10', 'ta.rsi(close', 'ta.rzi(close'],
    ['E10', 'before >= 30', 'befor >= 30'],
    ['E10', 'mean(rsi, before)', 'meen(rsi, before)'],
    ['E11', 'str.tostring(mean(rsi, before)) +', 'str.tostring(mean(rsi, before) +'],
    ['E12', 'bool isLow', `${'plot(close)\n'.repeat(65)}bool isLow`],
    [
      'E13',
      'bool isLow',
      `${'request.security(syminfo.tickerid, timeframe.period, close)\n'.repeat(41)}bool isLow`,
    ],
    ['E14', 'overlay = true', 'overlay = true, max_boxes_count = 501'],
    ['E15', 'float before = rsi[1]', 'float before = rsi[1]\nstring syminfo = "x"'],
    ['E15', 'mean(float a, float b)', 'mean(float a, float b, string label)'],
    ['P1', '    sum / 2', '\tsum / 2'],
    ['P2', 'float before = rsi[1]', 'float before = ta.rsi(close, lengthInput)[1]'],
    ['P3', 'str.tostring(mean(rsi, before))', 'str.format("{0}", rsi)'],
    ['P4', 'float before', 'varip float before'],
    ['P5', 'int lengthInput', 'import a/b/1 as lib\nint lengthInput'],
    ['P6', ', alert.freq_once_per_bar_close', ''],
    ['P8', 'float rsi', 'string tf = input.timeframe("60", "Timeframe")\nfloat rsi'],
    ['P7', 'float rsi', 'int otherInput = input.int(3, "Length")\nfloat rsi'],
  ])('%s catches %j → %j', (rule, from, to) => {
    expect(CLEAN).toContain(from);
    expect(rules(CLEAN.replace(from, to))).toContain(rule);
  });

  test('catches a fault planted in the shipped script', () => {
    const shipped = bundlePine(join(PINE, 'src/cascade_exhaustion.pine'));
    const spoilt = shipped
      .replace('atr[legBarsInput]', 'ta.atr(14)[legBarsInput]')
      .replaceAll('alert.freq_once_per_bar_close', 'alert.freq_all');
    expect(rules(spoilt)).toEqual(['E10', 'P2', 'P6']);
  });
});

test('strings and comments are blanked, positions stay', () => {
  expect(blank(`a = "x//y" // "z`)).toBe(`a = "____"      `);
  expect(blank(`'it\\'s' + b`)).toBe(`'_____' + b`);
});
