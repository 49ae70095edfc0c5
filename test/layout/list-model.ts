/**
 * A slow model without strides: nested arrays, moved one element at a time. An element is the byte at which it starts, so two layouts are
 * the same if their lists are.
 */
import fc from 'fast-check';
import type { Layout } from '../../src/layout/layout.js';

/** Nested arrays, or an element where no dimension is left. */
export type List = number | List[];

/** Writes out where each element of a layout starts. */
export function listOf(layout: Layout, axis = 0, at: number = layout.offset): List {
  if (axis === layout.shape.length) return at;
  return Array.from({ length: layout.shape[axis]! }, (_, i) =>
    listOf(layout, axis + 1, at + i * layout.strides[axis]!),
  );
}

/** The element or sub-list at some leading indices. */
export function at(list: List, indices: readonly number[]): List {
  return indices.reduce<List>((rest, i) => (rest as List[])[i]!, list);
}

/** Builds nested arrays of a shape, asking for each element. */
export function build(
  shape: readonly number[],
  element: (indices: number[]) => List,
  indices: number[] = [],
): List {
  if (indices.length === shape.length) return element(indices);
  return Array.from({ length: shape[indices.length]! }, (_, i) => build(shape, element, [...indices, i]));
}

/** Every index of a shape, the last one fastest, or the first one. */
export function indicesOf(shape: readonly number[], order: 'C' | 'F' = 'C'): number[][] {
  const all: number[][] = [];
  build(order === 'C' ? shape : shape.toReversed(), (indices) => {
    all.push(order === 'C' ? [...indices] : indices.toReversed());
    return 0;
  });
  return all;
}

/** The indices that Python's `range(*slice(start, stop, step).indices(length))` walks, found by walking. */
export function walked(start: number | null, stop: number | null, step: number, length: number): number[] {
  const all = Array.from({ length }, (_, i) => i);
  const wrap = (bound: number): number => (bound < 0 ? bound + length : bound);
  const from = start === null ? (step < 0 ? length - 1 : 0) : wrap(start);
  const to = stop === null ? (step < 0 ? Number.NEGATIVE_INFINITY : length) : wrap(stop);
  // Which elements lie on the walk's side of both bounds; the first of them is where the walk begins.
  const inside =
    step > 0 ? all.filter((i) => i >= from && i < to) : all.filter((i) => i <= from && i > to).reverse();
  return inside.filter((_, i) => i % Math.abs(step) === 0);
}

export const ITEMSIZE = 4;

/** Any layout: up to four dimensions, strides of any sign and 0, an offset. */
export const anyLayout: fc.Arbitrary<Layout> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: -40, max: 40 })), { maxLength: 4 })
  .chain((axes) =>
    fc.record({
      offset: fc.integer({ min: 0, max: 1000 }),
      shape: fc.constant(axes.map(([length]) => length)),
      strides: fc.constant(axes.map(([, stride]) => stride)),
    }),
  );

/** Layouts that arise from a contiguous one by slicing and transposing, in which neighbouring axes often run on into each other. */
export const tidyLayout: fc.Arbitrary<Layout> = fc
  .array(
    fc.record({
      length: fc.integer({ min: 1, max: 4 }),
      step: fc.constantFrom(1, 1, 1, 2, -1),
      rank: fc.nat(),
    }),
    {
      maxLength: 5,
    },
  )
  .map((axes) => {
    let stride = ITEMSIZE;
    const made = axes.map(({ length, step, rank }) => {
      const axis = { length, stride: stride * step, rank };
      stride *= length * Math.abs(step);
      return axis;
    });
    const isShuffled = axes.some(({ rank }) => rank % 5 === 0);
    const placed = isShuffled ? made.sort((a, b) => a.rank - b.rank) : made.reverse();
    return {
      offset: 4096,
      shape: placed.map((axis) => axis.length),
      strides: placed.map((axis) => axis.stride),
    };
  });
