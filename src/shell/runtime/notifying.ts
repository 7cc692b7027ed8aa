import type { Clock, Log, Store } from '../../app/ports.ts';
import type { Listener } from '../../app/watch-log.ts';
import type { Config } from '../config.ts';
import { channelsOf } from '../notify/channels.ts';
import { createNotifier } from '../notify/create-notifier.ts';

const SECRET_KEYS = [
  'WEBHOOK_TOKEN',
  'READ_TOKEN',
  'OPERATE_TOKEN',
  'HYPERLIQUID_ENTRY_KEY',
  'HYPERLIQUID_GUARD_KEY',
  'NOTIFY_TELEGRAM_TOKEN',
  'NOTIFY_DISCORD_URL',
  'NOTIFY_WEBHOOK_URL',
] as const;

/** Nobody waits longer than this for messages that are on their way, ms. */
const UNDER_WAY_MS = 10_000;

export interface Notifying {
  onEvent: Listener;
  /** Resolves when no message is on its way any more, or after ten seconds: the rest is taken up later. */
  idle(): Promise<void>;
  stop(): void;
}

/**
 * Messages for people from here on; nothing happens without a configured channel.
 * @param o.as which process of the account speaks; left out by the bridge itself
 */
export function startNotifying(
  config: Config,
  o: {
    store: Pick<Store, 'setting' | 'setSetting'>;
    clock: Clock;
    log: Log;
    tokens: readonly (string | null)[];
    as?: 'guard';
  },
): Notifying {
  const configured = SECRET_KEYS.map((key) => config[key] ?? null);
  const notifier = createNotifier({
    channels: channelsOf(config),
    from: nameOf(config.MODE, o.as),
    clock: o.clock,
    log: o.log,
    store: o.store,
    secrets: [...configured, ...o.tokens].filter((s) => s !== null),
  });
  notifier
    .recall()
    .catch((e: unknown) =>
      o.log.warn('notify.not-recalled', { type: e instanceof Error ? e.name : typeof e }),
    );
  return {
    onEvent: notifier.onEvent,
    idle: () => within(UNDER_WAY_MS, notifier.idle()),
    stop: () => notifier.close(),
  };
}

/** How messages call whoever sends them. */
export const nameOf = (mode: Config['MODE'], as?: 'guard'): string =>
  `snapback ${mode.toUpperCase()}${as === undefined ? '' : ` ${as}`}`;

/** Resolves when `work` has ended, or after `ms`; leaves no timer behind. */
function within(ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(end, end);
  });
}
