/** Reads a caller's nested arrays once into a shape and a flat list of encoded values. */
import { isList, readGuarded, readList } from '../arguments.js';
import { rangeError } from '../errors.js';
import { codecOf } from '../format/codec.js';
import type { Format } from '../format/format.js';
import { elementCount, MAX_NDIM } from '../layout/layout.js';
import type { Span } from '../span/span.js';
import { heapRoom } from './heap-room.js';
import { eachOffset } from './strided.js';

const SURE_TO_FIT = 2 ** 20;
/** Bytes that a value takes while it is read: in the copied list, and encoded. */
const EACH = 16;

/** How many values the heap has room for: with more V8 ends the process and throws nothing. */
function roomNow(): number {
  return Math.max(SURE_TO_FIT, Math.floor(heapRoom() / EACH));
}

function checkValueCount(count: number, room: number): void {
  if (count <= room) return;
  throw rangeError(
    'ERR_OUT_OF_MEMORY',
    `array: ${count} values given, and the heap has room for ${room}; use zeros() and copyFrom with parts of them`,
  );
}

/** The shape and the encoded values of nested arrays. */
export interface Nested {
  /** In elements. */
  readonly shape: readonly number[];
  /** The encoded values in C order. */
  readonly values: readonly unknown[];
}

/**
 * Reads nested arrays and encodes each value for a format. Where the format itself is written from an array (a record, a
 * sequence), an array of plain values is one element.
 *
 * @throws RangeError `ERR_SHAPE` for ragged arrays, or more than 64 dimensions; what encoding a value throws
 */
export function nestedShape(values: unknown, format: Format): Nested {
  const codec = codecOf(format);
  const room = roomNow();
  const entries = (list: readonly unknown[]): unknown[] => {
    const length: unknown = readGuarded('array', list, () => list.length);
    if (typeof length === 'number') checkValueCount(length, room);
    return readList('array', list, room);
  };
  const shape: number[] = [];
  const flat: unknown[] = [];
  const takesArrays = format.item.kind !== 'scalar';
  // An array of plain values is one record, as a tuple is in numpy; an array of arrays or objects is a dimension.
  const isDeeper = (value: unknown): value is readonly unknown[] => {
    if (!isList(value) || !takesArrays) return isList(value);
    const list = entries(value);
    return list.length === 0 || list.some((v) => typeof v === 'object' && v !== null);
  };
  let top = values;
  for (let d = 0; isDeeper(top); d++) {
    if (d === MAX_NDIM)
      throw rangeError(
        'ERR_SHAPE',
        `array: nested deeper than ${MAX_NDIM}, expected at most that many dimensions`,
      );
    const list = entries(top);
    shape.push(list.length);
    checkValueCount(elementCount(shape), room);
    top = list[0];
  }
  const add = (value: unknown, d: number): void => {
    if (d === shape.length) {
      if (!takesArrays && isList(value)) throw ragged(d, shape);
      flat.push(codec.encode(value));
      return;
    }
    if (!isList(value)) throw ragged(d, shape);
    const list = entries(value);
    if (list.length !== shape[d]) throw ragged(d, shape);
    for (const item of list) add(item, d + 1);
  };
  add(values, 0);
  return { shape, values: flat };
}

function ragged(depth: number, shape: readonly number[]): Error {
  return rangeError(
    'ERR_SHAPE',
    `array: the nested arrays are ragged at depth ${depth}, expected ${depth < shape.length ? `${shape[depth]} entries each` : 'a value'}`,
  );
}

/** Stores encoded values into a span just made, in C order. */
export function storeNested(span: Span, values: readonly unknown[]): void {
  const codec = codecOf(span.format);
  const { data } = span.region;
  let i = 0;
  eachOffset(span.layout, (at) => codec.store(data, at, values[i++]));
}
