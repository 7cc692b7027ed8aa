import { DurableObject } from 'cloudflare:workers';
import { systemClock } from '../clock.ts';
import { createLog } from '../log.ts';
import type { RememberedCandles } from '../market/remember-candles.ts';
import { openDurableStore } from '../store/durable.ts';
import type { OnDemandBridge } from './on-demand-bridge.ts';
import { createOnDemandBridge } from './on-demand-bridge.ts';
import { workerConfig } from './worker-config.ts';

/** Variables and secrets of the configuration are bindings too, as text. */
export interface Env {
  DESK: DurableObjectNamespace<Desk>;
  ASSETS: Fetcher;
}

const PERIOD_MS = 45_000;
/** An account that could not be read is looked at again this soon, ms. */
const RETRY_MS = 10_000;

/**
 * One account's desk: single writer, scheduler and database in one object. It is removed from memory whenever it is
 * idle, also between two alarms, so that everything here is either in its storage or made again.
 */
export class Desk extends DurableObject<Env> {
  readonly #log;
  #periodMs = PERIOD_MS;
  #bridge: OnDemandBridge | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const config = workerConfig(env);
    this.#log = createLog(config.ok ? config.value.LOG_LEVEL : 'info');
    void ctx.blockConcurrencyWhile(async () => {
      const store = await openDurableStore(ctx.storage);
      await this.ensureArmed();
      if (!config.ok) return;
      this.#periodMs = Math.min(PERIOD_MS, config.value.GUARD_INTERVAL_MS);
      this.#bridge = createOnDemandBridge({
        config: config.value,
        store,
        clock: systemClock,
        log: this.#log,
        candles: {
          read: (key) => ctx.storage.get<RememberedCandles>(key),
          write: (key, value) => ctx.storage.put(key, value),
        },
        assets: (path) => env.ASSETS.fetch(new URL(path, 'https://assets.invalid')),
      });
    });
  }

  override async fetch(request: Request): Promise<Response> {
    await this.ensureArmed();
    const bridge = this.#open();
    const response = await bridge.fetch(request);
    this.ctx.waitUntil(bridge.idle());
    return response;
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + this.#periodMs); // first: a throw below must not end the schedule
    try {
      const couldRead = await this.#open().sweep();
      this.ctx.waitUntil(this.idle());
      if (!couldRead) await this.ctx.storage.setAlarm(Date.now() + Math.min(RETRY_MS, this.#periodMs));
    } catch (e) {
      this.#log.error('alarm.failed', { message: e instanceof Error ? e.message : 'unknown' });
      throw e;
    }
  }

  /**
   * Revives the schedule: an alarm that is missing or long past is dead, and the guard has been asleep since, so that
   * the next pass is due now. Called by the constructor, by every request and by the cron trigger.
   */
  async ensureArmed(): Promise<void> {
    const atMs = await this.ctx.storage.getAlarm();
    const nowMs = Date.now();
    if (atMs !== null && atMs > nowMs - 2 * PERIOD_MS) return;
    if (atMs !== null) this.#log.error('alarm.revived', { lateMs: nowMs - atMs });
    await this.ctx.storage.setAlarm(nowMs);
  }

  /** Resolves when nothing is in flight any more. */
  async idle(): Promise<void> {
    await this.#bridge?.idle();
  }

  /** @throws when the configuration is unusable; the Worker in front refuses earlier and says what is wrong */
  #open(): OnDemandBridge {
    if (this.#bridge === null) throw new Error('not configured');
    return this.#bridge;
  }
}
