// An approved entry in one paragraph for people: what, how much of it, and why no more.
import type { Built } from './build-plan.ts';
import { TOO_HOT_FACTOR } from './build-plan.ts';
import type { DecideInput } from './decide-input.ts';
import type { PlacedStop } from './place-stop.ts';
import type { Sized } from './size-position.ts';
import type { GateResult } from './types.ts';

/** What a stop stands behind. */
export const STOP_BEHIND = {
  extreme: 'behind the extreme',
  cluster: 'behind a cluster',
  'least-distance': 'at the least distance',
} as const satisfies Record<PlacedStop['behind'], string>;

/** What cut the size below what confidence alone would have given; null: nothing did. */
const CUT_BY: Record<Sized['boundBy'], string | null> = {
  risk: null,
  'day-risk': "what is left of the day's risk",
  'cascade-risk': "what is left of this cascade's risk",
  'coin-notional': "the coin's largest notional",
  'gross-leverage': 'the gross leverage cap',
  'side-leverage': 'the leverage cap of its side',
  'group-leverage': 'the leverage cap of its group of coins',
  margin: 'the free margin',
  'margin-tier': 'the margin tier',
};

const EXPLAINED = ['zone-context', 'cascade-phase', 'timeframes', 'drift'];

export function explainApproval(i: DecideInput, built: Built, gates: readonly GateResult[]): string {
  const { plan: p, boundBy, stopBehind } = built;
  const targets = p.takeProfits.map((t) => `${t.sz} at ${t.px}`).join(', ') || 'none';
  const cutBy = CUT_BY[boundBy];
  return (
    `Approved: ${p.side} ${p.sz} ${p.coin} (${p.notionalUsd.toFixed(2)} USD) ${p.side === 'long' ? 'up' : 'down'} to ${p.entryLimitPx}, ` +
    `stop ${p.stopPx} (${p.stopDistanceBps.toFixed(0)} bp, ${STOP_BEHIND[stopBehind]}), take profit ${targets}; ` +
    `${p.riskUsd.toFixed(2)} USD at risk${cutBy === null ? '' : ` (cut by ${cutBy})`}, ` +
    `confidence ${p.confidence.toFixed(2)}${shadowNote(i, built)}. ${whyOf(i, gates).join('; ')}.`
  );
}

/** What the gates said that matters to an entry, and what made it smaller. */
const whyOf = (i: DecideInput, gates: readonly GateResult[]): string[] =>
  gates.flatMap(({ gate, message, numbers }) => {
    const isShrunk = gate === 'cascade-risk' && numbers['sizeFactor'] !== 1;
    if (!isShrunk && !EXPLAINED.includes(gate)) return [];
    const isHot = gate === 'timeframes' && i.signals?.isTooHot === true;
    return isHot ? [message, `both sides are dense: size × ${TOO_HOT_FACTOR}`] : [message];
  });

/** What the confidence would be by the weights that are not in force. Nothing where nothing was learned. */
function shadowNote({ feedback }: DecideInput, { shadowConfidence }: Built): string {
  if (feedback === undefined || shadowConfidence === null) return '';
  const { version, isApplied } = feedback;
  return isApplied
    ? ` by learned weights, version ${version} (${shadowConfidence.toFixed(2)} by the hand-set ones)`
    : ` (${shadowConfidence.toFixed(2)} by learned weights, version ${version}, in shadow)`;
}
