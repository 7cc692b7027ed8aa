import type { Observation } from '../../src/shell/runtime/observe-venue.ts';
import { observeVenue } from '../../src/shell/runtime/observe-venue.ts';
import type { AccountView, Venue, VenueEvent } from '../../src/venue/venue.ts';

export interface PaperWatch {
  /** Reads what happened in the venue's books since the last look. */
  look(): Promise<void>;
  seen: Observation;
}

/** Watches the bridge's account from the venue's side, over its control plane, as often as `look` is called. */
export async function watchPaperVenue(
  url: string,
  account: string,
  nowMs: () => number,
): Promise<PaperWatch> {
  const get = async <T>(path: string): Promise<T> => (await (await fetch(`${url}${path}`)).json()) as T;
  let view: AccountView | null = null;
  let tell: (events: readonly VenueEvent[]) => void = () => undefined;
  const meta = (await (await fetch(`${url}/info`, { method: 'POST', body: '{"type":"meta"}' })).json()) as {
    universe: { name: string; szDecimals: number }[];
  };
  const shown = {
    state: { coins: meta.universe },
    account: () => view,
    onStep(listener: typeof tell) {
      tell = listener;
      return () => undefined;
    },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the three things it looks at
  const seen = observeVenue(shown as unknown as Venue, account, nowMs);
  let since = 0;
  return {
    seen,
    async look() {
      const events = await get<VenueEvent[]>(`/sim/events?since=${since}`);
      since = events.at(-1)?.seq ?? since;
      const own = events.filter((e) => 'user' in e && e.user === account.toLowerCase());
      const isBusy = own.length > 0 || (view?.positions.length ?? 0) > 0;
      if (!isBusy) return;
      view = await get<AccountView>(`/sim/account/${account}`);
      tell(own);
    },
  };
}
