import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ellipsis, newAxis, range } from '../../src/layout/index-parts.js';
import type { Layout } from '../../src/layout/layout.js';
import { readIndex, readParts } from '../../src/layout/read-parts.js';
import { clampSlice, sliceLayout } from '../../src/layout/slice.js';
import { anyLayout, type List, listOf, walked } from './list-model.js';

const line = (length: number, stride = 1, offset = 0): Layout => ({
  offset,
  shape: [length],
  strides: [stride],
});
const slice = (layout: Layout, ...parts: unknown[]): Layout => sliceLayout(layout, readParts('slice', parts));

describe('a slice in one dimension', () => {
  it('moves the offset, shortens the shape and multiplies the stride', () => {
    expect(slice(line(10, 4, 100), [1, 8, 3])).toEqual({ offset: 104, shape: [3], strides: [12] });
  });

  it('starts at the last element for a negative step', () => {
    expect(slice(line(10), [null, null, -1])).toEqual({ offset: 9, shape: [10], strides: [-1] });
  });

  it('clamps its bounds as Python does, also beyond 2^53', () => {
    const huge = 2n ** 70n;
    expect(slice(line(10), [-100, 100])).toEqual(line(10));
    expect(slice(line(10), [-huge, huge])).toEqual(line(10));
    expect(slice(line(10), [huge, -huge, -1]).shape).toEqual([10]);
    expect(slice(line(10), [1e300, null]).shape).toEqual([0]);
    expect(slice(line(10), [Number.MAX_SAFE_INTEGER, null, -1])).toEqual({
      offset: 9,
      shape: [10],
      strides: [-1],
    });
  });

  it('multiplies the stride and moves to the adjusted start where it is empty too', () => {
    expect(slice(line(10, 4), [5, 5, 3])).toEqual({ offset: 20, shape: [0], strides: [12] });
    expect(slice(line(10, 4), [20, null])).toEqual({ offset: 40, shape: [0], strides: [4] });
  });

  it('wraps a stride at 64 bits as a ssize_t does', () => {
    expect(slice(line(8), [null, null, -(2n ** 62n)])).toEqual({
      offset: 7,
      shape: [1],
      strides: [-(2 ** 62)],
    });
    expect(slice(line(8, 4), [null, null, 2n ** 62n]).strides).toEqual([0]);
    expect(slice(line(8, 2), [null, null, 2n ** 200n]).strides).toEqual([-2]);
    expect(slice(line(8, 2), [null, null, -(2n ** 200n)]).strides).toEqual([2]);
  });

  it('stays where it is rather than become larger than a number can count', () => {
    const wide = slice(line(3), [null, 1, 2n ** 62n]);
    expect(slice(wide, [1, null])).toEqual({ offset: 0, shape: [0], strides: [2 ** 62] });
  });

  it('keeps no negative zero', () => {
    const still = slice({ offset: 0, shape: [3], strides: [0] }, [null, null, -2]);
    expect(Object.is(still.strides[0], 0)).toBe(true);
    expect(Object.is(slice(line(3), [-0, -0]).offset, 0)).toBe(true);
  });

  it('takes a step of 0 for an error', () => {
    const thrown = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    expect(() => slice(line(3), [0, 2, 0])).toThrow(thrown);
    expect(() => slice(line(3), [0, 2, 0n])).toThrow(thrown);
    expect(() => range(0, 2, -0)).toThrow(thrown);
    expect(() => slice(line(3), '::0')).toThrow(thrown);
  });

  it('selects the same elements as a walk over the indices', () => {
    const bound = fc.option(
      fc.oneof(fc.integer({ min: -12, max: 12 }), fc.constantFrom(2 ** 40, -(2 ** 63), 1e300)),
    );
    const step = fc
      .oneof(fc.integer({ min: -6, max: 6 }), fc.constantFrom(2 ** 40, -(2 ** 62)))
      .filter((n) => n !== 0);
    fc.assert(
      fc.property(bound, bound, step, fc.nat(10), (start, stop, by, length) => {
        const clamped = clampSlice(start, stop, by, length);
        const found = Array.from({ length: clamped.count }, (_, i) => clamped.start + i * by);
        expect(found).toEqual(walked(start, stop, by, length));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('an index with several parts', () => {
  const grid: Layout = { offset: 0, shape: [3, 4], strides: [4, 1] };

  it('drops a dimension for an integer and keeps it for a range', () => {
    expect(slice(grid, -1)).toEqual({ offset: 8, shape: [4], strides: [1] });
    expect(slice(grid, [null, null], 2n)).toEqual({ offset: 2, shape: [3], strides: [4] });
    expect(slice(grid, 1, 2)).toEqual({ offset: 6, shape: [], strides: [] });
  });

  it('fills the dimensions that an ellipsis stands for, none among them', () => {
    expect(slice(grid, ellipsis, 0)).toEqual({ offset: 0, shape: [3], strides: [4] });
    expect(slice(grid, 1, ellipsis, 2)).toEqual({ offset: 6, shape: [], strides: [] });
    expect(slice(grid, ellipsis)).toEqual(grid);
    expect(slice(grid)).toEqual(grid);
  });

  it('adds a dimension of length 1 for a new axis', () => {
    expect(slice(grid, newAxis, ellipsis, newAxis)).toEqual({
      offset: 0,
      shape: [1, 3, 4, 1],
      strides: [0, 4, 1, 0],
    });
  });

  it('names the dimension, counted from 1, that an integer is outside of', () => {
    const message = 'index 9 is out of bounds for dimension 2 with length 4';
    expect(() => slice(grid, 0, 9)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_BOUNDS', message }));
    expect(() => slice(grid, -4)).toThrow(/index -4 is out of bounds for dimension 1 with length 3/);
    expect(() => slice(grid, 2n ** 60n)).toThrow(/index 1152921504606846976 is out of bounds/);
  });

  it('refuses more parts than dimensions', () => {
    const thrown = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
    expect(() => slice(grid, 0, 0, 0)).toThrow(thrown);
    expect(() => slice(grid, 9, 9, ellipsis, 9)).toThrow(thrown);
    expect(() => slice({ offset: 0, shape: [], strides: [] }, [0, 1])).toThrow(thrown);
  });

  it('refuses more than 64 dimensions', () => {
    const axes = new Array(65).fill(newAxis);
    const thrown = expect.objectContaining({ name: 'RangeError', code: 'ERR_SHAPE' });
    expect(slice(grid, ...axes.slice(0, 62)).shape).toHaveLength(64);
    expect(() => slice(grid, ...axes.slice(0, 63))).toThrow(thrown);
  });

  it('selects the same elements as nested lists, one dimension after the other', () => {
    const bound = fc.option(fc.integer({ min: -7, max: 7 }), { nil: null });
    const step = fc.option(fc.constantFrom(-3, -2, -1, 1, 2, 3), { nil: null });
    const part = fc.oneof(fc.nat(4), fc.tuple(bound, bound, step), fc.constantFrom(ellipsis, newAxis));
    fc.assert(
      fc.property(anyLayout, fc.array(part, { maxLength: 6 }), (layout, parts) => {
        const taken = parts.filter((p) => p !== ellipsis && p !== newAxis).length;
        fc.pre(taken <= layout.shape.length && parts.filter((p) => p === ellipsis).length < 2);
        const rest = new Array(layout.shape.length - taken).fill([null, null, null]);
        const full = parts.flatMap((p) => (p === ellipsis ? rest : [p]));
        const axes = full.filter((p) => p !== newAxis);
        fc.pre(axes.every((p, i) => typeof p !== 'number' || p < layout.shape[i]!));
        expect(listOf(slice(layout, ...parts))).toEqual(selected(listOf(layout), full, layout.shape));
      }),
      { numRuns: 3000 },
    );
  });

  function selected(list: List, parts: readonly unknown[], shape: readonly number[]): List {
    const [part, ...rest] = parts;
    if (parts.length === 0) return list;
    if (part === newAxis) return [selected(list, rest, shape)];
    const items = list as List[];
    if (typeof part === 'number') return selected(items[part]!, rest, shape.slice(1));
    const [start, stop, step] = part as [number | null, number | null, number | null];
    return walked(start, stop, step ?? 1, shape[0]!).map((i) => selected(items[i]!, rest, shape.slice(1)));
  }
});

describe('an index of an element', () => {
  it('counts from the end when negative', () => {
    expect(readIndex('get', -1, 0, 4)).toBe(3);
    expect(readIndex('get', 3n, 0, 4)).toBe(3);
    expect(Object.is(readIndex('get', -0, 0, 4), 0)).toBe(true);
  });

  it('is an integral number or a bigint, and no boolean', () => {
    const thrown = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
    for (const value of [
      true,
      '1',
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      null,
      undefined,
      {},
      [],
      Symbol('x'),
    ]) {
      expect(() => readIndex('get', value, 0, 4)).toThrow(thrown);
    }
  });

  it('is out of bounds beyond both ends, however far', () => {
    const thrown = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_BOUNDS' });
    for (const value of [4, -5, 2 ** 53, 1e300, 2n ** 64n, -(2n ** 5000n)]) {
      expect(() => readIndex('get', value, 0, 4)).toThrow(thrown);
    }
  });
});
