/**
 * One codec a scalar: how its bytes become a JavaScript value and back. `encode` may run the caller's code and throws
 * what is wrong with the value; `store` only moves bytes. Relies on the engine's DataView for byte order.
 */
import { types } from 'node:util';
import { readGuarded } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { Codec, Scalar } from './format.js';
import { halfToNumber, numberToHalf, overflowsHalf } from './half.js';
import { firstBytes, trueLength } from './own-bytes.js';

/** A complex number, as `Zf` and `Zd` hold it. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/**
 * The codec of a scalar.
 *
 * @throws TypeError `ERR_UNSUPPORTED` where the code can be carried only
 */
export function scalarCodecOf(scalar: Scalar): Codec {
  const { code, size, littleEndian: le, text } = scalar;
  switch (code) {
    case 'b':
      return {
        read: (data, at) => data.getInt8(at),
        encode: (value) => smallInteger(value, text, -0x80, 0x7f),
        store: (data, at, encoded) => data.setInt8(at, encoded as number),
      };
    case 'B':
      return {
        read: (data, at) => data.getUint8(at),
        encode: (value) => smallInteger(value, text, 0, 0xff),
        store: (data, at, encoded) => data.setUint8(at, encoded as number),
      };
    case 'h':
      return {
        read: (data, at) => data.getInt16(at, le),
        encode: (value) => smallInteger(value, text, -0x8000, 0x7fff),
        store: (data, at, encoded) => data.setInt16(at, encoded as number, le),
      };
    case 'H':
      return {
        read: (data, at) => data.getUint16(at, le),
        encode: (value) => smallInteger(value, text, 0, 0xffff),
        store: (data, at, encoded) => data.setUint16(at, encoded as number, le),
      };
    case 'i':
    case 'l':
      if (size === 8) return int64(text, le);
      return {
        read: (data, at) => data.getInt32(at, le),
        encode: (value) => smallInteger(value, text, -0x80000000, 0x7fffffff),
        store: (data, at, encoded) => data.setInt32(at, encoded as number, le),
      };
    case 'I':
    case 'L':
      if (size === 8) return uint64(text, le, 0n);
      return {
        read: (data, at) => data.getUint32(at, le),
        encode: (value) => smallInteger(value, text, 0, 0xffffffff),
        store: (data, at, encoded) => data.setUint32(at, encoded as number, le),
      };
    case 'q':
    case 'n':
      return int64(text, le);
    case 'Q':
    case 'N':
      return uint64(text, le, 0n);
    case 'P':
      // CPython takes a negative address too and keeps its 64 bits.
      return uint64(text, le, -(2n ** 63n));
    case 'e':
      return {
        read: (data, at) => halfToNumber(data.getUint16(at, le)),
        encode: (value) => {
          const number = float(value, text);
          if (!overflowsHalf(number)) return numberToHalf(number);
          throw rangeError(
            'ERR_OUT_OF_RANGE',
            `${shown(value)} does not fit format ${shown(text)} (-65504 to 65504)`,
          );
        },
        store: (data, at, encoded) => data.setUint16(at, encoded as number, le),
      };
    case 'f':
      return {
        read: (data, at) => data.getFloat32(at, le),
        encode: (value) => float(value, text),
        store: (data, at, encoded) => data.setFloat32(at, encoded as number, le),
      };
    case 'd':
      return {
        read: (data, at) => data.getFloat64(at, le),
        encode: (value) => float(value, text),
        store: (data, at, encoded) => data.setFloat64(at, encoded as number, le),
      };
    case 'Zf':
      return {
        read: (data, at): Complex => ({ re: data.getFloat32(at, le), im: data.getFloat32(at + 4, le) }),
        encode: (value) => complex(value, text),
        store: (data, at, encoded) => {
          const { re, im } = encoded as Complex;
          data.setFloat32(at, re, le);
          data.setFloat32(at + 4, im, le);
        },
      };
    case 'Zd':
      return {
        read: (data, at): Complex => ({ re: data.getFloat64(at, le), im: data.getFloat64(at + 8, le) }),
        encode: (value) => complex(value, text),
        store: (data, at, encoded) => {
          const { re, im } = encoded as Complex;
          data.setFloat64(at, re, le);
          data.setFloat64(at + 8, im, le);
        },
      };
    case '?':
      return {
        read: (data, at) => data.getUint8(at) !== 0,
        encode: (value) => (value ? 1 : 0),
        store: (data, at, encoded) => data.setUint8(at, encoded as number),
      };
    case 'c':
      return {
        read: (data, at) => String.fromCharCode(data.getUint8(at)),
        encode: (value) => character(value, text),
        store: (data, at, encoded) => data.setUint8(at, encoded as number),
      };
    case 's':
    case 'x':
      return {
        read: (data, at) => bytesAt(data, at, size),
        encode: (value) => paddedBytes(value, text, size),
        store: storeBytes,
      };
    case 'p':
      return {
        read: (data, at) =>
          size === 0 ? Buffer.alloc(0) : bytesAt(data, at + 1, Math.min(data.getUint8(at), size - 1)),
        encode: (value) => pascalBytes(value, text, size),
        store: storeBytes,
      };
    case 'u':
      return {
        read: (data, at) => ucs2At(data, at, size, le),
        encode: (value) => unitsOf(value, text, size / 2),
        store: (data, at, encoded) => {
          const units = encoded as Uint16Array;
          for (let i = 0; i < units.length; i++) data.setUint16(at + 2 * i, units[i]!, le);
        },
      };
    case 'w':
      return {
        read: (data, at) => ucs4At(data, at, size, le),
        encode: (value) => pointsOf(value, text, size / 4),
        store: (data, at, encoded) => {
          const points = encoded as Uint32Array;
          for (let i = 0; i < points.length; i++) data.setUint32(at + 4 * i, points[i]!, le);
        },
      };
    default:
      throw typeError(
        'ERR_UNSUPPORTED',
        `format ${shown(text)} can be carried but not decoded; slice, copy or cast it to bytes`,
      );
  }
}

