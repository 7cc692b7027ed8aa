import type { Desk } from './desk.ts';
import type { ExitReason } from './exits.ts';
import { isDiscretionary, requestExit } from './exits.ts';
import { guardPositions } from './guard-positions.ts';
import type { ExitResult } from './ports.ts';

/**
 * Closes a position, whoever opened it: reduce-only, by the guard's wallet, as often as it takes until a reading shows
 * that it is gone. Its stop stays until then; what is left of ours on the book is cancelled afterwards. Asking again
 * while it goes on changes nothing. Never throws. The coin takes no entry meanwhile.
 * @param decisionId the decision that wants it, if one does: its orders and the trade name it
 */
export async function exitPosition(
  desk: Desk,
  coin: string,
  reason: ExitReason,
  decisionId: string | null = null,
): Promise<ExitResult> {
  const said = (status: ExitResult['status'], message: string): ExitResult => ({ coin, status, message });
  if (desk.tradingState === 'HALTED' && isDiscretionary(reason))
    return said('refused', 'trading is HALTED: protection only');
  if (desk.account === null) await guardPositions(desk, 'manual');
  if (desk.account === null) return said('refused', 'the account could not be read: unknown is not flat');
  const held = desk.account.positions.find((p) => p.coin === coin);
  // What the bridge decides on by itself concerns its own positions, also when it is taken up after a restart.
  const isOthers = isDiscretionary(reason) && desk.plans.get(coin)?.side !== held?.side;
  const position = isOthers ? undefined : held;
  if (position === undefined && !desk.exits.has(coin)) return said('no-position', `no ${coin} position`);
  if (position !== undefined) await requestExit(desk, position, reason, decisionId);
  await guardPositions(desk, 'manual');
  const pending = desk.exits.get(coin);
  return pending === undefined || pending.goneSinceMs !== null
    ? said('closed', `the ${coin} position is closed`)
    : said('pending', `${coin} is not closed yet: the guard goes on with every pass`);
}
