/**
 * Which TypedArray holds exactly the values of a format in this machine's byte order, and which format a TypedArray has.
 * `Float16Array` is looked up, since not every runtime has it.
 */
import { types } from 'node:util';
import { type Format, hostIsLittleEndian, type Scalar, type ScalarCode } from './format.js';

/** Any TypedArray, `Float16Array` included where the runtime has it. */
export type AnyTypedArray = NodeJS.TypedArray;

/** Makes a TypedArray over an ArrayBuffer. */
export interface TypedArrayConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): AnyTypedArray;
}

/** A kind of TypedArray. */
export interface TypedArrayKind {
  readonly constructor: TypedArrayConstructor;
  readonly name: string;
  /** Bytes per element. */
  readonly bytes: number;
  /** log2 of the bytes per element: `at >> shift` makes an index of a byte offset. */
  readonly shift: number;
  /** The native code of its elements. */
  readonly code: ScalarCode;
}

function kindOf(maker: TypedArrayConstructor, code: ScalarCode): TypedArrayKind {
  const bytes = maker.BYTES_PER_ELEMENT;
  return Object.freeze({ constructor: maker, name: maker.name, bytes, shift: Math.log2(bytes), code });
}

function float16Kind(): TypedArrayKind | null {
  const found: unknown = Reflect.get(globalThis, 'Float16Array');
  return typeof found === 'function' ? kindOf(found as TypedArrayConstructor, 'e') : null;
}

const INT8 = kindOf(Int8Array, 'b');
const UINT8 = kindOf(Uint8Array, 'B');
const INT16 = kindOf(Int16Array, 'h');
const UINT16 = kindOf(Uint16Array, 'H');
const INT32 = kindOf(Int32Array, 'i');
const UINT32 = kindOf(Uint32Array, 'I');
const INT64 = kindOf(BigInt64Array, 'q');
const UINT64 = kindOf(BigUint64Array, 'Q');
const FLOAT16 = float16Kind();
const FLOAT32 = kindOf(Float32Array, 'f');
const FLOAT64 = kindOf(Float64Array, 'd');

const CONSTRUCTORS: readonly TypedArrayConstructor[] = [
  ...[INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64, FLOAT32, FLOAT64].map(
    (kind) => kind.constructor,
  ),
  Uint8ClampedArray,
  ...(FLOAT16 === null ? [] : [FLOAT16.constructor]),
];

/** One of the engine's constructors of TypedArrays; null for anything else, also for a class that inherits from one. */
export function constructorOf(value: unknown): TypedArrayConstructor | null {
  return CONSTRUCTORS.find((known) => known === value) ?? null;
}

/**
 * The TypedArray whose elements are exactly this format's items.
 *
 * @returns null where there is none: no lone number, a foreign byte order, or a runtime without it
 */
export function typedArrayOf(format: Format): TypedArrayKind | null {
  return format.code === null || format.item.kind !== 'scalar' ? null : typedArrayOfScalar(format.item);
}

/** The TypedArray whose elements are exactly such scalars in this machine's byte order; null where there is none. */
function typedArrayOfScalar(scalar: Scalar): TypedArrayKind | null {
  if (scalar.size > 1 && scalar.littleEndian !== hostIsLittleEndian) return null;
  switch (scalar.code) {
    case 'b':
      return INT8;
    case 'B':
      return UINT8;
    case 'h':
      return INT16;
    case 'H':
      return UINT16;
    case 'i':
    case 'l':
    case 'q':
    case 'n':
      return scalar.size === 8 ? INT64 : INT32;
    case 'I':
    case 'L':
    case 'Q':
    case 'N':
    case 'P':
      return scalar.size === 8 ? UINT64 : UINT32;
    case 'e':
      return FLOAT16;
    case 'f':
      return FLOAT32;
    case 'd':
      return FLOAT64;
    default:
      return null;
  }
}

/**
 * The format of a TypedArray's elements: `Float64Array` is `'d'`, `BigInt64Array` `'q'`; `Buffer` and
 * `Uint8ClampedArray` are `'B'`. Reads the array's internal kind, so a subclass or a changed prototype does not matter.
 */
export function formatOfTypedArray(array: AnyTypedArray): string {
  if (types.isFloat64Array(array)) return 'd';
  if (types.isFloat32Array(array)) return 'f';
  if (types.isInt8Array(array)) return 'b';
  if (types.isInt16Array(array)) return 'h';
  if (types.isUint16Array(array)) return 'H';
  if (types.isInt32Array(array)) return 'i';
  if (types.isUint32Array(array)) return 'I';
  if (types.isBigInt64Array(array)) return 'q';
  if (types.isBigUint64Array(array)) return 'Q';
  return types.isUint8Array(array) || types.isUint8ClampedArray(array) ? 'B' : 'e';
}
