import { createLog } from '../log.ts';
import { respondProblem } from '../http/respond.ts';
import type { Desk, Env } from './desk.ts';
import { workerConfig } from './worker-config.ts';

export { Desk } from './desk.ts';

/** One account, one object; it is made near the venue, whose servers are in Tokyo, and stays there. */
const deskOf = (env: Env): DurableObjectStub<Desk> =>
  env.DESK.get(env.DESK.idFromName('main'), { locationHint: 'apac-ne' });

/** The door: everything happens in the account's object, because that is where lock, nonces and database are. */
export default {
  async fetch(request, env) {
    const config = workerConfig(env);
    if (config.ok) return deskOf(env).fetch(request);
    const requestId = crypto.randomUUID();
    createLog('error').error('worker.not-configured', { requestId, problems: config.refusal });
    const message = `this Worker is not configured: ${config.refusal}`;
    return respondProblem({ status: 500, code: 'not-ready', message, requestId });
  },
  async scheduled(_controller, env) {
    const config = workerConfig(env);
    if (config.ok) await deskOf(env).ensureArmed();
    else createLog('error').error('worker.not-configured', { problems: config.refusal });
  },
} satisfies ExportedHandler<Env>;
