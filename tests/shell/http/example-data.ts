// A night as a trader would find it in the morning: a cascade in BTC and ETH, refused alerts, trades won and lost, a stop
// that the guard had to put back. Everything is made up and consistent; nothing here is a result.
import type { DeadLetter, GuardRun, PositionView, StoredAlert } from '../../../src/app/ports.ts';
import type { Alert } from '../../../src/core/alert/schema.ts';
import { canonicalBody, keyOf } from '../../../src/core/alert/schema.ts';
import type { Decision, GateResult, Plan } from '../../../src/core/decide/types.ts';
import type { Intent, IntentState, LegRole } from '../../../src/core/execute/types.ts';
import type { Fill, Trade } from '../../../src/core/review/types.ts';
import type { ReasonCode } from '../../../src/core/shared/reason-codes.ts';
import { digest } from './world.ts';

const MINUTE_MS = 60_000;

interface Scene {
  coin: string;
  side: 'long' | 'short';
  minutesAgo: number;
  markPx: number;
  sz: number;
  /** Empty = approved. */
  reasons: ReasonCode[];
}

const SCENES: readonly Scene[] = [
  { coin: 'BTC', side: 'long', minutesAgo: 14, markPx: 104_571, sz: 0.0191, reasons: [] },
  { coin: 'ETH', side: 'long', minutesAgo: 13, markPx: 3_412.6, sz: 0.584, reasons: [] },
  { coin: 'SOL', side: 'long', minutesAgo: 13, markPx: 182.44, sz: 0, reasons: ['zone-not-swept'] },
  { coin: 'DOGE', side: 'long', minutesAgo: 12, markPx: 0.19871, sz: 0, reasons: ['drift-exceeded'] },
  { coin: 'HYPE', side: 'short', minutesAgo: 96, markPx: 41.873, sz: 47.2, reasons: [] },
  { coin: 'kPEPE', side: 'long', minutesAgo: 141, markPx: 0.011942, sz: 0, reasons: ['stop-too-far'] },
  { coin: 'LINK', side: 'long', minutesAgo: 188, markPx: 18.204, sz: 109.4, reasons: [] },
  { coin: 'WIF', side: 'long', minutesAgo: 190, markPx: 0.8841, sz: 0, reasons: ['stale-alert'] },
  { coin: 'AVAX', side: 'short', minutesAgo: 305, markPx: 24.118, sz: 82.6, reasons: [] },
  { coin: 'XRP', side: 'long', minutesAgo: 361, markPx: 2.6114, sz: 760, reasons: [] },
];

const decimals = (px: number): number => (px > 1_000 ? 1 : px > 10 ? 3 : 6);
const round = (px: number): number => Number(px.toFixed(decimals(px)));
const away = (s: Scene, bps: number): number =>
  round(s.markPx * (1 + ((s.side === 'long' ? 1 : -1) * bps) / 10_000));

function alertOf(s: Scene, nowMs: number): Alert {
  const barTime = Math.floor((nowMs - s.minutesAgo * MINUTE_MS) / 300_000) * 300_000 - 300_000;
  return {
    v: 1,
    kind: 'cascade.exhaustion',
    script: 'cascade-exhaustion@1.0.0',
    strategy: 'max-pain',
    exchange: 'BINANCE',
    ticker: `${s.coin === 'kPEPE' ? '1000PEPE' : s.coin}USDT.P`,
    interval: '5',
    barTime,
    sentAt: barTime + 300_412,
    side: s.side,
    close: round(s.markPx),
    high: round(s.markPx * 1.006),
    low: round(s.markPx * 0.981),
    atr: round(s.markPx * 0.0077),
    score: 61.5 + (s.minutesAgo % 30),
    cascade: {
      startTime: barTime - 900_000,
      extreme: away(s, -190),
      movePct: s.side === 'long' ? -4.21 : 3.84,
      bars: 3,
      volumeRatio: 5.1,
      oiChangePct: -3.8,
      rsi: s.side === 'long' ? 21.4 : 79.2,
    },
  };
}

