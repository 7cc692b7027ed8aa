import type { Context } from 'hono';
import type { HttpKit } from './kit.ts';
import { respondJson, SECURITY_HEADERS } from './respond.ts';

/** What changes with every look although the thing looked at does not. */
const CLOCKS = new Set(['atMs', 'ageMs', 'ageP50Ms']);

/**
 * JSON with a weak entity tag of what it says: a client that has it already (`If-None-Match`) gets 304 and no body.
 * Fields that only tell the time of looking do not count.
 */
export function respondTagged(c: Context, kit: HttpKit, body: unknown): Response {
  const said = JSON.stringify(body, (key, value: unknown) => (CLOCKS.has(key) ? undefined : value));
  const etag = `W/"${kit.deps.digest(said).slice(0, 32)}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  const known = (c.req.header('if-none-match') ?? '').split(',').map((t) => t.trim());
  return known.includes(etag) || known.includes('*')
    ? new Response(null, { status: 304, headers: { ...SECURITY_HEADERS, ...headers } })
    : respondJson(200, body, headers);
}
