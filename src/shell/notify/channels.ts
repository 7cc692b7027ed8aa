import type { Notice } from '../../app/notices.ts';
import type { Config } from '../config.ts';
import type { Channel, Fetch } from './channel.ts';
import { postNotice } from './channel.ts';

/** Their limits are 4,096 and 2,000 characters; ours are lines. */
const TEXT_MAX = 1_500;
const MARK: Readonly<Record<Notice['severity'], string>> = { info: '·', warn: '!', critical: '!!' };

const lineOf = (n: Notice, from: string): string =>
  `${MARK[n.severity]} ${from}: ${n.text}`.slice(0, TEXT_MAX);

const globalFetch: Fetch = (url, init) => fetch(url, init);

/** The channels that the configuration names; the hosts are the ones written here and there, never from a message. */
export function channelsOf(config: Config, fetcher: Fetch = globalFetch): Channel[] {
  const { NOTIFY_TELEGRAM_TOKEN: token, NOTIFY_TELEGRAM_CHAT: chat } = config;
  const { NOTIFY_DISCORD_URL: discord, NOTIFY_WEBHOOK_URL: webhook } = config;
  const channels: Channel[] = [];
  if (token !== undefined && chat !== undefined)
    channels.push({
      name: 'telegram',
      gapMs: 1_100, // one message a second to one chat
      deliver: (n, from) =>
        postNotice(fetcher, `https://api.telegram.org/bot${token}/sendMessage`, {
          chat_id: chat,
          text: lineOf(n, from),
          disable_notification: n.severity === 'info',
          link_preview_options: { is_disabled: true },
        }),
    });
  if (discord !== undefined)
    channels.push({
      name: 'discord',
      gapMs: 500, // five in two seconds per webhook
      deliver: (n, from) =>
        postNotice(fetcher, discord, { content: lineOf(n, from), allowed_mentions: { parse: [] } }),
    });
  if (webhook !== undefined)
    channels.push({
      name: 'webhook',
      gapMs: 100,
      deliver: (n, from) =>
        postNotice(fetcher, webhook, {
          source: from,
          kind: n.kind,
          severity: n.severity,
          key: n.key,
          atMs: n.atMs,
          text: n.text.slice(0, TEXT_MAX),
        }),
    });
  return channels;
}
