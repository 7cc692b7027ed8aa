import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openStore } from '../../../src/shell/store/open-store.ts';

test('a database server that is not there is named, with the setting that names it', async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const url = `http://127.0.0.1:${port}`;
  await expect(openStore({ url, nowMs: () => 0, fatal: () => undefined })).rejects.toThrow(
    `DATABASE_URL: 127.0.0.1:${port} cannot be reached`,
  );
});
