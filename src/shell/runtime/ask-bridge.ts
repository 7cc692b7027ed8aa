import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { parseConfig } from '../config.ts';
import { parseJson } from '../http/parse-json.ts';
import { pathOfUrl } from '../store/open-store.ts';
import { openPaperIdentity } from './paper-files.ts';

/** The bridge that runs with this environment, asked over HTTP as anybody else would. */
export interface AskedBridge {
  base: string;
  webhookToken: string;
  /** Body of a GET with the read token. @throws Error with a message for people, when nothing answers or not with 200 */
  get(path: string): Promise<string>;
  /** The same of a POST without a body, with the operate token. */
  post(path: string): Promise<string>;
}

/** HOST, PORT and tokens from the environment; paper mode's own tokens from its file beside the database. */
export function askBridge(env: NodeJS.ProcessEnv): AskedBridge {
  const config = parseConfig(env);
  const folder = config.DATABASE_URL.startsWith('file:') ? dirname(pathOfUrl(config.DATABASE_URL)) : './data';
  const paperFile = join(folder, 'paper.json');
  const paper = existsSync(paperFile) ? openPaperIdentity(paperFile, 0).identity : undefined;
  const base = `http://${config.HOST}:${config.PORT}`;
  const ask = async (path: string, method: string, token: string | undefined): Promise<string> => {
    const headers = { authorization: `Bearer ${token ?? ''}` };
    const answer = await fetch(`${base}${path}`, { method, headers }).catch(() => {
      throw new Error(
        `no bridge answers at ${base}: start it with npm start (HOST and PORT must be the same)`,
      );
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(refusalText(base, answer.status, text));
    return text;
  };
  return {
    base,
    webhookToken: config.WEBHOOK_TOKEN ?? paper?.webhookToken ?? '',
    get: (path) => ask(path, 'GET', config.READ_TOKEN ?? paper?.readToken),
    post: (path) => ask(path, 'POST', config.OPERATE_TOKEN ?? paper?.operateToken),
  };
}

const Refusal = z.object({ code: z.string(), message: z.string() });

/** What a bridge said no with, in its own words; whatever else answers there is repeated as it is, cut short. */
export function refusalText(base: string, status: number, body: string): string {
  const refusal = Refusal.safeParse(parseJson(body));
  if (!refusal.success) return `${base} answered ${status}: ${body.slice(0, 300)}`;
  const { code, message } = refusal.data;
  return `${message} (${code}, ${status} from ${base})`;
}
