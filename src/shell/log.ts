import pino from 'pino';
import type { Log } from '../app/ports.ts';

const REDACT = ['secret', '*.secret', 'privateKey', '*.privateKey', 'authorization', '*.authorization'];

/** An allow-list: foreign errors carry signed requests and URLs with tokens, so only these fields ever leave. */
const err = (e: unknown) => (e instanceof Error ? { type: e.name, message: e.message } : { type: typeof e });

const toConsole = (method: 'log' | 'warn' | 'error') => (o: object) => {
  // Workers have no stdout; this branch is bundled there only (pino's browser build).
  globalThis.console[method](JSON.stringify(o));
};

/** JSON lines of typed events. On Node they go to stderr, so that stdout stays for what a command prints. */
export function createLog(
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent',
  destination?: { write(line: string): void },
): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    redact: REDACT,
    serializers: { err },
    browser: {
      serialize: true,
      asObject: true,
      write: {
        debug: toConsole('log'),
        info: toConsole('log'),
        warn: toConsole('warn'),
        error: toConsole('error'),
        fatal: toConsole('error'),
      },
    },
  };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  const at =
    (m: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: Record<string, unknown> = {}): void =>
      logger[m]({ event, ...fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
