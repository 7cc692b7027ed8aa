// A scenario file: what happens to the venue, and when. The control plane takes the same steps one by one.
import * as v from 'valibot';
import { ContextBody, FaultBody, MoveBody, PriceBody, RulesBody } from './control-schemas.ts';
import type { Venue } from './venue.ts';

/** What a step does; several may stand in one step and happen in this order. */
const Step = v.strictObject({
  /** Ms after the start. */
  atMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
  rules: v.exactOptional(RulesBody),
  context: v.exactOptional(ContextBody),
  fault: v.exactOptional(FaultBody),
  clearFaults: v.exactOptional(v.literal(true)),
  price: v.exactOptional(PriceBody),
  /** Relative: −0.05 takes the mark 5 % down. */
  move: v.exactOptional(MoveBody),
  agent: v.exactOptional(
    v.object({ address: v.string(), state: v.picklist(['active', 'replaced', 'removed']) }),
  ),
});

export const Scenario = v.strictObject({
  name: v.string(),
  /** What it shows and what a bridge must make of it. */
  about: v.string(),
  /** Faults of the reference it stands for. */
  faults: v.array(v.pipe(v.string(), v.regex(/^F([1-9]|1\d|20)$/))),
  steps: v.array(Step),
});
export type Scenario = v.InferOutput<typeof Scenario>;
export type ScenarioStep = v.InferOutput<typeof Step>;

export function applyStep(venue: Venue, step: Omit<ScenarioStep, 'atMs'>): void {
  if (step.rules !== undefined) venue.setRules(step.rules);
  if (step.context !== undefined) {
    const { coin, ...context } = step.context;
    venue.setContext(coin, context);
  }
  if (step.clearFaults === true) venue.faults.clear();
  if (step.fault !== undefined) venue.faults.inject(step.fault);
  if (step.agent !== undefined) venue.setAgent(step.agent.address, step.agent.state);
  if (step.price !== undefined) {
    const { coin, ...price } = step.price;
    venue.setPrice(coin, price);
  }
  if (step.move !== undefined) {
    const mark = venue.markPx(step.move.coin);
    if (mark === null) throw new Error(`no price of ${step.move.coin} to move`);
    venue.setPrice(step.move.coin, { markPx: mark * (1 + step.move.by) });
  }
}

/** Plays the steps in time order; `sleep` waits the gaps and decides how fast time runs. */
export async function playScenario(
  venue: Venue,
  scenario: Scenario,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  let at = 0;
  for (const step of scenario.steps.toSorted((x, y) => x.atMs - y.atMs)) {
    if (step.atMs > at) await sleep(step.atMs - at);
    at = step.atMs;
    applyStep(venue, step);
  }
}
