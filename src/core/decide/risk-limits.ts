/** Account-wide limits. Fractions of equity unless the name says otherwise. */
export interface RiskLimits {
  positionsMax: number;
  /** Sum of position notionals ÷ equity. */
  grossLeverageMax: number;
  /** Sum of notionals of one side ÷ equity. */
  sideLeverageMax: number;
  /** Sum of notionals of one side in one group of coins that move together (COIN_GROUPS) ÷ equity. */
  groupLeverageMax: number;
  /** Planned risk of entries of one side decided within `cascadeWindowMs` ÷ equity: one cascade, one bet. */
  cascadeRiskFractionMax: number;
  cascadeWindowMs: number;
  /** Planned risk of entries decided in the last 24 h ÷ equity. */
  dayRiskFractionMax: number;
  /** Realised net loss of the last 24 h ÷ equity. */
  dayLossFractionMax: number;
  /** Realised net loss of the last 7 days ÷ equity. */
  weekLossFractionMax: number;
  /** Entry alerts of the last hour; one more is refused. */
  alertsPerHourMax: number;
  /** Oldest mark and account reading a decision may rest on, ms. */
  markAgeMsMax: number;
  accountAgeMsMax: number;
  /** Oldest closed bar the zone map may end with, in bars of five minutes. */
  zonesAgeBarsMax: number;
  /** How far the alert's clock may run ahead of ours, ms. */
  futureMsMax: number;
  /** How far our clock and the venue's may be apart, ms. */
  clockSkewMsMax: number;
}

export const RISK_LIMITS: RiskLimits = {
  positionsMax: 6,
  grossLeverageMax: 2,
  sideLeverageMax: 1.5,
  groupLeverageMax: 1,
  cascadeRiskFractionMax: 0.02,
  cascadeWindowMs: 600_000,
  dayRiskFractionMax: 0.06,
  dayLossFractionMax: 0.03,
  weekLossFractionMax: 0.08,
  alertsPerHourMax: 60,
  markAgeMsMax: 30_000,
  accountAgeMsMax: 120_000,
  zonesAgeBarsMax: 3,
  futureMsMax: 5_000,
  clockSkewMsMax: 2_000,
};

/** Hyperliquid's base tier: 4.5 bp taker. */
export const TAKER_FEE_FRACTION = 0.00045;
/** What a stop's market order is budgeted to lose beyond its trigger; its hard bound is the order's own limit price. */
export const STOP_SLIPPAGE_BUDGET_FRACTION = 0.002;
/** Venue minimum of an opening order and of a partial close, USD. */
export const NOTIONAL_USD_MIN = 10;
