import { ExchangeClient, HttpTransport } from '@nktkas/hyperliquid';
import { inspect } from 'node:util';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { ExchangeSigner } from '../../../src/app/ports.ts';
import { createHyperliquidSigner } from '../../../src/shell/exchange/hyperliquid-signer.ts';
import { deadUrl, done, err, type FakeVenue, type Reply, startFakeVenue, statuses } from './fake-venue.ts';
import { bracket, KEY, OTHER_KEY } from './samples.ts';

const NONCE = 1_760_130_001_000;
const EXPIRES = NONCE + 5_000;
const VAULT = '0x2222222222222222222222222222222222222222';

/** The same leg as the SDK takes it, keys out of order and trailing zeros on purpose: it puts both right, so must we. */
const sdkLeg = (leg: (typeof bracket)[number]) => ({
  c: `0x${leg.cloid.slice(2)}` as const,
  t:
    'tif' in leg.type
      ? { limit: leg.type }
      : {
          trigger: {
            tpsl: leg.type.tpsl,
            triggerPx: `${leg.type.triggerPx}.0`,
            isMarket: leg.type.isMarket,
          },
        },
  r: leg.reduceOnly,
  s: `${leg.sz}0`,
  p: leg.px.toFixed(3),
  b: leg.isBuy,
  a: leg.assetId,
});

/** Everything anybody could print of a value. */
const deepText = (value: unknown): string =>
  `${JSON.stringify(value)} ${inspect(value, { depth: 20, showHidden: true })} ${value instanceof Error ? value.stack : ''}`;

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

let venue: FakeVenue;
/** The five actions of the comparison, by the SDK's own client. */
async function sdkSends(vaultAddress: `0x${string}` | undefined): Promise<void> {
  const client = new ExchangeClient({
    transport: new HttpTransport({ apiUrl: venue.url, isTestnet: true }),
    wallet: privateKeyToAccount(KEY),
    nonceManager: () => NONCE,
  });
  const vault = vaultAddress === undefined ? {} : { vaultAddress };
  const tries = [
    () => client.order({ orders: bracket.map(sdkLeg), grouping: 'na' }, { expiresAfter: EXPIRES, ...vault }),
    () => client.order({ orders: bracket.slice(0, 2).map(sdkLeg), grouping: 'normalTpsl' }, vault),
    () =>
      client.cancel(
        {
          cancels: [
            { a: 4, o: 77_738_308 },
            { a: 110_000, o: 2 ** 40 },
          ],
        },
        vault,
      ),
    () => client.updateLeverage({ asset: 3, leverage: 20, isCross: false }, vault),
    () => client.noop({ nonce: NONCE }),
  ];
  // The fake's answers fit no action: only what was sent matters here.
  for (const send of tries) await send().catch(() => {});
}

beforeAll(async () => {
  venue = await startFakeVenue();
});
beforeEach(() => {
  venue.seen.length = 0;
});
afterAll(() => venue.close());

const signerAt = (url: string, o: { timeoutMs?: number; vaultAddress?: string; privateKey?: string } = {}) =>
  createHyperliquidSigner({ url, privateKey: KEY, isTestnet: true, ...o });
const placeOn = (signer: ExchangeSigner, nonce = NONCE) =>
  signer.order(bracket, { grouping: 'na', nonce, expiresAfterMs: EXPIRES });

describe('what is sent', () => {
  test('is one action with all legs in order, prices and sizes in plain text', async () => {
    venue.reply = () => done;
    await placeOn(signerAt(venue.url));
    expect(venue.seen).toHaveLength(1);
    expect(venue.seen[0]).toMatchObject({
      path: '/exchange',
      body: {
        nonce: NONCE,
        expiresAfter: EXPIRES,
        action: {
          type: 'order',
          grouping: 'na',
          orders: [
            { a: 1, b: true, p: '2010.5', s: '0.5', r: false, t: { limit: { tif: 'Ioc' } } },
            {
              b: false,
              p: '1755',
              r: true,
              t: { trigger: { isMarket: true, triggerPx: '1950', tpsl: 'sl' } },
              c: bracket[1]?.cloid,
            },
            { p: '2050', s: '0.25' },
            { p: '2100.1', s: '0.25' },
          ],
        },
      },
    });
  });

  test('is byte for byte what the SDK’s client sends, for every kind of action', async () => {
    venue.reply = () => done;
    for (const vaultAddress of [undefined, VAULT] as const) {
      venue.seen.length = 0;
      const vault = vaultAddress === undefined ? {} : { vaultAddress };
      const ours = signerAt(venue.url, vault);
      await placeOn(ours);
      await ours.order(bracket.slice(0, 2), { grouping: 'normalTpsl', nonce: NONCE, expiresAfterMs: null });
      await ours.cancel(
        [
          { assetId: 4, oid: 77_738_308 },
          { assetId: 110_000, oid: 2 ** 40 },
        ],
        { nonce: NONCE },
      );
      await ours.setLeverage({ assetId: 3, leverage: 20, isCross: false, nonce: NONCE });
      await ours.noop(NONCE);
      const sent = venue.seen.map((s) => s.text);
      venue.seen.length = 0;
      await sdkSends(vaultAddress);
      expect(sent).toEqual(venue.seen.map((s) => s.text));
      expect(sent).toHaveLength(5);
    }
  });
});

