import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../../src/app/watch-log.ts';
import { createMetrics } from '../../../src/shell/metrics/create-metrics.ts';
import { processMetrics } from '../../../src/shell/runtime/process-metrics.ts';
import { openBridgeWorld } from '../../support/bridge-world.ts';
import { exampleScores, scoredDay } from '../http/example-scores.ts';
import { FakeBridge, health, NOW_MS } from '../http/world.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');

function rig() {
  const bridge = new FakeBridge();
  let nowMs = NOW_MS;
  const clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };
  const metrics = createMetrics(clock, bridge, processMetrics);
  return {
    bridge,
    metrics,
    log(event: string, fields: LoggedEvent['fields'] = {}, atMs = NOW_MS) {
      nowMs = atMs;
      metrics.onEvent({ atMs, level: 'info', event, fields });
    },
    value(series: string): number | null {
      const line = metrics
        .render()
        .split('\n')
        .find((l) => l.startsWith(`${series} `));
      return line === undefined ? null : Number(line.split(' ').at(-1));
    },
  };
}

describe('from events', () => {
  test('an approved alert gives every stage of its way', () => {
    const { log, value } = rig();
    log('alert.received', { alertId: 'a', kind: 'cascade.exhaustion', was: 'new', durationMs: 0.8 });
    log('alert.handled', { alertId: 'a', status: 'approved', reasons: [], durationMs: 20 }, NOW_MS + 20);
    log('action.sent', { alertId: 'a', outcome: 'answered', durationMs: 100 }, NOW_MS + 123);
    expect(value('snapback_alert_stored_seconds_sum')).toBeCloseTo(0.0008, 9);
    expect(value('snapback_alert_decided_seconds_sum')).toBeCloseTo(0.02, 9);
    expect(value('snapback_order_sent_seconds_sum')).toBeCloseTo(0.003, 9);
    expect(value('snapback_order_answered_seconds_sum')).toBeCloseTo(0.1, 9);
    expect(value('snapback_alert_to_order_seconds_sum')).toBeCloseTo(0.123, 9);
    expect(value('snapback_alerts_total{kind="cascade.exhaustion",was="new"}')).toBe(1);
    expect(value('snapback_decisions_total{status="approved"}')).toBe(1);
  });

  test('a refusal counts each reason and starts no order', () => {
    const { log, value } = rig();
    log('alert.handled', { alertId: 'a', status: 'refused', reasons: ['guard-late'], durationMs: 5 });
    log('action.sent', { alertId: 'a', outcome: 'unknown', durationMs: 3_000 });
    expect(value('snapback_refusals_total{reason="guard-late"}')).toBe(1);
    expect(value('snapback_alert_to_order_seconds_count')).toBe(0);
    expect(value('snapback_order_answered_seconds_count')).toBe(1);
    expect(value('snapback_actions_total{outcome="unknown"}')).toBe(1);
  });

  test('an invariant that was looked at says when, and that it was never seen broken', () => {
    const { log, value } = rig();
    expect(value('snapback_invariant_violations_total{invariant="I6"}')).toBeNull();
    log('invariant.checked', { invariants: ['I1', 'I6'], unexplainedUsd: -0.12 });
    expect(value('snapback_invariant_checked_seconds{invariant="I6"}')).toBe(NOW_MS / 1_000);
    expect(value('snapback_invariant_violations_total{invariant="I6"}')).toBe(0);
    expect(value('snapback_cash_unexplained_usd')).toBe(-0.12);
    log('invariant.violated', { invariant: 'I6' });
    log('invariant.checked', { invariants: ['I6'] }, NOW_MS + 60_000);
    expect(value('snapback_invariant_violations_total{invariant="I6"}')).toBe(1);
    expect(value('snapback_invariant_checked_seconds{invariant="I1"}')).toBe(NOW_MS / 1_000);
    expect(value('snapback_invariant_checked_seconds{invariant="I6"}')).toBe(NOW_MS / 1_000 + 60);
    expect(value('snapback_cash_unexplained_usd')).toBe(-0.12);
  });

  test('guard passes, findings, venue errors, invariants', () => {
    const { log, value } = rig();
    log('guard.pass', { verdict: 'repaired', findings: [{ coin: 'BTC', code: 'stop-missing' }, null, 3], durationMs: 250 }); // prettier-ignore
    log('guard.unreadable', { message: 'x' });
    log('action.unknown', {});
    log('action.refused', { outcome: 'refused' });
    log('invariant.violated', { invariant: 'I3' });
    expect(value('snapback_guard_passes_total{verdict="repaired"}')).toBe(1);
    expect(value('snapback_guard_findings_total{code="stop-missing"}')).toBe(1);
    for (const c of ['unreadable', 'unknown', 'refused'])
      expect(value(`snapback_venue_errors_total{class="${c}"}`)).toBe(1);
    expect(value('snapback_invariant_violations_total{invariant="I3"}')).toBe(1);
  });

  test('fields of any shape break nothing', () => {
    const { log, metrics } = rig();
    const events = ['alert.received', 'alert.handled', 'action.sent', 'action.refused', 'guard.pass', 'fill', 'position.closed', 'http.refused', 'invariant.violated', 'invariant.checked', 'notify.done']; // prettier-ignore
    for (const event of events)
      for (const x of [undefined, null, 1, 'x', {}, [1], Number.NaN])
        log(event, { kind: x, was: x, status: x, reasons: x, findings: x, durationMs: x, alertId: x, outcome: x, code: x }); // prettier-ignore
    expect(metrics.render()).not.toContain('undefined{');
  });
});

