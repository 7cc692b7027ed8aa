import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  loadHourlyLiquidations,
  loadLiquidationFills,
} from '../../src/shell/runtime/recorded-liquidations.ts';
import type { ScoredSet } from '../../src/shell/runtime/score.ts';
import { scoreFolder } from '../../src/shell/runtime/score.ts';

const dir = mkdtempSync(join(tmpdir(), 'score-'));
afterAll(() => rmSync(dir, { recursive: true }));
const write = (name: string, text: string): void =>
  writeFileSync(join(dir, name), name.endsWith('.gz') ? gzipSync(text) : text);

describe('recorded liquidations', () => {
  test('hourly bars by column name; an empty field is an hour without any', () => {
    write(
      'utc_BTCUSDT_1h.csv.gz',
      't,o,h,l,c,v,extra,liq_short,liq_long\n3600000,100,101,99,100.5,7,x,,2.5\n',
    );
    write('utc_ETHUSDT_5m.csv', 't,o\n1,2\n');
    expect([...loadHourlyLiquidations(dir)]).toEqual([
      [
        'BTC',
        [{ t: 3_600_000, o: 100, h: 101, l: 99, c: 100.5, v: 7, liquidatedLong: 2.5, liquidatedShort: 0 }],
      ],
    ]);
  });

  test('fills by coin, oldest first', () => {
    write('liquidation_events.csv', 't,venue,coin,side,size_usd,price\n2,hl,BTC,S,20,99\n1,hl,BTC,S,10,98\n');
    expect([...loadLiquidationFills(dir)]).toEqual([
      [
        'BTC',
        [
          { t: 1, px: 98, usd: 10 },
          { t: 2, px: 99, usd: 20 },
        ],
      ],
    ]);
  });

  test('a missing column and a bad number are named', () => {
    write('liquidation_events.csv', 't,coin,price\n1,BTC,2\n');
    expect(() => loadLiquidationFills(dir)).toThrow(/line 1: no column size_usd/);
    write('liquidation_events.csv', 't,coin,size_usd,price\n1,BTC,2,abc\n');
    expect(() => loadLiquidationFills(dir)).toThrow(/line 2, column price: "abc" is not a number/);
  });

  test('a folder without recordings says what it looked for', () => {
    const empty = mkdtempSync(join(tmpdir(), 'score-empty-'));
    expect(() => scoreFolder(empty, empty)).toThrow(/neither utc_<COIN>USDT_1h/);
    expect(() => scoreFolder(join(empty, 'nowhere'), empty)).toThrow(/no such folder/);
    rmSync(empty, { recursive: true });
  });
});

const DATA = join(import.meta.dirname, '../../../shared/data');
const partial = (set: ScoredSet | undefined, name?: string): number =>
  (name === undefined ? set?.model : set?.baselines[name])?.meanPartialRho ?? Number.NaN;

describe.skipIf(!existsSync(DATA))(
  'on recorded liquidations (skipped without the shared data folder)',
  () => {
    let hours: ScoredSet[];
    let fills: ScoredSet[];
    let overlapping: ScoredSet[];
    beforeAll(() => {
      hours = scoreFolder(join(DATA, 'coinalyze-binance-2024'), DATA);
      fills = scoreFolder(join(DATA, 'finm33150'), join(DATA, 'hl-freqtrade'));
      overlapping = scoreFolder(join(DATA, 'finm33150'), join(DATA, 'hl-freqtrade'), true);
    }, 120_000);

    test('hourly totals: far above the unswept range and the map without sweeping, in both halves', () => {
      const [whole, first, second] = hours;
      // The protocol is the published one: these two baselines are known numbers.
      expect(whole?.baselines['distance']?.meanRho).toBeCloseTo(0.733, 3);
      expect(partial(whole, 'unswept')).toBeCloseTo(0.2, 2);
      for (const set of [whole, first, second]) {
        expect(partial(set)).toBeGreaterThan(0.4);
        expect(partial(set)).toBeLessThan(0.6);
        expect(partial(set, 'noSweep')).toBeLessThan(0.15);
        expect(partial(set) - partial(set, 'unswept')).toBeGreaterThan(0.15);
      }
      expect(whole?.model.ci95?.[0]).toBeGreaterThan(0.344);
    });

    test('hours: every naive baseline is there, and the heat', () => {
      const [whole] = hours;
      expect(Object.keys(whole?.baselines ?? {})).toEqual([
        'heat',
        'distance',
        'unswept',
        'unswept6h',
        'levelAge',
        'volumeProfile',
        'inverseDistance',
        'uniform',
        'noSweep',
      ]);
      for (const name of ['heat', 'unswept6h', 'levelAge', 'volumeProfile'])
        expect(partial(whole) - partial(whole, name)).toBeGreaterThan(0.08);
    });

    test('fills: heat and map say more than distance does; sweeping is what says it', () => {
      for (const set of fills) {
        expect(set.rows).toBeGreaterThan(400);
        for (const name of [undefined, 'map']) {
          expect(partial(set, name)).toBeGreaterThan(0.1);
          expect(partial(set, name)).toBeLessThan(0.5);
          expect(partial(set, 'noSweep')).toBeLessThan(partial(set, name) - 0.1);
        }
        expect(set.baselines['uniform']?.auc).toBe(0.5);
      }
    });

    test('fills: the heat finds the rows better than distance or the map, and tells more windows apart', () => {
      const [hour, four] = fills;
      for (const set of [hour, four]) {
        const { distance, map, unswept, volumeProfile, inverseDistance } = set?.baselines ?? {};
        const own = set?.model.auc ?? 0;
        expect(own).toBeGreaterThan((distance?.auc ?? 1) - 0.01);
        expect(own).toBeGreaterThan((map?.auc ?? 1) + 0.03);
        expect(own).toBeLessThan(0.9);
        expect(set?.model.meanPartialRhoAll).toBeGreaterThan(map?.meanPartialRhoAll ?? 1);
        expect(set?.model.meanPartialRhoAll).toBeGreaterThan(unswept?.meanPartialRhoAll ?? 1);
        expect(volumeProfile?.auc).toBeLessThan(0.5);
        expect(inverseDistance?.auc).toBeCloseTo(1 - (distance?.auc ?? 0), 9);
      }
    });

    test('fills over four hours, however the windows are cut: above distance in AUC, above every memory in partial ρ', () => {
      for (const four of [fills[1], overlapping[1]]) {
        expect(four?.model.auc).toBeGreaterThan(four?.baselines['distance']?.auc ?? 1);
        for (const name of ['unswept', 'unswept6h', 'levelAge'])
          expect(partial(four)).toBeGreaterThan(partial(four, name));
      }
      expect(overlapping[1]?.model.units).toBeGreaterThan(150);
    });
  },
);
