import { privateKeyToAddress } from 'viem/accounts';
import { systemClock } from '../clock.ts';
import { createLog } from '../log.ts';
import { serveVenue } from '../../venue/serve.ts';
import { createVenue } from '../../venue/venue.ts';
import type { OptionValues } from './commands.ts';
import { syntheticPaperMarket } from './paper-market.ts';

/** Well-known throw-away keys, so that a script can trade at once: funded on the simulated venue only. */
const DEMO_KEY = `0x${'11'.repeat(32)}` as const;

/** `npm run venue`: the simulated Hyperliquid until it is told to stop. */
export async function venue(o: OptionValues): Promise<number> {
  const number = (name: string, fallback: number): number => {
    const value = o[name] === undefined ? fallback : Number(o[name]);
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number, 0 or more`);
    return value;
  };
  const log = createLog('info', process.stderr);
  const market = syntheticPaperMarket({
    seed: number('seed', 7),
    startMs: systemClock.nowMs(),
    clock: systemClock,
    log,
  });
  const sim = createVenue({ nowMs: systemClock.nowMs, coins: market.coins });
  const account = typeof o['account'] === 'string' ? o['account'] : privateKeyToAddress(DEMO_KEY);
  const agents = typeof o['agents'] === 'string' ? o['agents'].split(',') : [];
  sim.openAccount({
    address: account,
    usd: number('usd', 10_000),
    agents: agents.map((address, i) => ({ address: address.trim(), name: `agent${i + 1}` })),
  });
  const server = await serveVenue({
    venue: sim,
    port: number('port', 8788),
    latencyMs: number('latency', 0),
  });
  const stopMarket = o['still'] === true ? () => Promise.resolve() : market.drive(sim);
  process.stdout.write(`
simulated Hyperliquid · ${o['still'] === true ? 'still: set prices with POST /sim/price' : market.name}
api        ${server.url}     (POST /info, POST /exchange)
websocket  ${server.wsUrl}
account    ${account}, ${number('usd', 10_000)} USDC${typeof o['account'] === 'string' ? '' : `, private key ${DEMO_KEY} (public, worthless)`}
control    ${server.url}/sim/*   loopback only
`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await stopMarket();
  await server.close();
  return 0;
}
