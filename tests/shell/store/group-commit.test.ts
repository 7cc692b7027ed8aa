import { expect, test } from 'vitest';
import { groupCommit } from '../../../src/shell/store/group-commit.ts';

/** A commit that answers `n` with `n * 10` when it is let go, and a loop whose turns the test takes. */
function rig(o: { holds?: boolean } = {}) {
  const groups: number[][] = [];
  const turns: (() => void)[] = [];
  let letGo: (() => void) | undefined;
  const enqueue = groupCommit<number, number>(
    async (items) => {
      groups.push(items);
      if (o.holds) await new Promise<void>((resolve) => (letGo = resolve));
      if (items.includes(-1)) throw new Error('disk');
      return items.map((i) => i * 10);
    },
    (run) => turns.push(run),
  );
  const turn = (): void => turns.shift()?.();
  const settle = (): void => {
    while (turns.length > 0) turn();
  };
  return { enqueue, groups, turn, settle, letGo: () => letGo?.() };
}

test('calls of one turn share a commit, and each gets its own answer', async () => {
  const r = rig();
  const answers = [1, 2, 3].map((n) => r.enqueue(n));
  expect(r.groups).toEqual([]);
  r.settle();
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
  expect(r.groups).toEqual([[1, 2, 3]]);
});

test('a group waits while its turns bring more, and goes after three that bring nothing', async () => {
  const r = rig();
  const answers = [r.enqueue(1)];
  for (const n of [2, 3]) {
    r.turn();
    r.turn();
    answers.push(r.enqueue(n));
  }
  expect(r.groups).toEqual([]);
  r.settle();
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
  expect(r.groups).toEqual([[1, 2, 3]]);
  const late = r.enqueue(4);
  r.settle();
  expect(await late).toBe(40);
});

test('calls that come during a commit share the next one, without another wait', async () => {
  const r = rig({ holds: true });
  const first = r.enqueue(1);
  r.settle();
  const later = [r.enqueue(2), r.enqueue(3)];
  expect(r.groups).toEqual([[1]]);
  r.letGo();
  expect(await first).toBe(10);
  expect(r.groups).toEqual([[1], [2, 3]]);
  r.letGo();
  expect(await Promise.all(later)).toEqual([20, 30]);
});

test('a group is bounded, and does not wait once it is full', async () => {
  const r = rig();
  const answers = Array.from({ length: 300 }, (_, n) => r.enqueue(n));
  r.turn();
  expect(r.groups).toHaveLength(1);
  expect((await Promise.all(answers)).at(-1)).toBe(2_990);
  expect(r.groups.map((g) => g.length)).toEqual([256, 44]);
});

test('a failed commit rejects every call of its group and none of the next', async () => {
  const r = rig();
  const failing = [r.enqueue(1), r.enqueue(-1)];
  r.settle();
  expect((await Promise.allSettled(failing)).map((a) => a.status)).toEqual(['rejected', 'rejected']);
  const next = r.enqueue(5);
  r.settle();
  expect(await next).toBe(50);
});
