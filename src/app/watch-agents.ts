import type { Desk } from './desk.ts';
import { reduceFor } from './trading-state.ts';

/** The start has its own check; 160 request weight. */
const CHECK_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Time to approve a wallet again before it ends, days. */
const EXPIRES_SOON_DAYS = 14;

/**
 * Asks the venue now and then whether both wallets may still sign, and for how long. One that may not ends entries; what
 * rests on the venue goes on protecting. Never throws.
 */
export async function watchAgents(desk: Desk): Promise<void> {
  const nowMs = desk.clock.nowMs();
  if (nowMs - desk.agentsCheckedMs < CHECK_EVERY_MS) return;
  desk.agentsCheckedMs = nowMs;
  for (const [wallet, { address }] of [
    ['entry', desk.entrySigner],
    ['guard', desk.guardSigner],
  ] as const) {
    try {
      const { isApproved, validUntilMs } = await desk.reader.agent(address);
      if (!isApproved) reduceFor(desk, 'agent-invalid', `the ${wallet} wallet is not approved any more`);
      else if (validUntilMs !== null && validUntilMs - nowMs < EXPIRES_SOON_DAYS * DAY_MS)
        desk.log.error('agent.expiring', {
          code: 'agent-expiring',
          wallet,
          validUntilMs,
          daysLeft: Math.floor((validUntilMs - nowMs) / DAY_MS),
        });
    } catch (e) {
      desk.log.warn('agent.unreadable', { wallet, message: e instanceof Error ? e.message : 'unknown' });
    }
  }
}
