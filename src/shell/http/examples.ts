// Examples of requests and answers for /openapi.json; a test parses each with its own schema.
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';

export interface RouteExamples {
  body?: unknown;
  /** By status. */
  ok?: Readonly<Record<number, unknown>>;
}

const AT_MS = 1_760_130_000_412;
const ALERT_ID = '199cb1f7da01b3c5d7e9f0a2b4c6d8e0';

const alert = {
  v: 1,
  kind: 'cascade.exhaustion',
  script: 'cascade-exhaustion@1.1.0',
  strategy: 'max-pain',
  exchange: 'BINANCE',
  ticker: 'BTCUSDT.P',
  interval: '5',
  barTime: 1_760_129_700_000,
  sentAt: AT_MS,
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
};

const trade = {
  id: '5f0c1b7e9a2d4c6f8b1e3a5d',
  coin: 'BTC',
  side: 'long',
  strategy: 'max-pain',
  alertId: ALERT_ID,
  decisionId: 'c6d8e0f2a4b6c8d0e2f4a6b8c0d2e4f6',
  openedAtMs: AT_MS + 90,
  closedAtMs: AT_MS + 2_520_000,
  entryPx: 104_571,
  exitPx: 106_218,
  sz: 0.0191,
  pnlUsd: 31.46,
  feesUsd: 1.81,
  fundingUsd: -0.02,
  netPnlUsd: 29.63,
  rMultiple: 0.66,
  slippageBps: 1.4,
  unprotectedMs: 0,
  exitReason: 'take-profit',
  plannedRiskUsd: 45.1,
  decisionMarkPx: 104_556,
  enteredSz: 0.0191,
  exitedSz: 0.0191,
};

const fill = {
  tid: 118_906_512_334_021,
  coin: 'BTC',
  oid: 77_000_139,
  cloid: '0x5bac2698c1d7e4f0a2b4c6d8e0f1a3b5',
  isBuy: true,
  px: 104_571,
  sz: 0.0191,
  timeMs: AT_MS + 90,
  startPosition: 0,
  closedPnlUsd: 0,
  feeUsd: 0.9,
  isTaker: true,
  liquidation: null,
};
/** A trade whose alert is not known: opened by hand, its stop placed by the guard. */
const STORY = {
  trade: { ...trade, strategy: null, alertId: null, decisionId: null, rMultiple: null, slippageBps: null },
  alert: null,
  decision: null,
  seen: null,
  exits: [],
  orders: [],
  fills: [fill],
  guard: [
    {
      id: '9be1f0a2c4d6e8f0a2b4c6d8e0f1a3b5',
      startedAtMs: AT_MS + 400,
      finishedAtMs: AT_MS + 610,
      trigger: 'fill',
      verdict: 'repaired',
      positions: 1,
      findings: [
        { coin: 'BTC', code: 'stop-missing', action: 'placed stop 0.0191 at 101300', message: 'no stop' },
      ],
    },
  ],
  truncated: false,
};

const stats = {
  n: 1,
  open: 0,
  netPnlUsd: 29.63,
  pnlUsd: 31.46,
  feesUsd: 1.81,
  fundingUsd: -0.02,
  hitRate: { n: 1, share: 1, ci95: [0.207, 1] },
  netR: { n: 1, mean: 0.66, ci95: null },
  netBps: { n: 1, mean: 148.3, ci95: null },
  maxDrawdownUsd: 0,
  slippageBps: { n: 1, mean: 1.4, ci95: null },
  unprotectedMs: { total: 0, max: 0 },
  holdMs: { n: 1, mean: 2_519_910, ci95: null },
};

const [btc] = COIN_PARAMS;
const coin = {
  params: { ...btc, driftBpsMax: 50 },
  version: 1,
  provenance: { driftBpsMax: 'override', riskFraction: 'default' },
  defaults: btc,
  source: {
    file: 'src/core/shared/coin-params.ts',
    decision: 'docs/decisions/0006-coin-parameters.md',
    tuned: false,
  },
  history: [{ version: 1, atMs: AT_MS, changes: { driftBpsMax: 50 }, by: 'operator over HTTP' }],
};

/** By method and path. */
export const EXAMPLES: Readonly<Record<string, RouteExamples>> = {
  'post /webhook/{token}': {
    body: alert,
    ok: {
      200: { alertId: ALERT_ID, status: 'duplicate' },
      202: { alertId: ALERT_ID, status: 'accepted' },
    },
  },
  'get /api/v1/alerts': {
    ok: {
      200: {
        items: [
          {
            id: ALERT_ID,
            key: 'max-pain|cascade.exhaustion|BINANCE|BTCUSDT.P|5|1760129700000|long',
            bodySha: 'd2'.repeat(32),
            alert,
            receivedAtMs: AT_MS + 310,
            state: 'done',
            outcome: 'filled',
          },
        ],
        nextCursor: null,
      },
    },
  },
  'get /api/v1/trades': { ok: { 200: { items: [trade], nextCursor: '2s' } } },
  'get /api/v1/decisions/summary': {
    ok: {
      200: {
        sinceMs: AT_MS - 604_800_000,
        untilMs: AT_MS,
        total: 41,
        approved: 6,
        refused: 35,
        truncated: false,
        items: [
          { status: 'refused', reason: 'cascade-during', n: 21, newestMs: AT_MS - 7_200_000 },
          { status: 'refused', reason: 'zone-not-swept', n: 14, newestMs: AT_MS - 86_400_000 },
          { status: 'approved', reason: null, n: 5, newestMs: AT_MS },
          { status: 'approved', reason: 'snapback-exit', n: 1, newestMs: AT_MS - 3_600_000 },
        ],
      },
    },
  },
  'get /api/v1/trades/{id}': { ok: { 200: STORY } },
  'get /api/v1/performance': {
    ok: {
      200: {
        sinceMs: AT_MS - 7_776_000_000,
        untilMs: AT_MS,
        truncated: false,
        total: stats,
        items: [{ group: { coin: 'BTC' }, ...stats }],
      },
    },
  },
  'get /api/v1/example-alert': { ok: { 200: alert } },
  'get /api/v1/coins/{coin}': { ok: { 200: coin } },
  'put /api/v1/coins/{coin}': { body: { driftBpsMax: 50, riskFraction: null }, ok: { 200: coin } },
  'post /api/v1/confirm': {
    ok: { 200: { nonce: '9f2c7c1e-0d7a-4a4e-8d0b-3f1f5a2f6b11', expiresAtMs: AT_MS + 60_000 } },
  },
  'put /api/v1/feedback': { body: { apply: 1 } },
  'post /api/v1/state': { body: { state: 'HALTED', reason: 'travelling' }, ok: { 200: { state: 'HALTED' } } },
  'post /api/v1/positions/{coin}/flatten': {
    ok: {
      200: { coin: 'BTC', status: 'closed', message: 'the BTC position is closed' },
      202: {
        coin: 'BTC',
        status: 'pending',
        message: 'BTC is not closed yet: the guard goes on with every pass',
      },
    },
  },
  'post /api/v1/backup': {
    ok: {
      200: {
        path: '/var/lib/snapback/backups/snapback-20251010T210001Z.db',
        bytes: 4_194_304,
        durationMs: 143,
      },
    },
  },
  'get /readyz': {
    ok: {
      200: { ready: true, reasons: [] },
      503: { ready: false, reasons: [{ code: 'guard-late', message: 'the guard has not passed recently' }] },
    },
  },
};
