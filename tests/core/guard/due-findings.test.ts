import { assert, constantFrom, integer, option, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueFindings, findingKey, STANDS_FOR_MS } from '../../../src/core/guard/due-findings.ts';
import type { Finding, GuardAction } from '../../../src/core/guard/plan-protection.ts';

const finding = (coin: string, kind: GuardAction['kind']): Finding => ({
  coin,
  code: kind === 'cancel' ? 'stop-duplicate' : 'stop-missing',
  message: '',
  action:
    kind === 'cancel'
      ? { kind, coin, orders: [] }
      : kind === 'close'
        ? { kind, coin, side: 'long', sz: 1, markPx: 1, slippageFraction: 0.1 }
        : { kind, coin, side: 'long', sz: 1, triggerPx: 1, thenCancel: [] },
});
const NOW = 1_760_130_000_000;
const due = (f: Finding, stoodForMs: number | null, silentForMs: number | null): boolean =>
  dueFindings([f], {
    seenSinceMs: new Map(stoodForMs === null ? [] : [[findingKey(f), NOW - stoodForMs]]),
    silentForMs,
    nowMs: NOW,
  }).length === 1;
const gap = constantFrom('place-stop', 'close').map((kind) => finding('BTC', kind));
const ms = integer({ min: 0, max: 4 * STANDS_FOR_MS });

describe('a guard beside a bridge', () => {
  test('acts at once on a gap while the bridge is silent, new or old', () => {
    assert(
      property(gap, option(ms), ms, (f, stood, silent) => {
        expect(due(f, stood, silent)).toBe(true);
      }),
    );
  });

  test('leaves a gap to a working bridge until it has stood long enough, and not a moment longer', () => {
    assert(
      property(gap, ms, (f, stood) => {
        expect(due(f, stood, null)).toBe(stood >= STANDS_FOR_MS);
      }),
    );
    expect(due(finding('BTC', 'place-stop'), null, null)).toBe(false);
  });

  test('never sweeps a stop beside a working bridge', () => {
    assert(
      property(ms, (stood) => {
        expect(due(finding('BTC', 'cancel'), stood, null)).toBe(false);
      }),
    );
  });

  test('sweeps one when both the surplus and the silence have lasted', () => {
    const both = (stood: number, silent: number): boolean =>
      stood >= STANDS_FOR_MS && silent >= STANDS_FOR_MS;
    const swept = (stood: number, silent: number): boolean => due(finding('BTC', 'cancel'), stood, silent);
    assert(
      property(ms, ms, (stood, silent) => {
        expect(swept(stood, silent)).toBe(both(stood, silent));
      }),
    );
  });

  test('judges each coin by its own time, and a changed cause is the same gap', () => {
    const seenSinceMs = new Map([[findingKey(finding('BTC', 'place-stop')), NOW - STANDS_FOR_MS]]);
    const found = [finding('BTC', 'close'), finding('ETH', 'close')];
    expect(dueFindings(found, { seenSinceMs, silentForMs: null, nowMs: NOW })).toEqual([found[0]]);
  });
});
