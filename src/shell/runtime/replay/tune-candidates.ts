import type { DetectorParams } from '../../../core/detect/params.ts';
import type { CoinParams } from '../../../core/shared/coin-params.ts';

/** One way to set a coin: what differs from what is committed. */
export interface Candidate {
  name: string;
  /** Multiplies the coin's own least leg: presets differ. */
  legAtrFactor?: number;
  detector?: Partial<DetectorParams>;
  params?: Partial<CoinParams>;
}

/**
 * One change at a time, about a third or a factor of two either way. A grid of all combinations would find the luckiest
 * of thousands on a few dozen trades a coin; these few can at least be read. The first is what is committed.
 */
export const CANDIDATES: readonly Candidate[] = [
  { name: 'committed' },
  { name: 'leg × 0.75', legAtrFactor: 0.75 },
  { name: 'leg × 1.25', legAtrFactor: 1.25 },
  { name: 'score ≥ 50', detector: { scoreMin: 50 } },
  { name: 'score ≥ 75', detector: { scoreMin: 75 } },
  { name: 'reclaim ≥ 15 %', detector: { reclaimMin: 0.15 } },
  { name: 'reclaim ≥ 40 %', detector: { reclaimMin: 0.4 } },
  { name: 'consumed ≥ 5 %', params: { consumedFractionMin: 0.05 } },
  { name: 'consumed ≥ 25 %', params: { consumedFractionMin: 0.25 } },
  { name: 'stop buffer 0.1 ATR', params: { stopBufferAtr: 0.1 } },
  { name: 'stop buffer 1 ATR', params: { stopBufferAtr: 1 } },
  { name: 'take profit 0.5 and 1 R', params: { takeProfitR: [0.5, 1] } },
  { name: 'take profit 2 and 4 R', params: { takeProfitR: [2, 4] } },
  { name: 'time stop 1 h', params: { timeStopMinutes: 60 } },
  { name: 'time stop 12 h', params: { timeStopMinutes: 720 } },
  { name: 'no exit on snap-back', params: { exitOnSnapback: false } },
];
