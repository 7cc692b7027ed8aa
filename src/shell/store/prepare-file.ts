import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes the folder, and asks for the right to write first: SQLite would call the lack of it an I/O error. */
export function prepareFile(path: string): void {
  if (path === ':memory:') return;
  mkdirSync(dirname(path), { recursive: true });
  for (const p of [dirname(path), path]) if (existsSync(p)) accessSync(p, constants.W_OK);
}
