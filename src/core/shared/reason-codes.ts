/**
 * Every reason snapback can give, in one list: kebab-case, stable, each with a line in docs/errors.md
 * saying what it means and what to do (a test compares).
 */
export const REASON_CODES = [
  // HTTP answers
  'unauthorized',
  'malformed',
  'too-large',
  'too-many-bad-tokens',
  'address-not-tradingview',
  'conflict',
  'not-stored',
  'not-ready',
  'not-found',
  'bad-query',
  'internal',
  // Decision gates
  'state-not-active',
  'alert-rate',
  'stale-alert',
  'future-alert',
  'not-an-entry',
  'unknown-strategy',
  'unmapped-ticker',
  'coin-disabled',
  'coin-delisted',
  'market-stale',
  'account-stale',
  'guard-late',
  'zones-missing',
  'zone-not-swept',
  'drift-exceeded',
  'position-open',
  'intent-unresolved',
  'positions-cap',
  'daily-loss-cap',
  'daily-risk-cap',
  'notional-cap',
  'margin-short',
  'stop-too-far',
  'stop-beyond-liquidation',
  'below-minimum-notional',
  // Execution outcomes
  'not-filled',
  'venue-refused',
  'not-sent',
  'outcome-unknown',
  'never-landed',
  'not-found-after-fence',
  // Guard findings
  'stop-missing',
  'stop-too-small',
  'stop-too-large',
  'stop-wrong-side',
  'stop-not-reduce-only',
  'stop-limit-too-tight',
  'stop-duplicate',
  'stop-orphan',
  'stop-crossed',
  'stop-refused',
  'account-unreadable',
  // Operations
  'alert-feed-silent',
] as const;

export type ReasonCode = (typeof REASON_CODES)[number];
