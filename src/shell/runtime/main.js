#!/usr/bin/env node
// Where Node is started. Plain JavaScript: for a first file in TypeScript Node would load its compiler each time, 25 MB
// and a twentieth of a second, before anything can tell it that all of this was compiled before.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// In the project's own folder, where nobody else can write, unless NODE_COMPILE_CACHE names another. What cannot be read
// or written there is compiled again. Written when the process ends by itself or is told to.
enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/snapback'));
await import('./cli.ts');
