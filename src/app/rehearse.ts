import { decide } from '../core/decide/decide.ts';
import { cloidOf } from '../core/execute/cloid.ts';
import { collectInput, readHistory } from './collect-input.ts';
import type { Desk } from './desk.ts';
import { exampleAlert } from './example-alert.ts';

/** So that the way is not only compiled but compiled well; each leaves some garbage behind. */
const TIMES = 36;

/**
 * Decides on examples of some coins and throws the answers away: nothing is stored, reserved, drawn or sent. The code
 * on the way from an alert to its order is compiled when an alert comes, instead of by it: hours may lie between the
 * start and the first alert, and many of them then come at once. Never throws.
 */
export async function rehearse(desk: Desk): Promise<void> {
  try {
    const history = await readHistory(desk);
    for (let i = 0; i < TIMES; i++) {
      const coin = desk.params[i % desk.params.length]?.coin;
      const alert = desk.isStopping || coin === undefined ? null : exampleAlert(desk, coin);
      if (coin === undefined || alert === null) continue;
      const receivedAtMs = desk.clock.nowMs();
      const stored = {
        id: coin,
        key: coin,
        bodySha: '',
        alert,
        receivedAtMs,
        state: 'new',
        outcome: null,
      } as const;
      decide(collectInput(desk, stored, coin, history), (role, index) =>
        cloidOf(desk.digest, {
          salt: desk.cloidSalt,
          account: desk.reader.account,
          alertKey: coin,
          role,
          index,
          attempt: 0,
        }),
      );
      // A few ms each: let an alert in between.
      await desk.clock.sleep(0);
    }
  } catch (e) {
    desk.log.warn('rehearsal.failed', { message: e instanceof Error ? e.message : 'unknown' });
  }
}
