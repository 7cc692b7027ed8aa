// Misbehaviour on demand. A fault names what it hits, how often and how likely; the draw is seeded.
import type { LegFault, LegRole } from './core/place.ts';

export interface FaultWhere {
  path?: 'info' | 'exchange' | 'ws';
  /** Action or info type: "order", "clearinghouseState" … */
  type?: string;
  /** Account acted on or asked about, lower case. */
  user?: string;
  coin?: string;
  /** Leg faults: which leg. Request faults: actions that carry such a leg. */
  legRole?: LegRole;
}

export type FaultKind =
  /** The request is lost before, or the answer after it was applied; `cut` sends half an answer, then breaks. */
  | { kind: 'drop-request' | 'drop-reply'; mode?: 'hang' | 'reset' | 'cut' }
  | { kind: 'http'; status: number; when?: 'before' | 'after'; body?: string; retryAfterS?: number }
  | { kind: 'delay'; ms: number; when?: 'before' | 'after' }
  | { kind: 'refuse-leg'; message: string }
  | { kind: 'partial-fill'; fraction: number }
  /** Account reads answer as of now for `forMs`. */
  | { kind: 'stale-reads'; forMs: number }
  /** At once: a stop cancelled, gone without a word, or changed. */
  | { kind: 'lose-stop'; how?: 'cancel' | 'vanish' | 'half-size' | 'far-trigger' | 'unarm' }
  /** WebSocket: send a message twice, after the next one, never, or close the connection. */
  | { kind: 'ws-duplicate' | 'ws-reorder' | 'ws-silent' | 'ws-close' };

export type Fault = FaultKind & {
  id?: string;
  where?: FaultWhere;
  /** How many times it strikes; 1 unless told, null = until cleared. */
  count?: number | null;
  /** 0..1 per opportunity, 1 unless told. */
  probability?: number;
};

export type ActiveFault = Fault & { id: string; left: number | null; struck: number };

export interface FaultTarget {
  path: 'info' | 'exchange' | 'ws';
  type: string;
  user: string | null;
  coins: readonly string[];
  roles: readonly LegRole[];
}

export interface FaultPlane {
  /** @returns the fault's id */
  inject: (fault: Fault) => string;
  /** Clears one, or all. */
  clear: (id?: string) => void;
  list: () => readonly ActiveFault[];
}

export interface FaultEngine extends FaultPlane {
  /** The faults of `kinds` that strike this request now; each strike is counted. */
  strike: (target: FaultTarget, kinds: readonly FaultKind['kind'][]) => ActiveFault[];
  leg: (target: FaultTarget, coin: string, role: LegRole) => LegFault | undefined;
}

/** mulberry32: a small seeded generator, plenty for deciding whether a fault strikes. Numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let x = seed >>> 0;
  return () => {
    x = (x + 0x6d2b79f5) >>> 0;
    let t = Math.imul(x ^ (x >>> 15), x | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function isHit(w: FaultWhere | undefined, t: FaultTarget): boolean {
  if (w === undefined) return true;
  return (
    (w.path === undefined || w.path === t.path) &&
    (w.type === undefined || w.type === t.type) &&
    (w.user === undefined || w.user.toLowerCase() === t.user) &&
    (w.coin === undefined || t.coins.includes(w.coin)) &&
    (w.legRole === undefined || t.roles.includes(w.legRole))
  );
}

/** `onInject` carries out faults that act at once; it returns true for those, and they do not stay active. */
export function createFaults(seed: number, onInject: (fault: ActiveFault) => boolean): FaultEngine {
  const active: ActiveFault[] = [];
  const draw = seeded(seed);
  let next = 1;

  const strikes = (f: ActiveFault, t: FaultTarget): boolean => {
    if (f.left === 0 || !isHit(f.where, t)) return false;
    if (f.probability !== undefined && draw() >= f.probability) return false;
    f.struck += 1;
    if (f.left !== null) f.left -= 1;
    return true;
  };
  const sweep = (): void => {
    for (let i = active.length - 1; i >= 0; i--) if (active[i]?.left === 0) active.splice(i, 1);
  };

  return {
    inject(fault) {
      const f = {
        ...fault,
        id: fault.id ?? `f${next++}`,
        left: fault.count === undefined ? 1 : fault.count,
        struck: 0,
      };
      if (!onInject(f)) active.push(f);
      return f.id;
    },
    clear(id) {
      for (let i = active.length - 1; i >= 0; i--) {
        if (id === undefined || active[i]?.id === id) active.splice(i, 1);
      }
    },
    list: () => active,
    strike(target, kinds) {
      if (active.length === 0) return [];
      const hit = active.filter((f) => kinds.includes(f.kind) && strikes(f, target));
      if (hit.length > 0) sweep();
      return hit;
    },
    leg(target, coin, role) {
      if (active.length === 0) return undefined;
      const t = { ...target, coins: [coin], roles: [role] };
      const f = active.find((x) => (x.kind === 'refuse-leg' || x.kind === 'partial-fill') && strikes(x, t));
      sweep();
      if (f?.kind === 'refuse-leg') return { refuse: f.message };
      return f?.kind === 'partial-fill' ? { fraction: f.fraction } : undefined;
    },
  };
}
