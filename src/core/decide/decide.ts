import { assert } from '../shared/assert.ts';
import { bracketLegs } from '../execute/bracket-legs.ts';
import type { CloidFor } from '../execute/bracket-legs.ts';
import { buildPlan } from './build-plan.ts';
import type { DecideInput } from './decide-input.ts';
import type { Known } from './gates.ts';
import {
  gateCaps,
  gateCoin,
  gateDataQuality,
  gateDrift,
  gateFreshness,
  gateKind,
  gateRate,
  gateTradingState,
  gateZoneContext,
} from './gates.ts';
import type { Decision, GateResult, Plan } from './types.ts';

/**
 * Approves or refuses one alert and says why, gate by gate, in the order of docs/architecture.md. The first gate that
 * says no ends the chain. Deterministic: the stored inputs give the same decision again.
 * @param cloidFor client order id of a leg; a function of the alert, so a repeat gives the same ids
 */
export function decide(i: DecideInput, cloidFor: CloidFor): Decision {
  const gates: GateResult[] = [];
  for (const gate of [gateTradingState, gateKind, gateRate, gateFreshness, gateCoin, gateDataQuality]) {
    const result = gate(i);
    gates.push(result);
    if (!result.ok) return refused(i, gates);
  }
  const known = knownOf(i);
  for (const gate of [gateZoneContext, gateDrift, gateCaps]) {
    const result = gate(i, known);
    gates.push(result);
    if (!result.ok) return refused(i, gates);
  }
  const built = buildPlan(i, known);
  if (!built.ok) {
    const { code, message, numbers } = built.refusal;
    return refused(i, [...gates, { gate: 'plan', ok: false, code, message, numbers: numbers ?? {} }]);
  }
  const { plan, boundBy } = built.value;
  gates.push({
    gate: 'plan',
    ok: true,
    code: null,
    message: `size bound by ${boundBy}`,
    numbers: { sz: plan.sz, stopPx: plan.stopPx, riskUsd: plan.riskUsd, confidence: plan.confidence },
  });
  return {
    ...headOf(i),
    status: 'approved',
    reasons: [],
    gates,
    plan,
    legs: bracketLegs(plan, known.meta, known.params.stopSlippageFraction, cloidFor),
    explain: explainApproval(plan, gates),
    inputs: i,
  };
}

/** The gates before have established all of these; a null here would be our own bug. */
function knownOf(i: DecideInput): Known {
  const { alert, params, meta, market, zones, account, mapped } = i;
  assert(
    alert.kind === 'cascade.exhaustion' && !!params && !!meta && !!market && !!zones && !!account && !!mapped,
    'gates passed without their facts',
  );
  return { alert, params, meta, market, zones, account, multiplier: mapped.multiplier };
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

function explainApproval(p: Plan, gates: GateResult[]): string {
  const targets = p.takeProfits.map((t) => `${t.sz} at ${t.px}`).join(', ');
  const why = gates.filter((g) => g.gate === 'zone-context' || g.gate === 'drift').map((g) => g.message);
  return (
    `Approved: ${p.side} ${p.sz} ${p.coin} (${p.notionalUsd.toFixed(2)} USD) up to ${p.entryLimitPx}, ` +
    `stop ${p.stopPx} (${p.stopDistanceBps.toFixed(0)} bp), take profit ${targets}; ` +
    `${p.riskUsd.toFixed(2)} USD at risk, confidence ${p.confidence.toFixed(2)}. ${why.join('; ')}.`
  );
}
