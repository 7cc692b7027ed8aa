import type { Desk } from './desk.ts';

const setting = (coin: string): string => `leverage|${coin}`;

/**
 * Sets isolated margin and the coin's leverage on the venue, once per coin and value: the venue charges quota for
 * each resend. Coins with an open position are left as they are (the venue refuses to change their mode).
 * A coin that cannot be prepared keeps what it has; the stop is clamped inside the venue's own liquidation price.
 */
export async function prepareAccount(desk: Desk): Promise<void> {
  const held = new Set(desk.account?.positions.map((p) => p.coin));
  const due = desk.params.filter((p) => p.enabled && !held.has(p.coin));
  const answered = await Promise.all(
    due.map(async (params) => {
      const meta = desk.meta.get(params.coin);
      if (meta === undefined) return [];
      const leverage = Math.min(params.leverage, meta.maxLeverage);
      const wanted = `${desk.reader.account}|isolated|${leverage}`;
      if ((await desk.store.setting(setting(params.coin))) === wanted) return [];
      const nonce = desk.entryNonces.next();
      await desk.store.commitNonce(desk.entrySigner.address, nonce);
      const outcome = await desk.entrySigner.setLeverage({
        assetId: meta.assetId,
        leverage,
        isCross: false,
        nonce,
      });
      if (outcome.kind === 'answered') return [{ name: setting(params.coin), wanted }];
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
