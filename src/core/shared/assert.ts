/** Our own bug, never the world's: the alert or coin at hand is refused, the guard goes on for the others. */
export class InvariantError extends Error {
  override name = 'InvariantError';
}

/**
 * Throws InvariantError when `condition` is false. For programmer errors only, never for outside data. A message made
 * from numbers costs more than most of what is checked: where it runs often, `if (bad) assert(false, …)`.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Ends an exhaustive switch: reaching it at run time is an InvariantError. */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}
