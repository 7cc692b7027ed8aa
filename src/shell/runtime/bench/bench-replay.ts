import { syntheticMaterial, venueCoinOf } from '../play-material.ts';
import { playReplay } from '../replay/play-replay.ts';
import type { Figure } from './figure.ts';
import { atLeast } from './figure.ts';

const COIN = 'BTC';
/** Code is warm in a long replay. */
const WARM_RUNS = 2;
const RUNS = 3;

/** One coin's made-up bars through detector, zones, decisions, guard and venue, per second of processor time. */
export async function benchReplay({ days }: { days: number }): Promise<Figure> {
  const material = syntheticMaterial(7, { coins: [COIN], days });
  const coins = [venueCoinOf(COIN, material.candles.get(COIN) ?? [])];
  const run = () => playReplay({ ...material, coins, equityUsd: 10_000 });
  for (let i = 0; i < WARM_RUNS; i++) await run();
  const before = process.cpuUsage();
  for (let i = 1; i < RUNS; i++) await run();
  const { bars, rows } = await run();
  const { user, system } = process.cpuUsage(before);
  const barsPerSecond = (RUNS * bars) / ((user + system) / 1e6);
  const note = `${bars} bars of one coin, ${rows.alerts.size} alerts, ${rows.trades.size} trades, per second of processor time`;
  return atLeast('replay-bars-per-s', barsPerSecond, '/s/core', 100_000, note);
}
