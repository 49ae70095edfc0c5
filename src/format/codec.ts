/**
 * Codecs of whole formats: scalars as they are, records as objects or arrays, bare sequences as flat arrays, sub-arrays
 * as nested ones. Chosen once per format; reading and storing allocate nothing but the value.
 */
import { types } from 'node:util';
import { isList, nearest, readGuarded, readList } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import { blankList, type FlatPart, flatReaderOf, recordReaderOf } from './flat-reader.js';
import type { Codec, Field, Format, Item, RecordItem, Scalar, Sequence } from './format.js';
import { trueLength } from './own-bytes.js';
import { scalarCodecOf } from './scalar-codec.js';

export type { Codec } from './format.js';
export type { Complex } from './scalar-codec.js';

// 2^26 numbers in one list are 512 MB; objects weigh a few times that. With more V8 ends the process and throws nothing.
const MAX_COST = 2 ** 26;
const OBJECT_COST = 4;

// A count is unrolled into so many parts at most; a longer one is read run by run.
const MAX_UNROLLED = 64;

const codecs = new WeakMap<Format, Codec>();

/**
 * The codec of a format; the same one for the same `Format`.
 *
 * @throws TypeError `ERR_UNSUPPORTED` where the format holds a code that cannot be decoded (`O & X{} g t`)
 */
export function codecOf(format: Format): Codec {
  const known = codecs.get(format);
  if (known !== undefined) return known;
  if (!format.decodable) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `format ${shown(format.text)} can be carried but not decoded; slice, copy or cast it to bytes`,
    );
  }
  const { item } = format;
  const codec = hasTooManyValues(format) ? refusingCodec(format) : itemCodecOf(item);
  codecs.set(format, codec);
  return codec;
}

/**
 * About how much heap one value of this item takes, in list slots: 1 for a number, more for an object. Callers refuse a result that is too
 * large before they build it.
 */
export function costOf(item: Item): number {
  if (item.kind === 'scalar') return scalarCost(item);
  return item.fields.reduce((sum, field) => sum + fieldCost(field), OBJECT_COST);
}

function scalarCost(scalar: Scalar): number {
  switch (scalar.code) {
    case 's':
    case 'p':
    case 'x':
    case 'u':
    case 'w':
      return OBJECT_COST + scalar.size / 8;
    case 'Zf':
    case 'Zd':
      return OBJECT_COST;
    default:
      return scalar.size === 8 && scalar.code !== 'd' ? OBJECT_COST : 1;
  }
}

function fieldCost(field: Field): number {
  const each = field.shape.reduceRight((cost, length) => OBJECT_COST + length * cost, costOf(field.item));
  return field.count * each;
}

/** Whether one item of a format has more values than the engine's heap could hold. */
export function hasTooManyValues({ item }: Format): boolean {
  return costOf(item) > MAX_COST;
}

/** @throws RangeError `ERR_OUT_OF_MEMORY`, always */
export function refuseValues({ text }: Format): never {
  throw rangeError(
    'ERR_OUT_OF_MEMORY',
    `an item of format ${shown(text)} has too many values to build at once`,
  );
}

function refusingCodec(format: Format): Codec {
  const refuse = (): never => refuseValues(format);
  return { read: refuse, encode: refuse, store: refuse };
}

/** The codec of a part of a format. */
function itemCodecOf(item: Item): Codec {
  switch (item.kind) {
    case 'scalar':
      return scalarCodecOf(item);
    case 'record':
      return recordCodecOf(item);
    case 'sequence':
      return sequenceCodecOf(item);
  }
}

