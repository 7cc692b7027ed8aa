import type { EntryAlert } from '../alert/schema.ts';
import { INTERVAL_MS } from '../shared/candle.ts';

/** The detector names a cascade once its leg stands: the leg itself began up to this many bars earlier. */
const LEG_BARS = 8;

/** When the leg of an alert's cascade may have begun, ms. */
export const legStartMs = (alert: Pick<EntryAlert, 'cascade' | 'interval'>): number =>
  alert.cascade.startTime - LEG_BARS * (INTERVAL_MS[alert.interval] ?? 0);
