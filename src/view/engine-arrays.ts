/** The engine's own objects over a view's memory: typed array, Buffer, DataView. They share it, and do not look after it. */
import { rangeError, shown, typeError } from '../errors.js';
import { typedArrayOf } from '../format/typed-array.js';
import { exposedBuffer } from '../memory/native-memory.js';
import type { Region } from '../span/region.js';
import { itemCount, nbytesOf, type Span, startOf } from '../span/span.js';

interface Arrays {
  b: Int8Array;
  B: Uint8Array;
  h: Int16Array;
  H: Uint16Array;
  i: Int32Array;
  I: Uint32Array;
  l: BigInt64Array;
  L: BigUint64Array;
  q: BigInt64Array;
  Q: BigUint64Array;
  n: BigInt64Array;
  N: BigUint64Array;
  P: BigUint64Array;
  f: Float32Array;
  d: Float64Array;
}

/** The typed array of a literal native format; any for a computed one. */
export type TypedArrayOf<F extends string> = F extends keyof Arrays
  ? Arrays[F]
  : F extends `@${infer C extends keyof Arrays}`
    ? Arrays[C]
    : NodeJS.TypedArray;

/** A flat typed array over a C-contiguous span. @throws TypeError `ERR_UNSUPPORTED`, `ERR_NOT_CONTIGUOUS`; RangeError `ERR_OUT_OF_MEMORY` */
export function typedArrayOver(span: Span): ArrayBufferView {
  const { format, layout, region } = span;
  const kind = typedArrayOf(format);
  if (kind === null) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `asTypedArray: no typed array holds format ${shown(format.text)}, expected one of "bBhHiIlLqQnNPfd" in the machine's byte order`,
    );
  }
  const length = itemCount(span);
  // Where nothing is reached, nothing can be misaligned.
  const start = length === 0 ? 0 : layout.offset;
  if (start % kind.bytes !== 0) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      `asTypedArray: the first element is at byte ${start} of its buffer, expected a multiple of ${kind.bytes}; copy() it`,
    );
  }
  return made('asTypedArray', () => new kind.constructor(outsideBuffer(region), start, length));
}

/** A Buffer over a C-contiguous span. */
export function bufferOver(span: Span): Buffer {
  return made('asBuffer', () => Buffer.from(outsideBuffer(span.region), startOf(span), nbytesOf(span)));
}

/** A DataView over a C-contiguous span. */
export function dataViewOver(span: Span): DataView {
  return made('asDataView', () => new DataView(outsideBuffer(span.region), startOf(span), nbytesOf(span)));
}

/** The buffer of a region, for an array that code outside of the library gets. */
function outsideBuffer({ memory, buffer }: Region): ArrayBuffer | SharedArrayBuffer {
  return memory === null ? buffer : exposedBuffer(memory);
}

function made<T>(subject: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `${subject}: this runtime has no such object of that length (${error.message})`,
    );
  }
}
