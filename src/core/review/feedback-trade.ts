import { isCurrentInput } from '../decide/recompute.ts';
import { SIGNAL_WEIGHTS, TIMEFRAME_WEIGHTS } from '../decide/signal-weights.ts';
import type { SignalFacts } from '../decide/decide-input.ts';
import type { Decision } from '../decide/types.ts';
import type { Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import type { SignalName } from '../zones/signals/types.ts';
import type { FeedbackTrade } from './feedback.ts';
import type { Trade } from './types.ts';

const DAY_MS = 86_400_000;

/**
 * What each signal said of an entry: score × strength × confidence, read as the confidence reads it (against its sign
 * where flow is spent), by 5m and 1h in their shares. A mirror image says the same of the mirrored entry.
 */
export function voicesOf(facts: SignalFacts, side: Side): FeedbackTrade['voices'] {
  const voices = new Map<SignalName, { sum: number; share: number }>();
  for (const { timeframe, cards } of facts.timeframes) {
    if (timeframe === '1m') continue;
    const share = TIMEFRAME_WEIGHTS[timeframe];
    for (const c of cards) {
      const known = voices.get(c.name) ?? { sum: 0, share: 0 };
      const said = sign(side) * SIGNAL_WEIGHTS[c.name].reading * c.score * c.strength * c.confidence;
      voices.set(c.name, { sum: known.sum + share * said, share: known.share + share });
    }
  }
  return Object.fromEntries([...voices].map(([name, v]) => [name, v.sum / v.share]));
}

/**
 * A closed trade with what its decision knew; null for one that teaches nothing: still open, not ours, without a planned
 * risk, or decided by a version whose inputs cannot be read any more.
 */
export function feedbackTradeOf(trade: Trade, decision: Decision): FeedbackTrade | null {
  const { inputs } = decision;
  if (trade.closedAtMs === null || trade.rMultiple === null || !isCurrentInput(inputs)) return null;
  if (inputs.signals === null) return null;
  const numbers = decision.gates.find((g) => g.gate === 'plan')?.numbers ?? {};
  const { confidence, shadowConfidence } = numbers;
  const isApplied = inputs.feedback?.isApplied === true;
  return {
    day: Math.floor(trade.openedAtMs / DAY_MS),
    r: trade.rMultiple,
    voices: voicesOf(inputs.signals, trade.side),
    confidence:
      typeof confidence === 'number' && typeof shadowConfidence === 'number'
        ? {
            handSet: isApplied ? shadowConfidence : confidence,
            learned: isApplied ? confidence : shadowConfidence,
          }
        : null,
  };
}
