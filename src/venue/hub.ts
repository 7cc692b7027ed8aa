import type { VenueEvent, VenueState } from './core/types.ts';

/** Hands what happened to those who listen, once per step. */
export interface Hub {
  events: (since?: number) => readonly VenueEvent[];
  on: (listener: (e: VenueEvent) => void) => () => void;
  onStep: (listener: (events: readonly VenueEvent[]) => void) => () => void;
  onPrice: (listener: (coin: string) => void) => () => void;
  /** Delivers the events since the last call. */
  flush: () => void;
  priceMoved: (coin: string) => void;
  /** After a restore: what is already in the log is no news. */
  skip: () => void;
}

const add = <T>(set: Set<T>, x: T): (() => void) => {
  set.add(x);
  return () => void set.delete(x);
};

export function createHub(state: () => VenueState): Hub {
  let delivered = 0;
  const listeners = new Set<(e: VenueEvent) => void>();
  const stepListeners = new Set<(events: readonly VenueEvent[]) => void>();
  const priceListeners = new Set<(coin: string) => void>();
  const events = (since = 0): readonly VenueEvent[] => {
    const log = state().events;
    return log.slice(Math.max(0, since + 1 - (log[0]?.seq ?? 0)));
  };
  return {
    events,
    on: (listener) => add(listeners, listener),
    onStep: (listener) => add(stepListeners, listener),
    onPrice: (listener) => add(priceListeners, listener),
    flush() {
      const { seq } = state();
      if (seq === delivered) return;
      const fresh = listeners.size + stepListeners.size === 0 ? [] : events(delivered);
      delivered = seq;
      for (const e of fresh) for (const listener of listeners) listener(e);
      if (fresh.length > 0) for (const listener of stepListeners) listener(fresh);
    },
    priceMoved(coin) {
      for (const listener of priceListeners) listener(coin);
    },
    skip() {
      delivered = state().seq;
    },
  };
}
