// What the API answers, as zod: the source of /openapi.json. The types are the app's own; `like` keeps both in step.
import * as z from 'zod';
import type {
  DeadLetter as DeadLetterType,
  GuardRun as GuardRunType,
  PositionView as PositionViewType,
  StoredAlert as StoredAlertType,
} from '../../app/ports.ts';
import { Alert, OwnAlert } from '../../core/alert/schema.ts';
import { EXIT_CODES } from '../../core/decide/exit-for.ts';
import type { Decision as DecisionType } from '../../core/decide/types.ts';
import type { Intent as IntentType, OrderLeg as OrderLegType } from '../../core/execute/types.ts';
import type { Fill as FillType, Trade as TradeType } from '../../core/review/types.ts';
import { REASON_CODES } from '../../core/shared/reason-codes.ts';
import { CoinParams } from '../../core/shared/coin-params.ts';
import type { Zone as ZoneType, ZoneMap as ZoneMapType } from '../../core/zones/types.ts';

/** Compiles only when the schema says exactly T: a field added to one and not to the other is an error. */
export const like =
  <T>() =>
  <S extends z.ZodType>(
    schema: S & (z.output<S> extends T ? (T extends z.output<S> ? unknown : never) : never),
  ): S =>
    schema;

const reason = z.enum(REASON_CODES);
const side = z.enum(['long', 'short']);
const ms = z.number();
const bySide = z.object({ long: z.number(), short: z.number() });
const list = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const StoredAlert = like<StoredAlertType>()(
  z.object({
    id: z.string(),
    key: z.string(),
    bodySha: z.string(),
    alert: z.discriminatedUnion('kind', [...Alert.options, OwnAlert]),
    receivedAtMs: ms,
    state: z.enum(['new', 'working', 'done']),
    outcome: z.union([reason, z.literal('filled')]).nullable(),
  }),
);

export const DeadLetter = like<DeadLetterType>()(
  z.object({
    id: z.string(),
    receivedAtMs: ms,
    code: reason,
    bodyHead: z.string(),
    issues: z.string(),
    alertId: z.string().nullable(),
  }),
);

const orderType = z.union([
  z.object({ tif: z.enum(['Gtc', 'Ioc', 'Alo']) }),
  z.object({ triggerPx: z.number(), isMarket: z.boolean(), tpsl: z.enum(['tp', 'sl']) }),
]);
const role = z.enum(['entry', 'stop', 'take-profit', 'close']);

const OrderLeg = like<OrderLegType>()(
  z.object({
    role,
    cloid: z.string(),
    coin: z.string(),
    assetId: z.number(),
    isBuy: z.boolean(),
    px: z.number(),
    sz: z.number(),
    reduceOnly: z.boolean(),
    type: orderType,
  }),
);

const gate = z.object({
  gate: z.string(),
  ok: z.boolean(),
  code: reason.nullable(),
  message: z.string(),
  numbers: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
});

const plan = z.object({
  coin: z.string(),
  side,
  sz: z.number(),
  markPx: z.number(),
  entryLimitPx: z.number(),
  stopPx: z.number(),
  takeProfits: z.array(z.object({ px: z.number(), sz: z.number() })),
  notionalUsd: z.number(),
  riskUsd: z.number(),
  stopDistanceBps: z.number(),
  confidence: z.number(),
  timeStopAtMs: ms,
});

export const Decision = like<DecisionType>()(
  z.object({
    id: z.string(),
    alertId: z.string(),
    decidedAtMs: ms,
    strategy: z.string(),
    coin: z.string().nullable(),
    side: side.nullable(),
    status: z.enum(['approved', 'refused']),
    reasons: z.array(reason),
    gates: z.array(gate),
    plan: plan.nullable(),
    legs: z.array(OrderLeg),
    explain: z.string(),
    inputs: z.unknown(),
  }),
);

export const Intent = like<IntentType>()(
  z.object({
    cloid: z.string(),
    alertId: z.string().nullable(),
    decisionId: z.string().nullable(),
    coin: z.string(),
    role,
    signer: z.string(),
    nonce: z.number(),
    expiresAfterMs: ms.nullable(),
    isBuy: z.boolean(),
    px: z.number(),
    sz: z.number(),
    reduceOnly: z.boolean(),
    triggerPx: z.number().nullable(),
    state: z.enum(['sending', 'acked', 'refused', 'not-filled', 'unknown', 'landed', 'never', 'missed']),
    oid: z.number().nullable(),
    filledSz: z.number().nullable(),
    avgPx: z.number().nullable(),
    reason: reason.nullable(),
    message: z.string().nullable(),
    createdAtMs: ms,
    updatedAtMs: ms,
  }),
);

