import type { Liquidation } from '../core/zones/realised/types.ts';
import type { HistoryBatch, StoredRatio, StoredSample } from './market-ports.ts';

/** Rows of a kind that wait for a file that cannot be written. */
const UNWRITTEN_MAX = 50_000;

/** What happened since the last writing. */
export const emptyNews = () => ({
  liquidations: [] as Liquidation[],
  buckets: new Map<string, HistoryBatch['buckets'][number]>(),
  samples: [] as StoredSample[],
  ratios: [] as StoredRatio[],
});

export type News = ReturnType<typeof emptyNews>;

/** What could not be written yet and what came since; too much of it is given up, the newest first to stay. */
export const joined = (a: News, b: News): News => ({
  liquidations: [...a.liquidations, ...b.liquidations].slice(-UNWRITTEN_MAX),
  buckets: new Map([...a.buckets, ...b.buckets]),
  samples: [...a.samples, ...b.samples].slice(-UNWRITTEN_MAX),
  ratios: [...a.ratios, ...b.ratios].slice(-UNWRITTEN_MAX),
});
