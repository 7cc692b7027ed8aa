import { readFileSync } from 'node:fs';
import { privateKeyToAddress } from 'viem/accounts';
import * as v from 'valibot';
import { playScenario, Scenario } from '../../venue/scenario.ts';
import { systemClock } from '../clock.ts';
import { createLog } from '../log.ts';
import { SYNTHETIC_COINS } from '../../venue/market/synthetic-coins.ts';
import { serveVenue } from '../../venue/serve.ts';
import { createVenue } from '../../venue/venue.ts';
import type { OptionValues } from './commands.ts';
import { syntheticPaperMarket } from './paper-market.ts';

/** Well-known throw-away keys, so that a script can trade at once: funded on the simulated venue only. */
const DEMO_KEY = `0x${'11'.repeat(32)}` as const;

const sleep = (ms: number): Promise<void> => new Promise((resume) => void setTimeout(resume, ms));

const readScenario = (path: string): Scenario => v.parse(Scenario, JSON.parse(readFileSync(path, 'utf8')));

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
  const limited = o['limits'] === true;
  const sim = createVenue({
    nowMs: systemClock.nowMs,
    coins: market.coins,
    rules: { ipWeights: limited, addressQuota: limited },
  });
  const account = typeof o['account'] === 'string' ? o['account'] : privateKeyToAddress(DEMO_KEY);
  const agents = typeof o['agents'] === 'string' ? o['agents'].split(',') : [];
  for (const [option, given] of [
    ['account', [account]],
    ['agents', agents],
  ] as const)
    if (!given.every((a) => /^0x[0-9a-fA-F]{40}$/.test(a.trim())))
      throw new Error(
        `--${option}: 0x and 40 hex digits${option === 'agents' ? ' each, between commas' : ''}`,
      );
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
  if (o['still'] === true)
    for (const { coin, startPx } of SYNTHETIC_COINS) sim.setPrice(coin, { markPx: startPx });
  const play = typeof o['scenario'] === 'string' ? readScenario(o['scenario']) : null;
  const stopMarket = o['still'] === true ? () => Promise.resolve() : market.drive(sim);
  process.stdout.write(`
simulated Hyperliquid · ${o['still'] === true ? 'still: move prices with POST /sim/price' : market.name}
api        ${server.url}     (POST /info, POST /exchange)
websocket  ${server.wsUrl}
account    ${account}, ${number('usd', 10_000)} USDC${typeof o['account'] === 'string' ? '' : `, private key ${DEMO_KEY} (public, worthless)`}
control    ${server.url}/sim/*   loopback only
${play === null ? '' : `scenario   ${play.name}: ${play.about}\n`}`);
  if (play !== null) void playScenario(sim, play, sleep).then(() => log.info('the scenario is over'));
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await stopMarket();
  await server.close();
  return 0;
}
