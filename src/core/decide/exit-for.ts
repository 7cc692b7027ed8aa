import type { OwnAlert } from '../alert/schema.ts';
import { assert } from '../shared/assert.ts';
import type { Side } from '../shared/coin.ts';
import { opposite } from '../shared/coin.ts';
import type { ReasonCode } from '../shared/reason-codes.ts';
import type { DecideInput } from './decide-input.ts';
import { gateFadingFor, readFading } from './fading.ts';
import { pass, stop } from './gate-result.ts';
import { gateDataQuality, gateFreshness } from './gates.ts';
import type { Decision, GateResult } from './types.ts';

/** Exits that a decision stands for. */
export const EXIT_CODES = [
  'snapback-exit',
  'opposite-exit',
  'fading-exit',
] as const satisfies readonly ReasonCode[];
export type ExitCode = (typeof EXIT_CODES)[number];
type Exit = Pick<Decision, 'status' | 'reasons' | 'gates' | 'plan' | 'legs' | 'explain'>;
interface Hint {
  coin: string;
  side: Side;
  code: ExitCode;
  why: string;
  /** What must still hold when it is decided, after the trading state. */
  gates: (i: DecideInput) => GateResult[];
}

/**
 * What an alert says about a position of ours: `cascade.snapback` of its side, price is back and nobody is forced any
 * more; an exhaustion of the other side, the thesis has turned round; the bridge's own `signal.fading`, what carried it
 * is spent near the opposite zone. Null when it says nothing about one: then the alert is judged like every other. Only
 * a position that a decision of ours opened is ever closed by a hint. Exits pass fewer gates than entries, because they
 * take risk away: not while HALTED, and not on an old alert.
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
  for (const gate of [state, ...hint.gates(i)]) {
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
export const exitOf = (
  d: Pick<Decision, 'status' | 'reasons' | 'coin'>,
): { coin: string; code: ExitCode } | null => {
  const code = EXIT_CODES.find((c) => d.reasons.includes(c));
  return d.status === 'approved' && code !== undefined && d.coin !== null ? { coin: d.coin, code } : null;
};

function hintOf(i: DecideInput): Hint | null {
  const { alert, mapped } = i;
  if (mapped === null || i.account === null || alert.strategy !== 'max-pain') return null;
  const { coin } = mapped;
  const position = i.account.positions.find((p) => p.coin === coin);
  if (position === undefined || !i.exposure.plannedCoins.includes(coin)) return null;
  const { side } = position;
  const gates = (): GateResult[] => [gateFreshness(i)];
  if (alert.kind === 'cascade.snapback' && alert.side === side && (i.params?.exitOnSnapback ?? false))
    return { coin, side, code: 'snapback-exit', why: 'price has snapped back', gates };
  if (alert.kind === 'cascade.exhaustion' && alert.side === opposite(side))
    return { coin, side, code: 'opposite-exit', why: 'a cascade of the other side is exhausted', gates };
  if (alert.kind === 'signal.fading' && alert.side === side && i.held?.side === side && isWanted(i))
    return {
      coin,
      side,
      code: 'fading-exit',
      why: 'the signals fade near the opposite zone',
      gates: () => fadingGates(i, alert),
    };
  return null;
}

/** Switched off since, or nothing is known of the coin any more: then nothing is closed. */
const isWanted = (i: DecideInput): boolean => i.params?.exitOnFading === true && i.meta !== null;

/** Seen a moment ago, on data that is fresh now, and still so. In order; what the first no leaves open is not asked. */
function fadingGates(i: DecideInput, alert: OwnAlert): GateResult[] {
  const fresh = [gateSeen(i, alert), gateDataQuality(i)];
  if (fresh.some((g) => !g.ok)) return fresh;
  const { held, market, meta, zones, signals, params } = i;
  assert(
    !!held && !!market && !!meta && !!zones && !!signals && !!params,
    'gates passed without their facts',
  );
  return [
    ...fresh,
    ...readFading({
      held,
      markPx: market.markPx,
      szDecimals: meta.szDecimals,
      zones: zones.zones,
      signals,
      params,
    }),
    gateFadingFor(i.nowMs, alert.sinceMs),
  ];
}

/** What the bridge saw before a stop of the process says nothing after it. */
function gateSeen(i: DecideInput, alert: OwnAlert): GateResult {
  const ageMs = i.nowMs - alert.sentAt;
  const maxMs = i.params?.alertAgeMsMax ?? 0;
  const numbers = { ageMs, maxMs };
  return Math.abs(ageMs) <= maxMs
    ? pass('freshness', `seen ${Math.round(ageMs / 1000)} s ago`, numbers)
    : stop(
        'freshness',
        'stale-alert',
        `seen ${Math.round(ageMs / 1000)} s ago, limit ${maxMs / 1000} s`,
        numbers,
      );
}
