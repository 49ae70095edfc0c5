/**
 * One codec per scalar, which turns its bytes into a JavaScript value and back. `encode` may run the caller's code, and throws
 * for a value that does not fit; `store` only moves bytes. Relies on the engine's DataView for byte order.
 */
import { readGuarded, readProperty } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { Codec, Scalar } from './format.js';
import { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf, overflowsHalf } from './half.js';
import { LONG_DOUBLE } from './long-double.js';
import { textCodecOf } from './text-codec.js';

/** A complex number, as `Zf` and `Zd` hold it. */
export interface Complex {
  /** The real part. */
  readonly re: number;
  /** The imaginary part. */
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
    case 'g':
      return longDouble(text);
    case 'Zg':
      return complexLongDouble(text);
    case 'bfloat16':
      return {
        read: (data, at) => bfloat16ToNumber(data.getUint16(at, le)),
        encode: (value) => numberToBfloat16(float(value, text)),
        store: (data, at, encoded) => data.setUint16(at, encoded as number, le),
      };
    case '?':
      return {
        read: (data, at) => data.getUint8(at) !== 0,
        encode: (value) => (value ? 1 : 0),
        store: (data, at, encoded) => data.setUint8(at, encoded as number),
      };
    case 'c':
    case 's':
    case 'x':
    case 'p':
    case 'u':
    case 'w':
      return textCodecOf(scalar);
    default:
      throw carriedOnly(text);
  }
}

function carriedOnly(text: string): TypeError {
  return typeError(
    'ERR_UNSUPPORTED',
    `format ${shown(text)} can be carried but not decoded; slice, copy or cast it to bytes`,
  );
}

function longDouble(text: string): Codec {
  const layout = LONG_DOUBLE;
  if (layout === null) throw carriedOnly(text);
  return {
    read: (data, at) => layout.read(data, at),
    encode: (value) => float(value, text),
    store: (data, at, encoded) => layout.store(data, at, encoded as number),
  };
}

function complexLongDouble(text: string): Codec {
  const layout = LONG_DOUBLE;
  if (layout === null) throw carriedOnly(text);
  return {
    read: (data, at): Complex => ({ re: layout.read(data, at), im: layout.read(data, at + 16) }),
    encode: (value) => complex(value, text),
    store: (data, at, encoded) => {
      const { re, im } = encoded as Complex;
      layout.store(data, at, re);
      layout.store(data, at + 16, im);
    },
  };
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
    `${shown(value)} is not a value of format ${shown(text)}, expected an integer`,
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
      `${shown(value)} is not a value of format ${shown(text)}, expected a number`,
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
      `${shown(value)} is not a value of format ${shown(text)}, expected { re, im } or a number`,
    );
  }
  const subject = `format ${shown(text)}`;
  const re: unknown = readGuarded(subject, value, () => readProperty(value, 're'));
  const im: unknown = readGuarded(subject, value, () => readProperty(value, 'im'));
  if (re === undefined || im === undefined) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${shown(value)} is not a value of format ${shown(text)}, expected { re, im } or a number`,
    );
  }
  return { re: float(re, text), im: float(im, text) };
}
