import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CoinParams } from '../../src/core/shared/coin-params.ts';

test('the page explains every parameter of a coin, and no other', () => {
  const text = readFileSync(join(import.meta.dirname, '../../web/params.js'), 'utf8');
  const explained = [...text.matchAll(/^ {2}(\w+): '.+',$/gm)].map(([, name]) => name);
  const names = Object.keys(CoinParams.shape).filter((name) => name !== 'coin');
  expect(explained).toHaveLength(names.length);
  expect(new Set(explained)).toEqual(new Set(names));
});
