import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cStrides, elementCount, fStrides, type Layout } from '../../src/layout/layout.js';
import {
  asStrided,
  broadcastTo,
  diagonal,
  flip,
  moveAxis,
  reshape,
  squeeze,
  stretch,
  swapAxes,
  transpose,
  windows,
} from '../../src/layout/transform.js';
import { anyLayout, at, build, ITEMSIZE, indicesOf, listOf, tidyLayout } from './list-model.js';

const wrongKind = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
const wrongShape = expect.objectContaining({ name: 'RangeError', code: 'ERR_SHAPE' });
const outside = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_BOUNDS' });
const needsCopy = expect.objectContaining({ name: 'TypeError', code: 'ERR_NOT_CONTIGUOUS' });

const packed = (...shape: number[]): Layout => ({ offset: 0, shape, strides: cStrides(shape, ITEMSIZE) });
const grid = packed(2, 3, 4);

/** Checks a result against nested lists: the element at each of its indices is the base's at `source` of that index. */
function expectElements(
  result: Layout,
  base: Layout,
  shape: number[],
  source: (indices: number[]) => number[],
): void {
  const list = listOf(base);
  expect(result.shape).toEqual(shape);
  expect(listOf(result)).toEqual(build(shape, (indices) => at(list, source(indices))));
}

describe('reshape', () => {
  it('infers a length of -1', () => {
    expect(reshape(grid, ITEMSIZE, [4, -1])).toEqual({ offset: 0, shape: [4, 6], strides: [24, 4] });
    expect(reshape(packed(0, 3), ITEMSIZE, [2, -1]).shape).toEqual([2, 0]);
    expect(reshape(grid, ITEMSIZE, -1).shape).toEqual([24]);
  });

  it('refuses a shape of another number of elements', () => {
    for (const bad of [[5], [5, -1], [0, -1], [], 25, [2, 3, 4, 0]]) {
      expect(() => reshape(grid, ITEMSIZE, bad)).toThrow(wrongShape);
    }
    expect(() => reshape(packed(0), ITEMSIZE, [0, -1])).toThrow(wrongShape);
  });

  it('takes the orders C, F and A', () => {
    const columns: Layout = { offset: 0, shape: [2, 3], strides: fStrides([2, 3], ITEMSIZE) };
    expect(reshape(columns, ITEMSIZE, [6], 'F').strides).toEqual([4]);
    expect(reshape(columns, ITEMSIZE, [3, 2], 'A').strides).toEqual([4, 12]);
    expect(reshape(grid, ITEMSIZE, [6, 4], 'A').strides).toEqual([16, 4]);
    expect(() => reshape(columns, ITEMSIZE, [6])).toThrow(needsCopy);
    expect(() => reshape(grid, ITEMSIZE, [6], 'X')).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }),
    );
    expect(reshape(grid, ITEMSIZE, [24], null).strides).toEqual([4]);
    expect(() => reshape(grid, ITEMSIZE, [24], 1)).toThrow(wrongKind);
  });

  it.each(['C', 'F'] as const)(
    'in order %s gives the same elements exactly where strides can do it',
    (order) => {
      const factors = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 5 });
      fc.assert(
        fc.property(fc.oneof(tidyLayout, anyLayout), factors, (layout, wish) => {
          const shape = shapeOf(elementCount(layout.shape), wish);
          const list = listOf(layout);
          const flat = indicesOf(layout.shape, order).map((indices) => at(list, indices) as number);
          const expected = indicesOf(shape, order);
          const where = new Map(expected.map((indices, i) => [indices.join(), flat[i]!]));
          // Strides can do it if, and only if, the elements next to the first one along each axis already tell all others.
          const first = flat[0] ?? 0;
          const steps = shape.map((length, axis) => {
            const next = shape.map((_, i) => (i === axis ? 1 : 0));
            return length > 1 ? (where.get(next.join()) ?? 0) - first : 0;
          });
          const can = expected.every(
            (indices) =>
              where.get(indices.join()) === first + indices.reduce((sum, i, d) => sum + i * steps[d]!, 0),
          );
          if (!can) {
            expect(() => reshape(layout, ITEMSIZE, shape, order)).toThrow(needsCopy);
            return;
          }
          const result = reshape(layout, ITEMSIZE, shape, order);
          expect(result.shape).toEqual(shape);
          const found = listOf(result);
          for (const indices of expected) expect(at(found, indices)).toBe(where.get(indices.join()));
        }),
        { numRuns: 3000 },
      );
    },
  );

  /** Splits a count into lengths that are near to a wish. */
  function shapeOf(count: number, wish: readonly number[]): number[] {
    if (count === 0) return [...wish, 0];
    const shape: number[] = [];
    let rest = count;
    for (const length of wish) {
      const fit = rest % length === 0 ? length : 1;
      shape.push(fit);
      rest /= fit;
    }
    return rest > 1 ? [...shape, rest] : shape;
  }
});

