import { judgeMargin } from '../core/guard/judge-margin.ts';
import type { Desk } from './desk.ts';
import { marksOf } from './guard-policy.ts';
import type { GuardRun } from './ports.ts';

const told = new WeakMap<Desk, Set<string>>();

/** Findings about margin, for the record of the pass; each is logged when it comes up. */
export function watchMargin(desk: Desk): GuardRun['findings'] {
  if (desk.account === null) return [];
  const warnings = judgeMargin(desk.account, marksOf(desk));
  const known = told.get(desk);
  told.set(desk, new Set(warnings.map((w) => `${w.code} ${w.coin ?? ''}`)));
  for (const w of warnings)
    if (known?.has(`${w.code} ${w.coin ?? ''}`) !== true) desk.log.error('margin.thin', { ...w });
  return warnings.map((w) => ({ ...w, coin: w.coin ?? 'account', action: 'said' }));
}
