/** The table of copies in docs/scale.md agrees with a run. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from '../interop/addons.js';
import { rowsOfCopies } from './copies.js';

test('the table of copies in docs/scale.md is what addresses tell', () => {
  const text = readFileSync(`${root}docs/scale.md`, 'utf8');
  expect(rowsOfCopies().filter((row) => !text.includes(row))).toEqual([]);
});
