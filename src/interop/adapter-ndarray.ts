/** ndarrays of scijs and of @stdlib: strided arrays over typed arrays, with strides and offset in elements. */
import { readFunction } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { typedArrayOf } from '../format/typed-array.js';
import { reach } from '../layout/layout.js';
import { spanOf } from '../span/offer.js';
import { type FormatOf, memoryview } from '../view/factory.js';
import { type AsOptions, createView, type MemoryView } from '../view/memory-view.js';
import { elementsOf, integersOf, otherShape, propertiesOf } from './adapter-parts.js';

/** The shape of a scijs ndarray; one of the package `@stdlib/ndarray` has `strides`. */
export interface NdarrayLike<D = unknown> {
  /** The elements; only those that `shape`, `stride` and `offset` reach are the array's. */
  readonly data: D;
  /** In elements. */
  readonly shape: ArrayLike<number>;
}

const NUMPY_NAMES: ReadonlyMap<unknown, string> = new Map([
  ['uint8c', 'uint8'],
  ['uint8_clamped', 'uint8'],
  ['buffer', 'uint8'],
  ['binary', 'uint8'],
  ['bigint64', 'int64'],
  ['biguint64', 'uint64'],
]);

/**
 * Looks at the elements of an ndarray, with its shape and its strides.
 *
 * @param array - of the packages `ndarray` (scijs) or `@stdlib/ndarray`, over a typed array
 * @throws TypeError `ERR_INVALID_ARG` for another object, `ERR_UNSUPPORTED` for elements in a plain array; RangeError `ERR_OUT_OF_BOUNDS`
 * @example fromNdarray(ndarray(new Float32Array(6), [2, 3]).transpose(1, 0)).strides // [4, 12]
 */
export function fromNdarray<D>(array: NdarrayLike<D>): MemoryView<FormatOf<D>>;
export function fromNdarray(array: unknown): MemoryView {
  return ndarrayView('fromNdarray', array);
}

/** The elements of an object that has the shape of an ndarray. */
export function ndarrayView(subject: string, array: unknown): MemoryView {
  const parts = propertiesOf(subject, array, ['data', 'shape', 'stride', 'strides', 'offset', 'dtype']);
  const stride = parts?.stride ?? parts?.strides;
  if (parts === null || parts.data === undefined || parts.shape === undefined || stride === undefined) {
    throw otherShape(subject, array, 'an ndarray: data, shape, stride or strides, offset');
  }
  const shape = integersOf(`${subject}: shape`, parts.shape, 0);
  // @stdlib gives an array without dimensions one stride.
  const strides = integersOf(`${subject}: strides`, stride, Number.MIN_SAFE_INTEGER).slice(0, shape.length);
  const [offset] = integersOf(`${subject}: offset`, [parts.offset ?? 0], 0);
  const elements = elementsOf(subject, parts.data);
  if (elements === null) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: the elements are in ${shown(parts.data)}, expected a typed array; copy them into one`,
    );
  }
  const { exporter, itemsize } = elements;
  const isView = ArrayBuffer.isView(parts.data);
  const format = isView ? memoryview(exporter).format : (NUMPY_NAMES.get(parts.dtype) ?? String(parts.dtype));
  return memoryview(exporter, {
    format,
    shape,
    strides: strides.map((elementStride) => elementStride * itemsize),
    byteOffset: offset! * itemsize,
  });
}

/** The arguments of scijs' function: `ndarray(data, shape, stride, offset)`. */
export interface NdarrayParts<D = NodeJS.TypedArray> {
  /** Over the memory that the view reaches. */
  readonly data: D;
  /** In elements. */
  readonly shape: number[];
  /** In elements. */
  readonly stride: number[];
  /** In elements, of the first element. */
  readonly offset: number;
}

/**
 * The function `ndarray` of scijs, or another one that takes the same.
 *
 * @param data - the elements
 * @param shape - in elements
 * @param stride - in elements
 * @param offset - of the first element, in elements
 */
export type MakeNdarray<R> = (data: never, shape: number[], stride: number[], offset: number) => R;

/**
 * Makes the parts of a scijs ndarray over the same memory, strides kept.
 *
 * @param view - elements that a typed array has, at multiples of their size
 * @throws TypeError `ERR_UNSUPPORTED` where no typed array has the format, `ERR_NOT_CONTIGUOUS` for strides that are no multiples of the
 *   itemsize, `ERR_READONLY` for a read-only view without `allowWrites`; BufferError `ERR_RELEASED`
 */
export function toNdarray<F extends string>(view: MemoryView<F>): NdarrayParts;
/**
 * Makes a scijs ndarray over the same memory, strides kept.
 *
 * @param view - elements that a typed array has, at multiples of their size
 * @param ndarray - the function of the package `ndarray`
 * @param options - `allowWrites`, `pin`: as for `asTypedArray`
 * @example toNdarray(zeros([2, 3]).T, ndarray).set(2, 1, 5)
 */
export function toNdarray<R>(view: MemoryView, ndarray: MakeNdarray<R>, options?: AsOptions): R;
export function toNdarray(view: MemoryView, ndarray?: MakeNdarray<unknown>, options?: AsOptions): unknown {
  const subject = 'toNdarray';
  const make = ndarray === undefined ? null : readFunction(`${subject}: ndarray`, ndarray);
  const span = spanOf(subject, view);
  const { format, layout, region, readonly, indirect } = span;
  const kind = typedArrayOf(format);
  if (kind === null) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: no typed array holds format ${shown(format.text)}, expected a native number`,
    );
  }
  const { shape } = layout;
  const strides = layout.strides.map((stride, axis) => (shape[axis] === 1 ? format.itemsize : stride));
  if (indirect !== null || strides.some((stride) => stride % kind.bytes !== 0)) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      `${subject}: strides ${shown(strides)} given, expected multiples of ${kind.bytes}, the itemsize; copy() it`,
    );
  }
  const { low, high } = reach(layout, format.itemsize);
  const flat = { offset: low, shape: [(high - low) / kind.bytes], strides: [kind.bytes] };
  const data = createView({ region, format, layout: flat, readonly, indirect: null }).asTypedArray(options);
  const stride = strides.map((bytes) => bytes / kind.bytes);
  const offset = (layout.offset - low) / kind.bytes;
  if (make === null) return { data, shape: [...shape], stride, offset };
  return Reflect.apply(make, undefined, [data, [...shape], stride, offset]);
}
