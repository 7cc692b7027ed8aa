import * as z from 'zod';
import type { LegOutcome, SendOutcome } from '../../core/execute/types.ts';
import type { PostResult } from './post-json.ts';

/**
 * Answers to a whole action that prove nothing of it was placed, by substring (Hyperliquid's own words). Any other
 * text is a doubt. "Invalid nonce: duplicate nonce" is left out on purpose: something of ours may have landed under
 * that nonce.
 */
const REFUSALS = [
  'User or API Wallet',
  'Must deposit before performing actions',
  'Too many cumulative requests sent',
  'Action already expired',
  'Signed action over weight limit',
  'Vault not registered',
  'User has pending agent removal',
  'Only post-only orders allowed',
  'Trading is halted',
  'Orders are empty',
  'Order action has different asset classes',
  'Invalid TIF',
  'Trigger order is not reduce only',
  'Builder fee has not been approved',
  'Insufficient delegatable balance',
  'Cannot switch leverage type with open position',
  'Cross margin is not allowed for this asset',
  'Isolated position does not have sufficient margin',
] as const;

const GONE = 'never placed, already canceled, or filled';

const Decimal = z
  .string()
  .regex(/^\d{1,20}(\.\d{1,40})?$/)
  .transform(Number);
const Failed = z.object({ error: z.string() });
const OrderStatus = z.union([
  z.object({ filled: z.object({ totalSz: Decimal, avgPx: Decimal, oid: z.int().nonnegative() }) }),
  z.object({ resting: z.object({ oid: z.int().nonnegative() }) }),
  z.literal(['waitingForFill', 'waitingForTrigger']),
  Failed,
]);
const CancelStatus = z.union([z.literal('success'), Failed]);

const Refused = z.object({ status: z.literal('err'), response: z.string() });
const Plain = z.object({ status: z.literal('ok'), response: z.object({ type: z.literal('default') }) });
const statusesOf = <S extends z.ZodType>(type: string, status: S) =>
  z.object({
    status: z.literal('ok'),
    response: z.object({ type: z.literal(type), data: z.object({ statuses: z.array(status) }) }),
  });
const OrderAnswer = statusesOf('order', OrderStatus);
const CancelAnswer = statusesOf('cancel', CancelStatus);

type Doubt = Exclude<SendOutcome, { kind: 'answered' }>;
export type CancelOutcome = { kind: 'answered'; items: ('canceled' | 'gone')[] } | Doubt;

const unknown = (message: string): Doubt => ({ kind: 'unknown', message });
const refused = (message: string): Doubt => ({ kind: 'refused', message: safeText(message) });

/** The venue's words, kept short and without anything that could be a key or a signature. */
function safeText(text: string): string {
  return text
    .replace(/[0-9a-f]{60,}/gi, '…')
    .replace(/[^\x20-\x7e…]/g, ' ')
    .slice(0, 300);
}

/** Reads what is common to all answers: the transport's doubt, or what `status: "err"` says; else the body. */
function openAnswer(result: PostResult): { doubt: Doubt } | { body: unknown } {
  if (result.kind === 'not-sent') return { doubt: { kind: 'not-sent', message: result.message } };
  if (result.kind === 'broken') return { doubt: unknown(result.message) };
  // Also 422 and 429: presumably not applied, but nobody has proven it, and a fence costs one request.
  if (result.kind === 'http') return { doubt: unknown(`HTTP ${result.status}`) };
  const err = Refused.safeParse(result.body);
  if (!err.success) return { body: result.body };
  const text = err.data.response;
  return { doubt: REFUSALS.some((r) => text.includes(r)) ? refused(text) : unknown(safeText(text)) };
}

/** Statuses of a batch, or the one error that stands for all of it. */
function batch<T>(
  statuses: readonly (T | { error: string })[],
  count: number,
): { doubt: Doubt } | { statuses: readonly (T | { error: string })[] } {
  if (statuses.length === count) return { statuses };
  const [only] = statuses;
  const all = statuses.length === 1 ? Failed.safeParse(only) : undefined;
  if (all?.success) return { doubt: refused(all.data.error) };
  return { doubt: unknown(`${statuses.length} statuses for ${count} items`) };
}

function legOutcome(status: z.infer<typeof OrderStatus>): LegOutcome {
  if (typeof status === 'string') return { kind: 'waiting', armed: status === 'waitingForTrigger' };
  if ('filled' in status) {
    return { kind: 'filled', sz: status.filled.totalSz, avgPx: status.filled.avgPx, oid: status.filled.oid };
  }
  if ('resting' in status) return { kind: 'resting', oid: status.resting.oid };
  return { kind: 'refused', message: safeText(status.error) };
}

/** What an order action of `count` legs came to. One status we cannot read makes the whole action a doubt. */
export function orderOutcome(result: PostResult, count: number): SendOutcome {
  const read = openAnswer(result);
  if ('doubt' in read) return read.doubt;
  const answer = OrderAnswer.safeParse(read.body);
  if (!answer.success) return unknown('the answer is not one to an order');
  const legs = batch(answer.data.response.data.statuses, count);
  return 'doubt' in legs ? legs.doubt : { kind: 'answered', legs: legs.statuses.map(legOutcome) };
}

/** What a cancel of `count` orders came to. An error that does not mean "gone" makes the whole action a doubt. */
export function cancelOutcome(result: PostResult, count: number): CancelOutcome {
  const read = openAnswer(result);
  if ('doubt' in read) return read.doubt;
  const answer = CancelAnswer.safeParse(read.body);
  if (!answer.success) return unknown('the answer is not one to a cancel');
  const found = batch(answer.data.response.data.statuses, count);
  if ('doubt' in found) return found.doubt;
  const items: ('canceled' | 'gone')[] = [];
  for (const status of found.statuses) {
    if (status !== 'success' && !status.error.includes(GONE)) return unknown(safeText(status.error));
    items.push(status === 'success' ? 'canceled' : 'gone');
  }
  return { kind: 'answered', items };
}

/** What an action without items (leverage) came to. */
export function plainOutcome(result: PostResult): SendOutcome {
  const read = openAnswer(result);
  if ('doubt' in read) return read.doubt;
  return Plain.safeParse(read.body).success
    ? { kind: 'answered', legs: [] }
    : unknown('the answer is not one to this action');
}

/**
 * What a noop says about its nonce. Every complaint about the nonce itself means the same: nothing can land under it
 * any more. A refusal of the signer says nothing about what landed before it, so it is no proof.
 */
export function noopOutcome(result: PostResult): 'ok' | 'duplicate-nonce' | 'unreachable' {
  if (result.kind !== 'json') return 'unreachable';
  if (Plain.safeParse(result.body).success) return 'ok';
  const err = Refused.safeParse(result.body);
  return err.success && /\bnonce\b/i.test(err.data.response) ? 'duplicate-nonce' : 'unreachable';
}
