/**
 * Which elements an index selects. Follows CPython's slice arithmetic (`PySlice_AdjustIndices`) and numpy's basic indexing;
 * every result uses the same memory.
 */
import { rangeError, typeError } from '../errors.js';
import { ellipsis, MAX_STEP, newAxis, type PlainPart } from './index-parts.js';
import { type Layout, MAX_NDIM } from './layout.js';
import { boundIndex } from './read-parts.js';

/** Where a range starts in a dimension, how far it moves, and how many elements it keeps. */
export interface ClampedRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/**
 * Fits a range to a length: Python's `slice(start, stop, step).indices(length)`.
 *
 * @param start - null leaves it out
 * @param stop - null leaves it out
 * @param step - not 0
 * @param length - elements
 */
export function clampSlice(
  start: number | null,
  stop: number | null,
  step: number,
  length: number,
): ClampedRange {
  const first = firstOf(start, step, length);
  return { start: first, step, count: countOf(first, endOf(stop, step, length), step) };
}

function firstOf(start: number | null, step: number, length: number): number {
  if (start === null) return step < 0 ? length - 1 : 0;
  return clampBound(start, step, length);
}

function endOf(stop: number | null, step: number, length: number): number {
  if (stop === null) return step < 0 ? -1 : length;
  return clampBound(stop, step, length);
}

function clampBound(bound: number, step: number, length: number): number {
  if (bound < 0) {
    const fromEnd = bound + length;
    if (fromEnd >= 0) return fromEnd;
    return step < 0 ? -1 : 0;
  }
  if (bound >= length) return step < 0 ? length - 1 : length;
  return bound;
}

function countOf(first: number, end: number, step: number): number {
  if (step === 1) return end > first ? end - first : 0;
  const rest = step > 0 ? end - first : first - end;
  if (rest <= 0) return 0;
  const by = step > 0 ? step : -step;
  // The remainder first: a quotient of doubles may round up to the next integer.
  return (rest - 1 - ((rest - 1) % by)) / by + 1;
}

/** A stride times a step in 64 bits, as CPython's and numpy's `ssize_t` holds it; only a length of 0 or 1 can bring it beyond 2^53. */
function multiplied(stride: number, step: number): number {
  const product = stride * step;
  if (product <= Number.MAX_SAFE_INTEGER && product >= Number.MIN_SAFE_INTEGER) return product + 0;
  const widest = 2n ** 63n - 1n;
  const by = step >= MAX_STEP ? widest : step <= -MAX_STEP ? -widest : BigInt(step);
  return Number(BigInt.asIntN(64, BigInt(stride) * by));
}

function movedOffset(offset: number, first: number, stride: number, count: number): number {
  const moved = offset + first * stride;
  return count > 0 || Number.isSafeInteger(moved) ? moved : offset;
}

/**
 * Selects a part of a layout, with the meaning of numpy's basic indexing: integers drop a dimension, ranges keep it. Offset
 * and stride move as in CPython's `memory_subscript`, for an empty range too.
 *
 * @param layout - where the elements are
 * @param parts - the result of {@link readParts}, with at most one ellipsis
 * @throws TypeError `ERR_INVALID_ARG` for more parts than dimensions; RangeError `ERR_OUT_OF_BOUNDS` for an integer outside
 *   of its dimension, `ERR_SHAPE` for more than 64 dimensions
 */
export function sliceLayout(layout: Layout, parts: readonly PlainPart[]): Layout {
  if (parts.length === 1 && layout.shape.length === 1) {
    const part = parts[0]!;
    if (typeof part === 'object') {
      const length = layout.shape[0]!;
      const stride = layout.strides[0]!;
      const { step } = part;
      const first = firstOf(part.start, step, length);
      const count = countOf(first, endOf(part.stop, step, length), step);
      const offset = movedOffset(layout.offset, first, stride, count);
      return { offset, shape: [count], strides: [step === 1 ? stride : multiplied(stride, step)] };
    }
  }
  return sliceEach(layout, parts);
}

function sliceEach(layout: Layout, parts: readonly PlainPart[]): Layout {
  const ndim = layout.shape.length;
  const left = ndim - checkCount(parts, ndim);
  const shape: number[] = [];
  const strides: number[] = [];
  let offset = layout.offset;
  let axis = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part === newAxis) {
      shape.push(1);
      strides.push(0);
    } else if (part === ellipsis) {
      for (const end = axis + left; axis < end; axis++) {
        shape.push(layout.shape[axis]!);
        strides.push(layout.strides[axis]!);
      }
    } else if (typeof part === 'object') {
      const length = layout.shape[axis]!;
      const stride = layout.strides[axis]!;
      const first = firstOf(part.start, part.step, length);
      const count = countOf(first, endOf(part.stop, part.step, length), part.step);
      offset = movedOffset(offset, first, stride, count);
      shape.push(count);
      strides.push(part.step === 1 ? stride : multiplied(stride, part.step));
      axis++;
    } else {
      offset += boundIndex(part as number | bigint, axis, layout.shape[axis]!) * layout.strides[axis]!;
      axis++;
    }
  }
  for (; axis < ndim; axis++) {
    shape.push(layout.shape[axis]!);
    strides.push(layout.strides[axis]!);
  }
  if (shape.length > MAX_NDIM) {
    throw rangeError(
      'ERR_SHAPE',
      `slice: ${shape.length} dimensions asked for, expected at most ${MAX_NDIM}`,
    );
  }
  return { offset, shape, strides };
}

function checkCount(parts: readonly PlainPart[], ndim: number): number {
  let count = 0;
  for (let i = 0; i < parts.length; i++) if (parts[i] !== newAxis && parts[i] !== ellipsis) count++;
  if (count > ndim) {
    throw typeError(
      'ERR_INVALID_ARG',
      `slice: ${count} parts given, expected at most ${ndim}, one for each dimension`,
    );
  }
  return count;
}
