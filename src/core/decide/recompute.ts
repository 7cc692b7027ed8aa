import type { LegRole } from '../execute/types.ts';
import type { CloidFor } from '../execute/bracket-legs.ts';
import type { DecideInput } from './decide-input.ts';
import { INPUT_VERSION } from './decide-input.ts';
import { decide } from './decide.ts';
import type { Decision } from './types.ts';

export type Recomputed =
  | { kind: 'other-version'; inputVersion: unknown }
  /** `differences`: names of the decision's fields that come out otherwise today; none = byte for byte the same. */
  | { kind: 'done'; decision: Decision; differences: string[] };

/**
 * Decides again from what is stored with a decision. Client order ids come from the stored legs: the secret that they
 * are made with stays where it is.
 */
export function recompute(stored: Decision): Recomputed {
  const { inputs } = stored;
  if (!isCurrentInput(inputs)) {
    const inputVersion =
      typeof inputs === 'object' && inputs !== null && 'inputVersion' in inputs ? inputs.inputVersion : 1;
    return { kind: 'other-version', inputVersion };
  }
  const decision = decide(inputs, cloidsOf(stored));
  const again: Record<string, unknown> = { ...decision };
  const differences = Object.entries(stored)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(again[name]))
    .map(([name]) => name);
  return { kind: 'done', decision, differences };
}

/** What was written by this version of `decide` is an input of it; nothing else is looked at. */
export const isCurrentInput = (inputs: unknown): inputs is DecideInput =>
  typeof inputs === 'object' &&
  inputs !== null &&
  'inputVersion' in inputs &&
  inputs.inputVersion === INPUT_VERSION;

function cloidsOf({ legs }: Decision): CloidFor {
  const byRole = (role: LegRole) => legs.filter((l) => l.role === role);
  return (role, index) => byRole(role)[index]?.cloid ?? `no stored ${role} ${index}`;
}
