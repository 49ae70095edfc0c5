/**
 * Where the elements of a view are: an offset, a shape and strides, as pure integers.
 * Layout knows neither memory nor formats; callers pass the size of an element if it matters.
 */
import { readInteger, readList } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';

/**
 * The place of every element: element `[i, j, …]` starts at `offset + i * strides[0] + j * strides[1] + …`.
 *
 * A layout of size 0 reaches no byte, and its offset may lie outside of the memory, as CPython's `buf` may. So may the
 * stride of a dimension of length 0 or 1 be any number, up to 2^63 in magnitude.
 */
export interface Layout {
  /** Bytes from the origin that the caller counts from to the first element. */
  readonly offset: number;
  /** Elements in each dimension. */
  readonly shape: readonly number[];
  /** Bytes from one element to the next in each dimension; negative and 0 are allowed. */
  readonly strides: readonly number[];
}

/** The most dimensions that a layout can have, PEP 3118's `PyBUF_MAX_NDIM`. */
export const MAX_NDIM = 64;

/**
 * Derives the strides of a C-contiguous layout as CPython's `init_strides_from_shape` does:
 * `strides[i] = strides[i + 1] * shape[i + 1]`, zeros included.
 *
 * @param shape - elements in each dimension
 * @param itemsize - bytes of an element
 */
export function cStrides(shape: readonly number[], itemsize: number): number[] {
  const strides = new Array<number>(shape.length);
  let stride = itemsize;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/**
 * Derives the strides of a Fortran-contiguous layout: `strides[i] = strides[i - 1] * shape[i - 1]`.
 *
 * @param shape - elements in each dimension
 * @param itemsize - bytes of an element
 */
export function fStrides(shape: readonly number[], itemsize: number): number[] {
  const strides = new Array<number>(shape.length);
  let stride = itemsize;
  for (let i = 0; i < shape.length; i++) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** Counts the elements of a shape: the product of its lengths, 1 without any. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (let i = 0; i < shape.length; i++) count *= shape[i]!;
  return count;
}

/** Whether two shapes have the same dimensions. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Whether two shapes hold the same elements, as CPython's `equiv_shape` sees it: the same dimensions, except that those behind a common
 * length of 0 do not matter.
 */
export function equivalentShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
    if (a[i] === 0) return true;
  }
  return true;
}

/**
 * Whether the elements follow each other with the last index fastest (CPython's `is_c_contiguous`): a layout of size 0
 * always does, and the stride of a dimension of length 1 never matters.
 *
 * @param itemsize - bytes of an element
 */
export function isCContiguous(layout: Layout, itemsize: number): boolean {
  const { shape, strides } = layout;
  let expected = itemsize;
  for (let i = shape.length - 1; i >= 0; i--) {
    const length = shape[i]!;
    if (length !== 1 && strides[i] !== expected) return hasZero(shape);
    expected *= length;
  }
  return true;
}

/**
 * Whether the elements follow each other with the first index fastest, under the rules of {@link isCContiguous}.
 *
 * @param itemsize - bytes of an element
 */
export function isFContiguous(layout: Layout, itemsize: number): boolean {
  const { shape, strides } = layout;
  let expected = itemsize;
  for (let i = 0; i < shape.length; i++) {
    const length = shape[i]!;
    if (length !== 1 && strides[i] !== expected) return hasZero(shape);
    expected *= length;
  }
  return true;
}

function hasZero(shape: readonly number[]): boolean {
  for (let i = 0; i < shape.length; i++) if (shape[i] === 0) return true;
  return false;
}

/** The bytes `[low, high)` that the elements of a layout touch, counted from the layout's origin. */
export interface Reach {
  readonly low: number;
  readonly high: number;
}

/**
 * Finds the bytes that the elements touch. Nothing is touched by a layout of size 0: `low` and `high` are its offset. Beyond
 * 2^53 the result is rounded, but stays beyond 2^53; {@link checkReach} refuses it.
 *
 * @param itemsize - bytes of an element
 */
export function reach(layout: Layout, itemsize: number): Reach {
  const { offset, shape, strides } = layout;
  let low = offset;
  let high = offset + itemsize;
  for (let i = 0; i < shape.length; i++) {
    const length = shape[i]!;
    if (length === 0) return { low: offset, high: offset };
    // Each end only ever moves outwards, so a sum that was rounded beyond 2^53 cannot come back into bounds.
    const width = (length - 1) * strides[i]!;
    if (width < 0) low += width;
    else high += width;
  }
  return { low, high };
}

/**
 * Checks that every element lies inside of the memory.
 *
 * @param subject - the call, for the message
 * @param itemsize - bytes of an element
 * @param low - the first byte of the memory, counted from the layout's origin
 * @param high - the byte after its last one
 * @throws RangeError `ERR_OUT_OF_BOUNDS` where an element reaches outside, also by more than 2^53
 */
export function checkReach(
  subject: string,
  layout: Layout,
  itemsize: number,
  low: number,
  high: number,
): void {
  const touched = reach(layout, itemsize);
  if (touched.low === touched.high && hasZero(layout.shape)) return;
  const isExact = touched.low >= Number.MIN_SAFE_INTEGER && touched.high <= Number.MAX_SAFE_INTEGER;
  if (isExact && touched.low >= low && touched.high <= high) return;
  const bytes = `bytes ${touched.low} to ${touched.high}`;
  throw rangeError(
    'ERR_OUT_OF_BOUNDS',
    `${subject}: the layout reaches ${bytes}, expected ${low} to ${high}`,
  );
}

