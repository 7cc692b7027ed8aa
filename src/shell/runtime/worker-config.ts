import type { Result } from '../../core/shared/result.ts';
import type { Config } from '../config.ts';
import { ConfigError, parseConfig } from '../config.ts';

/**
 * The configuration of a Worker out of its bindings: variables and secrets are text, everything else is not ours.
 * A Worker has no disk and no embedded venue, so there is no paper mode.
 * @returns or what is wrong, one key per line, never a value
 */
export function workerConfig(bindings: object): Result<Config, string> {
  const texts = Object.entries(bindings).filter((b): b is [string, string] => typeof b[1] === 'string');
  try {
    // It listens nowhere of its own: what is asked of a machine's HOST does not apply.
    const config = parseConfig({ ...Object.fromEntries(texts), HOST: '0.0.0.0' });
    if (config.MODE !== 'paper') return { ok: true, value: config };
    return {
      ok: false,
      refusal:
        'MODE: paper runs on Node only; here set MODE=testnet, and HYPERLIQUID_API_URL to try it on a venue of your own',
    };
  } catch (e) {
    if (e instanceof ConfigError) return { ok: false, refusal: e.message };
    throw e;
  }
}