describe('what comes back', () => {
  const cases: [string, Reply, string][] = [
    ['HTTP 502 with HTML', { status: 502, text: '<html>bad gateway</html>' }, 'HTTP 502'],
    ['HTTP 429', { status: 429, text: 'null', type: 'application/json' }, 'HTTP 429'],
    [
      'HTTP 422',
      { status: 422, text: 'Failed to deserialize the JSON body into the target type' },
      'HTTP 422',
    ],
    ['HTML with 200', { status: 200, text: '<html>maintenance</html>' }, 'answer is not JSON'],
    ['a redirect', { status: 307, text: '', headers: { location: '/elsewhere' } }, 'HTTP 307'],
    [
      'a duplicate nonce',
      err(`Invalid nonce: duplicate nonce ${NONCE}`),
      `Invalid nonce: duplicate nonce ${NONCE}`,
    ],
    ['a wrong number of statuses', statuses('waitingForFill', 'waitingForFill'), '2 statuses for 4 items'],
  ];
  test.each(cases)('%s is a doubt', async (_, reply, message) => {
    venue.reply = () => reply;
    expect(await placeOn(signerAt(venue.url))).toEqual({ kind: 'unknown', message });
    expect(venue.seen).toHaveLength(1);
  });

  test('a reset is a doubt', async () => {
    venue.reply = () => 'reset';
    expect((await placeOn(signerAt(venue.url))).kind).toBe('unknown');
  });

  test('a refused connection and an unknown host were never sent', async () => {
    expect(await placeOn(signerAt(await deadUrl()))).toEqual({
      kind: 'not-sent',
      message: 'not connected (ECONNREFUSED)',
    });
    expect((await placeOn(signerAt('http://venue.invalid'))).kind).toBe('not-sent');
  });

  test('an answer that never ends is cut off at the size cap', async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(32);
    let pulled = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled++;
          controller.enqueue(chunk);
        },
      });
    const signer = createHyperliquidSigner({
      url: venue.url,
      privateKey: KEY,
      isTestnet: true,
      fetch: async () => new Response(endless()),
    });
    expect((await placeOn(signer)).kind).toBe('unknown');
    expect(pulled).toBeLessThan(12);
  });

  test('a hung reply delays neither the next action of the same signer nor another’s', async () => {
    venue.reply = (request) => (request.body['nonce'] === NONCE ? 'hang' : statuses({ error: 'x' }));
    const [first, second] = [
      signerAt(venue.url, { timeoutMs: 400 }),
      signerAt(venue.url, { privateKey: OTHER_KEY }),
    ];
    const order: string[] = [];
    const hung = placeOn(first).then((outcome) => {
      order.push('hung');
      return outcome;
    });
    const others = [placeOn(first, NONCE + 1), placeOn(second, NONCE + 2)].map((sent) =>
      sent.then(({ kind }) => order.push(kind)),
    );
    await Promise.all(others);
    expect(order).toEqual(['refused', 'refused']);
    expect(await hung).toEqual({ kind: 'unknown', message: 'no answer within 400 ms' });
  });

  test('an action that cannot be built is never sent, and says why', async () => {
    const signer = signerAt(venue.url);
    const [entry] = bracket;
    const outcomes = [
      await signer.order([], { grouping: 'na', nonce: NONCE, expiresAfterMs: null }),
      await signer.order([{ ...entry!, px: Number.NaN }], {
        grouping: 'na',
        nonce: NONCE,
        expiresAfterMs: null,
      }),
      await signer.order([{ ...entry!, cloid: 'no' }], {
        grouping: 'na',
        nonce: NONCE,
        expiresAfterMs: null,
      }),
      await signer.order([entry!], { grouping: 'na', nonce: 1.5, expiresAfterMs: null }),
      await signer.cancel([], { nonce: NONCE }),
      await signer.setLeverage({ assetId: 1, leverage: 0, isCross: false, nonce: NONCE }),
    ];
    expect(outcomes.map((o) => o.kind)).toEqual(Array.from({ length: 6 }, () => 'not-sent'));
    expect(outcomes[1]).toMatchObject({ message: 'the action could not be built: wire number NaN' });
    expect(venue.seen).toEqual([]);
  });

  test('a noop says what became of its nonce', async () => {
    const signer = signerAt(venue.url);
    venue.reply = () => done;
    expect(await signer.noop(NONCE)).toBe('ok');
    expect(venue.seen[0]?.body).toMatchObject({ action: { type: 'noop' }, nonce: NONCE });
    venue.reply = () => err(`Invalid nonce: duplicate nonce ${NONCE}`);
    expect(await signer.noop(NONCE)).toBe('duplicate-nonce');
    expect(await signerAt(await deadUrl()).noop(NONCE)).toBe('unreachable');
  });
});

