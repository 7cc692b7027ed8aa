// The same of the 1m timeframe, on recorded minutes: nobody has shown that it predicts price, and here it does not.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MinuteRow } from '../../../../scripts/one-minute-signals.ts';
import { correlations, minuteRows } from '../../../../scripts/one-minute-signals.ts';

const DIR = join(import.meta.dirname, '../../../../../shared/data/binance-futures-1m-2025-05');

test('the check itself would notice: a score that knows the next return stands out', () => {
  const rows: MinuteRow[] = Array.from({ length: 600 }, (_, i) => {
    const next = Math.sin(i * 12.9898) * 0.01;
    const scores = new Map([
      ['knows', next + Math.cos(i * 78.233) * 0.005],
      ['does not', Math.sin(i * 39.425)],
    ]);
    return { day: Math.floor(i / 20), next: [next, next], scores };
  });
  const of = (name: string) => correlations(rows).find((c) => c.name === name && c.aheadMin === 15)!;
  expect(of('knows').rho).toBeGreaterThan(0.5);
  expect(of('knows').rho).toBeGreaterThan(4 * of('knows').se);
  expect(Math.abs(of('does not').rho)).toBeLessThan(0.1);
});

describe.skipIf(!existsSync(DIR))('recorded minutes (skipped without the shared data folder)', () => {
  test('no card and no bias ranks the next quarter of an hour or the next hour: within 4 standard errors of 0, and small', () => {
    const rows = ['BTC', 'SOL'].flatMap((coin) => minuteRows(DIR, coin));
    expect(rows.length).toBeGreaterThan(2_000);
    const looked = correlations(rows);
    expect(looked.filter((l) => l.name.startsWith('1m')).length).toBeGreaterThan(10);
    expect(looked.filter((l) => Math.abs(l.rho) > 4 * l.se || Math.abs(l.rho) > 0.1)).toEqual([]);
  });
});