const planOf = (s: Scene): Plan => ({
  coin: s.coin,
  side: s.side,
  sz: s.sz,
  markPx: s.markPx,
  entryLimitPx: away(s, 50),
  stopPx: away(s, -214),
  takeProfits: [
    { px: away(s, 162), sz: s.sz / 2 },
    { px: away(s, 344), sz: s.sz / 2 },
  ],
  notionalUsd: round(s.sz * s.markPx),
  riskUsd: round(s.sz * s.markPx * 0.0226),
  stopDistanceBps: 214,
  confidence: 0.82,
  timeStopAtMs: 1_760_144_400_000,
});

const FAILED: Partial<Record<ReasonCode, string>> = {
  'zone-not-swept': 'the cascade consumed 4 % of the swept side within reach, at least 10 % needed',
  'drift-exceeded': 'mark is 86 bps from the alert, at most 60 allowed',
  'stop-too-far': 'the next cluster ends 911 bps away, at most 800 allowed',
  'stale-alert': 'bar closed 171 s ago, at most 120 s allowed',
};

function gatesOf(s: Scene): GateResult[] {
  const gates: [string, ReasonCode, string, GateResult['numbers']][] = [
    ['trading state', 'state-not-active', 'ACTIVE', { state: 'ACTIVE' }],
    ['freshness', 'stale-alert', 'bar closed 1.8 s ago, at most 120 s', { ageMs: 1_812, ageMsMax: 120_000 }],
    ['coin', 'coin-disabled', `${s.coin} is enabled`, { coin: s.coin }],
    ['data', 'market-stale', 'mark is 0.4 s old', { markAgeMs: 412 }],
    ['zone', 'zone-not-swept', 'the cascade consumed 31 % of the swept side within reach', { consumedFraction: 0.31, consumedFractionMin: 0.1 }],
    ['drift', 'drift-exceeded', 'mark is 1.1 bps from the alert', { driftBps: 1.1, driftBpsMax: 40 }],
    ['stop', 'stop-too-far', '214 bps away, outside the next cluster', { stopDistanceBps: 214, stopDistanceBpsMax: 450 }],
    ['caps', 'positions-cap', '2 of 6 positions, $45 of $300 risked today', { positions: 2, positionsMax: 6, riskUsd: 45.1, riskUsdMax: 300 }],
  ]; // prettier-ignore
  return gates.map(([gate, code, message, numbers]) => {
    const ok = !s.reasons.includes(code);
    return { gate, ok, code: ok ? null : code, message: ok ? message : (FAILED[code] ?? message), numbers };
  });
}

function intentOf(s: Scene, d: Decision, role: LegRole, attempt: number, state: IntentState): Intent {
  const isEntry = role === 'entry';
  const isBuy = (s.side === 'long') === isEntry;
  const triggerPx =
    role === 'stop' ? away(s, -214) : role === 'take-profit' ? away(s, 162 + attempt * 182) : null;
  return {
    cloid: `0x${digest(`${d.id}|${role}|${attempt}`).slice(0, 32)}`,
    alertId: d.alertId,
    decisionId: d.id,
    coin: s.coin,
    role,
    signer: `0x${'a1'.repeat(20)}`,
    nonce: d.decidedAtMs + attempt,
    expiresAfterMs: isEntry ? d.decidedAtMs + 15_000 : null,
    isBuy,
    px: triggerPx ?? away(s, 50),
    sz: role === 'take-profit' ? s.sz / 2 : s.sz,
    reduceOnly: !isEntry,
    triggerPx,
    state,
    oid: 77_000_000 + s.minutesAgo * 10 + attempt,
    filledSz: isEntry ? s.sz : null,
    avgPx: isEntry ? away(s, 2) : null,
    reason: null,
    message: null,
    createdAtMs: d.decidedAtMs,
    updatedAtMs: d.decidedAtMs + 61,
  };
}

function fillOf(
  s: Scene,
  tid: number,
  o: { isEntry: boolean; px: number; sz: number; timeMs: number },
): Fill {
  const isBuy = (s.side === 'long') === o.isEntry;
  const gain = (o.px - s.markPx) * o.sz * (s.side === 'long' ? 1 : -1);
  return {
    tid,
    coin: s.coin,
    oid: 77_000_000 + s.minutesAgo * 10,
    cloid: null,
    isBuy,
    px: o.px,
    sz: o.sz,
    timeMs: o.timeMs,
    startPosition: o.isEntry ? 0 : s.side === 'long' ? o.sz : -o.sz,
    closedPnlUsd: o.isEntry ? 0 : Number(gain.toFixed(4)),
    feeUsd: Number((o.px * o.sz * 0.00045).toFixed(4)),
    isTaker: true,
    liquidation: null,
  };
}

