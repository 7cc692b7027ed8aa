import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `npm start` gives Node: its flags, its file, its arguments. */
export function startCommand(): { nodeFlags: string[]; script: string; args: string[] } {
  const file = readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own package.json
  const { scripts } = JSON.parse(file) as { scripts: { start: string } };
  const [, ...words] = scripts.start.split(' ');
  const [script = '', ...args] = words.filter((word) => !word.startsWith('--'));
  return { nodeFlags: words.filter((word) => word.startsWith('--')), script, args };
}