/** The codec of one field as a whole: its element's, in nested arrays where it has a shape. */
export function fieldCodecOf(field: Field): Codec {
  const element = itemCodecOf(field.item);
  const { shape } = field;
  if (shape.length === 0) return element;
  const { size } = field.item;
  const last = shape[shape.length - 1]!;
  let read: Codec['read'] =
    last <= MAX_UNROLLED ? rowReader(field, element, last) : listReader(element.read, last, size);
  let step = size * last;
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    read = listReader(read, shape[axis]!, step);
    step *= shape[axis]!;
  }
  const total = shape.reduce((product, length) => product * length, 1);
  return {
    read,
    encode: (value) => {
      const flat: unknown[] = [];
      encodeNested(value, shape, 0, element, flat);
      return flat;
    },
    store: (data, at, encoded) => {
      const flat = encoded as unknown[];
      for (let i = 0; i < total; i++) element.store(data, at + i * size, flat[i]);
    },
  };
}

function listReader(read: Codec['read'], length: number, step: number): Codec['read'] {
  // A copied template has its final length at once; a long list grows while it is filled.
  const template: unknown[] = Array.from({ length: Math.min(length, MAX_UNROLLED) }, () => undefined);
  return (data, at) => {
    const list = template.slice();
    for (let i = 0; i < length; i++) list[i] = read(data, at + i * step);
    return list;
  };
}

function rowReader(field: Field, codec: Codec, length: number): FlatReader {
  const { item } = field;
  const scalar = item.kind === 'scalar' ? item : null;
  return flatReaderOf(Array.from({ length }, (_, i): FlatPart => ({ offset: i * item.size, scalar, codec })));
}

function encodeNested(
  value: unknown,
  shape: readonly number[],
  axis: number,
  element: Codec,
  flat: unknown[],
): void {
  const length = shape[axis]!;
  for (const part of exactList(value, length, 'a sub-array')) {
    if (axis === shape.length - 1) flat.push(element.encode(part));
    else encodeNested(part, shape, axis + 1, element, flat);
  }
}

/** The entries of an array or TypedArray of exactly `length`. */
function exactList(value: unknown, length: number, what: string): unknown[] {
  let list: unknown[];
  if (types.isTypedArray(value)) {
    const given = trueLength(value);
    list = given === length ? Array.from({ length }, (_, i) => value[i]) : wrongLength(given, length, what);
  } else if (isList(value)) {
    const given: unknown = readGuarded(what, value, () => value.length);
    if (given !== length) return wrongLength(given, length, what);
    list = readList(what, value, length);
    if (list.length !== length) return wrongLength(list.length, length, what);
  } else {
    throw typeError(
      'ERR_INVALID_ARG',
      `${what}: ${shown(value)} given, expected an array of length ${length}`,
    );
  }
  return list;
}

function wrongLength(given: unknown, length: number, what: string): never {
  throw rangeError('ERR_SHAPE', `${what}: ${shown(given)} values given, expected ${length}`);
}

function recordCodecOf(record: RecordItem): Codec {
  const { fields } = record;
  const codecs = fields.map(fieldCodecOf);
  const offsets = fields.map((field) => field.offset);
  const keys = fields.map((field) => field.key);
  const { length } = fields;
  const what = `a record of format ${shown(record.text)}`;
  const parts = fields.map((field, i) => flatPartOf(field, codecs[i]!, field.offset));
  return {
    read: record.named ? recordReaderOf(parts, keys) : flatReaderOf(parts),
    encode: (value) => {
      const values =
        record.named && !isList(value) && !types.isTypedArray(value)
          ? exactKeys(value, keys, what)
          : exactList(value, length, what);
      const encoded = blankList(length);
      for (let i = 0; i < length; i++) encoded[i] = codecs[i]!.encode(values[i]);
      return encoded;
    },
    store: (data, at, encoded) => {
      const list = encoded as unknown[];
      for (let i = 0; i < length; i++) codecs[i]!.store(data, at + offsets[i]!, list[i]);
    },
  };
}

