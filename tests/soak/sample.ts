import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MB = 1_048_576;

/** What the process holds at one moment of market time, after collecting garbage. */
export interface Sample {
  hour: number;
  heapMb: number;
  arraysMb: number;
  externalMb: number;
  rssMb: number;
  /** Timers that wait, real and virtual; this and the next two are the fewest since the sample before. */
  timers: number;
  sockets: number;
  /** Open files of all kinds, sockets included; null where the system does not tell. */
  files: number | null;
  /** Both databases, without what is still in their logs. */
  databaseMb: number;
  walMb: number;
}

setFlagsFromString('--expose-gc');
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the flag above makes
const gc = runInNewContext('gc') as (o: { type: string; execution: string; flavor: string }) => void;
/** All there is to collect, and what V8 keeps in reserve goes back to the system: else resident memory says how fast the run is. */
const collect = (): void => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });

interface Held {
  timers: number;
  sockets: number;
  files: number | null;
}

/** @param timers virtual ones */
function heldNow(timers: number): Held {
  const resources = process.getActiveResourcesInfo();
  const count = (kind: RegExp): number => resources.filter((r) => kind.test(r)).length;
  return { timers: timers + count(/^Timeout$/), sockets: count(/TCP/), files: openFiles() };
}

/** Connections come and go with every reading: what counts is how few there were in between. */
export function createLowWater() {
  let low: Held | null = null;
  const note = (timers: number): Held => {
    const now = heldNow(timers);
    low = {
      timers: Math.min(low?.timers ?? Number.POSITIVE_INFINITY, now.timers),
      sockets: Math.min(low?.sockets ?? Number.POSITIVE_INFINITY, now.sockets),
      files: now.files === null ? null : Math.min(low?.files ?? Number.POSITIVE_INFINITY, now.files),
    };
    return low;
  };
  return {
    note,
    /** The lowest since the last time, this moment among them. */
    take(timers: number): Held {
      const found = note(timers);
      low = null;
      return found;
    },
  };
}

/** @param folder where the databases are */
export async function takeSample(o: { hour: number; folder: string; held: Held }): Promise<Sample> {
  // Twice, with a turn between: what a finalizer lets go is collected as well.
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => void setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return {
    hour: o.hour,
    heapMb: heapUsed / MB,
    arraysMb: arrayBuffers / MB,
    externalMb: external / MB,
    rssMb: residentMb(),
    ...o.held,
    databaseMb: bytesIn(o.folder, '.db') / MB,
    walMb: bytesIn(o.folder, '.db-wal') / MB,
  };
}

/** Without the pages of mapped files that anybody may take back, where the system tells them apart. */
function residentMb(): number {
  try {
    const anonymous = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (anonymous !== undefined) return Number(anonymous) / 1_024;
  } catch {
    // Not Linux.
  }
  return process.memoryUsage().rss / MB;
}

function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}

const bytesIn = (folder: string, ending: string): number =>
  readdirSync(folder)
    .filter((f) => f.endsWith(ending))
    .reduce((sum, f) => sum + statSync(join(folder, f)).size, 0);
