import type { Context } from 'hono';
import * as z from 'zod';
import type { FeedbackView as FeedbackViewType } from '../../app/feedback.ts';
import { SIGNAL_NAMES } from '../../core/decide/signal-weights.ts';
import { FEEDBACK_DAYS_MIN, FEEDBACK_TRADES_MIN } from '../../core/review/feedback.ts';
import type { HttpKit } from './kit.ts';
import { parseJson } from './parse-json.ts';
import { readBody } from './read-body.ts';
import { respondJson } from './respond.ts';
import type { Route } from './route.ts';
import { like } from './schemas.ts';

const PATH = '/api/v1/feedback';

const interval = z.tuple([z.number(), z.number()]);
const Estimate = z.object({ value: z.number(), standardError: z.number(), ci95: interval });
const Spoke = z.object({ n: z.number(), meanR: z.number().nullable() });
const signal = z.enum(SIGNAL_NAMES);
const Learned = z.object({
  version: z.number(),
  learnedAtMs: z.number(),
  handSetVersion: z.number(),
  trades: z.number(),
  days: z.number(),
  multipliers: z.partialRecord(signal, z.number()),
});
const View = like<FeedbackViewType>()(
  z.object({
    versions: z.array(Learned).readonly(),
    applied: z.number().nullable(),
    handSetVersion: z.number(),
    feedback: z.object({
      trades: z.number(),
      days: z.number(),
      isEnough: z.boolean(),
      signals: z.array(
        z.object({
          signal,
          weight: z.number(),
          spokeFor: Spoke,
          spokeAgainst: Spoke,
          silent: Spoke,
          slope: Estimate.nullable(),
          multiplier: z.number(),
        }),
      ),
      comparison: z
        .object({
          trades: z.number(),
          handSetR: z.number(),
          learnedR: z.number(),
          difference: Estimate.nullable(),
        })
        .nullable(),
    }),
  }),
);
const needed = { trades: FEEDBACK_TRADES_MIN, days: FEEDBACK_DAYS_MIN };
export const FeedbackAnswer = View.extend({
  /** `collecting`: too little to learn from. `shadow`: computed beside. `applied`: in force. */
  mode: z.enum(['collecting', 'shadow', 'applied']),
  needed: z.object({ trades: z.number(), days: z.number() }),
});

/** A version to put in force, or null for the hand-set weights. */
const FeedbackChange = z.strictObject({ apply: z.int().min(1).nullable() });

/** What closed trades say of the signals, the weights learned from them, and the switch. */
export const feedbackRoutes: readonly Route[] = [
  {
    method: 'get',
    path: PATH,
    summary:
      'What closed trades say of each signal, with sample sizes and intervals; learned weights and which are in force',
    scope: 'read',
    cost: 10,
    ok: { 200: FeedbackAnswer },
    refusals: [501],
    run: (_, kit) => show(kit),
  },
  {
    method: 'put',
    path: PATH,
    summary: 'Put a version of the learned weights in force, or the hand-set ones again (null)',
    scope: 'operate',
    confirm: 'sometimes',
    body: FeedbackChange,
    ok: { 200: FeedbackAnswer },
    refusals: [400, 404, 413, 501, 503],
    run: apply,
  },
];

async function show(kit: HttpKit): Promise<Response> {
  const { feedback } = kit.deps.bridge;
  if (feedback === undefined) return notAvailable(kit);
  const view = await feedback.view();
  const { applied, versions } = view;
  const mode = applied !== null ? 'applied' : versions.length > 0 ? 'shadow' : 'collecting';
  return respondJson(200, { mode, needed, ...view });
}

async function apply(c: Context, kit: HttpKit): Promise<Response> {
  const body = await readBody(c.req.raw);
  if (body === 'too-large') return kit.problem(PATH, 413, 'too-large', 'send {"apply":1} or {"apply":null}');
  const change = FeedbackChange.safeParse(body === 'unreadable' ? undefined : parseJson(body.text));
  if (!change.success)
    return kit.problem(
      PATH,
      400,
      'malformed',
      'send {"apply":1} with a version that GET shows, or {"apply":null} for the hand-set weights',
    );
  const { feedback } = kit.deps.bridge;
  if (feedback === undefined) return notAvailable(kit);
  const { apply: version } = change.data;
  if (version !== null) {
    const refused = kit.unconfirmed(c, PATH);
    if (refused !== undefined) return refused;
  }
  try {
    if (!(await feedback.apply(version)))
      return kit.problem(PATH, 404, 'not-found', 'no such version beside the present hand-set weights');
  } catch (error) {
    kit.logError('feedback.not-stored', PATH, error);
    return kit.problem(PATH, 503, 'not-stored', 'the change could not be stored; what was in force still is');
  }
  return show(kit);
}

const notAvailable = (kit: HttpKit): Response =>
  kit.problem(
    PATH,
    501,
    'not-available',
    'nothing is learned on this runtime: the hand-set weights are in force',
  );
