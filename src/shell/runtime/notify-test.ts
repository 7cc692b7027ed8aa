import type { Notice } from '../../app/notices.ts';
import { parseConfig } from '../config.ts';
import type { Channel } from '../notify/channel.ts';
import { channelsOf } from '../notify/channels.ts';
import { nameOf } from './notifying.ts';

/** `snapback notify-test`: one message to each configured channel, and what became of it. */
export async function notifyTest(): Promise<number> {
  const config = parseConfig(process.env);
  const channels = channelsOf(config);
  if (channels.length === 0) {
    process.stdout.write('no channel is configured: set the NOTIFY_ keys, docs/notifications.md\n');
    return 1;
  }
  const results = await sendTest(channels, nameOf(config.MODE), Date.now());
  process.stdout.write(
    results.map((r) => `${r.ok ? 'ok  ' : 'FAIL'}  ${r.channel.padEnd(9)} ${r.said}\n`).join(''),
  );
  return results.every((r) => r.ok) ? 0 : 1;
}

const SETTINGS: Readonly<Record<Channel['name'], string>> = {
  telegram: 'NOTIFY_TELEGRAM_TOKEN and NOTIFY_TELEGRAM_CHAT',
  discord: 'NOTIFY_DISCORD_URL',
  webhook: 'NOTIFY_WEBHOOK_URL',
};

export function sendTest(
  channels: readonly Channel[],
  from: string,
  atMs: number,
): Promise<{ channel: string; ok: boolean; said: string }[]> {
  const notice: Notice = {
    kind: 'test',
    severity: 'info',
    key: 'test',
    quietMs: 0,
    text: 'this is a test message; nothing is wrong',
    atMs,
  };
  return Promise.all(
    channels.map(async (channel) => {
      const result = await channel.deliver(notice, from);
      const said = result.kind === 'sent' ? 'sent' : `${result.why}: check ${SETTINGS[channel.name]}`;
      return { channel: channel.name, ok: result.kind === 'sent', said };
    }),
  );
}