describe('the order of axes', () => {
  it('is reversed by a transpose without arguments', () => {
    expect(transpose(grid, [])).toEqual({ offset: 0, shape: [4, 3, 2], strides: [4, 16, 48] });
    expect(transpose(grid, [null]).shape).toEqual([4, 3, 2]);
  });

  it('is what transpose is given, as arguments or as an array', () => {
    expect(transpose(grid, [1, -1, 0n]).shape).toEqual([3, 4, 2]);
    expect(transpose(grid, [[1, -1, 0]]).shape).toEqual([3, 4, 2]);
    expect(transpose(packed(), [[]]).shape).toEqual([]);
  });

  it('names each axis of a transpose once', () => {
    expect(() => transpose(grid, [0, 1])).toThrow(wrongShape);
    expect(() => transpose(grid, [[]])).toThrow(wrongShape);
    expect(() => transpose(grid, [0, 1, 1])).toThrow(wrongShape);
    expect(() => transpose(grid, [0, 1, 3])).toThrow(outside);
    expect(() => transpose(grid, [0, 1, '2'])).toThrow(wrongKind);
  });

  it('is that of the source of each place', () => {
    fc.assert(
      fc.property(anyLayout, fc.array(fc.nat()), (layout, ranks) => {
        const axes = layout.shape.map((_, i) => i).sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0));
        const result = transpose(layout, [axes]);
        const shape = axes.map((axis) => layout.shape[axis]!);
        expectElements(result, layout, shape, (indices) =>
          axes.map((_, axis) => indices[axes.indexOf(axis)]!),
        );
      }),
    );
  });

  it('is changed in two places by swapAxes', () => {
    expect(swapAxes(grid, 0, -1).shape).toEqual([4, 3, 2]);
    expect(swapAxes(grid, 1, 1)).toEqual(grid);
    expect(() => swapAxes(grid, 0, 3)).toThrow(outside);
    expect(() => swapAxes(grid, 0, undefined)).toThrow(wrongKind);
  });

  it('keeps the rest in order under moveAxis', () => {
    expect(moveAxis(packed(2, 3, 4, 5), 0, -1).shape).toEqual([3, 4, 5, 2]);
    expect(moveAxis(packed(2, 3, 4, 5), [0, 1], [-1, -2]).shape).toEqual([4, 5, 3, 2]);
    expect(moveAxis(packed(2, 3, 4, 5), [3, 0], [0, 2]).shape).toEqual([5, 3, 2, 4]);
    expect(() => moveAxis(grid, [0, 1], [0])).toThrow(wrongShape);
    expect(() => moveAxis(grid, [0, 0], [0, 1])).toThrow(wrongShape);
    expect(() => moveAxis(grid, [0, 1], [1, -2])).toThrow(wrongShape);
    expect(() => moveAxis(grid, 0, -4)).toThrow(outside);
  });
});

