import { describe, expect, test } from 'vitest';
import { ALERT_SCHEMA_VERSION, Alert } from '../../src/core/alert/schema.ts';
import { chartOf, closeOf, constantOf, kindOf, pineOn, SCRIPT } from './cascade-harness.ts';
import type { PineChart } from './fixture-provider.ts';

describe('closed bars only', () => {
  const chart = chartOf(4, 450);
  const base = pineOn(chart);
  const upTo = (bars: number): PineChart => ({
    ...chart,
    candles: chart.candles.slice(0, bars),
    oi: chart.oi?.slice(0, bars) ?? null,
    funding: chart.funding?.slice(0, bars) ?? null,
  });

  test.each(['cascade.start', 'cascade.exhaustion', 'cascade.snapback', 'heartbeat'])(
    'an open bar never sends a %s; the same bar closed sends exactly one',
    async (kind) => {
      const first = (await base).find((a) => kindOf(a) === kind)?.bar ?? -1;
      const cut = upTo(first + 1);
      const sent = async (nowMs: number): Promise<number> =>
        (await pineOn(cut, { nowMs })).filter((a) => a.bar === first && kindOf(a) === kind).length;
      expect([first > 0, await sent(closeOf(cut) - 1), await sent(closeOf(cut))]).toEqual([true, 0, 1]);
    },
  );

  test('bar by bar gives what all at once gives: nothing is repainted', async () => {
    const whole = (await base).map((a) => ({ ...a, payload: withoutSentAt(a.payload) }));
    const exhaustion = whole.find(
      (a) => kindOf({ ...a, payload: { ...a.payload, sentAt: a.barTime } }) === 'cascade.exhaustion',
    );
    const from = (exhaustion?.bar ?? 0) - 6;
    for (let bars = from; bars < from + 12; bars += 1) {
      const part = (await pineOn(upTo(bars))).map((a) => ({ ...a, payload: withoutSentAt(a.payload) }));
      expect(part).toEqual(whole.filter((a) => a.bar < bars));
    }
  });
});

function withoutSentAt(payload: unknown): Omit<Alert, 'sentAt'> {
  const { sentAt: _sentAt, ...rest } = Alert.parse(payload);
  return rest;
}

describe('the script’s constants', () => {
  test('SCHEMA is the server’s version', () =>
    expect(constantOf('SCHEMA')).toBe(String(ALERT_SCHEMA_VERSION)));
  test('SCRIPT is a name and a version', () => expect(SCRIPT).toMatch(/^cascade-exhaustion@\d+\.\d+\.\d+$/));
});