/** What became of each approved scene: exit after so many minutes at so many bps in favour; null = still open. */
const EXITS: Readonly<Record<string, { afterMin: number; bps: number; reason: Trade['exitReason'] } | null>> =
  {
    BTC: null,
    ETH: null,
    HYPE: { afterMin: 41, bps: 251, reason: 'take-profit' },
    LINK: { afterMin: 22, bps: -217, reason: 'stop' },
    AVAX: { afterMin: 74, bps: 344, reason: 'take-profit' },
    XRP: { afterMin: 12, bps: 38, reason: 'close' },
  };

function tradeOf(s: Scene, d: Decision): Trade {
  const exit = EXITS[s.coin] ?? null;
  const entryPx = away(s, 2);
  const exitPx = exit === null ? null : away(s, exit.bps);
  const direction = s.side === 'long' ? 1 : -1;
  const pnlUsd = exitPx === null ? 0 : Number(((exitPx - entryPx) * s.sz * direction).toFixed(2));
  const feesUsd = Number((s.sz * s.markPx * 0.00045 * (exit === null ? 1 : 2)).toFixed(2));
  const fundingUsd = exit === null ? 0 : -0.04;
  const netPnlUsd = Number((pnlUsd - feesUsd + fundingUsd).toFixed(2));
  const plannedRiskUsd = d.plan?.riskUsd ?? 1;
  return {
    id: digest(`trade|${d.id}`).slice(0, 32),
    coin: s.coin,
    side: s.side,
    strategy: 'max-pain',
    alertId: d.alertId,
    decisionId: d.id,
    openedAtMs: d.decidedAtMs + 88,
    closedAtMs: exit === null ? null : d.decidedAtMs + exit.afterMin * MINUTE_MS,
    entryPx,
    exitPx,
    sz: s.sz,
    pnlUsd,
    feesUsd,
    fundingUsd,
    netPnlUsd,
    rMultiple: exit === null ? null : Number((netPnlUsd / plannedRiskUsd).toFixed(2)),
    slippageBps: 2,
    unprotectedMs: s.coin === 'XRP' ? 3_180 : 0,
    exitReason: exit?.reason ?? null,
    plannedRiskUsd,
    decisionMarkPx: s.markPx,
    enteredSz: s.sz,
    exitedSz: exit === null ? 0 : s.sz,
  };
}

export interface ExampleData {
  alerts: StoredAlert[];
  decisions: { decision: Decision; intents: Intent[]; outcome: ReasonCode | null }[];
  fills: Fill[];
  trades: Trade[];
  guardRuns: GuardRun[];
  deadLetters: DeadLetter[];
  positions: PositionView[];
}

function guardRuns(nowMs: number): GuardRun[] {
  return Array.from({ length: 14 }, (_, i) => {
    const startedAtMs = nowMs - 12_000 - i * 45_000;
    const isRepair = i === 6;
    return {
      id: digest(`guard|${i}`).slice(0, 32),
      startedAtMs,
      finishedAtMs: startedAtMs + (isRepair ? 743 : 118 + i),
      trigger: i === 13 ? 'boot' : i === 5 ? 'fill' : 'timer',
      verdict: isRepair ? 'repaired' : i === 9 ? 'unreadable' : 'protected',
      positions: 2,
      findings: isRepair
        ? [{ coin: 'ETH', code: 'stop-too-small', action: 'placed', message: 'stop covered 0.292 of 0.584; placed one for all of it, then cancelled the small one' }]
        : [],
    } satisfies GuardRun; // prettier-ignore
  });
}

