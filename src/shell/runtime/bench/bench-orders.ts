import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { startCommand } from './start-command.ts';

/** Alert to order, or a burst of eighteen: measured in a process that `npm start` would give its flags to. */
export async function benchOrders(name: 'alert-to-order-rtt' | 'burst18-rtt'): Promise<Figure> {
  const { nodeFlags } = startCommand();
  const child = runChild('src/shell/runtime/bench/order-figures.ts', [name], { nodeFlags });
  const line = (await child.until(/^\{.*\}$/m))[0];
  await child.stop();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script prints
  return JSON.parse(line) as Figure;
}
