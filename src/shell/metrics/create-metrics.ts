import type { BridgeView, Clock } from '../../app/ports.ts';
import type { Listener } from '../../app/watch-log.ts';
import { eventMetrics } from './event-metrics.ts';
import type { MetricInfo, Registry } from './registry.ts';
import { createRegistry } from './registry.ts';
import { viewMetrics } from './view-metrics.ts';

export interface Metrics {
  /** Feeds the counters; a listener of `watchLog`. */
  onEvent: Listener;
  /** The text of a scrape, read from memory. */
  render(): string;
  list(): readonly MetricInfo[];
}

/** @param addMore metrics that only this runtime has (memory, event loop): registers them, returns what fills them in */
export function createMetrics(
  clock: Clock,
  view: BridgeView,
  addMore?: (registry: Registry) => () => void,
): Metrics {
  const registry = createRegistry();
  const onEvent = eventMetrics(registry);
  const fillView = viewMetrics(registry, view, clock);
  const fillMore = addMore?.(registry);
  return {
    onEvent,
    render() {
      fillView();
      fillMore?.();
      return registry.render();
    },
    list: () => registry.list(),
  };
}
