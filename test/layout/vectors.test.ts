/**
 * The geometry of the conformance vectors: shape, strides, offset and contiguity of what CPython's slices and numpy's views
 * gave, with no memory behind them. Values and bytes are the contract test's affair.
 */
import { describe, expect, it } from 'vitest';
import { ellipsis, newAxis } from '../../src/layout/index-parts.js';
import {
  checkReach,
  cStrides,
  elementCount,
  isCContiguous,
  isFContiguous,
  type Layout,
} from '../../src/layout/layout.js';
import { readParts } from '../../src/layout/read-parts.js';
import { sliceLayout } from '../../src/layout/slice.js';
import {
  asStrided,
  broadcastTo,
  diagonal,
  flip,
  moveAxis,
  reshape,
  squeeze,
  swapAxes,
  transpose,
  windows,
} from '../../src/layout/transform.js';
import {
  type Encoded,
  integerOf,
  type Op,
  type Outcome,
  outcomesOf,
  type Vector,
  vectorsByGroup,
} from '../contract/vectors.js';

const GROUPS = [
  'slice1d',
  'slice_nd',
  'slice_opaque',
  'np_index',
  'np_transpose',
  'np_reshape',
  'np_axes',
  'np_diagonal',
  'np_broadcast',
  'np_strided',
];

function partOf(part: Encoded): unknown {
  if (part === '...') return ellipsis;
  if (part === 'newaxis') return newAxis;
  if (Array.isArray(part)) return part.map((bound) => (bound === null ? null : integerOf(bound)));
  return integerOf(part);
}

function listOf(value: Encoded | undefined): readonly Encoded[] {
  return Array.isArray(value) ? value : [value as Encoded];
}

function expanded(layout: Layout, axis: Encoded | undefined): Layout {
  const axes = listOf(axis).map(Number);
  const ndim = layout.shape.length + axes.length;
  const places = axes.map((at) => {
    if (at < -ndim || at >= ndim) throw new RangeError(`axis ${at} of ${ndim}`);
    return at < 0 ? at + ndim : at;
  });
  const parts: unknown[] = [];
  for (let i = 0; i < ndim; i++) parts.push(places.includes(i) ? newAxis : [null, null]);
  return sliceLayout(layout, readParts('slice', parts));
}

/** The layout after an operation, or null if the operation returns a value. */
function applied(layout: Layout, itemsize: number, memory: number, op: Op): Layout | null {
  const [name, a, b, c] = op;
  switch (name) {
    case 'slice':
    case 'index':
      return sliceLayout(layout, readParts('slice', listOf(a).map(partOf)));
    case 'transpose':
      return transpose(layout, a === undefined ? [] : [a]);
    case 'swapaxes':
      return swapAxes(layout, a, b);
    case 'moveaxis':
      return moveAxis(layout, a, b);
    case 'reshape':
      return reshape(layout, itemsize, a, b);
    case 'broadcast_to':
      return broadcastTo(layout, itemsize, a);
    case 'diagonal':
      return diagonal(layout, a, b, c);
    case 'squeeze':
      return squeeze(layout, a);
    case 'flip':
      return flip(layout, a);
    case 'expand_dims':
      return expanded(layout, a);
    case 'as_strided':
      return asStrided(layout, itemsize, a, b, 0, memory);
    case 'sliding_window':
      return windows(layout, itemsize, a, b);
    default:
      return null;
  }
}

/** The fault of an outcome, or null. */
function difference(vector: Vector): string | null {
  const base = vector.base!;
  const { itemsize, shape, offset } = base;
  const memory = base.bytes.length / 2;
  let layout: Layout = { offset, shape, strides: base.strides ?? cStrides(shape, itemsize) };
  checkReach('base', layout, itemsize, 0, memory);
  let thrown = '';
  try {
    for (const op of vector.ops) {
      const next = applied(layout, itemsize, memory, op);
      if (next === null) return null;
      checkReach('vector', next, itemsize, 0, memory);
      layout = next;
    }
  } catch (error) {
    thrown = String(error);
    expect(error, vector.id).toBeInstanceOf(Error);
    expect(thrown, vector.id).not.toContain('vector: the layout reaches');
  }
  const wrong = outcomesOf(vector).map((outcome) => mismatch(outcome, layout, itemsize, thrown));
  return wrong.some((text) => text === null) ? null : `${vector.id}: ${wrong.join(' or ')}`;
}

function mismatch(outcome: Outcome, layout: Layout, itemsize: number, thrown: string): string | null {
  if (outcome.error !== undefined) return thrown === '' ? `no ${outcome.error}` : null;
  if (thrown !== '') return thrown;
  // An index that is full gives a value in Python, and a layout without dimensions here.
  if (outcome.view === undefined) return layout.shape.length === 0 ? null : `shape (${layout.shape})`;
  const { view } = outcome;
  const contig = `${isCContiguous(layout, itemsize) ? 'C' : ''}${isFContiguous(layout, itemsize) ? 'F' : ''}`;
  const nbytes = elementCount(layout.shape) * itemsize;
  if (view.shape?.join() !== layout.shape.join()) return `shape (${layout.shape}), not (${view.shape})`;
  const strides = view.strides?.map((stride, i) => stride ?? layout.strides[i]);
  if (strides?.join() !== layout.strides.join()) return `strides (${layout.strides}), not (${view.strides})`;
  if (view.nbytes !== nbytes) return `nbytes ${nbytes}, not ${view.nbytes}`;
  if (view.offset != null && view.offset !== layout.offset)
    return `offset ${layout.offset}, not ${view.offset}`;
  if (view.contig != null && view.contig !== contig) return `contiguity "${contig}", not "${view.contig}"`;
  return null;
}

describe('the geometry of the conformance vectors', () => {
  const groups = vectorsByGroup();
  it.each(GROUPS)('is what Python and numpy gave in group %s', (group) => {
    const vectors = groups.get(group) ?? [];
    expect(vectors.length).toBeGreaterThan(10);
    expect(vectors.map(difference).filter((text) => text !== null)).toEqual([]);
  });
});
