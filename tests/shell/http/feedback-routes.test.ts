import { expect, test } from 'vitest';
import type { FeedbackView } from '../../../src/app/feedback.ts';
import { feedbackOf } from '../../../src/core/review/feedback.ts';
import { FeedbackAnswer } from '../../../src/shell/http/feedback-routes.ts';
import { OPERATE_TOKEN, READ_TOKEN, refusalOf, world } from './world.ts';
import type { World } from './world.ts';

const PATH = '/api/v1/feedback';
const view: FeedbackView = {
  versions: [{ version: 1, learnedAtMs: 5, handSetVersion: 1, trades: 140, days: 41, multipliers: { magnet: 1.2 } }],
  applied: null,
  handSetVersion: 1,
  feedback: feedbackOf([]),
}; // prettier-ignore

async function learning(): Promise<World & { applied: (number | null)[] }> {
  const w = await world();
  const applied: (number | null)[] = [];
  let now = view;
  w.bridge.feedback = {
    view: () => Promise.resolve(now),
    async apply(version) {
      if (w.bridge.refusesState) throw new Error('disk full');
      if (version !== null && version !== 1) return false;
      applied.push(version);
      now = { ...view, applied: version };
      return true;
    },
  };
  return { ...w, applied };
}
const put = async (w: World, body: string, headers: Record<string, string> = {}) =>
  w.app.request(PATH, {
    method: 'PUT',
    body,
    headers: { authorization: `Bearer ${OPERATE_TOKEN}`, ...headers },
  });

test('says what was learned, what is needed, and what is in force', async () => {
  const w = await learning();
  const answer = FeedbackAnswer.parse(await (await w.get(PATH)).json());
  expect(answer).toMatchObject({ mode: 'shadow', needed: { trades: 100, days: 30 }, applied: null });
  expect(answer.feedback.signals.length).toBeGreaterThan(10);
  w.bridge.feedback = { ...w.bridge.feedback!, view: () => Promise.resolve({ ...view, versions: [] }) };
  expect(FeedbackAnswer.parse(await (await w.get(PATH)).json()).mode).toBe('collecting');
});

test('putting a version in force needs a number used once; taking it back is one request', async () => {
  const w = await learning();
  const bare = await put(w, '{"apply":1}');
  expect([bare.status, (await refusalOf(bare)).code]).toEqual([428, 'confirm-needed']);
  const res = await put(w, '{"apply":1}', await w.confirm());
  expect(res.status).toBe(200);
  expect(FeedbackAnswer.parse(await res.json())).toMatchObject({ mode: 'applied', applied: 1 });
  expect((await put(w, '{"apply":null}')).status).toBe(200);
  expect(w.applied).toEqual([1, null]);
});

test.each(['', '{}', '{"apply":0}', '{"apply":"1"}', '{"apply":1.5}', '{"apply":1,"x":2}', '[1]'])(
  '%s is malformed, with what to send',
  async (body) => {
    const w = await learning();
    const res = await put(w, body, await w.confirm());
    expect([res.status, (await refusalOf(res)).code]).toEqual([400, 'malformed']);
    expect(w.applied).toEqual([]);
  },
);

test('a version that is not there is 404, a disk that is full 503, and a body too large 413', async () => {
  const w = await learning();
  expect((await put(w, '{"apply":7}', await w.confirm())).status).toBe(404);
  w.bridge.refusesState = true;
  const full = await put(w, '{"apply":1}', await w.confirm());
  expect([full.status, (await refusalOf(full)).code]).toEqual([503, 'not-stored']);
  expect((await put(w, `{"apply":1}${' '.repeat(9_000)}`, await w.confirm())).status).toBe(413);
});

test('the read token does not change anything, and where nobody learns it is 501', async () => {
  const w = await learning();
  const read = { authorization: `Bearer ${READ_TOKEN}` };
  expect((await w.app.request(PATH, { method: 'PUT', body: '{"apply":null}', headers: read })).status).toBe(
    401,
  );
  w.bridge.feedback = undefined;
  expect((await w.get(PATH)).status).toBe(501);
  expect((await put(w, '{"apply":null}')).status).toBe(501);
});
