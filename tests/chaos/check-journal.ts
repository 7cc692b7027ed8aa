import { openNodeSqlite } from '../../src/shell/store/node-sqlite.ts';
import { verifyJournal } from '../../src/shell/store/verify-journal.ts';

/** Whether the chain of a database nobody has open is intact and its tables are the fold of it. */
export async function checkJournal(
  path: string,
): Promise<{ journal: 'ok' | 'broken'; journalEntries: number }> {
  const driver = openNodeSqlite(path, (e) => {
    throw e;
  });
  try {
    const report = await verifyJournal(driver);
    if (!report.ok) process.stderr.write(`chaos: ${JSON.stringify(report)}\n`);
    return { journal: report.ok ? 'ok' : 'broken', journalEntries: report.entries };
  } finally {
    await driver.close();
  }
}
