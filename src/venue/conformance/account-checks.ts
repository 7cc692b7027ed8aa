// What an account shows and what its agents may not do.
import { isRecord } from '../json.ts';
import { type Check, expectThat, has } from './bench.ts';
import { errorIn } from './client.ts';
import { listen } from './listen.ts';

/** Relative tolerance of a liquidation price read back from rounded numbers. */
const TOLERANCE = 1e-4;

async function positionOf(
  info: (body: Record<string, unknown>) => Promise<unknown>,
  user: string,
  coin: string,
) {
  const state = await info({ type: 'clearinghouseState', user });
  const rows = isRecord(state) && Array.isArray(state['assetPositions']) ? state['assetPositions'] : [];
  for (const row of rows) {
    const p: unknown = isRecord(row) ? row['position'] : null;
    if (isRecord(p) && p['coin'] === coin) return p;
  }
  return null;
}

export const ACCOUNT_CHECKS: readonly Check[] = [
  {
    item: 12,
    name: 'an isolated liquidationPx is −rawUsd ÷ (szi·(1 − l)), l half of 1 ÷ maxLeverage, to 1e-4',
    async run(b) {
      const set = (isCross: boolean, leverage: number): Promise<unknown> =>
        b.client.send({ type: 'updateLeverage', asset: b.asset, isCross, leverage });
      const data = await b.client.info({ type: 'activeAssetData', user: b.client.user, coin: b.coin });
      const before = isRecord(data) && isRecord(data['leverage']) ? data['leverage'] : {};
      await set(false, 3);
      try {
        await b.long(20);
        const p = await positionOf(b.client.info, b.client.user, b.coin);
        expectThat(p !== null && isRecord(p['leverage']), 'no position');
        const l = 1 / (2 * Number(p['maxLeverage']));
        const wanted = -Number(p['leverage']['rawUsd']) / (Number(p['szi']) * (1 - l));
        const shown = Number(p['liquidationPx']);
        expectThat(Math.abs(shown - wanted) <= wanted * TOLERANCE, `shows ${shown}, wanted ${wanted}`);
      } finally {
        await b.clear();
        await set(before['type'] !== 'isolated', Number(before['value'] ?? 3));
      }
    },
  },
  {
    item: 13,
    name: 'userFills over WebSocket: the snapshot first, then the fill; subscribing anew repeats its tid',
    async run(b) {
      const subscription = { type: 'userFills', user: b.client.user };
      const first = await listen(b.client.wsUrl);
      const seen: number[] = [];
      try {
        first.send({ method: 'subscribe', subscription });
        const opening = await first.next('userFills');
        expectThat(opening['isSnapshot'] === true, 'the first message is no snapshot');
        await b.long(15);
        const told = await first.next('userFills');
        expectThat(told['isSnapshot'] !== true, 'the fill came as a snapshot');
        seen.push(...tidsIn(told));
        expectThat(seen.length > 0, 'no fill arrived');
      } finally {
        first.close();
      }
      const second = await listen(b.client.wsUrl);
      try {
        second.send({ method: 'subscribe', subscription });
        const again = tidsIn(await second.next('userFills'));
        for (const tid of seen) expectThat(again.includes(tid), `the snapshot lacks tid ${tid}`);
      } finally {
        second.close();
      }
    },
  },
  {
    item: 14,
    name: 'an agent cannot withdraw',
    async run(b) {
      // The account's own key could: with that one there is nothing to try.
      if (b.client.signer === b.client.user) return;
      const r = await b.client.withdraw('1', b.client.user);
      expectThat(r.refused !== null && !has(r.text, '"ok"'), `accepted: ${r.text}`);
    },
  },
  {
    item: 14,
    name: 'extraAgents shows names only; a stranger’s key does not exist',
    async run(b) {
      const rows = await b.client.info({ type: 'extraAgents', user: b.client.user });
      expectThat(Array.isArray(rows), 'extraAgents is no list');
      for (const row of rows) expectThat(isRecord(row) && row['name'] !== '', 'an unnamed agent is shown');
      const r = await b.client.asStranger({ type: 'noop' });
      expectThat(has(r.refused ?? errorIn(r.statuses[0]), 'does not exist'), r.text);
    },
  },
];

function tidsIn(data: Record<string, unknown>): number[] {
  const fills = Array.isArray(data['fills']) ? data['fills'] : [];
  return fills.map((f: unknown) => (isRecord(f) ? Number(f['tid']) : Number.NaN));
}
