import type { Clock, Log } from './ports.ts';

/** One event as it was logged: typed fields that are fit to leave the process (docs/safety.md, logging). */
export interface LoggedEvent {
  atMs: number;
  level: 'debug' | 'info' | 'warn' | 'error';
  event: string;
  fields: Readonly<Record<string, unknown>>;
}

export type Listener = (e: LoggedEvent) => void;

/**
 * A log that also tells listeners every event, whatever level is written: metrics, the event stream and notifications
 * see what the log sees, and use cases know one port. A listener must return at once; one that throws is reported and
 * stops nothing.
 */
export function watchLog(log: Log, clock: Clock, listeners: readonly Listener[]): Log {
  const at =
    (level: LoggedEvent['level']) =>
    (event: string, fields: Record<string, unknown> = {}): void => {
      log[level](event, fields);
      const logged = { atMs: clock.nowMs(), level, event, fields };
      for (const listener of listeners)
        try {
          listener(logged);
        } catch (e) {
          log.error('listener.failed', { of: event, type: e instanceof Error ? e.name : typeof e });
        }
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