describe('from the view', () => {
  test('what is unknown is absent', () => {
    const { bridge, value } = rig();
    bridge.read = null;
    bridge.view = health({ guardLastOkMs: null });
    expect(value('snapback_positions')).toBeNull();
    expect(value('snapback_guard_age_seconds')).toBeNull();
  });

  test('state, reasons, feeds and ages', () => {
    const { bridge, value } = rig();
    bridge.view = health({
      tradingState: 'HALTED',
      notReady: [{ code: 'guard-late', message: 'x' }],
      feeds: [{ venue: 'okx', lastOkMs: NOW_MS - 5_000, message: 'HTTP 451' }],
    });
    expect(value('snapback_guard_age_seconds')).toBe(12);
    expect(value('snapback_trading_state{state="HALTED"}')).toBe(1);
    expect(value('snapback_trading_state{state="ACTIVE"}')).toBe(0);
    expect(value('snapback_not_ready{code="guard-late"}')).toBe(1);
    expect([value('snapback_ready'), value('snapback_feed_ok{feed="okx"}')]).toEqual([0, 0]);
    expect(value('snapback_feed_age_seconds{feed="okx"}')).toBe(5);
    bridge.view = health();
    expect(value('snapback_not_ready{code="guard-late"}')).toBeNull();
    expect(value('snapback_feed_ok{feed="okx"}')).toBeNull();
  });

  test('the map’s accuracy beside its baselines; none of a made-up market, and none before the first day', async () => {
    const { bridge, value } = rig();
    const today = Math.floor(NOW_MS / 86_400_000) * 86_400_000;
    const days = [1, 2, 3].map((n) => scoredDay('BTC', today - n * 86_400_000));
    bridge.scores = await exampleScores([], { nowMs: NOW_MS });
    expect(value('snapback_zone_accuracy_partial_rho{coin="BTC",window="4h"}')).toBeNull();
    bridge.scores = await exampleScores(days, { nowMs: NOW_MS });
    const { scores } = bridge.scores.accuracy().coins[0]?.windows['4h'] ?? {};
    expect(value('snapback_zone_accuracy_partial_rho{coin="BTC",window="4h"}')).toBe(
      scores?.model.meanPartialRho,
    );
    expect(value('snapback_zone_accuracy_auc{coin="BTC",window="4h"}')).toBe(scores?.model.auc);
    expect(value('snapback_zone_accuracy_days{coin="BTC",window="1h"}')).toBe(3);
    expect(value('snapback_zone_accuracy_all{figure="auc",map="uniform",window="4h"}')).toBe(0.5);
    expect(value('snapback_zone_accuracy_all{figure="partial_rho",map="uniform",window="4h"}')).toBeNull();
    expect(value('snapback_zone_accuracy_age_seconds{coin="BTC"}')).toBe((NOW_MS - today) / 1_000);
    bridge.scores = await exampleScores(days, { nowMs: NOW_MS, isMadeUp: true });
    expect(value('snapback_zone_accuracy_partial_rho{coin="BTC",window="4h"}')).toBeNull();
  });

  test('process figures are there', () => {
    const { value } = rig();
    expect(value('process_resident_memory_bytes') ?? 0).toBeGreaterThan(10e6);
  });
});

