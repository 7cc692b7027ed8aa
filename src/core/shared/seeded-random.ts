/** A deterministic stream of numbers. The same seed gives the same stream on every machine and runtime. */
export interface SeededRandom {
  /** Uniform in [0, 1), 32 bits. */
  readonly next: () => number;
  /** Standard normal (mean 0, standard deviation 1). */
  readonly normal: () => number;
  /** Exponential with mean 1. */
  readonly exponential: () => number;
  /** A stream of its own, by name: draws on it never shift this one, however many there are. */
  readonly fork: (name: string) => SeededRandom;
}

/** 32-bit FNV-1a: spreads short names over all 32 bits. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * sfc32 (Doty-Humphrey, PractRand) behind splitmix-style seeding: small, fast and without known defects at this
 * scale. Not for secrets.
 * @param seed any number or text; only its decimal text counts, so 7 and '7' are the same seed
 */
export function seededRandom(seed: number | string): SeededRandom {
  const name = String(seed);
  let a = hash32(name);
  let b = hash32(`${name}/b`);
  let c = hash32(`${name}/c`);
  let counter = 1;
  let spare = Number.NaN;

  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4294967296;
  };
  // Neighbouring seeds differ in few bits: let the state mix before anybody looks.
  for (let i = 0; i < 12; i++) next();

  /** Marsaglia's polar method; every second call is free. */
  const normal = (): number => {
    if (spare === spare) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    let x = 0;
    let y = 0;
    let square = 0;
    do {
      x = 2 * next() - 1;
      y = 2 * next() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    spare = y * factor;
    return x * factor;
  };

  return {
    next,
    normal,
    exponential: () => -Math.log(1 - next()),
    fork: (child) => seededRandom(`${name}:${child}`),
  };
}
