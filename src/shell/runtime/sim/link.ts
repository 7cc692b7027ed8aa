// The wire between one process and the venue: time passes on it, things get lost on it, and the process may die on it.
import type { PostResult } from '../../exchange/post-json.ts';
import type { Draws } from './draws.ts';
import type { SimLoop } from './event-loop.ts';
import type { Faults, Outage } from './scenario.ts';

/** One life of the bridge's process. What it left on its way when it died arrives; nothing comes back to it. */
export interface Life {
  readonly number: number;
  isAlive: boolean;
}

export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** What a request came to: the venue's own answer, or the transport's doubt. */
export type Carried<T> = { kind: 'answer'; value: T } | Exclude<PostResult, { kind: 'json' }>;

export interface LinkDeps {
  loop: SimLoop;
  draws: Draws;
  /** What may go wrong at the moment. */
  faults: () => Faults;
  outage: () => Outage | undefined;
  /** One more I/O point has been reached: true when the process died at it. */
  point: (what: string, when: 'not sent' | 'applied') => boolean;
  count: (fault: string) => void;
  /** A request begins to fail, and has failed: between, the venue does not answer whoever asked. */
  onFailing: (life: Life, what: string, by: 1 | -1) => void;
}

export interface Link {
  /** @param apply what the venue does with the request, at the moment it arrives */
  send<T>(life: Life, what: string, apply: () => T): Promise<Carried<T>>;
}

/** The shell's own limits for an order and for a read, ms. */
const TIMEOUT_MS = 3_000;

type Fate = 'pass' | 'lost-request' | 'lost-reply' | 'not-connected' | 'http-before' | 'http-after' | 'late';
const KINDS: readonly (readonly [Fate, keyof Faults])[] = [
  ['lost-request', 'lostRequest'],
  ['lost-reply', 'lostReply'],
  ['not-connected', 'notConnected'],
  ['http-before', 'httpBefore'],
  ['http-after', 'httpAfter'],
  ['late', 'late'],
];

export function createLink(o: LinkDeps): Link {
  const { loop, draws } = o;

  const fateOf = (): Fate => {
    const outage = o.outage();
    if (outage !== undefined)
      return outage.how === 'refusing'
        ? 'not-connected'
        : outage.how === 'silent'
          ? 'lost-request'
          : 'http-after';
    const f = o.faults();
    // One draw decides, so that a run's later draws do not depend on how many kinds there are.
    let x = draws.next();
    for (const [fate, probability] of KINDS) {
      if (x < f[probability]) return fate;
      x -= f[probability];
    }
    return 'pass';
  };

  const carry = <T>(life: Life, what: string, apply: () => T, finish: (r: Carried<T>) => void): void => {
    const fate = fateOf();
    if (fate !== 'pass') o.count(fate);
    const up = (fate === 'late' ? draws.between(0, o.faults().lateMsMax) : 0) + 15 + 60 * draws.next();
    const down = 15 + 60 * draws.next();
    const isLate = up + down >= TIMEOUT_MS;
    const isFailing = isLate || (fate !== 'pass' && fate !== 'late');
    if (isFailing) o.onFailing(life, what, 1);
    const done = (r: Carried<T>): void => {
      if (isFailing) o.onFailing(life, what, -1);
      finish(r);
    };
    if (fate === 'not-connected') {
      loop.after(5, () => done({ kind: 'not-sent', message: 'not connected (ECONNREFUSED)' }));
      return;
    }
    if (fate === 'http-before') {
      loop.after(up + down, () => done({ kind: 'http', status: up < 45 ? 502 : 429 }));
      return;
    }
    const isUnheard = isLate || fate === 'lost-reply' || fate === 'lost-request';
    if (isUnheard)
      loop.after(TIMEOUT_MS, () => done({ kind: 'broken', message: `no answer within ${TIMEOUT_MS} ms` }));
    if (fate === 'lost-request') return;
    loop.quietlyAt(loop.nowMs() + up, () => {
      const value = apply();
      // The venue has acted: whoever asked may be gone by now, or go before it hears.
      if ((life.isAlive && o.point(what, 'applied')) || isUnheard) return;
      loop.after(down, () =>
        done(fate === 'http-after' ? { kind: 'http', status: 502 } : { kind: 'answer', value }),
      );
    });
  };

  return {
    send(life, what, apply) {
      if (!life.isAlive || o.point(what, 'not sent')) return never();
      return new Promise((resolve) => {
        carry(life, what, apply, (result) => {
          if (life.isAlive) resolve(result);
        });
      });
    },
  };
}
