// The world around the bridge in a process of its own, so that its memory is not the bridge's: Hyperliquid with a
// made-up market and its holders, Binance, Bybit and OKX with the same prices a little aside, their liquidation
// streams, and TradingView's scripts on every chart. Time moves when the parent says so.
import { WebSocketServer } from 'ws';
import { createDetector } from '../../src/core/detect/create-detector.ts';
import { presetParamsOf } from '../../src/core/detect/presets.ts';
import { toAlert } from '../../src/core/detect/to-alert.ts';
import type { Candle } from '../../src/core/shared/candle.ts';
import { tickOf } from '../../src/core/shared/round.ts';
import { binanceSymbol } from '../../src/shell/market/binance-parse.ts';
import { bybitSymbol } from '../../src/shell/market/bybit-parse.ts';
import { okxInstrument } from '../../src/shell/market/okx-parse.ts';
import { createHolders } from '../../src/venue/market/holders.ts';
import type { MarketSink } from '../../src/venue/market/market-sink.ts';
import { BAR_MS } from '../../src/venue/market/market-sink.ts';
import { SYNTHETIC_COINS } from '../../src/venue/market/synthetic-coins.ts';
import type { SyntheticLiquidation } from '../../src/venue/market/synthetic-market.ts';
import { createSyntheticMarket } from '../../src/venue/market/synthetic-market.ts';
import { serveVenue } from '../../src/venue/serve.ts';
import { createVenue } from '../../src/venue/venue.ts';
import type { FakeMarket } from '../support/fake-venues.ts';
import { startFakeVenue } from '../support/fake-venues.ts';
import type { FromWorld, ToWorld, WorldUrls } from './world-messages.ts';

const HISTORY_BARS = 1_600;
/** A large order somewhere every so often: cascades are what the bridge is for. */
const STRESS_EVERY_MS = 20 * 60_000;
const TRADES_A_STEP = 2;
/** Venues quote a little apart. */
const BASIS = { binance: 1.0003, bybit: 0.9998, okx: 1.0001 } as const;
const OPEN_INTEREST = { binance: 3, bybit: 1.5, okx: 1 } as const;
type Other = keyof typeof BASIS;

const [seed = '1', coinsMax = '18', startMs = '0'] = process.argv.slice(2);
const specs = SYNTHETIC_COINS.slice(0, Number(coinsMax));
const coins = specs.map((s) => s.coin);
let nowMs = Number(startMs);

const venue = createVenue({
  nowMs: () => nowMs,
  coins: specs.map(({ coin, szDecimals, maxLeverage, marginTiers }) => ({
    coin,
    szDecimals,
    maxLeverage,
    marginTiers: [...marginTiers],
  })),
});

/** Closed bars, as many as venues are asked for. */
const bars = new Map<string, Candle[]>();
const alerts: object[] = [];
const detectors = new Map<string, ReturnType<typeof createDetector>>();

const sink: MarketSink = {
  setPrice: venue.setPrice,
  setContext: venue.setContext,
  addCandles(coin, interval, candles) {
    venue.addCandles(coin, interval, candles);
    const key = `${coin} ${BAR_MS[interval]}`;
    const kept = bars.get(key) ?? [];
    kept.push(...candles);
    if (kept.length > HISTORY_BARS) kept.splice(0, kept.length - HISTORY_BARS);
    bars.set(key, kept);
    if (interval === '5m') for (const c of candles) chart(coin, c);
  },
};

/** What TradingView's script on this chart sends at the close of a bar. */
function chart(coin: string, candle: Candle): void {
  const spec = specs.find((s) => s.coin === coin);
  const detector =
    detectors.get(coin) ??
    createDetector(presetParamsOf(coin), {
      intervalMs: BAR_MS['5m'],
      mintick: tickOf(candle.c, spec?.szDecimals ?? 0),
    });
  detectors.set(coin, detector);
  const events = detector.push(candle);
  if (candle.t + BAR_MS['5m'] < Number(startMs)) return;
  const head = {
    script: 'cascade-exhaustion@1.1.0',
    strategy: 'max-pain',
    exchange: 'HYPERLIQUID',
    ticker: `${coin.toUpperCase()}USDC.P`,
    interval: '5',
    sentAt: nowMs,
  };
  alerts.push(...events.map((e) => toAlert(e, head)));
}

const market = createSyntheticMarket({
  seed,
  startMs: nowMs,
  coins: specs,
  historyBars: HISTORY_BARS,
  sink,
});
const holders = createHolders(market, seed);
venue.setOthers(holders.find);