const positionOf = (
  s: Scene,
  markBps: number,
  stop: PositionView['stop'],
  reason: ReasonCode | null,
): PositionView => ({
  coin: s.coin,
  side: s.side,
  sz: s.sz,
  entryPx: away(s, 2),
  markPx: away(s, markBps),
  liquidationPx: away(s, -1_790),
  leverage: 5,
  marginUsedUsd: Number(((s.sz * s.markPx) / 5).toFixed(2)),
  unrealizedPnlUsd: Number((s.sz * s.markPx * ((markBps - 2) / 10_000)).toFixed(2)),
  stop,
  takeProfits: [
    { px: away(s, 162), sz: s.sz / 2, oid: 77_000_141 },
    { px: away(s, 344), sz: s.sz / 2, oid: 77_000_142 },
  ],
  isProtected: stop !== null,
  reason,
  unprotectedMs: stop === null ? 4_210 : 0,
});

const stopOf = (s: Scene): PositionView['stop'] => ({
  triggerPx: away(s, -214),
  sz: s.sz,
  oid: 77_000_140,
  cloid: null,
});

/** BTC as it should be; ETH right after somebody cancelled its stop by hand. */
const positions = (): PositionView[] =>
  SCENES.filter((s) => s.coin === 'BTC' || s.coin === 'ETH').map((s) =>
    s.coin === 'BTC' ? positionOf(s, 61, stopOf(s), null) : positionOf(s, -38, null, 'stop-missing'),
  );

export function exampleData(nowMs: number): ExampleData {
  const data: ExampleData = {
    alerts: [],
    decisions: [],
    fills: [],
    trades: [],
    guardRuns: guardRuns(nowMs),
    deadLetters: [],
    positions: positions(),
  };
  for (const s of SCENES.toSorted((a, b) => b.minutesAgo - a.minutesAgo)) {
    const alert = alertOf(s, nowMs);
    const key = keyOf(alert);
    const alertId = digest(key).slice(0, 32);
    const receivedAtMs = nowMs - s.minutesAgo * MINUTE_MS;
    data.alerts.push({
      id: alertId,
      key,
      bodySha: digest(canonicalBody(alert)),
      alert,
      receivedAtMs,
      state: 'new',
      outcome: null,
    });
    const isApproved = s.reasons.length === 0;
    const decision: Decision = {
      id: digest(`decision|${alertId}`).slice(0, 32),
      alertId,
      decidedAtMs: receivedAtMs + 34,
      strategy: 'max-pain',
      coin: s.coin,
      side: s.side,
      status: isApproved ? 'approved' : 'refused',
      reasons: s.reasons,
      gates: gatesOf(s),
      plan: isApproved ? planOf(s) : null,
      legs: [],
      explain: isApproved
        ? `${s.side} ${s.sz} ${s.coin} at about ${s.markPx}, stop ${away(s, -214)} (2.1 % away, outside the next cluster), risking $${(s.sz * s.markPx * 0.0226).toFixed(2)}.`
        : `Refused: ${s.reasons.join(', ')}. No order was sent.`,
      inputs: { alert, markPx: s.markPx },
    };
    const intents = isApproved
      ? [
          intentOf(s, decision, 'entry', 0, 'landed'),
          intentOf(s, decision, 'stop', 0, 'acked'),
          intentOf(s, decision, 'take-profit', 0, 'acked'),
          intentOf(s, decision, 'take-profit', 1, 'acked'),
        ]
      : [];
    data.decisions.push({ decision, intents, outcome: s.reasons[0] ?? null });
    if (!isApproved) continue;
    const trade = tradeOf(s, decision);
    data.trades.push(trade);
    data.fills.push(
      fillOf(s, s.minutesAgo * 2, { isEntry: true, px: trade.entryPx, sz: s.sz, timeMs: trade.openedAtMs }),
    );
    if (trade.exitPx !== null && trade.closedAtMs !== null)
      data.fills.push(
        fillOf(s, s.minutesAgo * 2 + 1, {
          isEntry: false,
          px: trade.exitPx,
          sz: s.sz,
          timeMs: trade.closedAtMs,
        }),
      );
  }
  data.deadLetters.push({
    id: 'dead-1',
    receivedAtMs: nowMs - 55 * MINUTE_MS,
    code: 'malformed',
    bodyHead: '{"v":1,"kind":"cascade.exhaustion","close":{{close}},"rsi":NaN}',
    issues:
      '[{"path":"","message":"the body holds NaN or Infinity, which JSON does not have","fix":"send null"}]',
    alertId: null,
  });
  return data;
}
