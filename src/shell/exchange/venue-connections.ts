import type { Fetch } from './post-json.ts';

/**
 * How long a connection may lie idle before it is closed, ms, where the server does not announce less. Node's own 4 s
 * would close what was opened for a burst before it comes. Servers and load balancers wait a minute or longer, so
 * none of them closes first: an order on a connection that is just being closed has an unknown outcome.
 */
const IDLE_MS = 20_000;

export interface VenueConnections {
  /** Node's fetch, over these connections once they are kept, over the ones of everybody before. */
  fetch: Fetch;
  /** From now on connections are kept. Loads what that takes, which the start need not wait for. */
  keep(): Promise<void>;
  /** Ends all of them. */
  close(): Promise<void>;
}

/** The connections of the bridge to the venue: no other server shares them, and no other decides how long they last. */
export function venueConnections(): VenueConnections {
  let dispatcher: RequestInit['dispatcher'];
  return {
    fetch: (url, init) => fetch(url, dispatcher === undefined ? init : { ...init, dispatcher }),
    async keep() {
      // Not the package itself: its other parts would take 10 MB.
      const { default: Agent } = await import('undici/lib/dispatcher/agent.js');
      const agent: unknown = new Agent({ keepAliveTimeout: IDLE_MS });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node's types describe another minor version of the same package
      dispatcher ??= agent as NonNullable<RequestInit['dispatcher']>;
    },
    close: async () => dispatcher?.destroy(),
  };
}