describe('secrets', () => {
  test('neither key nor signature is in any outcome, whatever the venue echoes', async () => {
    const echoes: ((text: string) => Reply)[] = [
      (text) => err(text),
      (text) => err(`Must deposit before performing actions. ${text}`),
      (text) => statuses({ error: text }, { error: text }, { error: text }, { error: text }),
      (text) => statuses({ error: text }),
      (text) => ({ status: 500, text }),
      (text) => ({ status: 200, text }),
      () => 'reset',
      () => 'hang',
    ];
    for (const echo of echoes) {
      let signature = { r: '', s: '' };
      venue.reply = ({ body }) => {
        const { r, s } = z.object({ r: z.string(), s: z.string() }).parse(body['signature']);
        signature = { r, s };
        return echo(`${signature.r} ${signature.s} ${signature.r.slice(2)} ${KEY}`);
      };
      const signer = signerAt(venue.url, { timeoutMs: 100 });
      const seen = deepText([
        await placeOn(signer),
        await signer.cancel([{ assetId: 1, oid: 2 }], { nonce: NONCE }),
        await signer.setLeverage({ assetId: 1, leverage: 2, isCross: true, nonce: NONCE }),
        signer,
      ]);
      expect(signature.r).toMatch(/^0x[0-9a-f]{64}$/);
      for (const secret of [KEY, signature.r, signature.s]) expect(seen).not.toContain(secret.slice(2, 40));
    }
  });

  test('a bad key or address is refused without being repeated', () => {
    const tries = [
      { privateKey: `${KEY}00` },
      { privateKey: KEY.slice(2) },
      { privateKey: `0x${'f'.repeat(64)}` },
      { vaultAddress: KEY },
    ];
    for (const o of tries) {
      const thrown = thrownBy(() => signerAt('http://127.0.0.1:1', o));
      expect(thrown).toBeInstanceOf(Error);
      expect(thrown).not.toHaveProperty('cause');
      expect(deepText(thrown)).not.toContain(KEY.slice(2, 40));
      expect(deepText(thrown)).not.toContain('f'.repeat(40));
    }
  });

  test('the address is the agent’s, in lower case', () => {
    expect(signerAt('http://127.0.0.1:1').address).toBe(privateKeyToAccount(KEY).address.toLowerCase());
  });
});

test('of orders asked for at once each is sent before the next one is signed', async () => {
  const happened: string[] = [];
  const signer = createHyperliquidSigner({
    url: 'http://nowhere.invalid',
    privateKey: KEY,
    isTestnet: true,
    fetch(_, { body }) {
      happened.push(`sent ${JSON.parse(body).nonce}`);
      return Promise.resolve(Response.json(statuses(['waitingForFill'])));
    },
  });
  const orders = [1, 2, 3].map((nonce) => {
    const leg = Object.defineProperty({ ...bracket[0] }, 'px', {
      get: () => (happened.push(`built ${nonce}`), 2_000),
    });
    return signer.order([leg as (typeof bracket)[number]], { grouping: 'na', nonce, expiresAfterMs: null });
  });
  await Promise.all(orders);
  expect(happened).toEqual(['built 1', 'sent 1', 'built 2', 'sent 2', 'built 3', 'sent 3']);
});
