/** The engine's own objects over a view's memory: typed array, Buffer, DataView. They share it, but do not manage its lifetime. */
import { readBoolean, readOptions } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { Format } from '../format/format.js';
import { constructorOf, type TypedArrayConstructor, typedArrayOf } from '../format/typed-array.js';
import { lend } from '../memory/lending.js';
import { exposedBuffer } from '../memory/native-memory.js';
import { goneError, isDetached, type Region } from '../span/region.js';
import { itemCount, nbytesOf, type Span, startOf } from '../span/span.js';

interface ArraysByCode {
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
export type TypedArrayOf<F extends string> = F extends keyof ArraysByCode
  ? ArraysByCode[F]
  : F extends `@${infer C extends keyof ArraysByCode}`
    ? ArraysByCode[C]
    : NodeJS.TypedArray;

/** Reads options of the `as…` methods. @throws TypeError `ERR_INVALID_ARG` */
export function readAsOptions(
  subject: string,
  options: unknown,
  names: readonly ('allowWrites' | 'pin' | 'type')[],
): { allowed: boolean; pin: boolean; type: unknown } {
  const { allowWrites = false, pin = false, type } = readOptions(subject, options, names);
  return {
    allowed: readBoolean(`${subject}: allowWrites`, allowWrites),
    pin: readBoolean(`${subject}: pin`, pin),
    type,
  };
}

/** Reads which typed array is asked for; null where that is left to the format. @throws TypeError `ERR_INVALID_ARG` */
export function readArrayType(type: unknown): TypedArrayConstructor | null {
  if (type === undefined) return null;
  const found = constructorOf(type);
  if (found !== null) return found;
  const expected = "expected one of the engine's constructors of TypedArrays";
  throw typeError('ERR_INVALID_ARG', `asTypedArray: type is ${shown(type)}, ${expected}`);
}

function arrayTypeOf(
  { text, itemsize }: Format,
  asked: TypedArrayConstructor | null,
  own: TypedArrayConstructor | null,
): TypedArrayConstructor {
  if (asked === null) {
    if (own !== null) return own;
    throw typeError(
      'ERR_UNSUPPORTED',
      `asTypedArray: no typed array holds format ${shown(text)}, expected one of "bBhHiIlLqQnNPfd" in the machine's byte order; ` +
        `pass { type } for another array of itemsize ${itemsize}`,
    );
  }
  if (asked.BYTES_PER_ELEMENT === itemsize) return asked;
  throw typeError(
    'ERR_UNSUPPORTED',
    `asTypedArray: ${asked.name} has elements of ${asked.BYTES_PER_ELEMENT} bytes, expected ${itemsize} as format ${shown(text)}; viewAs() changes the format`,
  );
}

/** A flat typed array over a C-contiguous span. @throws TypeError `ERR_UNSUPPORTED`, `ERR_NOT_CONTIGUOUS`; RangeError `ERR_OUT_OF_MEMORY` */
export function typedArrayOver(
  span: Span,
  pin: boolean,
  asked: TypedArrayConstructor | null,
): ArrayBufferView {
  const { format, layout, region } = span;
  const type = arrayTypeOf(format, asked, typedArrayOf(format)?.constructor ?? null);
  const length = itemCount(span);
  // Where nothing is reached, nothing can be misaligned.
  const start = length === 0 ? 0 : layout.offset - region.origin;
  if (start % type.BYTES_PER_ELEMENT !== 0) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      `asTypedArray: the first element is at byte ${start} of its buffer, expected a multiple of ${type.BYTES_PER_ELEMENT}; copy() it`,
    );
  }
  return objectOver('asTypedArray', region, pin, (buffer) => new type(buffer, start, length));
}

/** A Buffer over a C-contiguous span. */
export function bufferOver(span: Span, pin: boolean): Buffer {
  return objectOver('asBuffer', span.region, pin, (buffer) =>
    Buffer.from(buffer, startOf(span) - span.region.origin, nbytesOf(span)),
  );
}

/** A DataView over a C-contiguous span. */
export function dataViewOver(span: Span, pin: boolean): DataView {
  return objectOver(
    'asDataView',
    span.region,
    pin,
    (buffer) => new DataView(buffer, startOf(span) - span.region.origin, nbytesOf(span)),
  );
}

/** The buffer of a region, for an array that code outside of the library gets. */
function outsideBuffer({ memory, buffer }: Region): ArrayBuffer | SharedArrayBuffer {
  return memory === null ? buffer : exposedBuffer(memory);
}

/** Makes an object over a region's buffer. With `pin`, native memory is pinned until the object has been collected; other memory lives as long. */
function objectOver<T extends ArrayBufferView>(
  subject: string,
  region: Region,
  pin: boolean,
  make: (buffer: ArrayBuffer | SharedArrayBuffer) => T,
): T {
  const buffer = outsideBuffer(region);
  try {
    const object = make(buffer);
    return pin && region.memory !== null ? lend(region.memory, object) : object;
  } catch (error) {
    // Other code may have transferred the ArrayBuffer of arena memory, which outlives it.
    if (isDetached(buffer)) throw goneError(subject, region);
    if (!(error instanceof RangeError)) throw error;
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `${subject}: this runtime has no such object of that length (${error.message})`,
    );
  }
}
