import type { Context } from 'hono';
import type * as z from 'zod';
import type { HttpKit } from './kit.ts';

/** One API route: what it takes, what it answers, and how. Registered and documented from the same table. */
export interface Route {
  method: 'get' | 'post' | 'put';
  /** OpenAPI spelling: "/api/v1/zones/{coin}". */
  path: string;
  summary: string;
  /** What it takes from the token's share of requests; 1 if not given, more for what is computed when asked. */
  cost?: number;
  /** Its answer carries an ETag, and is 304 to whoever has it already. */
  isTagged?: boolean;
  /** Who may call it: anyone, the bearer of a token, or whoever knows the address (the webhook). */
  scope: 'open' | 'read' | 'operate' | 'webhook';
  /** Takes a number used once (`X-Confirm`); `sometimes` = its own code says when. */
  confirm?: 'always' | 'sometimes';
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Of the answer when all is well; JSON if not given. */
  mediaType?: string;
  /** The answer when all is well, by status. */
  ok: Readonly<Record<number, z.ZodType>>;
  /** Statuses of its refusals besides those every route of its scope has. */
  refusals: readonly number[];
  run(c: Context, kit: HttpKit): Response | Promise<Response>;
}

/** Hono's spelling of an OpenAPI path. */
export const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');