function int64(text: string, le: boolean): Codec {
  return {
    read: (data, at) => data.getBigInt64(at, le),
    encode: (value) => bigInteger(value, text, -(2n ** 63n), 2n ** 63n - 1n),
    store: (data, at, encoded) => data.setBigInt64(at, encoded as bigint, le),
  };
}

function uint64(text: string, le: boolean, least: bigint): Codec {
  return {
    read: (data, at) => data.getBigUint64(at, le),
    encode: (value) => bigInteger(value, text, least, 2n ** 64n - 1n),
    store: (data, at, encoded) => data.setBigUint64(at, encoded as bigint, le),
  };
}

function smallInteger(value: unknown, text: string, min: number, max: number): number {
  if (typeof value === 'number') {
    if (value >= min && value <= max && Number.isInteger(value)) return value;
    if (!Number.isInteger(value)) throw noInteger(value, text);
  } else if (typeof value === 'boolean') {
    return value ? 1 : 0;
  } else if (typeof value !== 'bigint') {
    throw noInteger(value, text);
  } else if (value >= min && value <= max) {
    return Number(value);
  }
  throw doesNotFit(value, text, min, max);
}

function bigInteger(value: unknown, text: string, min: bigint, max: bigint): bigint {
  let integer: bigint;
  if (typeof value === 'bigint') integer = value;
  else if (typeof value === 'boolean') return value ? 1n : 0n;
  else if (typeof value === 'number' && Number.isInteger(value)) integer = BigInt(value);
  else throw noInteger(value, text);
  if (integer < min || integer > max) throw doesNotFit(value, text, min, max);
  return integer;
}

function noInteger(value: unknown, text: string): TypeError {
  return typeError(
    'ERR_INVALID_ARG',
    `${shown(value)} is no value of format ${shown(text)}, expected an integer`,
  );
}

function doesNotFit(value: unknown, text: string, min: number | bigint, max: number | bigint): RangeError {
  return rangeError(
    'ERR_OUT_OF_RANGE',
    `${shown(value)} does not fit format ${shown(text)} (${min} to ${max})`,
  );
}

function float(value: unknown, text: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'bigint') {
    throw typeError(
      'ERR_INVALID_ARG',
      `${shown(value)} is no value of format ${shown(text)}, expected a number`,
    );
  }
  const number = Number(value);
  if (Number.isFinite(number)) return number;
  throw rangeError(
    'ERR_OUT_OF_RANGE',
    `${shown(value)} does not fit format ${shown(text)}: too large for a double`,
  );
}

