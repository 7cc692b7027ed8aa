/** Where TradingView sends webhooks from (its support page 43000529348). An extra fence, never an authentication. */
export const TRADINGVIEW_ADDRESSES: ReadonlySet<string> = new Set([
  '52.89.214.238',
  '34.212.75.30',
  '54.218.53.128',
  '52.32.178.7',
]);

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);

/** IPv4 in its one dotted form (also out of ::ffff:…); anything else lower-cased as it is, so that it can only differ. */
export function normalizeAddress(text: string): string {
  const lower = text.trim().toLowerCase();
  const bare = lower.startsWith('::ffff:') ? lower.slice(7) : lower;
  return IPV4.test(bare) ? bare : lower;
}

/**
 * The client's address. X-Forwarded-For counts only when the socket's peer is a proxy we were told to trust, and
 * then only its right-most entry that is not itself such a proxy: everything left of it is the client's own word.
 */
export function sourceAddress(
  peer: string,
  forwardedFor: string | undefined,
  trustProxy: false | readonly string[],
): string {
  const socket = normalizeAddress(peer);
  if (trustProxy === false || forwardedFor === undefined) return socket;
  const proxies = new Set(trustProxy.map(normalizeAddress));
  if (!proxies.has(socket)) return socket;
  const hops = forwardedFor.split(',').map(normalizeAddress);
  return hops.findLast((hop) => !proxies.has(hop)) ?? socket;
}
