/** Makes views over any exporter's memory. */
import { readBoolean, readInteger, readOptions } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { FormatText } from '../format/element.js';
import type { Format } from '../format/format.js';
import {
  checkReach,
  checkSize,
  cStrides,
  isCContiguous,
  isFContiguous,
  type Layout,
  productOf,
  reach,
  readShape,
  readStrides,
} from '../layout/layout.js';
import type { NativeMemory } from '../memory/native-memory.js';
import { spanOf } from '../span/offer.js';
import { checkLive, type Span } from '../span/span.js';
import type { Exporter, WasmMemory } from './exporter.js';
import { beforeFirstView, createView, type MemoryView } from './memory-view.js';
import type { PyBuffer } from './py-buffer.js';
import { viewFormat } from './retype.js';
import { warmUp } from './warm-up.js';

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

/** Formats of the engine's own exporters, by the tag that their types carry. */
interface FormatOfTag {
  Float64Array: 'd';
  Float32Array: 'f';
  Float16Array: 'e';
  BigInt64Array: 'q';
  BigUint64Array: 'Q';
  Int32Array: 'i';
  Uint32Array: 'I';
  Int16Array: 'h';
  Uint16Array: 'H';
  Int8Array: 'b';
  Uint8Array: 'B';
  Uint8ClampedArray: 'B';
}

/** The format that a view of an exporter has by itself. */
export type FormatOf<E> =
  E extends MemoryView<infer F>
    ? F
    : E extends { readonly [Symbol.toStringTag]: infer Tag extends keyof FormatOfTag }
      ? FormatOfTag[Tag]
      : E extends DataView | ArrayBuffer | SharedArrayBuffer | NativeMemory | PyBuffer | WasmMemory
        ? 'B'
        : string;

/**
 * Looks at the memory of any exporter, in the exporter's own layout: Python's `memoryview(exporter)`.
 *
 * @param exporter - any; see the form with a layout
 * @throws TypeError `ERR_INVALID_ARG` for a value that offers no memory; BufferError `ERR_RELEASED`
 */
export function memoryview<const E extends Exporter>(exporter: E): MemoryView<FormatOf<E>>;
/**
 * Looks at the memory of any exporter as `numpy.ndarray(shape, dtype, buffer, offset, strides)` does.
 *
 * @param exporter - Buffer, TypedArray, DataView, ArrayBuffer, SharedArrayBuffer, WebAssembly.Memory, NativeMemory, MemoryView,
 *   PyBuffer, or an object with a method `Symbol.for('memoryview.buffer')`
 * @param layout - another format, shape, strides (bytes), byteOffset (bytes) or readonly; over a MemoryView, which must then be
 *   contiguous, offset and bounds are those of the view
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_FORMAT`, `ERR_READONLY`, `ERR_NOT_CONTIGUOUS`; RangeError `ERR_OUT_OF_BOUNDS` where an
 *   element would lie outside of the memory, `ERR_SHAPE`; BufferError `ERR_RELEASED`
 * @example memoryview(buffer, { format: '<H', shape: [480, 640, 3], byteOffset: 54 })
 */
export function memoryview<const E extends Exporter, F extends string = FormatOf<E>>(
  exporter: E,
  layout: LayoutOptions<F> | undefined,
): MemoryView<FormatText<F>>;
export function memoryview(exporter: unknown, layout?: LayoutOptions): MemoryView {
  const span = spanOf('memoryview', exporter);
  return createView(layout === undefined ? span : laidOver('memoryview', span, layout));
}

/** A layout of the caller's over the contiguous memory of a span: format, shape, strides, byteOffset and readonly, checked. */
export function laidOver(subject: string, base: Span, options: unknown): Span {
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
  if (given.strides !== undefined && shape === null) {
    throw rangeError(
      'ERR_SHAPE',
      `${subject}: strides ${shown(given.strides)} given without a shape, expected both; pass the shape too`,
    );
  }
  const strides = given.strides === undefined ? null : readStrides(subject, given.strides, shape!.length);
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

/** The bytes of a contiguous span, which a new layout may reach. */
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

beforeFirstView(() => warmUp(memoryview));
