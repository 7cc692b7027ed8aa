import { rehearse } from '../../app/rehearse.ts';
import { rehearseOrders } from '../exchange/rehearse-orders.ts';
import type { Bridge } from './assemble-bridge.ts';

/**
 * What an alert would otherwise wait for, when there is time: the router builds its table with its first request, and
 * code is compiled when it first runs, and given up when it has not run for long. Never throws.
 */
export async function warmUp({ app, desk }: Bridge): Promise<void> {
  if (!desk.isStopping) await app.request('/healthz');
  await rehearse(desk);
  if (!desk.isStopping) await rehearseOrders();
}
