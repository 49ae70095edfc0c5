/**
 * Codecs of bytes and text: `c` one latin-1 character, `s p` and a named `x` bytes of a fixed length, `u w` text of a fixed
 * length in UCS-2 and UCS-4. A short value is padded with zeros, a long one truncated.
 */
import { types } from 'node:util';
import { rangeError, shown, typeError } from '../errors.js';
import type { Codec, Scalar } from './format.js';
import { firstBytes, trueLength } from './own-bytes.js';

/** The codec of a scalar whose code is one of `c s x p u w`. */
export function textCodecOf({ code, size, littleEndian: le, text }: Scalar): Codec {
  switch (code) {
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
    default:
      return {
        read: (data, at) => ucs4At(data, at, size, le),
        encode: (value) => pointsOf(value, text, size / 4),
        store: (data, at, encoded) => {
          const points = encoded as Uint32Array;
          for (let i = 0; i < points.length; i++) data.setUint32(at + 4 * i, points[i]!, le);
        },
      };
  }
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
    `${shown(value)} is not a value of format ${shown(text)}, expected a one-character string`,
  );
}

function givenBytes(value: unknown, text: string, most: number): Uint8Array {
  if (types.isUint8Array(value)) return firstBytes(value, most);
  const hint = typeof value === 'string' ? '; give Buffer.from(text)' : '';
  throw typeError(
    'ERR_INVALID_ARG',
    `${shown(value)} is not a value of format ${shown(text)}, expected a Buffer or Uint8Array${hint}`,
  );
}

function paddedBytes(value: unknown, text: string, size: number): Uint8Array {
  const given = givenBytes(value, text, size);
  const bytes = new Uint8Array(size);
  bytes.set(given);
  return bytes;
}

function pascalBytes(value: unknown, text: string, size: number): Uint8Array {
  const given = givenBytes(value, text, Math.max(size - 1, 0));
  const bytes = new Uint8Array(size);
  if (size > 0) {
    bytes.set(given, 1);
    bytes[0] = Math.min(given.length, 255);
  }
  return bytes;
}

// Up to this many bytes a loop is faster than the Uint8Array that `set` needs (about 100 ns).
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
const MAX_ARGUMENTS = 4096;

function ucs2At(data: DataView, at: number, size: number, le: boolean): string {
  let end = at + size;
  while (end > at && data.getUint16(end - 2, le) === 0) end -= 2;
  let text = '';
  for (let from = at; from < end; from += 2 * MAX_ARGUMENTS) {
    const units: number[] = [];
    for (let i = from; i < Math.min(end, from + 2 * MAX_ARGUMENTS); i += 2) units.push(data.getUint16(i, le));
    text += String.fromCharCode(...units);
  }
  return text;
}

function ucs4At(data: DataView, at: number, size: number, le: boolean): string {
  let end = at + size;
  while (end > at && data.getUint32(end - 4, le) === 0) end -= 4;
  let text = '';
  for (let from = at; from < end; from += 4 * MAX_ARGUMENTS) {
    const points: number[] = [];
    for (let i = from; i < Math.min(end, from + 4 * MAX_ARGUMENTS); i += 4) {
      const point = data.getUint32(i, le);
      points.push(point > 0x10ffff ? 0xfffd : point);
    }
    text += String.fromCodePoint(...points);
  }
  return text;
}

function readTextValue(value: unknown, text: string): string {
  if (typeof value === 'string') return value;
  throw typeError(
    'ERR_INVALID_ARG',
    `${shown(value)} is not a value of format ${shown(text)}, expected a string`,
  );
}

function unitsOf(value: unknown, text: string, count: number): Uint16Array {
  const given = readTextValue(value, text);
  const units = new Uint16Array(count);
  for (let i = 0; i < count && i < given.length; i++) units[i] = given.charCodeAt(i);
  return units;
}

function pointsOf(value: unknown, text: string, count: number): Uint32Array {
  const given = readTextValue(value, text);
  const points = new Uint32Array(count);
  for (let i = 0, at = 0; i < count && at < given.length; i++) {
    const point = given.codePointAt(at)!;
    points[i] = point;
    at += point > 0xffff ? 2 : 1;
  }
  return points;
}
