import type { ReasonCode } from './reason-codes.ts';

/** An expected "no": a reason code from the one list, a sentence for people, and the numbers it was based on. */
export interface Refusal {
  code: ReasonCode;
  message: string;
  numbers?: Record<string, number | string | null>;
}

export type Result<T, R = Refusal> = { ok: true; value: T } | { ok: false; refusal: R };

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });

export const refuse = (
  code: ReasonCode,
  message: string,
  numbers?: Record<string, number | string | null>,
): { ok: false; refusal: Refusal } => ({
  ok: false,
  refusal: numbers === undefined ? { code, message } : { code, message, numbers },
});
