import * as z from 'zod';

const weight = z.number().min(0).max(100);

/** The inputs of pine/cascade_exhaustion.pine, with the same bounds: what one chart is set to. */
export const DetectorParams = z.strictObject({
  /** Wilder average of the true range, bars. */
  atrLength: z.int().min(2).max(200),
  /** Bars of the mean a volume is compared with. */
  volumeBaselineBars: z.int().min(10).max(500),
  /** A leg is the way from the window's far end to this bar's low (high), within so many bars. */
  legBars: z.int().min(2).max(50),
  /** Least leg, in multiples of the ATR from before it. */
  legAtrMin: z.number().min(0.5).max(50),
  /** Least leg, percent of its origin; 0 = not asked for. */
  legPctMin: z.number().min(0).max(50),
  /** Least volume of the busiest bar of the leg, in multiples of the baseline. */
  volumeSurgeMin: z.number().min(0).max(100),
  /** A cascade is over so many bars after its last new extreme; once exhausted, so many bars after that. */
  forgetBars: z.int().min(2).max(200),
  /** Volume at or below this share of the peak counts as fully decayed. */
  volumeDecay: z.number().min(0).max(0.95),
  /** A wick of this share of the extreme's bar counts fully. */
  rejectionWick: z.number().min(0.05).max(1),
  /** Share of the leg the close must have won back before an exhaustion. */
  reclaimMin: z.number().min(0.05).max(0.95),
  /** Share of the leg won back that ends the trade idea: the exit hint. */
  snapbackMin: z.number().min(0.05).max(1),
  /** Least score of an exhaustion, 0..100. */
  scoreMin: z.number().min(0).max(100),
  /** Read open interest when there is any. */
  useOi: z.boolean(),
  /** Fall of open interest since before the leg that counts fully, percent. */
  oiDropPct: z.number().min(0.01).max(50),
  /** Parts of the score; 0 switches a part off. A part that cannot be measured is left out. */
  weights: z.strictObject({
    volume: weight,
    wick: weight,
    reclaim: weight,
    rsi: weight,
    oi: weight,
    leg: weight,
    climax: weight,
    close: weight,
    higher: weight,
    funding: weight,
  }),
  /** Timeframe of the part "higher"; one not above the chart's own is left out. */
  higherInterval: z.enum(['15', '30', '60', '240']),
  /** Funding against the crowd that counts fully, in the unit of the feed. */
  fundingExtreme: z.number().min(0.0001).max(10),
  alertOnStart: z.boolean(),
  alertOnSnapback: z.boolean(),
  /** One heartbeat per so many bars, on the first bar of each such slot of UTC time; 0 = none. */
  heartbeatBars: z.int().min(0).max(1000),
});
export type DetectorParams = z.infer<typeof DetectorParams>;

/** The script's defaults. Starting points, not tuned values: no edge is claimed for them. */
export const DEFAULT_DETECTOR_PARAMS: DetectorParams = {
  atrLength: 14,
  volumeBaselineBars: 100,
  legBars: 8,
  legAtrMin: 4,
  legPctMin: 0,
  volumeSurgeMin: 2.5,
  forgetBars: 12,
  volumeDecay: 0.6,
  rejectionWick: 0.45,
  reclaimMin: 0.25,
  snapbackMin: 0.5,
  scoreMin: 60,
  useOi: true,
  oiDropPct: 1,
  weights: {
    volume: 25,
    wick: 20,
    reclaim: 30,
    rsi: 10,
    oi: 15,
    leg: 0,
    climax: 0,
    close: 0,
    higher: 0,
    funding: 0,
  },
  higherInterval: '60',
  fundingExtreme: 0.03,
  alertOnStart: true,
  alertOnSnapback: true,
  heartbeatBars: 12,
};
