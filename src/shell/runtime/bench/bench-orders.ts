import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { startCommand } from './start-command.ts';

/** Bursts measured: one alone is at the mercy of what else the machine does in its third of a second. */
const BURSTS = 3;

/** Alert to order, one coin after the other. */
export const benchAlertToOrder = (): Promise<Figure> => measured('alert-to-order-rtt');

/** A burst of eighteen: the median of three, each with a bridge and a venue of its own. */
export async function benchBurst(): Promise<Figure> {
  const figures: Figure[] = [];
  while (figures.length < BURSTS) figures.push(await measured('burst18-rtt'));
  const sorted = figures.toSorted((a, b) => a.value - b.value);
  const median = sorted[Math.floor(BURSTS / 2)];
  if (median === undefined) throw new Error('nothing was measured');
  return { ...median, note: `median of ${sorted.map((f) => f.value).join(', ')}; ${median.note}` };
}

/** One figure, from a process that has the flags `npm start` gives to Node. */
async function measured(name: 'alert-to-order-rtt' | 'burst18-rtt'): Promise<Figure> {
  const { nodeFlags } = startCommand();
  const child = runChild('src/shell/runtime/bench/order-figures.ts', [name], { nodeFlags });
  const line = (await child.until(/^\{.*\}$/m))[0];
  await child.stop();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script prints
  return JSON.parse(line) as Figure;
}
