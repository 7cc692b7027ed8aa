// Only for tests: a Worker whose Durable Object is nothing but a store.
import { DurableObject } from 'cloudflare:workers';

export class StoreHolder extends DurableObject {}

export default { fetch: () => new Response('ok') };
