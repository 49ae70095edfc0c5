/** Makes views over any exporter's memory. */
import type { FormatText } from '../format/element.js';
import type { NativeMemory } from '../memory/native-memory.js';
import { spanOf } from '../span/offer.js';
import type { Exporter, WasmMemory } from './exporter.js';
import { beforeFirstView, createView, type MemoryView } from './memory-view.js';
import type { PyBuffer } from './py-buffer.js';
import { laidOver } from './retype.js';
import { warmUp } from './warm-up.js';

/** A layout over an exporter's memory, as `numpy.ndarray(shape, dtype, buffer, offset, strides)` takes it. */
export interface LayoutOptions<F extends string = string> {
  /** The format of an element; the exporter's own where left out. */
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

beforeFirstView(() => warmUp(memoryview));
