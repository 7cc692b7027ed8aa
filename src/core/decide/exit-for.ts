import type { Side } from '../shared/coin.ts';
import { opposite } from '../shared/coin.ts';
import type { ReasonCode } from '../shared/reason-codes.ts';
import type { DecideInput } from './decide-input.ts';
import { pass, stop } from './gate-result.ts';
import { gateFreshness } from './gates.ts';
import type { Decision, GateResult } from './types.ts';

type ExitCode = Extract<ReasonCode, 'snapback-exit' | 'opposite-exit'>;
type Exit = Pick<Decision, 'status' | 'reasons' | 'gates' | 'plan' | 'legs' | 'explain'>;

/**
 * What an alert says about a position of ours: `cascade.snapback` of its side, price is back and nobody is forced any
 * more; an exhaustion of the other side, the thesis has turned round. Null when it says nothing about one: then the
 * alert is judged like every other. Only a position that a decision of ours opened is ever closed by a hint. Exits pass
 * fewer gates than entries, because they take risk away: not while HALTED, and not on an old alert.
 */
export function exitFor(i: DecideInput): Exit | null {
  const hint = hintOf(i);
  if (hint === null) return null;
  const { coin, side, code, why } = hint;
  const gates: GateResult[] = [pass('exit', why, { coin, side })];
  const refusedBy = (g: GateResult, reason: ReasonCode): Exit => ({
    status: 'refused',
    reasons: [reason],
    gates: [...gates, g],
    plan: null,
    legs: [],
    explain: `Not closed at ${g.gate} (${reason}): ${g.message}.`,
  });
  const state =
    i.tradingState === 'HALTED'
      ? stop('trading-state', 'state-not-active', 'trading is HALTED: protection only')
      : pass('trading-state', `trading state is ${i.tradingState}: exits go on`);
  for (const gate of [state, gateFreshness(i)]) {
    if (gate.code !== null) return refusedBy(gate, gate.code);
    gates.push(gate);
  }
  return {
    status: 'approved',
    reasons: [code],
    gates,
    plan: null,
    legs: [],
    explain: `Exit: what is left of the ${coin} ${side} is closed, because ${why}.`,
  };
}

/** The exit that a decision stands for; null for an entry and for a refusal. */
export const exitOf = (d: Decision): { coin: string; code: ExitCode } | null => {
  const code = d.reasons.find((r) => r === 'snapback-exit' || r === 'opposite-exit');
  return d.status === 'approved' && code !== undefined && d.coin !== null ? { coin: d.coin, code } : null;
};

function hintOf(i: DecideInput): { coin: string; side: Side; code: ExitCode; why: string } | null {
  const { alert, mapped } = i;
  if (mapped === null || i.account === null || alert.strategy !== 'max-pain') return null;
  const { coin } = mapped;
  const position = i.account.positions.find((p) => p.coin === coin);
  if (position === undefined || !i.exposure.plannedCoins.includes(coin)) return null;
  const { side } = position;
  if (alert.kind === 'cascade.snapback' && alert.side === side && (i.params?.exitOnSnapback ?? false))
    return { coin, side, code: 'snapback-exit', why: 'price has snapped back' };
  if (alert.kind === 'cascade.exhaustion' && alert.side === opposite(side))
    return { coin, side, code: 'opposite-exit', why: 'a cascade of the other side is exhausted' };
  return null;
}
