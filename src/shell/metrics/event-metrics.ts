import type { LoggedEvent } from '../../app/watch-log.ts';
import type { Registry } from './registry.ts';

/** Seconds. From a local commit (under 1 ms) to an answer that had to be fenced. */
const LATENCY_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Alerts between decision and answer that are remembered at most; the oldest is forgotten. */
const PENDING_MAX = 1_024;

const text = (x: unknown): string => (typeof x === 'string' ? x : 'none');
const finite = (x: unknown): number | null => (typeof x === 'number' && Number.isFinite(x) ? x : null);
const list = (x: unknown): unknown[] => (Array.isArray(x) ? x : []);

/** Errors of the venue by class: what the words mean is in docs/safety.md. */
const VENUE_ERRORS: Readonly<Record<string, string>> = {
  'guard.unreadable': 'unreadable',
  'venue.unreachable': 'unreachable',
  'funding.unreadable': 'unreadable',
  'action.unknown': 'unknown',
};

/** Counters and histograms fed by what is logged. Each line of docs/metrics.md says which event feeds it. */
export function eventMetrics(registry: Registry): (e: LoggedEvent) => void {
  const counters = countersOf(registry);
  const observe = latenciesOf(registry);
  return (e) => {
    counters(e);
    observe(e);
  };
}

function countersOf(r: Registry): (e: LoggedEvent) => void {
  const events = r.counter('snapback_log_events_total', 'Logged events by level.', ['level']);
  const alerts = r.counter('snapback_alerts_total', 'Alerts stored by the webhook.', ['kind', 'was']);
  const refused = r.counter('snapback_http_refused_total', 'Refused requests.', ['status', 'code']);
  const decisions = r.counter('snapback_decisions_total', 'Decisions by status.', ['status']);
  const reasons = r.counter('snapback_refusals_total', 'Reasons of refused decisions.', ['reason']);
  const actions = r.counter('snapback_actions_total', 'Signed entry actions by outcome.', ['outcome']);
  const venue = r.counter('snapback_venue_errors_total', 'Errors of the venue by class.', ['class']);
  const passes = r.counter('snapback_guard_passes_total', 'Guard passes by verdict.', ['verdict']);
  const findings = r.counter('snapback_guard_findings_total', 'Guard findings by code.', ['code']);
  const fills = r.counter('snapback_fills_total', 'Fills by role of the order.', ['role']);
  const trades = r.counter('snapback_trades_closed_total', 'Closed trades by exit.', ['exit']);
  const broken = r.counter('snapback_invariant_violations_total', 'Violations of I1 to I12.', ['invariant']);
  const checked = r.gauge('snapback_invariant_checked_seconds', 'When it was last looked at.', ['invariant']);
  const cash = r.gauge('snapback_cash_unexplained_usd', 'Change of cash that no fill explains.');
  const notices = r.counter('snapback_notifications_total', 'Notifications by channel and result.', [
    'channel',
    'result',
  ]);
  return ({ atMs, level, event, fields: f }) => {
    events.inc({ level });
    const errorClass = VENUE_ERRORS[event];
    if (errorClass !== undefined) venue.inc({ class: errorClass });
    switch (event) {
      case 'alert.received':
        return alerts.inc({ kind: text(f['kind']), was: text(f['was']) });
      case 'http.refused':
        return refused.inc({ status: String(f['status']), code: text(f['code']) });
      case 'alert.handled':
        decisions.inc({ status: text(f['status']) });
        for (const reason of list(f['reasons'])) reasons.inc({ reason: text(reason) });
        return;
      case 'action.sent':
        return actions.inc({ outcome: text(f['outcome']) });
      case 'action.refused':
        return venue.inc({ class: text(f['outcome']) });
      case 'guard.pass':
        passes.inc({ verdict: text(f['verdict']) });
        for (const found of list(f['findings']))
          if (found !== null && typeof found === 'object')
            findings.inc({ code: text(Reflect.get(found, 'code')) });
        return;
      case 'fill':
        return fills.inc({ role: text(f['role']) });
      case 'position.closed':
        return trades.inc({ exit: text(f['exitReason']) });
      case 'invariant.violated':
        return broken.inc({ invariant: text(f['invariant']) });
      case 'invariant.checked': {
        for (const invariant of list(f['invariants']).map(text)) {
          checked.set(atMs / 1_000, { invariant });
          broken.inc({ invariant }, 0); // looked at and never seen broken is a fact
        }
        const unexplainedUsd = finite(f['unexplainedUsd']);
        if (unexplainedUsd !== null) cash.set(unexplainedUsd);
        return;
      }
      case 'notify.done':
        return notices.inc({ channel: text(f['channel']), result: text(f['result']) });
      default:
        return;
    }
  };
}

/** The way of an alert, stage by stage; what happened between two events is their distance in time. */
function latenciesOf(r: Registry): (e: LoggedEvent) => void {
  const stored = r.histogram(
    'snapback_alert_stored_seconds',
    'From the request to the alert on disk.',
    LATENCY_S,
  );
  const decided = r.histogram(
    'snapback_alert_decided_seconds',
    'From the alert on disk to its committed decision.',
    LATENCY_S,
  );
  const sent = r.histogram(
    'snapback_order_sent_seconds',
    'From the committed decision to the signed action leaving.',
    LATENCY_S,
  );
  const answered = r.histogram(
    'snapback_order_answered_seconds',
    'From the signed action leaving to its answer, or to giving up on one.',
    LATENCY_S,
  );
  const whole = r.histogram(
    'snapback_alert_to_order_seconds',
    'From the alert on disk to the answer of the venue.',
    LATENCY_S,
  );
  const pass = r.histogram(
    'snapback_guard_pass_seconds',
    'One guard pass with all of its repairs.',
    LATENCY_S,
  );
  const pending = new Map<string, { receivedAtMs: number; decidedAtMs: number }>();
  const seconds = (ms: number): number => Math.max(0, ms) / 1_000;
  return ({ atMs, event, fields: f }) => {
    const durationMs = finite(f['durationMs']);
    const alertId = typeof f['alertId'] === 'string' ? f['alertId'] : null;
    if (event === 'alert.received' && durationMs !== null) stored.observe(seconds(durationMs));
    else if (event === 'guard.pass' && durationMs !== null) pass.observe(seconds(durationMs));
    else if (event === 'alert.handled' && durationMs !== null && alertId !== null) {
      decided.observe(seconds(durationMs));
      if (f['status'] !== 'approved') return;
      if (pending.size >= PENDING_MAX) pending.delete(pending.keys().next().value ?? '');
      pending.set(alertId, { receivedAtMs: atMs - durationMs, decidedAtMs: atMs });
    } else if (event === 'action.sent' && alertId !== null && durationMs !== null) {
      answered.observe(seconds(durationMs));
      const began = pending.get(alertId);
      if (began === undefined) return;
      pending.delete(alertId);
      sent.observe(seconds(atMs - durationMs - began.decidedAtMs));
      whole.observe(seconds(atMs - began.receivedAtMs));
    }
  };
}
