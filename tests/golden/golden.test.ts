import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/core/decide/decide.ts';
import { EXIT_CODES } from '../../src/core/decide/exit-for.ts';
import { read, rowNames, section } from '../docs/markdown.ts';
import { cloidFor } from '../support/decide-input.ts';
import { GOLDEN_CASES } from './cases.ts';

const FILE = join(import.meta.dirname, 'decisions.json');

const [first] = GOLDEN_CASES;
const usual = new Set(decide(first!.input, cloidFor).gates.map((g) => JSON.stringify(g)));

/**
 * A decision as people review it: without its inputs, which are in cases.ts, without ids, and of the gates those that
 * say something else than in the first case.
 */
const made = new Map(GOLDEN_CASES.map(({ name, input }) => [name, decide(input, cloidFor)]));
const decisions = new Map(
  [...made].map(([name, { inputs: _inputs, id: _id, alertId: _alertId, legs, gates, ...d }]) => [
    name,
    {
      ...d,
      gatesAsked: gates.length,
      gates: gates.filter((g) => name === first!.name || !usual.has(JSON.stringify(g))),
      orders: legs.map(
        (l) => `${l.role} ${l.isBuy ? 'buy' : 'sell'} ${l.sz} at ${l.px} ${JSON.stringify(l.type)}`,
      ),
    },
  ]),
);

if (process.env['UPDATE_GOLDEN'] === '1')
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(decisions), null, 1)}\n`);

const golden: Record<string, unknown> = JSON.parse(readFileSync(FILE, 'utf8'));

describe('golden decisions', () => {
  test.each(GOLDEN_CASES.map((c) => c.name))('%s', (name) => {
    expect(JSON.parse(JSON.stringify(decisions.get(name)))).toEqual(golden[name]);
  });

  test('there are at least 40, each with a name of its own, and no others in the file', () => {
    expect(GOLDEN_CASES.length).toBeGreaterThanOrEqual(40);
    expect(Object.keys(golden)).toEqual([...decisions.keys()]);
    expect(decisions.size).toBe(GOLDEN_CASES.length);
  });

  test('names say what comes out', () => {
    const outcome = { entry: 'approved', refused: 'refused', exit: 'approved', 'no exit': 'refused' };
    const wrong = [...made].filter(
      ([name, d]) => outcome[name.split(':')[0] as keyof typeof outcome] !== d.status,
    );
    expect(wrong.map(([name, d]) => `${name}: ${d.explain}`)).toEqual([]);
  });

  test('every gate says no at least once, but those that cannot', () => {
    const listed = [
      ...section(read('docs/architecture.md'), '### 3 Decide').matchAll(/^\d+\. `([a-z-]+)`/gm),
    ];
    const refusing = new Set(
      [...made.values()].flatMap((d) => d.gates.filter((g) => !g.ok).map((g) => g.gate)),
    );
    expect(listed.map(([, gate]) => gate).filter((gate) => !refusing.has(gate ?? ''))).toEqual([]);
  });

  test('every reason code of a decision comes out at least once, and all exits', () => {
    const codes = [...rowNames(section(read('docs/errors.md'), '## Decisions')), ...EXIT_CODES];
    expect(codes.length).toBeGreaterThan(35);
    const given = new Set<string>([...made.values()].flatMap((d) => d.reasons));
    expect(codes.filter((code) => !given.has(code))).toEqual([]);
  });
});