describe('flip', () => {
  it('reverses the elements along the axes, all by default', () => {
    fc.assert(
      fc.property(anyLayout, fc.option(fc.nat(3), { nil: undefined }), (layout, axis) => {
        fc.pre(axis === undefined || axis < layout.shape.length);
        const result = flip(layout, axis);
        expectElements(result, layout, [...layout.shape], (indices) =>
          indices.map((i, d) => (axis === undefined || axis === d ? layout.shape[d]! - 1 - i : i)),
        );
        expect(result.strides.some((stride) => Object.is(stride, -0))).toBe(false);
      }),
    );
  });

  it('takes several axes, each once', () => {
    expect(flip(grid, [0, -1])).toEqual({ offset: 60, shape: [2, 3, 4], strides: [-48, 16, -4] });
    expect(flip(grid, [])).toEqual(grid);
    expect(() => flip(grid, [0, -3])).toThrow(wrongShape);
    expect(() => flip(grid, 3)).toThrow(outside);
    expect(() => flip(packed(), 0)).toThrow(outside);
  });
});

describe('squeeze', () => {
  it('drops the dimensions of length 1, or those that are named', () => {
    expect(squeeze(packed(1, 3, 1)).shape).toEqual([3]);
    expect(squeeze(packed(1, 3, 1), -1).shape).toEqual([1, 3]);
    expect(squeeze(packed(1, 3, 1), [0, 2]).shape).toEqual([3]);
    expect(squeeze(packed(1, 0), 0).shape).toEqual([0]);
  });

  it('refuses a dimension of another length', () => {
    expect(() => squeeze(packed(1, 3), 1)).toThrow(wrongShape);
    expect(() => squeeze(packed(1, 3), [0, 0])).toThrow(wrongShape);
    expect(() => squeeze(packed(1, 3), 2)).toThrow(outside);
  });
});

