import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkReach,
  cStrides,
  elementCount,
  fStrides,
  isCContiguous,
  isFContiguous,
  type Layout,
  reach,
  readShape,
  readShapeToInfer,
  readStrides,
} from '../../src/layout/layout.js';
import { anyLayout, at, ITEMSIZE, indicesOf, listOf, tidyLayout } from './list-model.js';

const wrongKind = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
const wrongShape = expect.objectContaining({ name: 'RangeError', code: 'ERR_SHAPE' });
const outside = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_BOUNDS' });

describe('derived strides', () => {
  it('are those that CPython derives, zeros included', () => {
    expect(cStrides([2, 3, 4], 8)).toEqual([96, 32, 8]);
    expect(cStrides([3, 0], 4)).toEqual([0, 4]);
    expect(cStrides([0, 3], 4)).toEqual([12, 4]);
    expect(cStrides([2, 0, 3], 4)).toEqual([0, 12, 4]);
    expect(cStrides([], 4)).toEqual([]);
    expect(fStrides([2, 3, 4], 8)).toEqual([8, 16, 48]);
    expect(fStrides([0, 3], 4)).toEqual([4, 0]);
  });
});

describe('contiguity', () => {
  const place = (offset: number, shape: number[], strides: number[]): Layout => ({ offset, shape, strides });

  it('is that of a size of 0 both ways, whatever the strides', () => {
    for (const layout of [place(0, [0], [99]), place(0, [0, 5], [1, 2]), place(0, [5, 0], [-7, 3])]) {
      expect([isCContiguous(layout, 4), isFContiguous(layout, 4)]).toEqual([true, true]);
    }
  });

  it('does not depend on the stride of a dimension of length 1', () => {
    const layout = place(0, [1, 3, 1], [2 ** 62, 4, -9]);
    expect([isCContiguous(layout, 4), isFContiguous(layout, 4)]).toEqual([true, true]);
  });

  it('is that of a layout without dimensions', () => {
    const layout = place(3, [], []);
    expect([isCContiguous(layout, 4), isFContiguous(layout, 4)]).toEqual([true, true]);
  });

  it('means that the elements follow each other in that order', () => {
    fc.assert(
      fc.property(fc.oneof(anyLayout, tidyLayout), (layout) => {
        const list = listOf(layout);
        const follow = (order: 'C' | 'F'): boolean =>
          indicesOf(layout.shape, order).every(
            (indices, i) => at(list, indices) === layout.offset + i * ITEMSIZE,
          );
        expect([isCContiguous(layout, ITEMSIZE), isFContiguous(layout, ITEMSIZE)]).toEqual([
          follow('C'),
          follow('F'),
        ]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the reach of a layout', () => {
  it('is the span of the bytes that its elements touch', () => {
    fc.assert(
      fc.property(anyLayout, (layout) => {
        const starts = [listOf(layout)].flat(8) as number[];
        const { low, high } = reach(layout, ITEMSIZE);
        if (starts.length === 0) expect([low, high]).toEqual([layout.offset, layout.offset]);
        else expect([low, high]).toEqual([Math.min(...starts), Math.max(...starts) + ITEMSIZE]);
      }),
      { numRuns: 2000 },
    );
  });

  it('must lie inside of the memory to the byte', () => {
    const layout: Layout = { offset: 8, shape: [2, 3], strides: [-8, 2] };
    expect(reach(layout, 2)).toEqual({ low: 0, high: 14 });
    expect(() => checkReach('memoryview', layout, 2, 0, 14)).not.toThrow();
    expect(() => checkReach('memoryview', layout, 2, 1, 14)).toThrow(outside);
    expect(() => checkReach('memoryview', layout, 2, 0, 13)).toThrow(outside);
    expect(() => checkReach('memoryview', layout, 2, 0, 13)).toThrow(
      'the layout reaches bytes 0 to 14, expected 0 to 13',
    );
  });

  it('of nothing is never outside', () => {
    expect(() =>
      checkReach('x', { offset: -9, shape: [3, 0], strides: [2 ** 60, 1] }, 8, 0, 0),
    ).not.toThrow();
  });

  it('is refused where it cannot be counted, not rounded into bounds', () => {
    const wide = 2 ** 52;
    const back: Layout = { offset: 0, shape: [2, 2, 2, 2], strides: [wide, wide, wide, -3 * wide] };
    const all = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const;
    expect(() => checkReach('x', back, 8, ...all)).toThrow(outside);
    expect(() => checkReach('x', { offset: 0, shape: [wide], strides: [wide] }, 1, ...all)).toThrow(outside);
    expect(() =>
      checkReach('x', { offset: 2 ** 53 - 1, shape: [1], strides: [1] }, 1, 0, 2 ** 53 - 1),
    ).toThrow(outside);
  });
});

describe('a shape', () => {
  it('is an array of lengths or a lone one', () => {
    expect(readShape('reshape', [2, 3n, 0])).toEqual([2, 3, 0]);
    expect(readShape('reshape', 5)).toEqual([5]);
    expect(readShape('reshape', 5n)).toEqual([5]);
    expect(readShape('reshape', [])).toEqual([]);
    expect(Object.is(readShape('reshape', [-0])[0], 0)).toBe(true);
  });

  it('holds integers only', () => {
    const others = [
      undefined,
      null,
      '3',
      {},
      true,
      Number.NaN,
      1.5,
      [1, '2'],
      [true],
      [1.5],
      [null],
      [[1]],
      new Uint8Array(2),
    ];
    for (const other of others) expect(() => readShape('reshape', other)).toThrow(wrongKind);
  });

  it('holds no negative length, not more than 64, and not more than 2^53 elements', () => {
    for (const bad of [-1, [-1], [2, -3], [-(2n ** 70n)], 2 ** 53, 1e300, [2n ** 70n]]) {
      expect(() => readShape('reshape', bad)).toThrow(wrongShape);
    }
    expect(readShape('reshape', new Array(64).fill(1))).toHaveLength(64);
    expect(() => readShape('reshape', new Array(65).fill(1))).toThrow(wrongShape);
    expect(() => readShape('reshape', [2 ** 27, 2 ** 27])).toThrow(wrongShape);
    expect(() => readShape('reshape', [0, 2 ** 27, 2 ** 27])).toThrow(wrongShape);
  });

  it('that is to be completed may hold one -1', () => {
    expect(readShapeToInfer('reshape', [2, -1])).toEqual([2, -1]);
    expect(readShapeToInfer('reshape', -1)).toEqual([-1]);
    expect(() => readShapeToInfer('reshape', [-1, -1])).toThrow(wrongShape);
    expect(() => readShapeToInfer('reshape', [-2])).toThrow(wrongShape);
  });

  it('from hostile arrays is a coded error, or the error that their own code throws', () => {
    const gone = Proxy.revocable<number[]>([], {});
    gone.revoke();
    expect(() => readShape('reshape', gone.proxy)).toThrow(wrongKind);
    const own = new Error('mine');
    const trap = new Proxy([1], {
      get: () => {
        throw own;
      },
    });
    expect(() => readShape('reshape', trap)).toThrow(own);
  });
});

describe('strides', () => {
  it('are one integer for each dimension', () => {
    expect(readStrides('memoryview', [-8, 0n], 2)).toEqual([-8, 0]);
    expect(() => readStrides('memoryview', [1], 2)).toThrow(wrongShape);
    expect(() => readStrides('memoryview', [1.5], 1)).toThrow(wrongKind);
    expect(() => readStrides('memoryview', 8, 1)).toThrow(wrongKind);
    expect(() => readStrides('memoryview', [2n ** 60n], 1)).toThrow(outside);
  });

  it('make element counts with an empty product of 1', () => {
    expect(elementCount([])).toBe(1);
    expect(elementCount([3, 0, 2])).toBe(0);
  });
});
