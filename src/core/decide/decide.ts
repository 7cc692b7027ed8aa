import type { AnyAlert } from '../alert/schema.ts';
import { assert } from '../shared/assert.ts';
import { bracketLegs } from '../execute/bracket-legs.ts';
import type { CloidFor } from '../execute/bracket-legs.ts';
import { buildPlan } from './build-plan.ts';
import { confidenceOf, readSignals, weightsOf } from './confidence.ts';
import type { CascadeFacts, DecideInput, SignalFacts } from './decide-input.ts';
import { exitFor } from './exit-for.ts';
import { explainApproval, STOP_BEHIND } from './explain-approval.ts';
import type { Known } from './gate-result.ts';
import {
  gateClock,
  gateCoin,
  gateDataQuality,
  gateFreshness,
  gateKind,
  gateQuota,
  gateRate,
  gateTradingState,
} from './gates.ts';
import {
  gateCascadePhase,
  gateCascadeRisk,
  gateDrift,
  gateFunding,
  gateTimeframes,
  gateZoneContext,
} from './market-gates.ts';
import { gateCaps, gateCooldown } from './risk-gates.ts';
import { lossPerCoin } from './size-position.ts';
import type { Decision, GateResult } from './types.ts';

const GATES = [
  gateTradingState,
  gateKind,
  gateRate,
  gateClock,
  gateFreshness,
  gateCoin,
  gateDataQuality,
  gateQuota,
] as const;
/** Those that need the facts which the gates before have established. */
const MARKET_GATES = [
  gateZoneContext,
  gateCascadePhase,
  gateCascadeRisk,
  gateTimeframes,
  gateFunding,
  gateDrift,
  gateCooldown,
  gateCaps,
] as const;

/**
 * Approves or refuses one alert and says why, gate by gate, in the order of docs/architecture.md. The first gate that
 * says no ends the chain. An alert that ends a position of ours is an exit instead: see exitFor. Deterministic: the stored inputs give the same decision again.
 * @param cloidFor client order id of a leg; a function of the alert, so a repeat gives the same ids
 */
export function decide(i: DecideInput, cloidFor: CloidFor): Decision {
  const exit = exitFor(i);
  if (exit !== null) return { ...headOf(i), ...exit, inputs: i };
  const gates: GateResult[] = [];
  for (const gate of GATES) {
    const result = gate(i);
    gates.push(result);
    if (!result.ok) return refused(i, gates);
  }
  const known = knownOf(i);
  for (const gate of MARKET_GATES) {
    const result = gate(i, known);
    gates.push(result);
    if (!result.ok) return refused(i, gates);
  }
  const built = buildPlan(i, known);
  if (!built.ok) {
    const { code, message, numbers } = built.refusal;
    return refused(i, [...gates, { gate: 'plan', ok: false, code, message, numbers: numbers ?? {} }]);
  }
  const { plan, boundBy, sizeFactor, shadowConfidence, stopBehind, extremePx, bufferPx, liquidationPx } =
    built.value;
  gates.push({
    gate: 'plan',
    ok: true,
    code: null,
    message: `size bound by ${boundBy}; stop ${STOP_BEHIND[stopBehind]}`,
    numbers: {
      sz: plan.sz,
      stopPx: plan.stopPx,
      stopBehind,
      extremePx,
      bufferPx,
      liquidationPx,
      lossPerCoinUsd: lossPerCoin(plan.entryLimitPx, plan.stopPx),
      riskUsd: plan.riskUsd,
      confidence: plan.confidence,
      sizeFactor,
      boundBy,
      ...(shadowConfidence !== null && { shadowConfidence, weights: i.feedback?.version ?? null }),
    },
  });
  return {
    ...headOf(i),
    status: 'approved',
    reasons: [],
    gates,
    plan,
    legs: bracketLegs(plan, known.meta, known.params.stopSlippageFraction, cloidFor),
    explain: explainApproval(i, built.value, gates),
    inputs: i,
  };
}

/**
 * For putting alerts of the same moment in order: the confidence an entry would have, 0 where there is nothing to go by.
 * Looks at no gate.
 */
export const rankOf = (
  alert: AnyAlert,
  signals: SignalFacts | null,
  cascade: CascadeFacts,
  i: { nowMs: number; feedback: DecideInput['feedback'] | undefined },
): number =>
  alert.kind === 'cascade.exhaustion' && signals !== null
    ? confidenceOf(
        alert.score,
        readSignals(signals, alert.side, i.nowMs, weightsOf(i).used),
        cascade.washout?.funding,
      )
    : 0;

/** The gates before have established all of these; a null here would be our own bug. */
function knownOf(i: DecideInput): Known {
  const { alert, params, meta, market, zones, signals, account, mapped } = i;
  assert(
    alert.kind === 'cascade.exhaustion' &&
      !!params &&
      !!meta &&
      !!market &&
      !!zones &&
      !!signals &&
      !!account &&
      !!mapped,
    'gates passed without their facts',
  );
  return { alert, params, meta, market, zones, signals, account, multiplier: mapped.multiplier };
}

const headOf = (i: DecideInput) => ({
  id: i.decisionId,
  alertId: i.alertId,
  decidedAtMs: i.nowMs,
  strategy: i.alert.strategy,
  coin: i.mapped?.coin ?? null,
  side: 'side' in i.alert ? i.alert.side : null,
});

function refused(i: DecideInput, gates: GateResult[]): Decision {
  const last = gates.at(-1);
  assert(last !== undefined && last.code !== null, 'a refusal names its gate');
  return {
    ...headOf(i),
    status: 'refused',
    reasons: [last.code],
    gates,
    plan: null,
    legs: [],
    explain: `Refused at ${last.gate} (${last.code}): ${last.message}.`,
    inputs: i,
  };
}
