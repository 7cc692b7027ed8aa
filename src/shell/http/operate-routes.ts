import type { Context } from 'hono';
import * as z from 'zod';
import type { ExitResult as ExitResultType } from '../../app/ports.ts';
import type { HttpKit } from './kit.ts';
import { parseJson } from './parse-json.ts';
import { readBody } from './read-body.ts';
import { respondJson } from './respond.ts';
import type { Route } from './route.ts';
import { like } from './schemas.ts';

const STATE_PATH = '/api/v1/state';
const BACKUP_PATH = '/api/v1/backup';
const CONFIRM_PATH = '/api/v1/confirm';
const FLATTEN_PATH = '/api/v1/positions/{coin}/flatten';
/** What an operator may say about a change, characters; kept with the state. */
const REASON_MAX = 200;

/** Any coin the account may hold, also one without parameters here. Shorter than a token, because it is repeated. */
const COIN = /^[A-Za-z0-9:_-]{1,19}$/;

/** From loose to tight. */
const TradingState = z.enum(['ACTIVE', 'REDUCING', 'HALTED']);
type TradingState = z.infer<typeof TradingState>;
const StateChange = z.strictObject({ state: TradingState, reason: z.string().max(REASON_MAX).optional() });

const ExitResult = like<ExitResultType>()(
  z.object({
    coin: z.string(),
    status: z.enum(['closed', 'pending', 'no-position', 'refused']),
    message: z.string(),
  }),
);

/** What changes something, with the operate token. */
export const operateRoutes: readonly Route[] = [
  {
    method: 'post',
    path: CONFIRM_PATH,
    summary: 'A number used once, to confirm one change with within a minute. Takes no body',
    scope: 'operate',
    ok: { 200: z.object({ nonce: z.string(), expiresAtMs: z.number() }) },
    refusals: [],
    run: (_, kit) => respondJson(200, kit.issueConfirm()),
  },
  {
    method: 'post',
    path: STATE_PATH,
    summary:
      'Set the trading state: ACTIVE, REDUCING (no new entries) or HALTED. The guard works on in all of them',
    scope: 'operate',
    confirm: 'sometimes',
    body: StateChange,
    ok: { 200: z.object({ state: TradingState }) },
    refusals: [400, 413, 503],
    run: changeState,
  },
  {
    method: 'post',
    path: FLATTEN_PATH,
    summary: 'Close a position, in every trading state: reduce-only, as often as it takes. Takes no body',
    scope: 'operate',
    confirm: 'always',
    ok: { 200: ExitResult, 202: ExitResult },
    refusals: [404, 503],
    run: flatten,
  },
  {
    method: 'post',
    path: BACKUP_PATH,
    summary: 'Copy the database into the configured folder while the bridge runs on. Takes no body',
    scope: 'operate',
    ok: { 200: z.object({ path: z.string(), bytes: z.number(), durationMs: z.number() }) },
    refusals: [501, 503],
    run: (_, kit) => backup(kit),
  },
];

/** To stop is always one request: nobody looks for a second one while the house is on fire. */
const isLooser = (now: TradingState, next: TradingState): boolean =>
  TradingState.options.indexOf(next) < TradingState.options.indexOf(now) || next === 'ACTIVE';

async function changeState(c: Context, kit: HttpKit): Promise<Response> {
  const body = await readBody(c.req.raw);
  if (body === 'too-large') return kit.problem(STATE_PATH, 413, 'too-large', 'send {"state":"HALTED"} alone');
  const change = StateChange.safeParse(body === 'unreadable' ? undefined : parseJson(body.text));
  if (!change.success)
    return kit.problem(
      STATE_PATH,
      400,
      'malformed',
      'send {"state":"ACTIVE"}, {"state":"REDUCING"} or {"state":"HALTED"}, with a "reason" if you like',
    );
  const { state, reason } = change.data;
  if (isLooser(kit.deps.bridge.health().tradingState, state)) {
    const refused = kit.unconfirmed(c, STATE_PATH);
    if (refused !== undefined) return refused;
  }
  try {
    await kit.deps.bridge.setTradingState(
      state,
      reason === undefined ? 'asked for over HTTP' : kit.redact(reason, REASON_MAX),
    );
  } catch (error) {
    kit.logError('state.not-stored', STATE_PATH, error);
    return kit.problem(
      STATE_PATH,
      503,
      'not-stored',
      'the state could not be stored; look at /healthz for the one in force',
    );
  }
  kit.deps.log.info('state.changed', { state });
  return respondJson(200, { state });
}

/** Asking again while it goes on changes nothing; a coin that is flat already is no error. */
async function flatten(c: Context, kit: HttpKit): Promise<Response> {
  const coin = c.req.param('coin') ?? '';
  if (!COIN.test(coin)) return kit.problem(FLATTEN_PATH, 404, 'not-found', 'no coin is called that');
  // "no position" must not be the answer to a slip of the shift key while there is one.
  const meant = kit.deps.bridge
    .positions()
    ?.items.find((p) => p.coin !== coin && p.coin.toLowerCase() === coin.toLowerCase());
  if (meant !== undefined)
    return kit.problem(
      FLATTEN_PATH,
      404,
      'not-found',
      `nothing was closed: the position is called ${meant.coin}`,
    );
  const result = await kit.deps.bridge.flatten(coin);
  kit.deps.log.warn('flatten.asked', { status: result.status });
  if (result.status === 'refused')
    return kit.problem(FLATTEN_PATH, 503, 'account-unreadable', result.message);
  return respondJson(result.status === 'pending' ? 202 : 200, result);
}

async function backup(kit: HttpKit): Promise<Response> {
  if (kit.deps.backup === undefined)
    return kit.problem(
      BACKUP_PATH,
      501,
      'not-available',
      'this database is no local file: its server keeps the copies',
    );
  try {
    const done = await kit.deps.backup();
    kit.deps.log.info('backup.done', { bytes: done.bytes, durationMs: done.durationMs });
    return respondJson(200, done);
  } catch (error) {
    kit.logError('backup.failed', BACKUP_PATH, error);
    return kit.problem(
      BACKUP_PATH,
      503,
      'not-stored',
      'the copy could not be written: look at the disk and at BACKUP_DIR',
    );
  }
}
