/**
 * What a refusal is about. `order`: this order alone; another one may do. The others say nothing about the order:
 * - signing-bug: the signature was read as somebody else's, so that we hash other bytes than the venue does
 * - agent-invalid: our wallet is not, or no longer, approved for the account
 * - quota: the account's actions are used up; one in ten seconds gets through
 * - paused: the venue takes no such orders from anyone for now (upgrade, halt)
 */
export type RefusalClass = 'order' | 'signing-bug' | 'agent-invalid' | 'quota' | 'paused';

const STRANGER = /User or API Wallet (0x[0-9a-f]{40}) does not exist/i;

/** @param address of the wallet that signed, lower case */
export function classifyRefusal(message: string, address: string): RefusalClass {
  const stranger = STRANGER.exec(message)?.[1];
  if (stranger !== undefined) return stranger.toLowerCase() === address ? 'agent-invalid' : 'signing-bug';
  // A replaced wallet is told to deposit, in its master's name; a removed one is pending for some seconds.
  if (/Must deposit before performing actions|pending agent removal/i.test(message)) return 'agent-invalid';
  if (/Too many cumulative requests sent/i.test(message)) return 'quota';
  return /Only post-only orders allowed|Trading is halted/i.test(message) ? 'paused' : 'order';
}
