// Bugs planted into what a life of the bridge is made of. Each is one that bridges of this kind have had.
import type { DeskDeps } from '../../src/app/desk.ts';
import type { ExchangeSigner } from '../../src/app/ports.ts';
import type { SendOutcome } from '../../src/core/execute/types.ts';

type Rig = (deps: DeskDeps) => DeskDeps;

const withEntry =
  (change: (s: ExchangeSigner) => Partial<ExchangeSigner>): Rig =>
  (deps) => ({
    ...deps,
    entrySigner: { ...deps.entrySigner, ...change(deps.entrySigner) },
  });

/** An order without an answer is sent again, under a new nonce. */
const blindRetry: Rig = withEntry((s) => ({
  async order(legs, o) {
    let outcome = await s.order(legs, o);
    for (let i = 1; i <= 2 && outcome.kind === 'unknown'; i++)
      outcome = await s.order(legs, { ...o, nonce: o.nonce + 7 * i, expiresAfterMs: null });
    return outcome;
  },
}));

/** No answer is taken for a no. */
const unknownIsRefused: Rig = withEntry((s) => ({
  async order(legs, o) {
    const outcome = await s.order(legs, o);
    return outcome.kind === 'unknown' ? { kind: 'refused', message: outcome.message } : outcome;
  },
}));

/** A reading that fails is taken for an account without positions. */
const unreadableIsFlat: Rig = (deps) => {
  let last: Awaited<ReturnType<typeof deps.reader.accountState>> | null = null;
  return {
    ...deps,
    reader: {
      ...deps.reader,
      async accountState() {
        try {
          return (last = await deps.reader.accountState());
        } catch (e) {
          if (last === null) throw e;
          return { ...last, readAtMs: deps.clock.nowMs(), positions: [] };
        }
      },
    },
  };
};

/** An order that cannot be looked up is taken for one that is not there. */
const unreadableIsAbsent: Rig = (deps) => ({
  ...deps,
  reader: {
    ...deps.reader,
    findOrder: (cloid, coin) => deps.reader.findOrder(cloid, coin).catch(() => 'absent' as const),
  },
});

/** The old stops go before the new one stands. */
const cancelBeforePlace: Rig = (deps) => ({
  ...deps,
  guardSigner: {
    ...deps.guardSigner,
    async order(legs, o) {
      const stop = legs.find((l) => l.role === 'stop');
      if (stop !== undefined) {
        const { openOrders } = await deps.reader.accountState();
        const old = openOrders.filter((x) => x.coin === stop.coin && x.orderType.startsWith('Stop'));
        const items = old.map(({ oid }) => ({ assetId: stop.assetId, oid }));
        if (items.length > 0) await deps.guardSigner.cancel(items, { nonce: o.nonce + 3 });
      }
      return deps.guardSigner.order(legs, o);
    },
  },
});

/** A doubt is ended by looking once: nothing is fenced. */
const noFence: Rig = (deps) => ({
  ...deps,
  entrySigner: { ...deps.entrySigner, noop: () => Promise.resolve('ok') },
  guardSigner: { ...deps.guardSigner, noop: () => Promise.resolve('ok') },
});

/** The stop is an action of its own, sent when the entry has been answered. */
const stopAfterEntry: Rig = withEntry((s) => ({
  async order(legs, o): Promise<SendOutcome> {
    const entry = await s.order(legs.slice(0, 1), o);
    if (entry.kind !== 'answered') return entry;
    const rest = await s.order(legs.slice(1), { ...o, nonce: o.nonce + 5 });
    return rest.kind === 'answered' ? { kind: 'answered', legs: [...entry.legs, ...rest.legs] } : rest;
  },
}));

/** Nonces come from the clock alone after a restart. */
const nonceNotKept: Rig = (deps) => ({
  ...deps,
  store: new Proxy(deps.store, {
    get: (store, name) => (name === 'lastNonce' ? async () => 0 : Reflect.get(store, name)),
  }),
});

/** The order leaves while its decision is still on its way to the disk. */
const sentBeforeCommit: Rig = (deps) => ({
  ...deps,
  store: new Proxy(deps.store, {
    get(store, name) {
      if (name !== 'commitDecision') return Reflect.get(store, name);
      return async (o: Parameters<typeof store.commitDecision>[0]) => {
        void deps.clock.sleep(300).then(() => store.commitDecision(o).catch(() => false));
        return true;
      };
    },
  }),
});

export const PORT_MUTANTS: Readonly<Record<string, Rig>> = {
  blindRetry,
  unknownIsRefused,
  unreadableIsFlat,
  unreadableIsAbsent,
  cancelBeforePlace,
  noFence,
  stopAfterEntry,
  nonceNotKept,
  sentBeforeCommit,
};
