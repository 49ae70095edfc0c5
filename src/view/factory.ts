/** Makes views: over any exporter, over new native memory, and as methods of the owners on the floor below. */
import { readBoolean, readInteger, readOptions } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { Format } from '../format/format.js';
import {
  checkReach,
  checkSize,
  cStrides,
  elementCount,
  isCContiguous,
  isFContiguous,
  type Layout,
  productOf,
  reach,
  readShape,
  readStrides,
} from '../layout/layout.js';
import { type AllocateOptions, allocate } from '../memory/allocate.js';
import { NativeMemory } from '../memory/native-memory.js';
import { type Exporter, spanOf } from './exporter.js';
import { indirectSpan } from './indirect.js';
import { createView, MemoryView, spanOfView } from './memory-view.js';
import { nestedShape, storeNested } from './nested.js';
import { Region } from './region.js';
import { viewFormat } from './retype.js';
import { checkLive, denseSpan, type Span } from './span.js';

/** A layout over an exporter's memory, as `numpy.ndarray(shape, dtype, buffer, offset, strides)` takes it. */
export interface LayoutOptions<F extends string = string> {
  /** What an element is; the exporter's own format where left out. */
  readonly format?: F;
  /** In elements; 1-D to the end of the memory where left out. */
  readonly shape?: number | readonly number[];
  /** In bytes, of the shape's length; C order where left out. */
  readonly strides?: readonly number[];
  /** Bytes from the exporter's first byte (of a MemoryView: its first element) to the first element. */
  readonly byteOffset?: number;
  /** True refuses writes through the view; false over read-only memory is an error. */
  readonly readonly?: boolean;
}

const LAYOUT_OPTIONS = ['format', 'shape', 'strides', 'byteOffset', 'readonly'] as const;

/** The format that a view of an exporter has by itself. */
export type FormatOf<E> =
  E extends MemoryView<infer F>
    ? F
    : E extends Float64Array
      ? 'd'
      : E extends Float32Array
        ? 'f'
        : E extends BigInt64Array
          ? 'q'
          : E extends BigUint64Array
            ? 'Q'
            : E extends Int32Array
              ? 'i'
              : E extends Uint32Array
                ? 'I'
                : E extends Int16Array
                  ? 'h'
                  : E extends Uint16Array
                    ? 'H'
                    : E extends Int8Array
                      ? 'b'
                      : E extends
                            | Uint8Array
                            | Uint8ClampedArray
                            | DataView
                            | ArrayBuffer
                            | SharedArrayBuffer
                            | NativeMemory
                        ? 'B'
                        : string;

/**
 * Looks at the memory of any exporter.
 *
 * @param exporter - Buffer, TypedArray, DataView, ArrayBuffer, SharedArrayBuffer, WebAssembly.Memory, NativeMemory, MemoryView,
 *   PyBuffer, or an object with a method `Symbol.for('memoryview.buffer')`
 * @param layout - another format, shape, strides (bytes), byteOffset (bytes) or readonly; over a MemoryView, which must then be
 *   contiguous, offset and bounds are those of the view
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_FORMAT`, `ERR_READONLY`, `ERR_NOT_CONTIGUOUS`; RangeError `ERR_OUT_OF_BOUNDS` where an
 *   element would lie outside of the memory, `ERR_SHAPE`; BufferError `ERR_RELEASED`
 * @example memoryview(buffer, { format: '<H', shape: [480, 640, 3], byteOffset: 54 })
 */
export function memoryview<const E extends Exporter>(exporter: E): MemoryView<FormatOf<E>>;
export function memoryview<const E extends Exporter, F extends string = FormatOf<E>>(
  exporter: E,
  layout: LayoutOptions<F> | undefined,
): MemoryView<F>;
export function memoryview(exporter: unknown, layout?: LayoutOptions): MemoryView {
  const span = spanOf('memoryview', exporter);
  return createView(layout === undefined ? span : laidOver('memoryview', span, layout));
}

/** A layout of the caller's over the contiguous memory of a span. */
function laidOver(subject: string, base: Span, options: unknown): Span {
  const given = readOptions(subject, options, LAYOUT_OPTIONS);
  const format = given.format === undefined ? base.format : viewFormat(subject, given.format);
  const offset =
    given.byteOffset === undefined
      ? 0
      : readInteger(`${subject}: byteOffset`, given.byteOffset, {
          min: 0,
          max: Number.MAX_SAFE_INTEGER,
          code: 'ERR_OUT_OF_BOUNDS',
        });
  const shape = given.shape === undefined ? null : readShape(subject, given.shape);
  const strides =
    given.strides === undefined
      ? null
      : readStrides(subject, given.strides, shape === null ? -1 : shape.length);
  const readonly =
    given.readonly === undefined ? base.readonly : readBoolean(`${subject}: readonly`, given.readonly);
  if (!readonly && base.readonly) {
    throw typeError('ERR_READONLY', `${subject}: readonly is false, but the memory is read-only`);
  }
  checkLive(subject, base);
  const { low, high } = contiguousBytes(subject, base);
  if (offset > high - low) {
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `${subject}: byteOffset ${offset} given, expected 0 to ${high - low}`,
    );
  }
  const lengths = shape ?? [wholeLength(subject, high - low - offset, format)];
  checkSize(subject, lengths, productOf(lengths), format.itemsize);
  const layout: Layout = {
    offset: low + offset,
    shape: lengths,
    strides: strides ?? cStrides(lengths, format.itemsize),
  };
  checkReach(subject, layout, format.itemsize, low, high);
  return { region: base.region, format, layout, readonly, indirect: null };
}

