import type { BridgeView, Clock } from '../../app/ports.ts';
import { DAY_MS, ENTRANTS, SCORED_WINDOWS } from '../../core/zones/score/score-day.ts';
import type { Registry } from './registry.ts';

const FIGURES = { partial_rho: 'meanPartialRho', auc: 'auc', capture_top25: 'captureTop25' } as const;

/**
 * How well the map ranked what was heard, over all days kept. A made-up market's scores are left out: nobody should be
 * woken, or reassured, by them.
 */
export function accuracyGauges(r: Registry, view: BridgeView, clock: Clock): () => void {
  const by = ['coin', 'window'];
  const rho = r.gauge(
    'snapback_zone_accuracy_partial_rho',
    'Rank correlation of the map with liquidations heard, distance held fixed.',
    by,
  );
  const auc = r.gauge('snapback_zone_accuracy_auc', 'A liquidated price is put above another, 0 to 1.', by);
  const days = r.gauge('snapback_zone_accuracy_days', 'Days that have a score.', by);
  const all = r.gauge('snapback_zone_accuracy_all', 'All coins, the map beside every baseline.', [
    'figure',
    'map',
    'window',
  ]);
  const age = r.gauge('snapback_zone_accuracy_age_seconds', 'Since the end of the newest day with a score.', [
    'coin',
  ]);
  return () => {
    for (const g of [rho, auc, days, all, age]) g.clear();
    const known = view.scores?.accuracy();
    if (known === undefined || known.isMadeUp) return;
    for (const window of SCORED_WINDOWS) {
      for (const { coin, windows } of known.coins) {
        const found = windows[window];
        if (found === null) continue;
        const { meanPartialRho, auc: own } = found.scores.model;
        if (meanPartialRho !== null) rho.set(meanPartialRho, { coin, window });
        if (own !== null) auc.set(own, { coin, window });
        days.set(found.days, { coin, window });
      }
      for (const map of ENTRANTS)
        for (const [figure, key] of Object.entries(FIGURES)) {
          const value = known.all[window]?.scores[map][key] ?? null;
          if (value !== null) all.set(value, { figure, map, window });
        }
    }
    for (const { coin, windows } of known.coins) {
      const newestMs = Math.max(windows['1h']?.toMs ?? 0, windows['4h']?.toMs ?? 0);
      if (newestMs > 0) age.set((clock.nowMs() - newestMs - DAY_MS) / 1_000, { coin });
    }
  };
}
