// POST /webhook/{token}: the one door for alerts. Nothing here waits for anything but the durable store.
import type { Context } from 'hono';
import { alertIdOf, canonicalBody, keyOf } from '../../core/alert/schema.ts';
import type { Alert } from '../../core/alert/schema.ts';
import type { ReasonCode } from '../../core/shared/reason-codes.ts';
import type { HttpKit } from './kit.ts';
import { parseAlert } from './parse-alert.ts';
import { BODY_BYTES_MAX, declaredBytes, readBody } from './read-body.ts';
import { respondJson } from './respond.ts';
import type { Issue } from './respond.ts';
import { TRADINGVIEW_ADDRESSES } from './source-address.ts';

export const WEBHOOK_PATH = '/webhook/{token}';
/** What a dead letter keeps of the body, bytes. */
const BODY_HEAD_BYTES_MAX = 2_048;

/**
 * A stranger's body is never read: the declared size, the fence and the token come first. An alert is answered when
 * it is on disk, whatever state the bridge is in, because storing is always safe and only deciding can be too early.
 */
export function receiveWebhook(kit: HttpKit): (c: Context) => Promise<Response> {
  return async (c) => {
    if ((declaredBytes(c.req.raw) ?? 0) > BODY_BYTES_MAX) return tooLarge(kit);
    const address = kit.addressOf(c);
    if (kit.deps.tradingViewIpsOnly && !TRADINGVIEW_ADDRESSES.has(address))
      return kit.problem(
        WEBHOOK_PATH,
        403,
        'address-not-tradingview',
        'only TradingView may call this address',
      );
    const denied = kit.deny('webhook', c.req.param('token'), address, WEBHOOK_PATH);
    if (denied !== undefined) return denied;

    const body = await readBody(c.req.raw);
    if (body === 'too-large') return tooLarge(kit);
    if (body === 'unreadable')
      return kit.problem(WEBHOOK_PATH, 400, 'malformed', 'the body broke off before its end');
    const parsed = parseAlert(body.text);
    return parsed.ok ? storeAlert(kit, parsed.alert, body.text) : refuseBody(kit, body.text, parsed.issues);
  };
}

async function storeAlert(kit: HttpKit, alert: Alert, body: string): Promise<Response> {
  const { store, digest, clock, bridge, log } = kit.deps;
  const startMs = performance.now();
  const key = keyOf(alert);
  const id = alertIdOf(alert.barTime, digest(key));
  let was: 'new' | 'same' | 'other';
  try {
    const bodySha = digest(canonicalBody(alert));
    ({ was } = await store.receiveAlert({
      id,
      key,
      bodySha,
      alert,
      receivedAtMs: clock.nowMs(),
      state: 'new',
      outcome: null,
    }));
  } catch (error) {
    return notStored(kit, error);
  }
  if (was === 'other') return refuseConflict(kit, id, body);
  log.debug('alert.received', {
    alertId: id,
    kind: alert.kind,
    strategy: alert.strategy,
    ticker: alert.ticker,
    was,
    durationMs: performance.now() - startMs,
  });
  if (was === 'same') return respondJson(200, { alertId: id, status: 'duplicate' });
  bridge.wake();
  return respondJson(202, { alertId: id, status: 'accepted' });
}

function refuseBody(kit: HttpKit, body: string, found: readonly Issue[]): Promise<Response> {
  const issues = kit.redactIssues(found);
  const [first] = issues;
  const where = first === undefined || first.path === '' ? '' : `${first.path}: `;
  const message = `${where}${first?.message ?? 'not an alert'}; ${first?.fix ?? 'see docs/webhook.md'}`;
  return recordAndRefuse(kit, { status: 400, code: 'malformed', message, issues, body, alertId: null });
}

function refuseConflict(kit: HttpKit, alertId: string, body: string): Promise<Response> {
  const message =
    'another alert with this strategy, kind, ticker, interval, bar and side was stored before with other content; ' +
    'this one is recorded and never executed: give the second script its own "strategy", or delete one of the alerts';
  return recordAndRefuse(kit, { status: 409, code: 'conflict', message, issues: [], body, alertId });
}

/** A refusal that leaves a dead letter; when even that cannot be stored, 503 asks TradingView to send it again. */
async function recordAndRefuse(
  kit: HttpKit,
  r: {
    status: 400 | 409;
    code: ReasonCode;
    message: string;
    issues: Issue[];
    body: string;
    alertId: string | null;
  },
): Promise<Response> {
  try {
    await kit.deps.store.recordDeadLetter({
      id: kit.deps.newId(),
      receivedAtMs: kit.deps.clock.nowMs(),
      code: r.code,
      bodyHead: kit.redact(r.body, BODY_HEAD_BYTES_MAX),
      issues: r.issues.length === 0 ? r.message : JSON.stringify(r.issues),
      alertId: r.alertId,
    });
  } catch (error) {
    return notStored(kit, error);
  }
  const extra = r.alertId === null ? { issues: r.issues } : { alertId: r.alertId };
  return kit.problem(WEBHOOK_PATH, r.status, r.code, r.message, extra);
}

function notStored(kit: HttpKit, error: unknown): Response {
  kit.logError('alert.not-stored', WEBHOOK_PATH, error);
  return kit.problem(WEBHOOK_PATH, 503, 'not-stored', 'could not be stored; send it again', {
    retryAfterS: 5,
  });
}

const tooLarge = (kit: HttpKit): Response =>
  kit.problem(WEBHOOK_PATH, 413, 'too-large', `the body may have ${BODY_BYTES_MAX} bytes at most`);
