/**
 * Python's `struct` over DataViews: the same formats as elsewhere, but always a flat list of values, and padding that
 * is written as zeros. The caller checks bounds and liveness; this file reads only `itemsize` bytes.
 */
import { typeError } from '../errors.js';
import { type FlatCodec, flatCodecOf, hasTooManyValues, refuseValues } from './codec.js';
import type { Format, Sequence } from './format.js';
import { parseStruct } from './parse.js';

/** A prepared struct format: its meaning, and how its flat values are read and written. */
export interface Struct {
  readonly format: Format;
  /** Bytes of one item. */
  readonly itemsize: number;
  /** How many values one item holds. */
  readonly valueCount: number;
  /**
   * Checks and converts the values of one item. May run the caller's code; touches no memory.
   *
   * @throws TypeError `ERR_INVALID_ARG` for a wrong number of values; what `Codec.encode` throws
   */
  encode(subject: string, values: readonly unknown[]): readonly unknown[];
  /** Writes encoded values at byte `at`, padding as zeros. */
  store(data: DataView, at: number, encoded: readonly unknown[]): void;
  /** Reads the values at byte `at`. */
  read(data: DataView, at: number): unknown[];
}

const structs = new WeakMap<Format, Struct>();

/**
 * Prepares a struct format; returns the same object for the same format while it is cached.
 *
 * @param text - a format in `struct`'s own grammar
 * @throws TypeError `ERR_FORMAT` for anything else
 */
export function structOf(text: unknown): Struct {
  const format = parseStruct(text);
  const known = structs.get(format);
  if (known !== undefined) return known;
  const { item, itemsize } = format;
  const sequence: Sequence = item.kind === 'sequence' ? item : sequenceOfOne(item, itemsize);
  const flat = flatCodecOf(sequence);
  const struct: Struct = Object.freeze({
    format,
    itemsize,
    valueCount: sequence.valueCount,
    encode: (subject: string, values: readonly unknown[]) => {
      if (values.length !== sequence.valueCount) {
        const given = `${values.length} value${values.length === 1 ? '' : 's'}`;
        throw typeError('ERR_INVALID_ARG', `${subject}: ${given} given, expected ${sequence.valueCount}`);
      }
      return flat.encode(values);
    },
    store: storeWithPadding(sequence, flat),
    read: hasTooManyValues(format) ? () => refuseValues(format) : flat.read,
  });
  structs.set(format, struct);
  return struct;
}

function sequenceOfOne(item: Exclude<Format['item'], Sequence>, size: number): Sequence {
  const field = {
    name: null,
    key: 'f0',
    title: null,
    offset: 0,
    shape: [],
    nested: null,
    count: 1,
    nbytes: size,
    item,
  };
  return { kind: 'sequence', fields: [field], size, valueCount: 1 };
}

function storeWithPadding(sequence: Sequence, flat: FlatCodec): Struct['store'] {
  const used = sequence.fields.reduce((sum, field) => sum + field.nbytes, 0);
  if (used === sequence.size) return flat.store;
  return (data, at, encoded) => {
    new Uint8Array(data.buffer, data.byteOffset + at, sequence.size).fill(0);
    flat.store(data, at, encoded);
  };
}

/**
 * The size of a struct format in bytes, as Python's `struct.calcsize`.
 *
 * @throws TypeError `ERR_FORMAT` for a value that is not a struct format
 */
export function calcsize(text: unknown): number {
  return parseStruct(text).itemsize;
}
