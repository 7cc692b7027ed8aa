import type { Config } from '../config.ts';
import { DATABASE_DEFAULT, parseConfig } from '../config.ts';
import { systemClock } from '../clock.ts';
import { createLog } from '../log.ts';
import type { RunningBridge } from './start-bridge.ts';
import { startBridge } from './start-bridge.ts';

/** `npm start`: runs until SIGINT or SIGTERM. */
export async function start(): Promise<number> {
  const config = parseConfig(process.env);
  const log = createLog(config.LOG_LEVEL, process.stderr);
  const fatal = (e: unknown): void => {
    // The database can no longer be trusted: end here, let the supervisor restart and boot recover.
    log.error('store.fatal', { message: e instanceof Error ? e.message : 'unknown' });
    process.exit(70);
  };
  process.on('unhandledRejection', (e) => {
    log.error('unhandled-rejection', { message: e instanceof Error ? e.message : 'unknown' });
    process.exit(70);
  });
  // Listened to from the first moment: a signal during the start must not end the process half-way.
  const stopAsked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const running = await startBridge(config, { clock: systemClock, log, fatal }).catch((e: unknown) => {
    // Once it is said: what was opened before must not keep a process alive that serves nobody.
    setImmediate(() => process.exit(1));
    throw e;
  });
  process.stdout.write(banner(config, running));
  await stopAsked;
  log.info('stopping');
  await running.close();
  // Sleeps of background loops may still be pending; everything that matters is closed.
  process.exit(0);
}

/** What a person needs to go on, printed once to the terminal and never to the log. */
function banner(config: Config, r: RunningBridge): string {
  const isPaper = config.MODE === 'paper';
  // Given tokens are not repeated: whoever set them knows them, and terminals are recorded.
  const webhook = config.WEBHOOK_TOKEN === undefined ? r.tokens.webhook[0] : '$WEBHOOK_TOKEN';
  const read = config.READ_TOKEN === undefined ? (r.tokens.read ?? '') : '$READ_TOKEN';
  const page = config.READ_TOKEN === undefined ? `${r.url}/#token=${read}` : `${r.url}/`;
  // The commands look where the defaults are, unless they are told as well.
  const prefix = isPaper
    ? [
        ...(config.PORT === 8787 ? [] : [`PORT=${new URL(r.url).port} `]),
        ...(config.DATABASE_URL === DATABASE_DEFAULT ? [] : [`DATABASE_URL=${config.DATABASE_URL} `]),
      ].join('')
    : '';
  return `
snapback · ${config.MODE.toUpperCase()}${isPaper ? ' (simulated venue, no real money)' : ''}
market data   ${r.dataSource}
page          ${page}
webhook       ${r.url}/webhook/${webhook}

try it        ${prefix}npx snapback alert --send
decisions     curl -s -H "authorization: Bearer ${read}" ${r.url}/api/v1/decisions
positions     curl -s -H "authorization: Bearer ${read}" ${r.url}/api/v1/positions

`;
}
