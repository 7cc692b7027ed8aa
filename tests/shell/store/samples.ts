// Rows that the store tests write. `n` makes each one distinct; instants are ms since the epoch.
import type { DeadLetter, GuardRun, StoredAlert } from '../../../src/app/ports.ts';
import type { Alert } from '../../../src/core/alert/schema.ts';
import type { Decision } from '../../../src/core/decide/types.ts';
import type { Intent } from '../../../src/core/execute/types.ts';
import type { Fill, Trade } from '../../../src/core/review/types.ts';

export const T0 = 1_760_130_000_000;

export function alertBody(n: number, over: { strategy?: string; ticker?: string } = {}): Alert {
  return {
    v: 1,
    kind: 'cascade.exhaustion',
    script: 'cascade-exhaustion@1.0.0',
    strategy: over.strategy ?? 'max-pain',
    exchange: 'BINANCE',
    ticker: over.ticker ?? 'BTCUSDT.P',
    interval: '5',
    barTime: T0 + n * 300_000,
    sentAt: T0 + n * 300_000 + 412,
    side: 'long',
    close: 104_582.9,
    high: 105_210,
    low: 101_516.5,
    atr: 812.4,
    score: null,
    cascade: {
      startTime: T0,
      extreme: 101_516.5,
      movePct: -4.21,
      bars: 3,
      volumeRatio: 5.1,
      oiChangePct: null,
      rsi: 21.4,
    },
  };
}

export const heartbeat = (n: number): Alert => ({
  v: 1,
  kind: 'heartbeat',
  script: 'cascade-exhaustion@1.0.0',
  strategy: 'max-pain',
  exchange: 'BINANCE',
  ticker: 'BTCUSDT.P',
  interval: '5',
  barTime: T0 + n * 300_000,
  sentAt: T0 + n * 300_000 + 412,
  close: 104_582.9,
});

export const storedAlert = (
  n: number,
  over: Partial<StoredAlert> & { strategy?: string; ticker?: string } = {},
): StoredAlert => {
  const { strategy, ticker, ...rest } = over;
  return {
    id: `alert-${n}`,
    key: `key-${n}`,
    bodySha: `sha-${n}`,
    alert: alertBody(n, { ...(strategy && { strategy }), ...(ticker && { ticker }) }),
    receivedAtMs: T0 + n * 1_000,
    state: 'new',
    outcome: null,
    ...rest,
  };
};

export const deadLetter = (n: number, over: Partial<DeadLetter> = {}): DeadLetter => ({
  id: `dead-${n}`,
  receivedAtMs: T0 + n * 1_000,
  code: 'malformed',
  bodyHead: `{"v":${n}`,
  issues: 'not JSON',
  alertId: null,
  ...over,
});

export const decision = (n: number, over: Partial<Decision> = {}): Decision => ({
  id: `decision-${n}`,
  alertId: `alert-${n}`,
  decidedAtMs: T0 + n * 1_000 + 5,
  strategy: 'max-pain',
  coin: 'BTC',
  side: 'long',
  status: 'approved',
  reasons: [],
  gates: [
    { gate: 'drift', ok: true, code: null, message: 'within', numbers: { bps: 12.5, of: 'mark', x: null } },
  ],
  plan: {
    coin: 'BTC',
    side: 'long',
    sz: 0.012,
    markPx: 104_600,
    entryLimitPx: 105_100,
    stopPx: 101_300,
    takeProfits: [{ px: 107_000, sz: 0.006 }],
    notionalUsd: 1_255.2,
    riskUsd: 41.5,
    stopDistanceBps: 315.5,
    confidence: 0.78,
    timeStopAtMs: 1_760_144_401_000,
  },
  legs: [
    {
      role: 'entry',
      cloid: `0x${n}`,
      coin: 'BTC',
      assetId: 0,
      isBuy: true,
      px: 105_100,
      sz: 0.012,
      reduceOnly: false,
      type: { tif: 'Ioc' },
    },
  ],
  explain: 'Long BTC after a cascade of long liquidations.',
  inputs: { candles: [[1, 2.5, null, 'x']], nested: { deep: [true, false] } },
  ...over,
});

export const refusal = (n: number, over: Partial<Decision> = {}): Decision =>
  decision(n, {
    status: 'refused',
    reasons: ['drift-exceeded', 'daily-loss-cap'],
    coin: null,
    side: null,
    legs: [],
    ...over,
  });

export const intent = (n: number, over: Partial<Intent> = {}): Intent => ({
  cloid: `0x${n.toString(16).padStart(32, '0')}`,
  alertId: `alert-${n}`,
  decisionId: `decision-${n}`,
  coin: 'BTC',
  role: 'entry',
  signer: '0xsigner',
  nonce: T0 + n,
  expiresAfterMs: T0 + n + 5_000,
  isBuy: true,
  px: 105_100,
  sz: 0.012,
  reduceOnly: false,
  triggerPx: null,
  state: 'sending',
  oid: null,
  filledSz: null,
  avgPx: null,
  reason: null,
  message: null,
  createdAtMs: T0 + n * 1_000 + 6,
  updatedAtMs: T0 + n * 1_000 + 6,
  ...over,
});

export const fill = (n: number, over: Partial<Fill> = {}): Fill => ({
  tid: 900_000_000_000_000 + n,
  coin: 'BTC',
  oid: 91_000_000_000 + n,
  cloid: null,
  isBuy: true,
  px: 104_650.5,
  sz: 0.012,
  timeMs: T0 + n * 1_000,
  startPosition: -0.5,
  closedPnlUsd: -3.25,
  feeUsd: 0.0471,
  isTaker: true,
  liquidation: null,
  ...over,
});

export const trade = (n: number, over: Partial<Trade> = {}): Trade => ({
  id: `trade-${n}`,
  coin: 'BTC',
  side: 'long',
  strategy: 'max-pain',
  alertId: `alert-${n}`,
  decisionId: `decision-${n}`,
  openedAtMs: T0 + n * 1_000,
  closedAtMs: null,
  entryPx: 104_650.5,
  exitPx: null,
  sz: 0.012,
  pnlUsd: 0,
  feesUsd: 0.0471,
  fundingUsd: -0.01,
  netPnlUsd: -0.0571,
  rMultiple: null,
  slippageBps: 4.8,
  unprotectedMs: 0,
  exitReason: null,
  plannedRiskUsd: 41.5,
  decisionMarkPx: 104_600,
  enteredSz: 0.012,
  exitedSz: 0,
  ...over,
});

export const guardRun = (n: number, over: Partial<GuardRun> = {}): GuardRun => ({
  id: `run-${n}`,
  startedAtMs: T0 + n * 1_000,
  finishedAtMs: T0 + n * 1_000 + 80,
  trigger: 'timer',
  verdict: 'protected',
  positions: 2,
  findings: [],
  ...over,
});
