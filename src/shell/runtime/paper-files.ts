import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const hex = (bytes: number) => z.string().regex(new RegExp(`^(0x)?[0-9a-f]{${bytes * 2}}$`));

/** What paper mode makes up at its first start and keeps, so that URLs, wallets and the market survive a restart. */
const PaperIdentity = z.object({
  webhookToken: hex(32),
  readToken: hex(32),
  operateToken: hex(32),
  account: hex(20),
  entryKey: hex(32),
  guardKey: hex(32),
  /** When the synthetic market began, ms: with its seed it is the same market after a restart. */
  marketStartMs: z.int(),
});
export type PaperIdentity = z.infer<typeof PaperIdentity>;

const random = (bytes: number): string => randomBytes(bytes).toString('hex');

/** Paper wallets sign for the simulated venue only; the file is for the owner's eyes because of the tokens. */
export function openPaperIdentity(path: string, nowMs: number): { identity: PaperIdentity; isNew: boolean } {
  if (existsSync(path)) {
    const parsed = PaperIdentity.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (!parsed.success)
      throw new Error(`${path} is not what snapback wrote there: delete it to start a new paper account`);
    return { identity: parsed.data, isNew: false };
  }
  const identity: PaperIdentity = {
    webhookToken: random(32),
    readToken: random(32),
    operateToken: random(32),
    account: `0x${random(20)}`,
    entryKey: `0x${random(32)}`,
    guardKey: `0x${random(32)}`,
    marketStartMs: nowMs,
  };
  savePaperFile(path, JSON.stringify(identity, null, 2));
  return { identity, isNew: true };
}

/** Replaces a file whole: a crash leaves the old one or the new one. */
export function savePaperFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${process.pid}.tmp`);
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}
