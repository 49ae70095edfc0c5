/** allocate: sizes, alignments, content, and every argument that it refuses. */
import { constants } from 'node:buffer';
import { expect, test } from 'vitest';
import { allocate } from '../../src/memory/allocate.js';

function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return `${(error as Error).name} ${Reflect.get(error as Error, 'code')}`;
  }
  return 'nothing thrown';
}

const allocateAny = (...args: unknown[]): unknown => Reflect.apply(allocate, undefined, args);

test('every size gets zeroed memory of that size, aligned to 64 bytes', () => {
  for (const nbytes of [0, 1, 7, 64, 4095, 4096, 16383, 16384, 16385, 1 << 20, (3 << 20) + 5]) {
    const memory = allocate(nbytes);
    const bytes = new Uint8Array(memory.buffer);
    expect(bytes.length).toBe(nbytes);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(memory.address % 64n).toBe(0n);
    expect(memory.address).not.toBe(0n);
    bytes.fill(255);
    memory.release();
  }
});

test('every power of two up to 2 MiB is an alignment', () => {
  for (let alignment = 1; alignment <= 2 << 20; alignment *= 2) {
    for (const nbytes of [0, 10, 20_000]) {
      const memory = allocate(nbytes, { alignment });
      expect(memory.address % BigInt(alignment)).toBe(0n);
      new Uint8Array(memory.buffer).fill(1);
      memory.release();
    }
  }
});

test('memory that need not be zero can be written and read', () => {
  const bytes = new Uint8Array(allocate(1000, { zero: false }).buffer).fill(9);
  expect(bytes.every((byte) => byte === 9)).toBe(true);
});

test('a bigint is a size', () => {
  expect(Reflect.get(allocateAny(100n) as object, 'nbytes')).toBe(100);
});

test.each([
  [[], 'TypeError ERR_INVALID_ARG'],
  [[null], 'TypeError ERR_INVALID_ARG'],
  [['10'], 'TypeError ERR_INVALID_ARG'],
  [[true], 'TypeError ERR_INVALID_ARG'],
  [[Number.NaN], 'TypeError ERR_INVALID_ARG'],
  [[1.5], 'TypeError ERR_INVALID_ARG'],
  [[Symbol('s')], 'TypeError ERR_INVALID_ARG'],
  [[{ valueOf: () => 5 }], 'TypeError ERR_INVALID_ARG'],
  [[Number.POSITIVE_INFINITY], 'TypeError ERR_INVALID_ARG'],
  [[-1], 'RangeError ERR_OUT_OF_RANGE'],
  [[-1n], 'RangeError ERR_OUT_OF_RANGE'],
  [[2 ** 53], 'RangeError ERR_OUT_OF_RANGE'],
  [[2n ** 64n], 'RangeError ERR_OUT_OF_RANGE'],
  [[2 ** 53 - 1], 'RangeError ERR_OUT_OF_MEMORY'],
  [[2 ** 47], 'RangeError ERR_OUT_OF_MEMORY'],
  [[1, null], 'TypeError ERR_INVALID_ARG'],
  [[1, 64], 'TypeError ERR_INVALID_ARG'],
  [[1, []], 'TypeError ERR_INVALID_ARG'],
  [[1, { align: 64 }], 'TypeError ERR_INVALID_ARG'],
  [[1, { alignment: '64' }], 'TypeError ERR_INVALID_ARG'],
  [[1, { alignment: 0 }], 'RangeError ERR_OUT_OF_RANGE'],
  [[1, { alignment: 3 }], 'RangeError ERR_OUT_OF_RANGE'],
  [[1, { alignment: -64 }], 'RangeError ERR_OUT_OF_RANGE'],
  [[1, { alignment: 4 << 20 }], 'RangeError ERR_OUT_OF_RANGE'],
  [[1, { alignment: 2 ** 52 }], 'RangeError ERR_OUT_OF_RANGE'],
  [[1, { zero: 1 }], 'TypeError ERR_INVALID_ARG'],
  [[1, { label: 5 }], 'TypeError ERR_INVALID_ARG'],
])('allocate(%o) is %s', (args, code) => {
  expect(codeOf(() => allocateAny(...args))).toBe(code);
});

test('a label of any length and content is kept', () => {
  for (const label of ['', 'ä€😀', '\u0000', '\ud800', 'x'.repeat(100_000)]) {
    expect(allocate(1, { label }).label).toBe(label);
  }
});

test('the message for a wrong option names the right one', () => {
  expect(() => allocateAny(1, { align: 64 })).toThrow(
    'allocate: unknown option "align"; did you mean "alignment"?',
  );
});

test('the refusal of a size that is too large names the size', () => {
  const size = Math.min(2 ** 53 - 1, constants.MAX_LENGTH * 2);
  expect(() => allocate(size)).toThrow(String(size));
});
