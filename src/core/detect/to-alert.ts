import { ALERT_SCHEMA_VERSION, type Alert } from '../alert/schema.ts';
import type { DetectorEvent } from './types.ts';

/** What the script knows beside the bar: who sends, for which chart, when. */
export interface AlertHead {
  /** "name@major.minor.patch" of the script whose place this takes. */
  script: string;
  strategy: string;
  /** `syminfo.prefix`, e.g. "BINANCE". */
  exchange: string;
  /** `syminfo.ticker`, e.g. "BTCUSDT.P". */
  ticker: string;
  /** `timeframe.period`, e.g. "5". */
  interval: string;
  /** `timenow`, ms since the epoch. */
  sentAt: number;
}

/** The webhook body the Pine script would have sent for `event`. */
export function toAlert(event: DetectorEvent, head: AlertHead): Alert {
  return { v: ALERT_SCHEMA_VERSION, ...head, ...event };
}
