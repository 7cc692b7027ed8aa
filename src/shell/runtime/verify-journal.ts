import { DATABASE_DEFAULT } from '../config.ts';
import type { Driver } from '../store/driver.ts';
import type { JournalHead } from '../store/journal.ts';
import { openReadOnly } from '../store/node-sqlite.ts';
import { pathOfUrl } from '../store/open-store.ts';
import { type JournalReport, verifyJournal as verify } from '../store/verify-journal.ts';
import type { OptionValues } from './commands.ts';

/** `snapback verify-journal`: exit code 0 when the journal is intact and gives every table, 1 when not. */
export async function verifyJournal(o: OptionValues): Promise<number> {
  const named = typeof o['database'] === 'string' ? o['database'] : process.env['DATABASE_URL'];
  const driver = await open(named === undefined || named === '' ? DATABASE_DEFAULT : named);
  try {
    const report = await verify(driver, { noted: parseHead(o['noted']) });
    process.stdout.write(o['json'] === true ? `${JSON.stringify(report)}\n` : describe(report));
    return report.ok ? 0 : 1;
  } finally {
    await driver.close();
  }
}

async function open(url: string): Promise<Driver> {
  // A copy may be named by its path, as people name files.
  if (!/^\w+:/.test(url)) return openReadOnly(url);
  if (!/^(libsql|https?):/.test(url)) return openReadOnly(pathOfUrl(url));
  const { openRemoteLibsql } = await import('../store/libsql.ts');
  return openRemoteLibsql(url);
}

/** A head as this command prints it: "42:9f86d0…". */
function parseHead(text: string | boolean | undefined): JournalHead | undefined {
  if (typeof text !== 'string') return undefined;
  const [, seq, sha] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || sha === undefined)
    throw new Error('--noted is not a head as verify-journal prints it: number, colon, 64 hex digits');
  return { seq: Number(seq), sha };
}

function describe(r: JournalReport): string {
  const size = `${r.entries} entries, ${Math.ceil(r.chars / 1000)} kB`;
  const lines = [`head    ${r.head.seq}:${r.head.sha}`, `chain   ${r.chain}, ${size}`];
  lines.push(...r.breaks.map((b) => `        ${b}`));
  if (r.tables.length === 0) lines.push('tables  not compared: the entries cannot be repeated');
  for (const t of r.tables) {
    const how = t.differences === 0 ? 'as the journal gives them' : `${t.differences} DIFFER`;
    lines.push(`table   ${t.name.padEnd(20)} ${String(t.rows).padStart(8)} rows, ${how}`);
    lines.push(...t.first.map((d) => `        ${d}`));
    if (t.differences > t.first.length) lines.push(`        … ${t.differences - t.first.length} more`);
  }
  lines.push(r.ok ? 'intact' : 'NOT INTACT: what to do is in docs/runbook.md, "The database"');
  return `${lines.join('\n')}\n`;
}
