// Child of the ack benchmark: `bare` answers 202 to anything, `ack` is the bridge's own app on a database file.
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { benchApp } from './bench-app.ts';

const [mode, databaseUrl = '', token = ''] = process.argv.slice(2);
const bare = (): Hono => new Hono().post('/webhook/:token', (c) => c.json({ status: 'accepted' }, 202));
const app =
  mode === 'ack'
    ? await benchApp({ databaseUrl, tokens: { webhook: [token], read: null, operate: null } })
    : bare();
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (info: AddressInfo) =>
  process.stdout.write(`listening ${info.port}\n`),
);
