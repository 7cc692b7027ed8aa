// The variant of the cascade script that reads the published liquidation feed. PineTS has no libraries: the import goes,
// and a stub stands in for the feed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Alert } from '../../src/core/alert/schema.ts';
import { bodies, chartOf, DEFAULTS, pineOn, SCRIPT, twinOn } from './cascade-harness.ts';
import type { PineAlert } from './run-pine.ts';
import { disagreements } from './twin.ts';

const CODE = readFileSync(
  join(import.meta.dirname, '../../pine/cascade_exhaustion_liquidations.pine'),
  'utf8',
);
const IMPORT = 'import TradingView/Request/3 as feed\n';
const VARIANT = 'cascade-exhaustion-liquidations@';

/** The script with `sells` and `buys` as the feed's forced sells and buys. */
function withFeed(sells: string, buys: string): string {
  const stub = `stubMetric(string metric, string symbol, string tf) =>\n    float sells = ${sells}\n    float buys = ${buys}\n    metric == "Liquidations Sell" ? sells : metric == "Liquidations Buy" ? buys : na\n`;
  return CODE.replace(IMPORT, stub).replaceAll('feed.cryptoDerivativeMetric', 'stubMetric');
}

const chart = chartOf(5, 700);
const sent = (sells: string, buys = sells): Promise<PineAlert[]> =>
  pineOn(chart, { code: withFeed(sells, buys) });
const named = (params = DEFAULTS): Alert[] =>
  twinOn(chart, params).map((a) => ({ ...a, script: a.script.replace('cascade-exhaustion@', VARIANT) }));

describe('the variant with the liquidation feed', () => {
  test('names itself, imports the library, and is else the same script', () => {
    expect(CODE).toContain(IMPORT);
    expect(CODE).toContain(`"${SCRIPT.replace('cascade-exhaustion@', VARIANT)}"`);
    expect(CODE.match(/feed\.\w+\(/g)).toHaveLength(2);
  });
  test('a feed that equals volume gives what volume gives', async () => {
    expect(disagreements(await sent('volume'), named())).toEqual([]);
  });
  test('a feed that knows nothing leaves the part out', async () => {
    const weights = { ...DEFAULTS.weights, volume: 0 };
    expect(disagreements(await sent('float(na)'), named({ ...DEFAULTS, weights }))).toEqual([]);
  });
  test('forced sells are what decays after a fall, forced buys after a rise', async () => {
    // The same on every bar: nothing decays on that side, so its scores fall.
    const scoreOf = async (sells: string, buys: string, side: string): Promise<number> => {
      const scores = bodies(await sent(sells, buys))
        .map((a) => Alert.parse(a))
        .flatMap((a) => (a.kind === 'cascade.exhaustion' && a.side === side ? [a.score ?? 0] : []));
      expect(scores.length).toBeGreaterThan(1);
      return scores.reduce((x, y) => x + y, 0) / scores.length;
    };
    const [none, all] = ['100.0', 'volume'];
    expect(await scoreOf(none, all, 'long')).toBeLessThan((await scoreOf(all, none, 'long')) - 5);
    expect(await scoreOf(all, none, 'short')).toBeLessThan((await scoreOf(none, all, 'short')) - 5);
  });
});
