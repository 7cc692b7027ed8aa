// What one life of the bridge is made of: the ports of the desk, each on the simulated world.
import type { Desk, DeskDeps } from '../../../app/desk.ts';
import type { Clock, ExchangeSigner, Store } from '../../../app/ports.ts';
import { COIN_PARAMS } from '../../../core/shared/coin-params.ts';
import { digest } from '../../digest.ts';
import type { Draws } from './draws.ts';
import type { Ledger } from './ledger.ts';
import { legFault, logOf } from './life-parts.ts';
import type { Life, Link } from './link.ts';
import { createSimMarket } from './market.ts';
import type { Stage } from './fade.ts';
import type { Faults, Scenario } from './scenario.ts';
import { createSimReader, type Snapshot } from './sim-reader.ts';
import { createSimSigner } from './sim-signer.ts';
import { ENTRY_AGENT, GUARD_AGENT, type SimVenue } from './sim-venue.ts';

const GUARD_INTERVAL_MS = 45_000;

export interface LifeContext {
  scenario: Scenario;
  life: Life;
  clock: Clock;
  store: Store;
  venue: SimVenue;
  link: Link;
  ledger: Ledger;
  draws: Draws;
  faults: () => Faults;
  count: (fault: string) => void;
  desk: () => Desk | null;
  lagged: (lagMs: number) => Snapshot | undefined;
  /** True times of the newest complete readings, kept up by these ports. */
  fresh: { marksMs: number | null; accountMs: number | null };
  /** Coins without a full valid stop now. */
  bareCoins: () => string[];
  /** Whether a reading of the last seconds was an old one, or the coin's position is newer than it may be. */
  isBehind: (coin: string) => boolean;
  /** What has become of a coin's market since its flush. */
  stageOf: (coin: string) => Stage | undefined;
  isParsed: boolean;
  say: ((line: string) => void) | undefined;
}

export function depsOf(x: LifeContext): DeskDeps {
  const { scenario, life, clock, venue, ledger } = x;
  let ids = 0;
  // The side of a coin's first alert is the one its flush was on.
  const sides = new Map(scenario.alerts.toReversed().map((a) => [a.coin, a.side]));
  return {
    clock,
    log: logOf(ledger, life, x.say),
    store: x.store,
    digest,
    reader: createSimReader({
      venue,
      link: x.link,
      life,
      nowMs: clock.nowMs,
      lagMs: () => (x.draws.chance(x.faults().lag) ? x.draws.between(0, x.faults().lagMsMax) : 0),
      snapshotAt: x.lagged,
      isParsed: x.isParsed,
      onAccountRead: () => {
        x.fresh.accountMs = venue.state.nowMs;
      },
    }),
    entrySigner: signerOf(x, ENTRY_AGENT),
    guardSigner: signerOf(x, GUARD_AGENT),
    market: createSimMarket({
      clock,
      scale: scenario.scale,
      stageOf: x.stageOf,
      sideOf: (coin) => sides.get(coin) ?? 'long',
      async readMarks() {
        const read = await x.link.send(life, 'read marks', () => {
          venue.tick();
          const marks = new Map<string, number>();
          for (const c of scenario.coins) marks.set(c, venue.markPx(c));
          return marks;
        });
        if (read.kind !== 'answer') throw new Error('unreadable');
        x.fresh.marksMs = venue.state.nowMs;
        return read.value;
      },
    }),
    params: COIN_PARAMS.filter((p) => scenario.coins.includes(p.coin)),
    limits: scenario.limits,
    guardIntervalMs: GUARD_INTERVAL_MS,
    mode: 'paper',
    dataSource: () => 'simulation',
    newId: () => `id-${life.number}-${(ids += 1)}`,
    cloidSalt: 'simulation',
  };
}

const signerOf = (x: LifeContext, address: string): ExchangeSigner =>
  createSimSigner({
    address,
    venue: x.venue,
    link: x.link,
    life: x.life,
    hooks: {
      onSend: (by, nonce, legs) => x.ledger.sends(x.desk(), by, nonce, legs),
      onApplied: x.ledger.applied,
      onCancel() {
        const before = new Set(x.bareCoins());
        return () => {
          for (const coin of x.bareCoins())
            // On the word of a reading that lagged, or was before the position, it may happen for a moment, which counts
            // like any other (I3).
            if (!before.has(coin) && x.isBehind(coin)) x.count('stop-taken-by-lag');
            else if (!before.has(coin))
              x.ledger.violate('I3', `the bridge took the last stop of ${coin} away`);
        };
      },
      legFault: (_coin, role) => legFault(x.draws, x.faults(), role, x.count),
      isGarbled() {
        const isGarbled = x.draws.chance(x.faults().garbled);
        if (isGarbled) x.count('garbled');
        return isGarbled;
      },
    },
  });