test('the real bridge: one alert is seen in every stage', async () => {
  const w = await openBridgeWorld();
  try {
    expect((await w.post()).status).toBe(202);
    await w.settle();
    const answer = await w.bridge.app.request(
      '/metrics',
      { headers: { authorization: 'Bearer read-token-of-the-test-world' } },
      { incoming: { socket: { remoteAddress: '127.0.0.1' } } },
    );
    const text = await answer.text();
    for (const line of [
      'snapback_alerts_total{kind="cascade.exhaustion",was="new"} 1',
      'snapback_decisions_total{status="approved"} 1',
      'snapback_actions_total{outcome="answered"} 1',
      'snapback_alert_to_order_seconds_count 1',
      'snapback_fills_total{role="entry"} 1',
      'snapback_positions 1',
      'snapback_positions_unprotected 0',
      'snapback_unprotected_seconds{coin="BTC"} 0',
    ])
      expect(text).toContain(`\n${line}\n`);
    expect(text).toMatch(/\nsnapback_zone_age_seconds\{coin="BTC"\} \d/);
  } finally {
    await w.close();
  }
});

describe('documents', () => {
  const names = rig()
    .metrics.list()
    .map((m) => m.name);

  test('docs/metrics.md has every metric with its type and labels, and no other', () => {
    const rows = [...read('docs/metrics.md').matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm)].map(
      ([, name, type, labels]) => ({ name, type, labels: (labels ?? '').trim() }),
    );
    const wanted = rig()
      .metrics.list()
      .map(({ name, type, labels }) => ({ name, type, labels: labels.map((l) => `\`${l}\``).join(', ') }));
    const byName = (a: { name: string | undefined }, b: { name: string | undefined }): number =>
      (a.name ?? '').localeCompare(b.name ?? '');
    expect(rows.toSorted(byName)).toEqual(wanted.toSorted(byName));
    expect(names.length).toBeGreaterThan(25);
  });

  test.each(['deploy/grafana-dashboard.json', 'deploy/prometheus-alerts.yml'])(
    '%s uses metrics that exist, and uses some',
    (path) => {
      const used = [...read(path).matchAll(/\b(?:snapback|nodejs|process)_\w+/g)].map(([name]) =>
        name.replace(/_(?:bucket|sum|count)$/, ''),
      );
      expect(used.length).toBeGreaterThan(8);
      expect([...new Set(used)].filter((u) => !names.includes(u))).toEqual([]);
    },
  );

  test('the dashboard is one that Grafana can import', () => {
    const board = JSON.parse(read('deploy/grafana-dashboard.json'));
    expect(board).toMatchObject({ title: 'snapback', uid: 'snapback' });
    for (const panel of board.panels) {
      expect(panel).toMatchObject({ title: expect.any(String), type: expect.any(String) });
      expect(panel.type === 'row' || panel.targets.length > 0).toBe(true);
    }
  });
});
