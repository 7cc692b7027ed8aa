import type { EntryAlert } from '../../src/core/alert/schema.ts';

/** The sample of the webhook contract (docs/webhook.md): a long after a flush of longs on BTC. */
export const exhaustion = (change: Partial<EntryAlert> = {}): EntryAlert => ({
  v: 1,
  kind: 'cascade.exhaustion',
  script: 'cascade-exhaustion@1.0.0',
  strategy: 'max-pain',
  exchange: 'BINANCE',
  ticker: 'BTCUSDT.P',
  interval: '5',
  barTime: 1_760_129_700_000,
  sentAt: 1_760_130_000_412,
  side: 'long',
  close: 104_582.9,
  high: 105_210,
  low: 101_516.5,
  atr: 812.4,
  score: 78.5,
  cascade: {
    startTime: 1_760_128_800_000,
    extreme: 101_516.5,
    movePct: -4.21,
    bars: 3,
    volumeRatio: 5.1,
    oiChangePct: -3.8,
    rsi: 21.4,
  },
  ...change,
});
