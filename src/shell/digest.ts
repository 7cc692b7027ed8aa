import { createHash } from 'node:crypto';
import type { Digest } from '../app/ports.ts';

/** SHA-256 by the platform; the same module serves Node and Workers (nodejs_compat). */
export const digest: Digest = (text) => createHash('sha256').update(text, 'utf8').digest('hex');
