import type { Desk } from './desk.ts';

const setting = (coin: string): string => `leverage|${coin}`;

/** What each coin of a desk is known to be set to, and when it was last tried in vain to set it, ms. */
interface Memory {
  leverage: Map<string, number>;
  triedAtMs: Map<string, number>;
}
const memories = new WeakMap<Desk, Memory>();
function memoryOf(desk: Desk): Memory {
  const memory = memories.get(desk) ?? { leverage: new Map(), triedAtMs: new Map() };
  memories.set(desk, memory);
  return memory;
}
/** Between two tries to set what the venue did not take, ms. */
const RETRY_MS = 60_000;

/** None while the account was never read: a coin may be held, and at another leverage by hand. */
const dueOf = (desk: Desk): Desk['params'] => {
  if (desk.account === null) return [];
  const held = new Set(desk.account.positions.map((p) => p.coin));
  return desk.params.filter((p) => p.enabled && !held.has(p.coin));
};

/**
 * Sets what a start or a change could not set: of a coin that was held and is flat now, or because the venue did not
 * answer. Decisions reckon with the leverage that is wanted. Cheap while nothing is due.
 */
export async function prepareWhatIsDue(desk: Desk): Promise<void> {
  const { leverage, triedAtMs } = memoryOf(desk);
  const nowMs = desk.clock.nowMs();
  const isDue = dueOf(desk).some(
    (p) =>
      desk.meta.has(p.coin) &&
      leverage.get(p.coin) !== p.leverage &&
      nowMs - (triedAtMs.get(p.coin) ?? Number.NEGATIVE_INFINITY) >= RETRY_MS,
  );
  if (isDue) await prepareAccount(desk);
}

/**
 * Sets isolated margin and the coin's leverage on the venue, once per coin and value: the venue charges quota for
 * each resend. Coins with an open position are left as they are (the venue refuses to change their mode).
 * A coin that cannot be prepared keeps what it has; the stop is clamped inside the venue's own liquidation price.
 */
export async function prepareAccount(desk: Desk): Promise<void> {
  const memory = memoryOf(desk);
  const answered = await Promise.all(
    dueOf(desk).map(async (params) => {
      const meta = desk.meta.get(params.coin);
      if (meta === undefined) return [];
      memory.triedAtMs.set(params.coin, desk.clock.nowMs());
      const leverage = Math.min(params.leverage, meta.maxLeverage);
      const wanted = `${desk.reader.account}|isolated|${leverage}`;
      const isSet = (): void => {
        memory.leverage.set(params.coin, params.leverage);
        memory.triedAtMs.delete(params.coin);
      };
      if ((await desk.store.setting(setting(params.coin))) === wanted) {
        isSet();
        return [];
      }
      const nonce = desk.entryNonces.next();
      await desk.store.commitNonce(desk.entrySigner.address, nonce);
      const outcome = await desk.entrySigner.setLeverage({
        assetId: meta.assetId,
        leverage,
        isCross: false,
        nonce,
      });
      if (outcome.kind === 'answered') {
        isSet();
        return [{ name: setting(params.coin), wanted }];
      }
      desk.log.warn('leverage.not-set', {
        coin: params.coin,
        outcome: outcome.kind,
        message: outcome.message,
      });
      return [];
    }),
  );
  // Side by side: one commit for all coins instead of one each.
  await Promise.all(answered.flat().map(({ name, wanted }) => desk.store.setSetting(name, wanted)));
}
