import type { Context } from 'hono';
import type { HttpKit } from './kit.ts';
import { PAGE_POLICY, SECURITY_HEADERS } from './respond.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

const PAGES: Readonly<Record<string, string>> = { '/': '/index.html', '/docs': '/docs.html' };

/** Plain names only: no dot but the extension's, so no path leads out of web/. */
const ASSET = /^\/(?:[a-z0-9-]+\/)*[a-z0-9-]+\.(html|js|css|svg)$/;

/** The page's files, and 404 for everything nobody answers, naming the methods of an address that has others. */
export async function servePage(c: Context, kit: HttpKit, methods: readonly string[]): Promise<Response> {
  if (methods.length > 0)
    return kit.problem(
      '*',
      404,
      'not-found',
      `this address takes ${methods.join(' or ')} only; see docs/api.md`,
    );
  const path = PAGES[c.req.path] ?? c.req.path;
  const extension = ASSET.exec(path)?.[1];
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  const file = extension !== undefined && isRead ? await kit.deps.assets(path) : undefined;
  if (extension === undefined || file?.status !== 200)
    return kit.problem('*', 404, 'not-found', 'nothing is here; docs/api.md lists the routes');
  return new Response(file.body, {
    headers: {
      ...SECURITY_HEADERS,
      'content-security-policy': PAGE_POLICY,
      'content-type': CONTENT_TYPES[extension] ?? '',
      'cache-control': 'no-cache',
    },
  });
}
