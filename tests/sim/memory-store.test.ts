import { createMemoryStore } from '../../src/shell/runtime/sim/memory-store.ts';
import { storeContract } from '../shell/store/store-contract.ts';

storeContract('memory, of the simulation', async () => {
  const store = createMemoryStore();
  return { store, close: () => store.close() };
});
