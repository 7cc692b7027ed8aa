import type { Side } from '../../shared/coin.ts';
import type { CoinSignals, SignalCard, SignalName } from './types.ts';

/** Whether forced closing runs, has nearly spent itself, or is nothing out of the ordinary. */
export type FlowState = 'running' | 'fading' | 'quiet';

export interface CoinFlow {
  state: FlowState;
  /** Whose liquidations; null while it is quiet. */
  side: Side | null;
  /** By what venues reported, by what the map lost, or both; empty while it is quiet. */
  by: ('reported' | 'estimated')[];
}

/** A coin's signals in one line. */
export interface CoinNow extends Pick<
  CoinSignals,
  'coin' | 'asOfMs' | 'markPx' | 'agreement' | 'confidence'
> {
  timeframes: { timeframe: string; direction: 'up' | 'down' | 'neutral'; bias: number }[];
  flow: CoinFlow;
  /** The open-interest card of 5m; `unknown` where nobody samples it. */
  openInterest: string;
  /** Both sides are dense around the mark. */
  isTooHot: boolean;
}

/** All coins at once: how many cascade, and whose. Counted, not weighed. */
export interface MarketNow {
  coins: CoinNow[];
  running: Record<Side, number>;
  fading: Record<Side, number>;
}

/** Every coin in a line, those whose forced closing runs first, then those where it fades, then the more confident. */
export function marketNow(signals: readonly CoinSignals[]): MarketNow {
  const coins = signals.map(coinNow);
  const count = (state: FlowState): Record<Side, number> => ({
    long: coins.filter((c) => c.flow.state === state && c.flow.side === 'long').length,
    short: coins.filter((c) => c.flow.state === state && c.flow.side === 'short').length,
  });
  const rank = { running: 0, fading: 1, quiet: 2 } as const;
  return {
    coins: coins.toSorted((a, b) => rank[a.flow.state] - rank[b.flow.state] || b.confidence - a.confidence),
    running: count('running'),
    fading: count('fading'),
  };
}

function coinNow(s: CoinSignals): CoinNow {
  const cards = s.timeframes.find((f) => f.timeframe === '5m')?.cards ?? [];
  const card = (name: SignalName): SignalCard | undefined => cards.find((c) => c.name === name);
  return {
    coin: s.coin,
    asOfMs: s.asOfMs,
    markPx: s.markPx,
    agreement: s.agreement,
    confidence: s.confidence,
    timeframes: s.timeframes.map(({ timeframe, direction, bias }) => ({ timeframe, direction, bias })),
    flow: flowOf(card('liquidation-velocity'), card('sweep-velocity')),
    openInterest: card('open-interest')?.state ?? 'unknown',
    isTooHot: card('crowding')?.state === 'too-hot',
  };
}

/** States of the two velocity cards: what still pushes runs, though it may be slowing. */
const RUNNING: readonly string[] = ['accelerating', 'running', 'decelerating'];

/**
 * The more alarming of what venues reported and what the map lost on 5m: streams miss most of a cascade, and Hyperliquid
 * reports nothing. Two that run on different sides are told by what was reported.
 */
function flowOf(reported: SignalCard | undefined, estimated: SignalCard | undefined): CoinFlow {
  const said = [
    ...(reported === undefined ? [] : [{ by: 'reported' as const, ...flowOfCard(reported) }]),
    ...(estimated === undefined ? [] : [{ by: 'estimated' as const, ...flowOfCard(estimated) }]),
  ];
  for (const state of ['running', 'fading'] as const) {
    const found = said.filter((f) => f.state === state);
    const side = found[0]?.side ?? null;
    if (side !== null) return { state, side, by: found.filter((f) => f.side === side).map((f) => f.by) };
  }
  return { state: 'quiet', side: null, by: [] };
}

/** Flow of liquidated longs pushes price down, score below 0; once it fades the score has the other sign. */
function flowOfCard({ state, score }: SignalCard): { state: FlowState; side: Side | null } {
  const isFading = state === 'fading';
  if ((!isFading && !RUNNING.includes(state)) || score === 0) return { state: 'quiet', side: null };
  const side: Side = score < 0 === isFading ? 'short' : 'long';
  return { state: isFading ? 'fading' : 'running', side };
}