function complex(value: unknown, text: string): Complex {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
      return { re: float(value, text), im: 0 };
    }
    throw typeError(
      'ERR_INVALID_ARG',
      `${shown(value)} is no value of format ${shown(text)}, expected { re, im } or a number`,
    );
  }
  const subject = `format ${shown(text)}`;
  const re: unknown = readGuarded(subject, value, () => Reflect.get(value, 're'));
  const im: unknown = readGuarded(subject, value, () => Reflect.get(value, 'im'));
  if (re === undefined || im === undefined) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${shown(value)} is no value of format ${shown(text)}, expected { re, im } or a number`,
    );
  }
  return { re: float(re, text), im: float(im, text) };
}

function character(value: unknown, text: string): number {
  if (typeof value === 'string') {
    if (value.length === 1 && value.charCodeAt(0) <= 0xff) return value.charCodeAt(0);
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${shown(value)} does not fit format ${shown(text)}, expected one latin-1 character`,
    );
  }
  if (types.isUint8Array(value)) {
    const length = trueLength(value);
    if (length === 1) return value[0]!;
    throw rangeError('ERR_OUT_OF_RANGE', `${length} bytes do not fit format ${shown(text)}, expected one`);
  }
  throw typeError(
    'ERR_INVALID_ARG',
    `${shown(value)} is no value of format ${shown(text)}, expected a one-character string`,
  );
}

function bytesOf(value: unknown, text: string, most: number): Uint8Array {
  if (types.isUint8Array(value)) return firstBytes(value, most);
  const hint = typeof value === 'string' ? '; give Buffer.from(text)' : '';
  throw typeError(
    'ERR_INVALID_ARG',
    `${shown(value)} is no value of format ${shown(text)}, expected a Buffer or Uint8Array${hint}`,
  );
}

function paddedBytes(value: unknown, text: string, size: number): Uint8Array {
  const given = bytesOf(value, text, size);
  const bytes = new Uint8Array(size);
  bytes.set(given);
  return bytes;
}

function pascalBytes(value: unknown, text: string, size: number): Uint8Array {
  const given = bytesOf(value, text, Math.max(size - 1, 0));
  const bytes = new Uint8Array(size);
  if (size > 0) {
    bytes.set(given, 1);
    bytes[0] = Math.min(given.length, 255);
  }
  return bytes;
}

// Up to here a loop is quicker than the Uint8Array that `set` needs (about 100 ns).
const FEW_BYTES = 32;

function bytesAt(data: DataView, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  if (length <= FEW_BYTES) {
    for (let i = 0; i < length; i++) bytes[i] = data.getUint8(at + i);
  } else {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset + at, length));
  }
  return bytes;
}

function storeBytes(data: DataView, at: number, encoded: unknown): void {
  const bytes = encoded as Uint8Array;
  if (bytes.length <= FEW_BYTES) {
    for (let i = 0; i < bytes.length; i++) data.setUint8(at + i, bytes[i]!);
  } else {
    new Uint8Array(data.buffer, data.byteOffset + at, bytes.length).set(bytes);
  }
}

// Text goes through fromCharCode in pieces: its arguments live on the stack.
const PIECE = 4096;

function ucs2At(data: DataView, at: number, size: number, le: boolean): string {
  let end = at + size;
  while (end > at && data.getUint16(end - 2, le) === 0) end -= 2;
  let text = '';
  for (let from = at; from < end; from += 2 * PIECE) {
    const units: number[] = [];
    for (let i = from; i < Math.min(end, from + 2 * PIECE); i += 2) units.push(data.getUint16(i, le));
    text += String.fromCharCode(...units);
  }
  return text;
}

function ucs4At(data: DataView, at: number, size: number, le: boolean): string {
  let end = at + size;
  while (end > at && data.getUint32(end - 4, le) === 0) end -= 4;
  let text = '';
  for (let from = at; from < end; from += 4 * PIECE) {
    const points: number[] = [];
    for (let i = from; i < Math.min(end, from + 4 * PIECE); i += 4) {
      const point = data.getUint32(i, le);
      points.push(point > 0x10ffff ? 0xfffd : point);
    }
    text += String.fromCodePoint(...points);
  }
  return text;
}

function textOf(value: unknown, text: string): string {
  if (typeof value === 'string') return value;
  throw typeError(
    'ERR_INVALID_ARG',
    `${shown(value)} is no value of format ${shown(text)}, expected a string`,
  );
}

function unitsOf(value: unknown, text: string, count: number): Uint16Array {
  const given = textOf(value, text);
  const units = new Uint16Array(count);
  for (let i = 0; i < count && i < given.length; i++) units[i] = given.charCodeAt(i);
  return units;
}

function pointsOf(value: unknown, text: string, count: number): Uint32Array {
  const given = textOf(value, text);
  const points = new Uint32Array(count);
  for (let i = 0, at = 0; i < count && at < given.length; i++) {
    const point = given.codePointAt(at)!;
    points[i] = point;
    at += point > 0xffff ? 2 : 1;
  }
  return points;
}