describe('diagonal', () => {
  it('takes the elements whose indices differ by the offset', () => {
    const offset = fc.integer({ min: -6, max: 6 });
    fc.assert(
      fc.property(anyLayout, offset, fc.nat(3), fc.nat(3), (layout, above, rows, columns) => {
        fc.pre(rows !== columns && rows < layout.shape.length && columns < layout.shape.length);
        const rest = layout.shape.map((_, i) => i).filter((i) => i !== rows && i !== columns);
        const pairs = indicesOf([layout.shape[rows]!, layout.shape[columns]!]).filter(
          ([i, j]) => j! - i! === above,
        );
        const shape = [...rest.map((i) => layout.shape[i]!), pairs.length];
        expectElements(diagonal(layout, above, rows, columns), layout, shape, (indices) => {
          const [row, column] = pairs[indices.at(-1)!]!;
          return layout.shape.map((_, d) =>
            d === rows ? row! : d === columns ? column! : indices[rest.indexOf(d)]!,
          );
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('needs two different axes', () => {
    expect(() => diagonal(packed(3))).toThrow(wrongShape);
    expect(() => diagonal(grid, 0, 1, 1)).toThrow(wrongShape);
    expect(() => diagonal(grid, 0, -1, 2)).toThrow(wrongShape);
    expect(() => diagonal(grid, 0, 0, 3)).toThrow(outside);
    expect(() => diagonal(grid, 0.5)).toThrow(wrongKind);
    expect(diagonal(grid, 2 ** 50).shape).toEqual([4, 0]);
  });
});

describe('broadcastTo', () => {
  it('repeats dimensions of length 1 and adds leading ones', () => {
    const lengths = fc.array(fc.tuple(fc.nat(4), fc.boolean()), { maxLength: 3 });
    fc.assert(
      fc.property(lengths, fc.array(fc.nat(3), { maxLength: 2 }), (axes, leading) => {
        const base = packed(...axes.map(([length, isOne]) => (isOne ? 1 : length)));
        const shape = [...leading, ...axes.map(([length]) => length)];
        expectElements(broadcastTo(base, ITEMSIZE, shape), base, shape, (indices) =>
          base.shape.map((length, d) => (length === 1 ? 0 : indices[d + leading.length]!)),
        );
      }),
    );
  });

  it('refuses a shape that does not fit', () => {
    for (const bad of [[3], [2, 3, 5], [3, 4], 4, [], [1, 3, 4]]) {
      expect(() => broadcastTo(grid, ITEMSIZE, bad)).toThrow(wrongShape);
    }
    expect(() => broadcastTo(packed(0), ITEMSIZE, [1])).toThrow(wrongShape);
    expect(() => broadcastTo(packed(1), ITEMSIZE, 2 ** 52)).toThrow(wrongShape);
    expect(() => broadcastTo(packed(1), ITEMSIZE, [-1])).toThrow(wrongShape);
  });

  it('serves as the source of an assignment, where leading lengths of 1 may go', () => {
    expect(stretch('copyFrom', packed(1, 1, 3), [2, 3]).strides).toEqual([0, 4]);
    expect(stretch('copyFrom', packed(1, 1), []).shape).toEqual([]);
    expect(() => stretch('copyFrom', packed(2, 1, 3), [1, 3])).toThrow(wrongShape);
    expect(() => broadcastTo(packed(1, 1, 3), ITEMSIZE, [2, 3])).toThrow(wrongShape);
  });
});

describe('windows', () => {
  it('shows each place where the window fits, then the window', () => {
    expectElements(windows(grid, ITEMSIZE, [2, 3], [1, 2]), grid, [2, 2, 2, 2, 3], ([b, i, j, k, l]) => [
      b!,
      i! + k!,
      j! + l!,
    ]);
    expectElements(windows(packed(6), ITEMSIZE, 4), packed(6), [3, 4], ([i, k]) => [i! + k!]);
  });

  it('may window an axis again', () => {
    const base = packed(6);
    expectElements(windows(base, ITEMSIZE, [2, 3], [0, 0]), base, [3, 2, 3], ([i, j, k]) => [i! + j! + k!]);
  });

  it('refuses windows that do not fit, and other counts of axes', () => {
    expect(() => windows(packed(3), ITEMSIZE, 4)).toThrow(wrongShape);
    expect(() => windows(grid, ITEMSIZE, 2)).toThrow(wrongShape);
    expect(() => windows(grid, ITEMSIZE, 2, [0, 1])).toThrow(wrongShape);
    expect(() => windows(grid, ITEMSIZE, 2, 3)).toThrow(outside);
    expect(() => windows(packed(3), ITEMSIZE, -1)).toThrow(wrongShape);
    expect(() => windows(packed(...new Array(40).fill(1)), ITEMSIZE, new Array(40).fill(1))).toThrow(
      wrongShape,
    );
    expect(windows(packed(3), ITEMSIZE, 0).shape).toEqual([4, 0]);
  });
});

describe('asStrided', () => {
  it('starts at the first element and stays inside of the memory', () => {
    const base: Layout = { offset: 8, shape: [4], strides: [4] };
    expect(asStrided(base, 4, [3, 2], [4, 4], 0, 24)).toEqual({ offset: 8, shape: [3, 2], strides: [4, 4] });
    expect(asStrided(base, 4, undefined, undefined, 0, 24)).toEqual(base);
    expect(asStrided(base, 4, 3, [-4], 0, 24).strides).toEqual([-4]);
    expect(() => asStrided(base, 4, [5], [4], 0, 24)).toThrow(outside);
    expect(() => asStrided(base, 4, [4], [-4], 0, 24)).toThrow(outside);
    expect(() => asStrided(base, 4, [4, 4], [4], 0, 24)).toThrow(wrongShape);
    expect(() => asStrided(base, 4, [2 ** 51], [0], 0, 24)).toThrow(wrongShape);
    expect(() => asStrided(base, 4, 'x', [4], 0, 24)).toThrow(wrongKind);
  });
});
