import type { RefusalClass } from '../core/execute/refusal.ts';
import { classifyRefusal } from '../core/execute/refusal.ts';
import type { Desk } from './desk.ts';
import type { ExchangeSigner } from './ports.ts';
import { reduceFor } from './trading-state.ts';

/**
 * Draws the consequences of a refusal that is about more than the order at hand. Protection goes on trying in any case:
 * with the guard's pace, never at once.
 */
export function noteRefusal(desk: Desk, signer: ExchangeSigner, message: string): RefusalClass {
  const is = classifyRefusal(message, signer.address);
  const wallet = signer.address === desk.guardSigner.address ? 'guard' : 'entry';
  switch (is) {
    case 'signing-bug':
      reduceFor(desk, 'signing-bug', `the venue read another signer than the ${wallet} wallet`);
      break;
    case 'agent-invalid':
      reduceFor(desk, 'agent-invalid', `the venue does not accept the ${wallet} wallet any more`);
      break;
    case 'quota':
      // The venue's word is newer than any count; the next reading is due in a minute.
      if (desk.quota !== null) desk.quota = { ...desk.quota, left: 0, readAtMs: desk.clock.nowMs() };
      desk.log.error('quota.exhausted', { wallet });
      break;
    case 'paused':
      desk.log.error('venue.paused', { wallet, message });
      break;
    case 'order':
      break;
  }
  return is;
}
