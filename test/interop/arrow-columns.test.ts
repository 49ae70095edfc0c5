/** Columns that were laid out by hand after the specification: every type by value, and what hostile structs answer. */
import { beforeAll, describe, expect, test } from 'vitest';
import { COMPILING } from './addons.js';
import { arrows, imported, ints, packed, record, texts } from './arrow-kit.js';

beforeAll(() => {
  arrows();
}, COMPILING);

describe('a column of no elements', () => {
  const DANGLING = 64n;

  test.each([
    ['utf8', 'u', [0n, packed('i', [123]), DANGLING], []],
    ['binary', 'z', [0n, packed('i', [-5]), DANGLING], []],
    ['large utf8', 'U', [0n, DANGLING, DANGLING], []],
    ['large binary', 'Z', [DANGLING, 0n, 0n], []],
    ['int32', 'i', [DANGLING, DANGLING], []],
    ['boolean', 'b', [DANGLING, DANGLING], []],
    ['list', '+l', [DANGLING, packed('i', [99])], [ints([1, 2])]],
    ['fixed-size list', '+w:3', [DANGLING], [{ format: 'i', length: 0, buffers: [DANGLING, DANGLING] }]],
    ['struct', '+s', [DANGLING], [{ format: 'i', length: 0, buffers: [DANGLING, DANGLING] }]],
  ])('of %s has no bytes, whatever its buffers say', (_, format, buffers, children) => {
    const column = imported({ format, length: 0, buffers, children });
    expect(column.toArray()).toEqual([]);
    expect(column.nullCount).toBe(0);
    if (column.data !== null) expect(column.data.nbytes).toBe(0);
    if (column.offsets !== null) expect(column.offsets.nbytes).toBe(0);
    column.release();
  });
});

describe('a struct with two fields of one name', () => {
  test('keeps both, as pairs', () => {
    const column = imported(record([ints([1], { name: 'id' }), texts(['x'], { name: 'id' })], 1));
    expect(column.toArray()).toEqual([
      [
        ['id', 1],
        ['id', 'x'],
      ],
    ]);
    column.release();
  });

  test('keeps a field that is called __proto__', () => {
    const column = imported(record([ints([1], { name: '__proto__' })], 1));
    expect(Object.entries(column.toArray()[0] as object)).toEqual([['__proto__', 1]]);
    column.release();
  });
});
