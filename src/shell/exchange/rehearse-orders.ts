import type { OrderLeg } from '../../core/execute/types.ts';
import { createHyperliquidSigner } from './hyperliquid-signer.ts';

/** After about fifty, a signature costs a quarter of what the first ones do, later still less; each is a turn of the event loop. */
const TIMES = 250;
/** Nobody's wallet: no account has approved it, so what it signs can do nothing anywhere. */
const NOBODYS_KEY = `0x${'11'.repeat(32)}`;

const leg = (o: Pick<OrderLeg, 'role' | 'isBuy' | 'px' | 'type'>): OrderLeg => ({
  cloid: `0x${'00'.repeat(16)}`,
  coin: 'BTC',
  assetId: 0,
  sz: 0.0123,
  reduceOnly: !o.isBuy,
  ...o,
});
const LEGS = [
  leg({ role: 'entry', isBuy: true, px: 100_123, type: { tif: 'Ioc' } }),
  leg({
    role: 'stop',
    isBuy: false,
    px: 89_000.5,
    type: { triggerPx: 98_765, isMarket: true, tpsl: 'sl' },
  }),
  leg({ role: 'take-profit', isBuy: false, px: 102_345, type: { tif: 'Gtc' } }),
];
const ANSWER = {
  status: 'ok',
  response: {
    type: 'order',
    data: {
      statuses: [
        { filled: { totalSz: '0.0123', avgPx: '100123', oid: 1 } },
        { resting: { oid: 2 } },
        { resting: { oid: 3 } },
      ],
    },
  },
};

/**
 * Builds, signs and reads the answers of orders that go nowhere: signed with nobody's key, answered here. What the
 * first entries of a burst would otherwise do is then compiled, which is most of their time. Never throws.
 */
export async function rehearseOrders(): Promise<void> {
  const signer = createHyperliquidSigner({
    url: 'http://nowhere.invalid',
    privateKey: NOBODYS_KEY,
    isTestnet: true,
    fetch: () => Promise.resolve(Response.json(ANSWER)),
  });
  for (let nonce = 1; nonce <= TIMES; nonce++)
    await signer.order(LEGS, { grouping: 'na', nonce, expiresAfterMs: 1 });
}