/**
 * Reads a shape: an array of lengths, or a lone integer for one dimension.
 *
 * @param subject - the call, for the message
 * @param value - the caller's argument
 * @returns a fresh array of the lengths, whose product is a safe integer (a length of 0 aside)
 * @throws TypeError `ERR_INVALID_ARG` for a value that is neither, or for a length that is no integer; RangeError `ERR_SHAPE` for a
 *   negative length, more than 64 of them, or a product beyond 2^53
 */
export function readShape(subject: string, value: unknown): number[] {
  // A fast path for the most usual shape: the general path took half of the time of a small allocation in an arena.
  if (typeof value === 'number' && value >>> 0 === value) return [value];
  return readLengths(subject, value, 0);
}

/**
 * Reads a shape as {@link readShape} does, in which one length may be -1, to be inferred.
 *
 * @returns a fresh array of the lengths, at most one of them -1
 * @throws as {@link readShape}; RangeError `ERR_SHAPE` also for a second -1
 */
export function readShapeToInfer(subject: string, value: unknown): number[] {
  const shape = readLengths(subject, value, -1);
  if (shape.indexOf(-1) !== shape.lastIndexOf(-1)) {
    throw rangeError('ERR_SHAPE', `${subject}: shape ${shownShape(shape)} given, expected at most one -1`);
  }
  return shape;
}

/**
 * Reads a shape as {@link readShape} does, without lengths of 0: CPython's `cast` refuses them.
 *
 * @throws as {@link readShape}; RangeError `ERR_SHAPE` also for a length of 0
 */
export function readPositiveShape(subject: string, value: unknown): number[] {
  return readLengths(subject, value, 1);
}

function readLengths(subject: string, value: unknown, least: number): number[] {
  const isLone = typeof value === 'number' || typeof value === 'bigint';
  const given = isLone ? [value] : readList(`${subject}: shape`, value, MAX_NDIM);
  const shape = new Array<number>(given.length);
  let product = 1;
  for (let i = 0; i < given.length; i++) {
    const length = readInteger(`${subject}: shape`, given[i], { min: least, code: 'ERR_SHAPE' });
    shape[i] = length;
    if (length > 0) product *= length;
  }
  checkSize(subject, shape, product, 1);
  return shape;
}

/**
 * Checks that a shape's bytes can be counted, as numpy's "array is too big".
 *
 * @param product - the product of the shape's lengths other than 0
 * @param itemsize - bytes of an element
 * @throws RangeError `ERR_SHAPE` beyond 2^53
 */
export function checkSize(
  subject: string,
  shape: readonly number[],
  product: number,
  itemsize: number,
): void {
  if (product * itemsize <= Number.MAX_SAFE_INTEGER) return;
  throw rangeError(
    'ERR_SHAPE',
    `${subject}: shape ${shownShape(shape)} given, expected less than 2^53 bytes in all`,
  );
}

/** Multiplies the lengths that are not 0, for {@link checkSize}. */
export function productOf(shape: readonly number[]): number {
  let product = 1;
  for (let i = 0; i < shape.length; i++) if (shape[i] !== 0) product *= shape[i]!;
  return product;
}

/**
 * Reads strides: one integer for each dimension, in bytes.
 *
 * @param subject - the call, for the message
 * @param value - the caller's argument
 * @param ndim - the number of dimensions that the shape has
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not an array of integers; RangeError `ERR_SHAPE` for another count than
 *   `ndim`, `ERR_OUT_OF_BOUNDS` for a stride beyond 2^53
 */
export function readStrides(subject: string, value: unknown, ndim: number): number[] {
  const given = readList(`${subject}: strides`, value, MAX_NDIM);
  if (given.length !== ndim) {
    throw rangeError(
      'ERR_SHAPE',
      `${subject}: ${given.length} strides given, expected ${ndim}, one for each dimension`,
    );
  }
  return given.map((stride) => readInteger(`${subject}: strides`, stride, { code: 'ERR_OUT_OF_BOUNDS' }));
}

/**
 * Reads an axis; a negative one counts from the last.
 *
 * @param ndim - the number of dimensions
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not an integer; RangeError `ERR_OUT_OF_BOUNDS` outside of `-ndim` to `ndim - 1`
 */
export function readAxis(subject: string, value: unknown, ndim: number): number {
  if (typeof value === 'number' ? !Number.isInteger(value) : typeof value !== 'bigint') {
    throw typeError('ERR_INVALID_ARG', `${subject}: axis ${shown(value)} given, expected an integer`);
  }
  const axis = Number(value);
  if (axis >= ndim || axis < -ndim) {
    const expected =
      ndim === 0 ? 'expected none, a 0-d view has no axis' : `expected ${-ndim} to ${ndim - 1}`;
    throw rangeError('ERR_OUT_OF_BOUNDS', `${subject}: axis ${shown(value)} given, ${expected}`);
  }
  return axis < 0 ? axis + ndim : axis + 0;
}

/** The elements with `count` indices along an axis, from `first` on. */
export function narrowed(
  { offset, shape, strides }: Layout,
  axis: number,
  first: number,
  count: number,
): Layout {
  return { offset: offset + first * strides[axis]!, shape: shape.with(axis, count), strides };
}

/** Writes a shape for a message as Python does: `(2, 3)`, `(4,)`, `()`. */
export function shownShape(shape: readonly number[]): string {
  if (shape.length === 1) return `(${shape[0]},)`;
  return `(${shape.join(', ')})`;
}
