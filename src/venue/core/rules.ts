// What the public material leaves open is a named switch here, so that one probe on testnet settles it by a value.
export interface VenueRules {
  /** Live per-order errors end with " asset=N"; the documented ones do not. */
  assetSuffix: boolean;
  /** A reduce-only trigger without a position to reduce (grouping na). */
  orphanTrigger: 'accept' | 'refuse';
  /** Standalone reduce-only triggers when their position closes. Position-bound ones always go with it. */
  triggersOnClose: 'keep' | 'cancel';
  /** A trigger whose condition already holds when placed. */
  alreadyTrue: 'reject' | 'fire';
  /** Which triggers must have their limit price on the far side of the trigger price. */
  triggerLimitSide: 'stop-market' | 'all' | 'none';
  /** Triggers that are not reduce-only, grouping na. */
  openingTrigger: 'accept' | 'refuse';
  /** Children of a bracket whose IOC parent filled partly. */
  partialParent: 'cancel' | 'arm';
  /** How children of a refused parent answer: each with the parent's error, or one error for the batch. */
  parentError: 'each' | 'one';
  /** Pre-validation of a batch: the whole action refused, or one error status. */
  preValidation: 'err' | 'status';
  /** Final status of an IOC that filled in part. */
  partialIocStatus: 'canceled' | 'filled';
  /** The other child when one filled only partly. */
  partialSibling: 'leave' | 'shrink';
  /** $10 minimum for a plain GTC order that closes the whole position. */
  plainGtcWholeClose: 'minimum' | 'exempt';
  /** A GTC order that fills partly and rests. */
  partialGtcStatus: 'resting' | 'filled';
  /** A resting order fills when the book moves through its price, or already when it touches. */
  makerFill: 'through' | 'touch';
  /** `sz` shown for a position-bound trigger over the whole position. */
  wholePositionSz: 'zero' | 'position';
  /** Text for a nonce below the 100 highest kept, or outside the time window; {nonce} is replaced. */
  lowNonceText: string;
  /** How long after `validUntil` an agent is still accepted, ms (observed: up to 15 min). */
  agentExpiryGraceMs: number;
  /** How long a removed agent still passes, and how long after that its user may approve no other, ms. */
  agentRemovalMs: number;
  agentRemovalPendingMs: number;
  /** What counts as a market order for the caps by leverage; a limit order may be ten times as large. */
  marketOrder: 'ioc' | 'frontend' | 'uncapped';
  /** Actions that arrive within this time are committed together: cancels before takers. 0: as they arrive. */
  blockMs: number;
  /** WebSocket connections per client address (100 until January 2026). */
  connectionsMax: number;
  takerFeePpm: number;
  makerFeePpm: number;
  /** Size of the outside book per basis point of price, USD: for all coins, or by coin name with '*' for the rest. */
  depthUsdPerBps: number | Record<string, number>;
  /** Distance of the outside book's best bid and ask together, bps; never under one tick. */
  spreadBps: number;
  /** Orders remembered per account for orderStatus and historicalOrders. */
  orderMemory: number;
  openOrdersMax: number;
  /** Request weight per client address and minute (1200): 429 beyond. */
  ipWeights: boolean;
  /** 10,000 actions per account + 1 per USDC traded, then one per 10 s. */
  addressQuota: boolean;
  liquidations: boolean;
  /** Bankrupt accounts are closed against those who gained most. Off, the rest of the market bears their debt. */
  autoDeleveraging: boolean;
  /** The mark is the price given, or made of oracle, book and other venues every 3 s around the price given. */
  markModel: 'given' | 'modelled';
  funding: boolean;
  /** Venue clock against the caller's, ms; positive = the venue is ahead. */
  clockSkewMs: number;
  /** After a network upgrade: everything but post-only is refused. */
  postOnly: boolean;
  halted: boolean;
  /** Events kept in memory; older ones are dropped from the front. */
  eventsMax: number;
}

export const DEFAULT_RULES: VenueRules = {
  assetSuffix: true,
  orphanTrigger: 'accept',
  triggersOnClose: 'keep',
  alreadyTrue: 'reject',
  triggerLimitSide: 'stop-market',
  openingTrigger: 'accept',
  partialParent: 'cancel',
  parentError: 'each',
  preValidation: 'err',
  partialIocStatus: 'canceled',
  partialSibling: 'leave',
  plainGtcWholeClose: 'minimum',
  partialGtcStatus: 'resting',
  makerFill: 'through',
  wholePositionSz: 'zero',
  lowNonceText: 'Invalid nonce: nonce too low {nonce}',
  agentExpiryGraceMs: 0,
  agentRemovalMs: 1_500,
  agentRemovalPendingMs: 5_000,
  marketOrder: 'ioc',
  blockMs: 0,
  connectionsMax: 10,
  takerFeePpm: 450,
  makerFeePpm: 150,
  depthUsdPerBps: 100_000,
  spreadBps: 1,
  orderMemory: 2000,
  openOrdersMax: 1000,
  ipWeights: false,
  addressQuota: false,
  liquidations: true,
  autoDeleveraging: false,
  markModel: 'given',
  funding: true,
  clockSkewMs: 0,
  postOnly: false,
  halted: false,
  eventsMax: 20_000,
};
