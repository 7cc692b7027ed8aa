import { signL1Action } from '@nktkas/hyperliquid/signing';
import { expect, test } from 'vitest';
import { createRig, limit, MASTER, wallets } from './rig.ts';

/** A request that stands still on its way: `arrive` lets it go on, `onTheWay` resolves once nothing but that is left. */
function road() {
  let arrive = (): void => undefined;
  let halted = (): void => undefined;
  const onTheWay = new Promise<void>((resolve) => (halted = resolve));
  const travel = (): Promise<void> => {
    halted();
    return new Promise((resolve) => (arrive = resolve));
  };
  return { travel, onTheWay, arrive: () => arrive() };
}

async function body(nonce: number, wallet = wallets.entry): Promise<string> {
  const action = { type: 'order', orders: [limit('ETH', true, '1', '3010', 'Ioc')], grouping: 'na' };
  return JSON.stringify({
    action,
    nonce,
    signature: await signL1Action({ wallet, action, nonce, isTestnet: true }),
  });
}

test('an action is applied when it arrives: at the price, the nonces and the approvals of that moment', async () => {
  const rig = createRig();
  const before = { ...rig.venue.stats() };
  const first = road();
  const reply = rig.venue.handle('exchange', await body(rig.nonce()), 'a', first.travel);
  await first.onTheWay;
  expect(rig.venue.stats()).toEqual(before);
  expect(rig.venue.account(MASTER)?.positions).toEqual([]);
  rig.venue.setPrice('ETH', { markPx: 2_900 });
  first.arrive();
  expect(await reply).toMatchObject({
    status: 200,
    body: expect.stringContaining('"avgPx":"2900') as string,
  });

  const late = road();
  const revoked = rig.venue.handle('exchange', await body(rig.nonce()), 'a', late.travel);
  await late.onTheWay;
  rig.venue.setAgent(wallets.entry.address, 'removed');
  rig.clock.now += 3_600_000;
  late.arrive();
  expect(await revoked).toMatchObject({ body: expect.stringContaining('does not exist') as string });
});

test('a read tells of the moment it arrives', async () => {
  const rig = createRig();
  const r = road();
  const reply = rig.venue.handle(
    'info',
    JSON.stringify({ type: 'clearinghouseState', user: MASTER }),
    'a',
    r.travel,
  );
  await r.onTheWay;
  await rig.orders([limit('ETH', true, '1', '3010', 'Ioc')]);
  r.arrive();
  expect(await reply).toMatchObject({ body: expect.stringContaining('"szi":"1.0"') as string });
});