/** The values of an object with exactly these own keys, in the fields' order. */
function exactKeys(value: unknown, keys: readonly string[], what: string): unknown[] {
  if (value === null || typeof value !== 'object') {
    throw typeError(
      'ERR_INVALID_ARG',
      `${what}: ${shown(value)} given, expected an object with its fields or an array`,
    );
  }
  return readGuarded(what, value, () => {
    const given = new Set(Object.keys(value));
    const missing = keys.find((key) => !given.has(key));
    const known = new Set(keys);
    const unknown = [...given].find((key) => !known.has(key));
    if (unknown !== undefined) {
      const near = nearest(unknown, missing === undefined ? keys : keys.filter((key) => !given.has(key)));
      const hint = near === null ? '' : `; did you mean ${shown(near)}?`;
      throw typeError('ERR_INVALID_ARG', `${what}: unknown field ${shown(unknown)}${hint}`);
    }
    if (missing !== undefined) {
      throw typeError('ERR_INVALID_ARG', `${what}: field ${shown(missing)} is missing, expected every field`);
    }
    return keys.map((key): unknown => Reflect.get(value, key));
  });
}

/** Reads the flat values of an item; those of a lone scalar or record are a list of one. */
export type FlatReader = (data: DataView, at: number) => unknown[];

function sequenceCodecOf(sequence: Sequence): Codec {
  const flat = flatCodecOf(sequence);
  const read: Codec['read'] = sequence.valueCount === 1 ? (data, at) => flat.read(data, at)[0] : flat.read;
  return {
    read,
    encode: (value) =>
      flat.encode(sequence.valueCount === 1 ? [value] : exactList(value, sequence.valueCount, 'a sequence')),
    store: (data, at, encoded) => flat.store(data, at, encoded as unknown[]),
  };
}

/** A codec whose value is always the flat list of an item's values, as `struct` sees it. */
export interface FlatCodec {
  readonly read: FlatReader;
  /** Converts a list of exactly as many values as the item has. */
  encode(values: readonly unknown[]): unknown[];
  store(data: DataView, at: number, encoded: readonly unknown[]): void;
}

function flatPartOf(field: Field, codec: Codec, offset: number): FlatPart {
  return {
    offset,
    scalar: field.shape.length === 0 && field.item.kind === 'scalar' ? field.item : null,
    codec,
  };
}

function flatPartsOf(fields: readonly Field[]): FlatPart[] {
  return fields.flatMap((field) => {
    const codec = fieldCodecOf(field);
    const step = field.nbytes / Math.max(field.count, 1);
    return Array.from({ length: field.count }, (_, i) => flatPartOf(field, codec, field.offset + i * step));
  });
}

/** The flat codec of a sequence. */
export function flatCodecOf(sequence: Sequence): FlatCodec {
  const codecs: Codec[] = [];
  const counts: number[] = [];
  const offsets: number[] = [];
  const steps: number[] = [];
  for (const field of sequence.fields) {
    if (field.count === 0) continue;
    codecs.push(fieldCodecOf(field));
    counts.push(field.count);
    offsets.push(field.offset);
    steps.push(field.nbytes / field.count);
  }
  const readRuns: FlatReader = (data, at) => {
    const list: unknown[] = [];
    for (let f = 0; f < codecs.length; f++) {
      const { read } = codecs[f]!;
      const step = steps[f]!;
      let from = at + offsets[f]!;
      for (let i = counts[f]!; i > 0; i--, from += step) list.push(read(data, from));
    }
    return list;
  };
  return {
    read: sequence.valueCount <= MAX_UNROLLED ? flatReaderOf(flatPartsOf(sequence.fields)) : readRuns,
    encode: (values) => {
      const { valueCount } = sequence;
      // A template of undefined keeps V8 from a list of doubles, in which it may replace a NaN by its own. A long list grows while it is
      // filled.
      const encoded = valueCount <= MAX_UNROLLED ? blankList(valueCount) : [];
      for (let f = 0, next = 0; f < codecs.length; f++) {
        for (let i = counts[f]!; i > 0; i--, next++) encoded[next] = codecs[f]!.encode(values[next]);
      }
      return encoded;
    },
    store: (data, at, encoded) => {
      for (let f = 0, next = 0; f < codecs.length; f++) {
        let from = at + offsets[f]!;
        for (let i = counts[f]!; i > 0; i--, from += steps[f]!) codecs[f]!.store(data, from, encoded[next++]);
      }
    },
  };
}
