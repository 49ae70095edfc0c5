/**
 * Differences that random structures once found, by name.
 */
import { describe, expect, it } from 'vitest';
import { memoryview, zeros } from '../../src/index.js';
import { isSame } from '../contract/values.js';

describe('an empty view whose first element would lie outside of the memory', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const reversed = (): ReturnType<typeof memoryview> => memoryview(bytes).slice('::-1').slice('8:');
  const gapped = (): ReturnType<typeof memoryview> =>
    memoryview(bytes, { format: 'B', shape: [2, 0], strides: [7, 3] }).slice('2:');

  it('swaps no bytes', () => {
    reversed().byteswap();
    gapped().byteswap();
    zeros([3], 'i').slice('::-1').slice('3:').byteswap();
    expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('is an empty object of JavaScript', () => {
    for (const view of [reversed(), gapped()]) {
      expect(view.asBuffer().length).toBe(0);
      expect(view.asTypedArray().length).toBe(0);
      expect(view.asDataView().byteLength).toBe(0);
    }
  });
});

describe('the integer 2^53, the last that JSON tells exactly', () => {
  it('is what the oracle says', () => {
    for (const value of [2 ** 53, -(2 ** 53)]) {
      const view = memoryview(BigInt64Array.of(BigInt(value), BigInt(value) + 1n, BigInt(value) - 1n));
      expect(view.toArray().map((each) => isSame(each, value))).toEqual([true, false, false]);
    }
  });
});

describe('windows of windows', () => {
  it('have up to 64 dimensions, where numpy 1 has 32', () => {
    let view = zeros([1, 1, 1]);
    for (const ndim of [6, 12, 24, 48]) {
      view = view.windows(view.shape.map(() => 1));
      expect(view.ndim).toBe(ndim);
    }
    expect(() => view.windows(view.shape.map(() => 1))).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE' }),
    );
  });
});