/** The bytes of a contiguous span: what a new layout may reach. */
function contiguousBytes(subject: string, { layout, format, indirect }: Span): { low: number; high: number } {
  if (
    indirect !== null ||
    !(isCContiguous(layout, format.itemsize) || isFContiguous(layout, format.itemsize))
  ) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      `${subject}: the view is not contiguous, expected one that is; copy() it, or use asStrided`,
    );
  }
  return reach(layout, format.itemsize);
}

function wholeLength(subject: string, nbytes: number, format: Format): number {
  if (nbytes % format.itemsize !== 0) {
    throw rangeError(
      'ERR_SHAPE',
      `${subject}: ${nbytes} bytes to the end, expected a multiple of ${format.itemsize}, the itemsize of ${shown(format.text)}; pass a shape`,
    );
  }
  return nbytes / format.itemsize;
}

/** Options of `zeros`, `empty` and `array`. */
export type NewOptions = Omit<AllocateOptions, 'zero'>;

const NEW_OPTIONS = ['alignment', 'label'] as const;

function fresh(
  subject: string,
  shape: readonly number[],
  format: Format,
  options: unknown,
  zero: boolean,
): Span {
  checkSize(subject, shape, productOf(shape), format.itemsize);
  const read = readOptions(subject, options, NEW_OPTIONS);
  const nbytes = elementCount(shape) * format.itemsize;
  const memory = allocate(nbytes, { ...(read as NewOptions), zero });
  return denseSpan(new Region(memory, memory.buffer, 0, nbytes, { memory }), format, shape, 0);
}

/**
 * Allocates native memory full of zero bytes and looks at it.
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
): MemoryView<F> {
  const type = viewFormat('zeros', format ?? 'd');
  return createView<F>(fresh('zeros', readShape('zeros', shape), type, options, true));
}

/** {@link zeros} without the zeros: the memory holds whatever it held before, of this process. */
export function empty<F extends string = 'd'>(
  shape: number | readonly number[],
  format?: F,
  options?: NewOptions,
): MemoryView<F> {
  const type = viewFormat('empty', format ?? 'd');
  return createView<F>(fresh('empty', readShape('empty', shape), type, options, false));
}

/**
 * Copies values into new native memory.
 *
 * @param values - nested arrays, all of one length at each depth, or a TypedArray; a lone value makes a 0-d view
 * @param format - of an element; a TypedArray's own, else `'d'`
 * @param options - as for `allocate`
 * @throws RangeError `ERR_SHAPE` for ragged arrays, `ERR_OUT_OF_RANGE` for a value that does not fit; TypeError `ERR_INVALID_ARG`
 * @example array([[1, 2, 3], [4, 5, 6]], 'i')
 */
export function array<E extends NodeJS.TypedArray>(values: E): MemoryView<FormatOf<E>>;
export function array<F extends string = 'd'>(
  values: unknown,
  format?: F,
  options?: NewOptions,
): MemoryView<F>;
export function array(values: unknown, format?: string, options?: NewOptions): MemoryView {
  if (ArrayBuffer.isView(values)) return arrayOfView(values, format, options);
  const type = viewFormat('array', format ?? 'd');
  const nested = nestedShape(values, type);
  const span = fresh('array', nested.shape, type, options, true);
  storeNested(span, nested.values);
  return createView(span);
}

function arrayOfView(values: ArrayBufferView, format: string | undefined, options: unknown): MemoryView {
  const source = createView(spanOf('array', values));
  const type = viewFormat('array', format ?? source.format);
  const view = createView(fresh('array', source.shape, type, options, false));
  view.copyFrom(source, { convert: true });
  return view;
}

/** @internal The layout of a view over a single block, for sharing it. */
export function directSpanOf(subject: string, view: MemoryView): Span {
  const span = spanOfView(subject, view);
  if (span.indirect === null) return span;
  throw typeError(
    'ERR_NOT_CONTIGUOUS',
    `${subject}: the view is indirect (suboffsets), expected one block of memory; copy() it`,
  );
}

declare module './memory-view.js' {
  namespace MemoryView {
    /**
     * Looks at rows that lie apart as at one view with a pointer dimension (PEP 3118 suboffsets, as PIL has them).
     *
     * @param rows - exporters of one format, shape and strides, one a row
     * @param layout - laid over each row first
     * @throws RangeError `ERR_SHAPE`; TypeError `ERR_INVALID_ARG`; BufferError `ERR_RELEASED`
     */
    function indirect<F extends string = string>(
      rows: readonly unknown[],
      layout?: LayoutOptions<F>,
    ): MemoryView<F>;
  }
}

declare module '../memory/native-memory.js' {
  interface NativeMemory {
    /**
     * Looks at the memory.
     *
     * @param format - of an element, `'B'` by default
     * @param shape - in elements; 1-D over the whole memory where left out
     * @throws as `memoryview`
     */
    view<F extends string = 'B'>(format?: F, shape?: number | readonly number[]): MemoryView<F>;
  }
}

function define(target: object, name: string, value: (...args: never[]) => unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

define(MemoryView, 'indirect', (rows: unknown, layout?: LayoutOptions): MemoryView => {
  const rowOf = (row: unknown): Span => {
    const span = spanOf('indirect', row);
    return layout === undefined ? span : laidOver('indirect', span, layout);
  };
  return createView(indirectSpan(rows, rowOf));
});

define(
  NativeMemory.prototype,
  'view',
  function view(this: NativeMemory, format?: string, shape?: number | readonly number[]): MemoryView {
    const span = spanOf('view', this);
    if (format === undefined && shape === undefined) return createView(span);
    return createView(laidOver('view', span, { format, shape }));
  },
);