export const Fill = like<FillType>()(
  z.object({
    tid: z.number(),
    coin: z.string(),
    oid: z.number(),
    cloid: z.string().nullable(),
    isBuy: z.boolean(),
    px: z.number(),
    sz: z.number(),
    timeMs: ms,
    startPosition: z.number(),
    closedPnlUsd: z.number(),
    feeUsd: z.number(),
    isTaker: z.boolean(),
    liquidation: z.enum(['market', 'backstop']).nullable(),
  }),
);

export const Trade = like<TradeType>()(
  z.object({
    id: z.string(),
    coin: z.string(),
    side,
    strategy: z.string().nullable(),
    alertId: z.string().nullable(),
    decisionId: z.string().nullable(),
    openedAtMs: ms,
    closedAtMs: ms.nullable(),
    entryPx: z.number(),
    exitPx: z.number().nullable(),
    sz: z.number(),
    pnlUsd: z.number(),
    feesUsd: z.number(),
    fundingUsd: z.number(),
    netPnlUsd: z.number(),
    rMultiple: z.number().nullable(),
    slippageBps: z.number().nullable(),
    unprotectedMs: z.number(),
    exitReason: z.enum(['stop', 'take-profit', 'close', ...EXIT_CODES, 'liquidation', 'manual']).nullable(),
    plannedRiskUsd: z.number().nullable(),
    decisionMarkPx: z.number().nullable(),
    enteredSz: z.number(),
    exitedSz: z.number(),
  }),
);

export const GuardRun = like<GuardRunType>()(
  z.object({
    id: z.string(),
    startedAtMs: ms,
    finishedAtMs: ms,
    trigger: z.enum(['timer', 'fill', 'boot', 'manual']),
    verdict: z.enum(['protected', 'repaired', 'unprotected', 'unreadable']),
    positions: z.number(),
    findings: z.array(z.object({ coin: z.string(), code: reason, action: z.string(), message: z.string() })),
  }),
);

export const Position = like<PositionViewType>()(
  z.object({
    coin: z.string(),
    side,
    sz: z.number(),
    entryPx: z.number(),
    markPx: z.number().nullable(),
    liquidationPx: z.number().nullable(),
    leverage: z.number(),
    marginUsedUsd: z.number(),
    unrealizedPnlUsd: z.number(),
    stop: z
      .object({ triggerPx: z.number(), sz: z.number(), oid: z.number(), cloid: z.string().nullable() })
      .nullable(),
    takeProfits: z.array(z.object({ px: z.number(), sz: z.number(), oid: z.number() })),
    isProtected: z.boolean(),
    reason: reason.nullable(),
    unprotectedMs: z.number(),
    warnings: z.array(reason).optional(),
  }),
);

const Zone = like<ZoneType>()(
  z.object({
    side,
    loPx: z.number(),
    hiPx: z.number(),
    peakPx: z.number(),
    notionalUsd: z.number(),
    share: z.number(),
    distanceBps: z.number(),
  }),
);

const sweep = z.object({ t: ms, side, notionalUsd: z.number(), loPx: z.number(), hiPx: z.number() });

export const ZoneMap = like<ZoneMapType>()(
  z.object({
    coin: z.string(),
    asOfMs: ms,
    markPx: z.number(),
    sources: z.array(
      z.object({
        venue: z.string(),
        bars: z.number(),
        weight: z.number(),
        scaledBy: z.enum(['open-interest', 'turnover']),
        sweptBy: z.enum(['mark', 'trade', 'mixed']).optional(),
      }),
    ),
    leftOut: z.array(z.object({ venue: z.string(), why: z.string() })),
    zones: z.array(Zone),
    maxPain: z.object({ long: Zone.nullable(), short: Zone.nullable() }),
    totalUsd: bySide,
    reachUsd: bySide,
    sweeps: z.array(sweep),
    runningSweeps: z.array(sweep).optional(),
    blend: z.object({ coverage: bySide, ageP50Ms: z.number() }).optional(),
    bins: z.object({
      px: z.array(z.number()),
      longUsd: z.array(z.number()),
      shortUsd: z.array(z.number()),
    }),
  }),
);

export const Lists = {
  alerts: list(StoredAlert),
  'dead-letters': list(DeadLetter),
  decisions: list(Decision.omit({ inputs: true })),
  orders: list(Intent),
  fills: list(Fill),
  trades: list(Trade),
  guard: list(GuardRun),
  positions: list(Position).extend({ readAtMs: ms, equityUsd: z.number() }),
} as const;

/** Where a coin's parameters came from, so that nobody mistakes a starting point for a result. */
export const CoinEntry = z.object({
  params: CoinParams,
  /** How often it was changed; 0 = never. */
  version: z.number(),
  provenance: z.record(z.string(), z.enum(['default', 'override'])),
  defaults: CoinParams,
  history: z.array(
    z.object({ version: z.number(), atMs: ms, changes: z.record(z.string(), z.unknown()), by: z.string() }),
  ),
  source: z.object({ file: z.string(), decision: z.string(), tuned: z.boolean() }),
});
export const Coins = list(CoinEntry);
