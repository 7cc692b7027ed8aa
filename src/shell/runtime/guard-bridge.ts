import * as z from 'zod';
import type { Config } from '../config.ts';

const Health = z.object({ ok: z.literal(true), mode: z.string() });
/** A bridge that needs longer for an answer from memory is not to be relied on, ms. */
const ANSWER_MS_MAX = 1_000;
const ANY_HOST: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

/** Where the bridge of this environment listens, seen from this machine. */
export const bridgeUrl = ({ HOST, PORT }: Config): string =>
  `http://${ANY_HOST[HOST] ?? (HOST.includes(':') ? `[${HOST}]` : HOST)}:${PORT}`;

/**
 * Whether a bridge in the same mode answers there and says that its own guard has passed recently. Silence, an error,
 * a late guard and a paper bridge on the same port are all no.
 */
export async function isBridgeProtecting(url: string, mode: Config['MODE']): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    const health = Health.safeParse(await answer.json());
    return answer.ok && health.success && health.data.mode === mode;
  } catch {
    return false;
  }
}
