import * as z from 'zod';
import { MarketReadError } from './market-read-error.ts';

/** Decimal text as exchanges send it ("104582.90", "-0.0000125"), as a finite number. */
export const decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?(e-?\d+)?$/i, 'not a decimal number')
  .transform(Number)
  .pipe(z.number());

/** `reply` in the schema's shape, or MarketReadError naming the first field that is not. */
export function parseReply<T>(schema: z.ZodType<T>, reply: unknown, what: string): T {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'the whole' : issue.path.join('.');
  throw new MarketReadError('malformed', `${what}: ${field}: ${issue?.message ?? 'wrong shape'}`);
}

/**
 * That a reply is about what was asked. Not part of its schema: one made anew for each question costs more than most
 * replies take to be read with it.
 */
export function mustBe(isSo: boolean, what: string, otherwise: string): void {
  if (!isSo) throw new MarketReadError('malformed', `${what}: the whole: ${otherwise}`);
}
