/** Views of new native memory: zeros, empty and array, from the heap or from an arena. */
import { bare, readOptions } from '../arguments.js';
import { nestedShape, storeNested } from '../bulk/from-array.js';
import type { FormatText } from '../format/element.js';
import type { Format } from '../format/format.js';
import { encodeParts } from '../format/partial-record.js';
import { valueBytesOf } from '../format/value-bytes.js';
import { checkSize, elementCount, productOf, readShape } from '../layout/layout.js';
import { type AllocateOptions, allocate } from '../memory/allocate.js';
import { type Arena, partIn } from '../memory/arena.js';
import { spanOf } from '../span/offer.js';
import { memoryRegion, partRegion, type Region } from '../span/region.js';
import { denseSpan, type Span } from '../span/span.js';
import type { FormatOf } from './factory.js';
import { createView, type MemoryView } from './memory-view.js';
import { viewFormat } from './retype.js';

/** Options of `zeros`, `empty` and `array`. */
export type NewOptions = Omit<AllocateOptions, 'zero'>;

/** The names of the options. */
export const NEW_OPTIONS = ['alignment', 'label'] as const;

/** Where new memory comes from: an arena, or for null the heap. */
export type Origin = Arena | null;

function regionIn(from: Origin, nbytes: number, zero: boolean, options: unknown, subject: string): Region {
  if (options === undefined && from !== null) {
    // Memory of an arena is always zeroed.
    const part = partIn(from, nbytes);
    return part !== null ? partRegion(part) : memoryRegion(from.allocate(nbytes));
  }
  const read = bare({ ...(readOptions(subject, options, NEW_OPTIONS) as NewOptions), zero });
  return memoryRegion(from === null ? allocate(nbytes, read) : from.allocate(nbytes, read));
}

/** A dense span over new memory; with `zero` false it is not cleared. */
export function fresh(
  subject: string,
  from: Origin,
  shape: readonly number[],
  format: Format,
  options: unknown,
  zero: boolean,
): Span {
  checkSize(subject, shape, productOf(shape), format.itemsize);
  const nbytes = elementCount(shape) * format.itemsize;
  const region = regionIn(from, nbytes, zero, options, subject);
  return denseSpan(region, format, shape, region.start);
}

/** A view of new memory; with `zero` false it is not cleared. */
export function blankFrom<F extends string>(
  subject: string,
  from: Origin,
  shape: unknown,
  format: unknown,
  options: unknown,
  zero: boolean,
): MemoryView<F> {
  const type = viewFormat(subject, format === undefined ? 'd' : format);
  return createView<F>(fresh(subject, from, readShape(subject, shape), type, options, zero));
}

/** A view of new memory with values copied into it. */
export function arrayFrom(
  subject: string,
  from: Origin,
  values: unknown,
  format: unknown,
  options: unknown,
): MemoryView {
  if (ArrayBuffer.isView(values)) {
    const source = createView(spanOf(subject, values));
    const type = viewFormat(subject, format === undefined ? source.format : format);
    // Bytes of an item that no value fills (padding, parts of a long double) must not show earlier content of the memory.
    const filled = valueBytesOf(type) !== null;
    const view = createView(fresh(subject, from, source.shape, type, options, !filled));
    view.copyFrom(source, { convert: true });
    return view;
  }
  const type = viewFormat(subject, format === undefined ? 'd' : format);
  const nested = nestedShape(values, type);
  const span = fresh(subject, from, nested.shape, type, options, true);
  storeNested(span, nested.values);
  return createView(span);
}

/** A 0-dimensional view of one new item; the fields that the value leaves out are zero. */
export function structFrom(
  subject: string,
  from: Origin,
  format: unknown,
  value: unknown,
  options: unknown,
): MemoryView {
  const type = viewFormat(subject, format);
  // Encoded before the allocation, whose zeros padding and omitted fields keep.
  const parts = value === undefined ? [] : encodeParts(type, value);
  const span = fresh(subject, from, [], type, options, true);
  const { data } = span.region;
  const start = span.layout.offset;
  for (const { codec, offset, encoded } of parts) codec.store(data, start + offset, encoded);
  return createView(span);
}

/**
 * Allocates native memory full of zero bytes and makes a view of it.
 *
 * @param shape - in elements; a lone integer is a shape of one
 * @param format - of an element
 * @param options - as for `allocate`: `alignment` (bytes), `label`
 * @throws RangeError `ERR_SHAPE`, `ERR_OUT_OF_MEMORY`; TypeError `ERR_FORMAT`, `ERR_INVALID_ARG`
 * @example zeros([1000, 1000], 'f')
 */
export function zeros<F extends string = 'd'>(
  shape: number | readonly number[],
  format?: F,
  options?: NewOptions,
): MemoryView<FormatText<F>> {
  return blankFrom<FormatText<F>>('zeros', null, shape, format, options, true);
}

/**
 * Allocates native memory and makes a view of it, as {@link zeros} does, but does not clear it: it may hold earlier bytes of this process.
 *
 * @param shape - in elements; a lone integer is a shape of one
 * @param format - of an element
 * @param options - as for `allocate`: `alignment` (bytes), `label`
 * @throws RangeError `ERR_SHAPE`, `ERR_OUT_OF_MEMORY`; TypeError `ERR_FORMAT`, `ERR_INVALID_ARG`
 * @example empty([1000, 1000], 'f').copyFrom(source)
 */
export function empty<F extends string = 'd'>(
  shape: number | readonly number[],
  format?: F,
  options?: NewOptions,
): MemoryView<FormatText<F>> {
  return blankFrom<FormatText<F>>('empty', null, shape, format, options, false);
}

/**
 * Copies a TypedArray into new native memory, in its own format.
 *
 * @param values - the elements
 * @throws RangeError `ERR_OUT_OF_MEMORY`; BufferError `ERR_RELEASED`
 */
export function array<E extends NodeJS.TypedArray>(values: E): MemoryView<FormatOf<E>>;
/**
 * Copies values into new native memory, as `numpy.array` does.
 *
 * @param values - nested arrays, all of one length at each depth, or a TypedArray; a lone value makes a 0-d view
 * @param format - of an element; a TypedArray's own, else `'d'`
 * @param options - as for `allocate`
 * @throws RangeError `ERR_SHAPE` for ragged arrays, `ERR_OUT_OF_RANGE` for a value that does not fit; TypeError `ERR_INVALID_ARG`
 * @example array([[1, 2, 3], [4, 5, 6]], 'i')
 */
export function array<F extends string = 'd'>(
  values: unknown,
  format?: F,
  options?: NewOptions,
): MemoryView<FormatText<F>>;
export function array(values: unknown, format?: string, options?: NewOptions): MemoryView {
  return arrayFrom('array', null, values, format, options);
}
