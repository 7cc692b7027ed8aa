import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../../src/shell/store/open-store.ts';
import { storeContract } from './store-contract.ts';

const fatal = (e: unknown): never => {
  throw e;
};

storeContract('a local file through libSQL', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-store-'));
  const store = await openStore({
    url: `file:${folder}/made on demand/test.db`,
    driver: 'libsql',
    nowMs: () => 0,
    fatal,
  });
  return {
    store,
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});