/** The same market as another venue shows it. */
const seenAt = (name: Other): FakeMarket => ({
  nowMs: () => nowMs,
  coins,
  markPx: (coin) => market.mark(coin) * BASIS[name],
  openInterestCoins: (coin) => market.openInterest(coin) * OPEN_INTEREST[name],
  bars: (coin, intervalMs, fromMs, toMs) => {
    const known = bars.get(`${coin} ${intervalMs}`) ?? [];
    const first = known[0]?.t ?? 0;
    const at = (ms: number): number => Math.max(0, Math.ceil((ms - first) / intervalMs));
    return known.slice(at(fromMs), at(toMs)).map((b) => {
      const k = BASIS[name];
      return { t: b.t, o: b.o * k, h: b.h * k, l: b.l * k, c: b.c * k, v: b.v * OPEN_INTEREST[name] };
    });
  },
});

/** How each venue words a liquidation, and answers whatever it is asked over its stream. */
const SPEECH: Record<Other, { answer(ask: string): string; push(l: SyntheticLiquidation): string }> = {
  binance: {
    answer: (ask) => JSON.stringify({ result: null, id: (JSON.parse(ask) as { id: number }).id }),
    push: ({ coin, side, px, notionalUsd, t }) => {
      const q = String(notionalUsd / px);
      const S = side === 'long' ? 'SELL' : 'BUY';
      return JSON.stringify({
        e: 'forceOrder',
        E: t,
        o: { s: binanceSymbol(coin), S, q, p: String(px), ap: String(px), z: q, T: t },
      });
    },
  },
  bybit: {
    answer: (ask) =>
      JSON.stringify({ success: true, ret_msg: '', op: (JSON.parse(ask) as { op: string }).op }),
    push: ({ coin, side, px, notionalUsd, t }) => {
      const s = bybitSymbol(coin);
      const S = side === 'long' ? 'Buy' : 'Sell';
      const data = [{ T: t, s, S, v: String(notionalUsd / px), p: String(px) }];
      return JSON.stringify({ topic: `allLiquidation.${s}`, data });
    },
  },
  okx: {
    answer: (ask) => (ask === 'ping' ? 'pong' : JSON.stringify({ event: 'subscribe' })),
    push: ({ coin, side, px, notionalUsd, t }) => {
      const { instId, perCoin } = okxInstrument(coin);
      const details = [
        {
          side: side === 'long' ? 'sell' : 'buy',
          posSide: side,
          bkPx: String(px / perCoin),
          sz: String(Math.max(1, (notionalUsd / px) * perCoin * 10)),
          ts: String(t),
        },
      ];
      return JSON.stringify({ arg: { channel: 'liquidation-orders' }, data: [{ instId, details }] });
    },
  },
};

async function serveStream(name: Other) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (ws) => {
    ws.on('message', (data: Buffer) => ws.send(SPEECH[name].answer(data.toString())));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return {
    url: `ws://127.0.0.1:${address.port}`,
    push: (l: SyntheticLiquidation) => {
      for (const ws of server.clients) ws.send(SPEECH[name].push(l));
    },
  };
}

const others = ['binance', 'bybit', 'okx'] as const;
const hyperliquid = await serveVenue({ venue });
const served = await Promise.all(
  others.map(async (name) => ({
    name,
    http: await startFakeVenue(name, seenAt(name)),
    stream: await serveStream(name),
  })),
);
const urls: WorldUrls = {
  hyperliquid: { api: hyperliquid.url, ws: hyperliquid.wsUrl },
  binance: urlsOf('binance'),
  bybit: urlsOf('bybit'),
  okx: urlsOf('okx'),
};

function urlsOf(name: Other) {
  const found = served.find((s) => s.name === name);
  return { api: found?.http.url ?? '', ws: found?.stream.url ?? '' };
}

let toldMs = nowMs;
let stressDueMs = nowMs + STRESS_EVERY_MS;
let stressed = 0;
const liquidated = { events: 0, usd: 0 };

function advance(toMs: number): void {
  nowMs = toMs;
  if (nowMs >= stressDueMs) {
    market.stressNow(coins[stressed % coins.length] ?? '', stressed % 2 === 0 ? 'long' : 'short');
    stressed += 1;
    stressDueMs += STRESS_EVERY_MS;
  }
  market.advanceTo(nowMs);
  for (let i = 0; i < TRADES_A_STEP; i++) {
    const trade = holders.trade();
    if (trade !== null) venue.addTrade(trade.coin, trade);
  }
  venue.tick();
  for (const l of market.liquidations(toldMs + 1)) {
    liquidated.events += 1;
    liquidated.usd += l.notionalUsd;
    served[liquidated.events % served.length]?.stream.push(l);
  }
  toldMs = market.nowMs();
  // What the fakes remember of being asked would be most of this process.
  for (const s of served) s.http.asked.length = 0;
}

const send = (message: FromWorld): void => void process.send?.(message);
process.on('message', (message: ToWorld) => {
  advance(message.advanceTo);
  send({ at: nowMs, alerts: alerts.splice(0), liquidations: liquidated.events });
});
process.on('disconnect', () => process.exit(0));
send({ urls });
