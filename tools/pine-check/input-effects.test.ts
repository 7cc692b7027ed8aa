import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pineInputs } from '../../scripts/build-pine.ts';
import { effectPages } from './input-effects.ts';

test.each(effectPages())(
  '%s holds the measured effects, one row an input, none without effect',
  (path, content) => {
    expect(readFileSync(path, 'utf8')).toBe(content);
    const rows =
      content.split('<!-- effects: ')[1]?.split('<!-- effects end -->')[0]?.split('\n').slice(3, -1) ?? [];
    const inputs = pineInputs(readFileSync(path.replace(/md$/, 'pine'), 'utf8'));
    const measured = new Set(rows.map((row) => row.split(' | ')[0]?.slice(2)));
    // Not measured: what only the eye sees, the preset, and the strategy's name.
    const others = inputs.map((i) => i.title.replaceAll('<', '&lt;')).filter((title) => !measured.has(title));
    expect(others.every((t) => /^(Show|Width|Strategy|Leg size and volume surge)/.test(t))).toBe(true);
    for (const row of rows) expect(row).toContain('**');
  },
);
