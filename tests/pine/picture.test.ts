import { expect, test } from 'vitest';
import { barsOf, pictureHtml } from '../../scripts/pine-picture.ts';
import { createDetector } from '../../src/core/detect/create-detector.ts';
import { presetParamsOf } from '../../src/core/detect/presets.ts';
import { syntheticTape, TF_MS } from '../core/detect/synthetic.ts';

const { candles } = syntheticTape(9, 600, false);
const half = candles[300]?.t ?? 0;

test('the picture shows what the detector says, with the bars before as history', () => {
  const bars = barsOf('BTC', candles, half, Infinity);
  const detector = createDetector(presetParamsOf('BTC'), { intervalMs: TF_MS, mintick: null });
  const said = candles.flatMap((k) => [...detector.push(k)]).filter((e) => e.kind !== 'heartbeat');
  expect(bars).toHaveLength(300);
  expect(bars.flatMap((b) => b.events)).toEqual(said.filter((e) => e.barTime >= half));
  expect(said.length).toBeGreaterThan(5);
  for (const b of bars) expect([b.phase, b.score === null]).not.toEqual(['before', false]);
  const html = pictureHtml('BTC', bars, '');
  expect(html.match(/"shape":"arrow/g)).toHaveLength(
    said.filter((e) => e.barTime >= half && e.kind === 'cascade.exhaustion').length,
  );
});
