import type { Context } from 'hono';
import type { BridgeView, Clock, Digest, Log, Store } from '../../app/ports.ts';
import type { ReasonCode } from '../../core/shared/reason-codes.ts';
import { createAccess } from './access.ts';
import { createConfirm, CONFIRM_HEADER } from './confirm.ts';
import type { Confirm } from './confirm.ts';
import type { EventStream } from './event-stream.ts';
import type { Scope, Tokens } from './access.ts';
import { redact } from '../redact.ts';
import { respondProblem } from './respond.ts';
import type { Issue, Problem } from './respond.ts';
import { sourceAddress } from './source-address.ts';
import { createThrottle, READS_PER_MINUTE } from './throttle.ts';

export interface BackupDone {
  path: string;
  bytes: number;
  durationMs: number;
}

/** What the HTTP layer needs of the world; the same on Node and in a Worker. */
export interface AppDeps {
  store: Store;
  bridge: BridgeView;
  clock: Clock;
  log: Log;
  digest: Digest;
  tokens: Tokens;
  /** Addresses of reverse proxies whose X-Forwarded-For counts; false = none. */
  trustProxy: false | readonly string[];
  tradingViewIpsOnly: boolean;
  /** The peer's address: the socket's on Node, CF-Connecting-IP in a Worker. */
  clientAddress(c: Context): string;
  /** A file of web/ by its path ("/index.html"); any status but 200 means that it is not there. */
  assets(path: string): Promise<Response>;
  /** A new unique id. */
  newId(): string;
  /** The text of `/metrics`; left out where memory does not last between scrapes. */
  metrics?: () => string;
  /** Left out where no connection can be kept open. */
  events?: EventStream;
  /** Ends a connection whose client does not read. */
  cut?: (c: Context) => void;
  /** Copies the database into the configured folder; left out where there is no file to copy. */
  backup?: () => Promise<BackupDone>;
  /** Default READS_PER_MINUTE. */
  readsPerMinute?: number;
}

/** The few things every handler does the same way: who is asking, refusing, and saying so in the log. */
export interface HttpKit {
  deps: AppDeps;
  addressOf(c: Context): string;
  /** The refusal when `token` does not open `scope`; undefined when it does. */
  deny(scope: Scope, token: string | undefined, address: string, route: string): Response | undefined;
  /** The refusal when a token that opens its door asks too often. @param cost of the request, 1 for a plain one */
  slowDown(token: string, cost: number, route: string): Response | undefined;
  /** The refusal of a change that was not confirmed with a number used once; undefined when it was. */
  unconfirmed(c: Context, route: string): Response | undefined;
  issueConfirm: Confirm['issue'];
  problem(
    route: string,
    status: number,
    code: ReasonCode,
    message: string,
    extra?: Pick<Problem, 'issues' | 'retryAfterS' | 'alertId'>,
  ): Response;
  logError(event: string, route: string, error: unknown): void;
  /**
   * One read of many rows at a time, each in a turn of the event loop of its own: however many clients ask at once, a
   * webhook waits for one of their reads and not for all.
   */
  inTurn<T>(read: () => Promise<T>): Promise<T>;
  redact(text: string, bytesMax: number): string;
  /** Issues whose paths and messages may hold what the client sent, without anything that looks like a token. */
  redactIssues(issues: readonly Issue[]): Issue[];
}

const DENIED: Readonly<Record<Scope, string>> = {
  webhook:
    'this webhook address is not known; copy it again from the start-up message, or check WEBHOOK_TOKEN',
  read: 'send "Authorization: Bearer <READ_TOKEN>"',
  operate: 'send "Authorization: Bearer <OPERATE_TOKEN>"; the read token does not open this',
};

const UNCONFIRMED =
  'ask POST /api/v1/confirm for a nonce and send it as X-Confirm within a minute; it serves one request';

export function createKit(deps: AppDeps): HttpKit {
  const access = createAccess(deps.tokens, deps);
  const throttle = createThrottle(deps.clock, deps.readsPerMinute ?? READS_PER_MINUTE);
  const confirm = createConfirm(deps.clock, deps.newId);
  let lastTurn: Promise<unknown> = Promise.resolve();
  const secrets = [...deps.tokens.webhook, deps.tokens.read ?? '', deps.tokens.operate ?? ''];
  const problem: HttpKit['problem'] = (route, status, code, message, extra) => {
    const requestId = deps.newId();
    // Past its limit a stranger no longer fills the log.
    const level = status === 429 ? 'debug' : status < 500 ? 'info' : 'warn';
    deps.log[level]('http.refused', { route, status, code, requestId });
    return respondProblem({ status, code, message, requestId, ...extra });
  };
  return {
    deps,
    problem,
    addressOf: (c) =>
      sourceAddress(
        deps.clientAddress(c),
        deps.trustProxy === false ? undefined : c.req.header('x-forwarded-for'),
        deps.trustProxy,
      ),
    deny(scope, token, address, route) {
      const verdict = access(scope, token, address);
      if (verdict === 'ok') return undefined;
      if (verdict === 'unauthorized') return problem(route, 401, 'unauthorized', DENIED[scope]);
      return problem(route, 429, 'too-many-bad-tokens', 'too many wrong tokens from this address', verdict);
    },
    slowDown(token, cost, route) {
      const retryAfterS = throttle(token, cost);
      return retryAfterS === null
        ? undefined
        : problem(route, 429, 'rate-limited', 'too many requests with this token', { retryAfterS });
    },
    unconfirmed: (c, route) =>
      confirm.take(c.req.header(CONFIRM_HEADER))
        ? undefined
        : problem(route, 428, 'confirm-needed', UNCONFIRMED),
    issueConfirm: confirm.issue,
    inTurn(read) {
      const turn = lastTurn.then(() => deps.clock.sleep(0)).then(read);
      lastTurn = turn.catch(() => undefined);
      return turn;
    },
    logError: (event, route, error) => deps.log.error(event, { route, error: errorShape(error) }),
    redact: (text, bytesMax) => redact(text, secrets, bytesMax),
    redactIssues: (issues) =>
      issues.map((i) => ({
        ...i,
        path: redact(i.path, secrets, 200),
        message: redact(i.message, secrets, 400),
      })),
  };
}

/** Name and place of an error, never its message: a driver's may carry a URL with its secret. */
function errorShape(error: unknown): { type: string; at: string } {
  if (!(error instanceof Error)) return { type: typeof error, at: '' };
  const frame = error.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  return { type: error.name, at: /([^/\\(]+:\d+:\d+)\)?$/.exec(frame)?.[1] ?? '' };
}
