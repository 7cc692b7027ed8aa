import { rehearse } from '../../app/rehearse.ts';
import type { Bridge } from './assemble-bridge.ts';

/**
 * What the first alert would otherwise wait for, when there is time: the router builds its table with its first
 * request, and code is compiled when it first runs. Never throws.
 */
export async function warmUp({ app, desk }: Bridge): Promise<void> {
  if (!desk.isStopping) await app.request('/healthz');
  await rehearse(desk);
}
