import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';

const WEB = join(import.meta.dirname, '../../../web');
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  json: 'application/json',
};

/** A file of web/ by its path; 404 for anything else, and nothing outside the folder is ever read. */
export async function webAsset(path: string): Promise<Response> {
  const relative = normalize(path).replace(/^[/\\]+/, '');
  const type = TYPES[relative.split('.').at(-1) ?? ''];
  if (type === undefined || relative.startsWith('..') || relative.includes('\0'))
    return new Response(null, { status: 404 });
  try {
    return new Response(await readFile(join(WEB, relative)), { headers: { 'content-type': type } });
  } catch {
    return new Response(null, { status: 404 });
  }
}
