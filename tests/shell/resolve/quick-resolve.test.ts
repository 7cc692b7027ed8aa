import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'print-resolved.ts');

async function resolved(how: 'quick' | 'node'): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, how], { maxBuffer: 1e8 });
  return stdout.split('\n');
}

test('every import of every command leads where Node leads it, as the same kind of module', async () => {
  const [quick, node] = await Promise.all([resolved('quick'), resolved('node')]);
  const only = (a: string[], b: string[]): string[] => {
    const other = new Set(b);
    return a.filter((line) => !other.has(line)).slice(0, 5);
  };
  expect({ quick: only(quick, node), node: only(node, quick) }).toEqual({ quick: [], node: [] });
  // Both kinds are among them: neighbours, and packages named by packages.
  expect(node.length).toBeGreaterThan(1_000);
  expect(node.some((line) => /node_modules\/viem\/\S+ \.\S+ /.test(line))).toBe(true);
  expect(node.some((line) => /node_modules\/viem\/\S+ @noble\//.test(line))).toBe(true);
}, 60_000);
