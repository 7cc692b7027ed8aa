import { openStore } from '../../../src/shell/store/open-store.ts';
import { storeContract } from './store-contract.ts';

const fatal = (e: unknown): never => {
  throw e;
};

storeContract('node:sqlite', async () => {
  const store = await openStore({ url: 'file::memory:', nowMs: () => 0, fatal });
  return { store, close: () => store.close() };
});
