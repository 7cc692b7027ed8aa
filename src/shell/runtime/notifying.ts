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

/** Messages for people from here on; nothing happens without a configured channel. */
export function startNotifying(
  config: Config,
  o: { store: Store; clock: Clock; log: Log; tokens: readonly (string | null)[] },
): { onEvent: Listener; stop(): void } {
  const configured = SECRET_KEYS.map((key) => config[key] ?? null);
  const notifier = createNotifier({
    channels: channelsOf(config),
    from: `snapback ${config.MODE.toUpperCase()}`,
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
  return { onEvent: notifier.onEvent, stop: () => notifier.close() };
}
