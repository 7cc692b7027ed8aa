import { describe, expect, onTestFinished, test } from 'vitest';
import { changeCoin, coinSettings, loadCoinSettings } from '../../src/app/coin-settings.ts';
import { exitPosition } from '../../src/app/exit-position.ts';
import { prepareWhatIsDue } from '../../src/app/prepare-account.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

async function opened() {
  const w = await openBridgeWorld();
  onTestFinished(() => w.close());
  return w;
}
const change = (w: Awaited<ReturnType<typeof opened>>, changes: Record<string, unknown>) =>
  changeCoin(w.desk, 'BTC', changes, 'test');

describe('a change of parameters', () => {
  test('is what the next decision uses, without a restart', async () => {
    const w = await opened();
    expect(await change(w, { enabled: false })).toMatchObject({ ok: true, settings: { version: 1 } });
    const { body } = await w.post();
    await w.settle();
    const decision = await w.store.decisionOfAlert(String(body['alertId']));
    expect(decision).toMatchObject({ status: 'refused', reasons: ['coin-disabled'] });
  });

  test('survives a restart, with its history', async () => {
    const w = await opened();
    await change(w, { driftBpsMax: 55, riskFraction: 0.001 });
    await w.clock.advanceTo(w.clock.nowMs() + 1_000);
    await change(w, { riskFraction: null });
    const reborn = await w.reborn();
    expect(reborn.desk.params.find((p) => p.coin === 'BTC')).toMatchObject({
      driftBpsMax: 55,
      riskFraction: 0.005,
    });
    const settings = await coinSettings(reborn.desk, 'BTC');
    expect(settings?.history.map((v) => [v.version, v.changes, v.by])).toEqual([
      [2, { riskFraction: null }, 'test'],
      [1, { driftBpsMax: 55, riskFraction: 0.001 }, 'test'],
    ]);
    expect(settings).toMatchObject({
      version: 2,
      overrides: { driftBpsMax: 55 },
      defaults: { driftBpsMax: 40 },
    });
  });

  test('out of bounds changes nothing, in memory or on disk', async () => {
    const w = await opened();
    const before = w.desk.params;
    expect(await change(w, { leverage: 41 })).toMatchObject({ ok: false, issues: [{ field: 'leverage' }] });
    expect(await change(w, { stopDistanceBpsMin: 900 })).toMatchObject({ ok: false });
    expect(w.desk.params).toBe(before);
    expect((await coinSettings(w.desk, 'BTC'))?.history).toEqual([]);
    expect(await changeCoin(w.desk, 'XYZ', { enabled: true }, 'test')).toEqual({ ok: 'unknown-coin' });
  });

  test('that cannot be stored is not in force', async () => {
    const w = await opened();
    w.desk.store = { ...w.desk.store, setSetting: () => Promise.reject(new Error('disk full')) };
    await expect(change(w, { driftBpsMax: 55 })).rejects.toThrow('disk full');
    expect(w.desk.params.find((p) => p.coin === 'BTC')?.driftBpsMax).toBe(40);
  });

  test('of the leverage is set on the venue', async () => {
    const w = await opened();
    await w.guard();
    await change(w, { leverage: 7 });
    await w.settle();
    expect(await w.store.setting('leverage|BTC')).toBe(`${w.account}|isolated|7`);
  });

  test('of the leverage of a coin that is held is set once it is flat', async () => {
    const w = await opened();
    await w.post();
    await w.settle();
    expect(w.position()).toBeDefined();
    await change(w, { leverage: 2 });
    await w.settle();
    await prepareWhatIsDue(w.desk);
    const setting = () => w.store.setting('leverage|BTC');
    expect(await setting()).not.toBe(`${w.account}|isolated|2`);
    await exitPosition(w.desk, 'BTC', 'flatten');
    await w.settle();
    expect(w.position()).toBeUndefined();
    await prepareWhatIsDue(w.desk);
    expect(await setting()).toBe(`${w.account}|isolated|2`);
  });

  test('of the leverage that the venue did not take is tried again, a minute later at the earliest', async () => {
    const w = await opened();
    const { setLeverage } = w.desk.entrySigner;
    let asked = 0;
    w.desk.entrySigner.setLeverage = () => {
      asked += 1;
      return Promise.resolve({ kind: 'unknown', message: 'no answer' });
    };
    await change(w, { leverage: 2 });
    await w.settle();
    await prepareWhatIsDue(w.desk);
    expect(asked).toBe(1);
    w.desk.entrySigner.setLeverage = setLeverage;
    await w.clock.advanceTo(w.clock.nowMs() + 60_000);
    await prepareWhatIsDue(w.desk);
    expect(await w.store.setting('leverage|BTC')).toBe(`${w.account}|isolated|2`);
  });

  test('at the same moment as another loses neither', async () => {
    const w = await opened();
    await Promise.all([50, 51, 52, 53].map((driftBpsMax, i) => change(w, { driftBpsMax, leverage: 2 + i })));
    const settings = await coinSettings(w.desk, 'BTC');
    expect(settings?.history.map((v) => v.version)).toEqual([4, 3, 2, 1]);
    expect(settings?.params).toMatchObject({ driftBpsMax: 53, leverage: 5 });
  });
});

test('more than a hundred versions keep what they override', async () => {
  const w = await opened();
  await change(w, { riskFraction: 0.002 });
  for (let i = 0; i < 150; i++) await change(w, { driftBpsMax: 40 + (i % 20) });
  const settings = await coinSettings(w.desk, 'BTC');
  expect(settings?.history).toHaveLength(100);
  expect(settings).toMatchObject({ version: 151, overrides: { riskFraction: 0.002, driftBpsMax: 49 } });
});

test.each(['nonsense', '{}', '[1]', '[{"version":1,"atMs":1,"by":"x","changes":{"leverage":99}}]'])(
  'stored parameters that cannot be used (%s) switch the coin off, and are said',
  async (text) => {
    const w = await opened();
    await w.store.setSetting('coin-params|BTC', text);
    await loadCoinSettings(w.desk);
    expect(w.desk.params.find((p) => p.coin === 'BTC')?.enabled).toBe(false);
    expect(w.lines.some((l) => l.event === 'coin-params.unusable' && l.level === 'error')).toBe(true);
  },
);
