import { privateKeyToAddress } from 'viem/accounts';
import { lookBesideBridge } from '../../app/guard-beside-bridge.ts';
import type { Config } from '../config.ts';
import { parseConfig } from '../config.ts';
import { systemClock } from '../clock.ts';
import { createHyperliquidFeed } from '../exchange/hyperliquid-feed.ts';
import type { Listener } from '../../app/watch-log.ts';
import { watchLog } from '../../app/watch-log.ts';
import { createLog } from '../log.ts';
import type { OptionValues } from './commands.ts';
import { bridgeUrl } from './guard-bridge.ts';
import { endDoubts, openSecondGuard, runSecondGuard } from './guard-process.ts';
import { openGuardStore } from './guard-store.ts';
import { startNotifying } from './notifying.ts';
import { realVenue } from './real-venue.ts';

const PAPER = `npm run guard: in paper mode the simulated venue lives inside the bridge's own process and ends with it, so that
there is nothing to guard from outside. To try it, give the venue a process of its own:

  npm run venue -- --account 0x… --agents 0x…,0x…
  MODE=testnet HYPERLIQUID_API_URL=http://127.0.0.1:8788 HYPERLIQUID_ACCOUNT=0x… … npm run guard
`;

/** How long an unprotected position is worked on by `--once` before it gives up, ms. */
const ONCE_MS_MAX = 30_000;
const ONCE_AGAIN_MS = 3_000;

/** `npm run guard`: the guard alone, on the account of the environment, until SIGINT or SIGTERM. */
export async function guard(o: OptionValues): Promise<number> {
  const config = parseConfig(process.env);
  if (config.MODE === 'paper') {
    process.stderr.write(PAPER);
    return 2;
  }
  const clock = systemClock;
  const listeners: Listener[] = [];
  const log = watchLog(createLog(config.LOG_LEVEL, process.stderr), clock, listeners);
  process.on('unhandledRejection', (e) => {
    log.error('unhandled-rejection', { message: e instanceof Error ? e.message : 'unknown' });
    process.exit(70);
  });
  const stopAsked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const { store, kept } = await openGuardStore(config, { clock, log });
  const notifying = startNotifying(config, { store, clock, log, tokens: [], as: 'guard' });
  listeners.push(notifying.onEvent);
  // Said to the log before anybody listened.
  if (kept === null)
    notifying.onEvent({ atMs: clock.nowMs(), level: 'error', event: 'guard.memory-only', fields: {} });
  const bridge = typeof o['bridge'] === 'string' ? o['bridge'].replace(/\/$/, '') : bridgeUrl(config);
  const second = await openSecondGuard(config, { clock, log, store, bridgeUrl: bridge });
  await endDoubts(second.desk);
  if (o['once'] === true) {
    const isProtected = await once(second);
    await notifying.idle();
    await store.close();
    process.exit(isProtected ? 0 : 1);
  }
  const venue = realVenue(config, clock);
  process.stdout.write(banner(config, { bridge, kept, venue: venue.apiUrl }));
  const stop = runSecondGuard(second, createHyperliquidFeed({ wsUrl: venue.wsUrl, account: venue.account }));
  await stopAsked;
  log.info('stopping');
  await stop();
  await notifying.idle();
  notifying.stop();
  await store.close();
  // A doubt's fence may still be sleeping; the next start takes it up.
  process.exit(0);
}

/** One look, and more while the bridge is given its time: true when every position is protected. */
async function once(second: Parameters<typeof lookBesideBridge>[0]): Promise<boolean> {
  const { clock } = second.desk;
  const untilMs = clock.nowMs() + ONCE_MS_MAX;
  for (;;) {
    const { verdict } = await lookBesideBridge(second);
    if (verdict === 'protected' || verdict === 'repaired') return true;
    if (verdict === 'unreadable' || clock.nowMs() > untilMs) return false;
    await clock.sleep(ONCE_AGAIN_MS);
  }
}

function banner(config: Config, o: { bridge: string; kept: string | null; venue: string }): string {
  const key = config.HYPERLIQUID_GUARD_KEY;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the configuration's pattern says so
  const wallet = key === undefined ? '' : privateKeyToAddress(key as `0x${string}`);
  return `snapback guard · ${config.MODE.toUpperCase()} · account ${config.HYPERLIQUID_ACCOUNT} on ${o.venue} · wallet ${wallet} · looks every ${config.GUARD_INTERVAL_MS} ms, beside the bridge at ${o.bridge} · record ${o.kept ?? 'in memory only'}
`;
}
