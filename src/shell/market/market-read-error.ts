import { ReadError } from '../../app/ports.ts';

export type MarketReadReason =
  /** No complete answer in time. */
  | 'timeout'
  /** No connection, or it broke. */
  | 'unreachable'
  /** 429 or 418: asked too often. */
  | 'rate-limited'
  /** 451 or 403: this machine's region or address is not served. */
  | 'blocked'
  /** HTTP 5xx. */
  | 'server-error'
  /** Another HTTP status than 200, redirects among them. */
  | 'bad-status'
  /** Not asked at all: the venue told us to wait, and the wait is not over. */
  | 'cooling-down'
  | 'too-large'
  /** Not JSON, a shape that is not the documented one, or numbers that cannot be. */
  | 'malformed'
  /** Well-formed but old, or shorter than it must be. */
  | 'incomplete'
  /** The venue does not list the coin. */
  | 'unsupported';

/** Why a venue's market data could not be read. The message names venue, request and field, never a body or a URL. */
export class MarketReadError extends ReadError {
  override name = 'MarketReadError';
  readonly reason: MarketReadReason;
  /** When asking again makes sense, ms since the epoch; null = any time. */
  readonly retryAtMs: number | null;
  /** The venue's own error code from the body of a refusal (Binance: −1121 = unknown symbol); null when it gave none. */
  readonly venueCode: number | null;

  constructor(
    reason: MarketReadReason,
    message: string,
    more: { retryAtMs?: number; venueCode?: number | null } = {},
  ) {
    super(message);
    this.reason = reason;
    this.retryAtMs = more.retryAtMs ?? null;
    this.venueCode = more.venueCode ?? null;
  }
}
