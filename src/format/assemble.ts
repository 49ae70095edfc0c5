/**
 * Builds sequences and records of the fields that the parser found. The meaning of a count depends on whether any field of the same
 * sequence has a name, which is known only at its end.
 */
import type { Field, Item, RecordItem, Scalar, Sequence } from './format.js';

/** A field before it is known whether its sequence has names, which decides the meaning of its count. */
export interface RawField {
  readonly name: string | null;
  readonly title: string | null;
  /** Bytes. */
  readonly offset: number;
  /** The sub-array as written; null without one. */
  readonly dims: readonly number[] | null;
  /** The number of dimensions in each of several nested shapes; null for one shape. */
  readonly nested: readonly number[] | null;
  /** 1 where the count is a length. */
  readonly count: number;
  /** Whether a count is written. */
  readonly counted: boolean;
  /** Bytes of the whole field. */
  readonly nbytes: number;
  readonly item: Scalar | RecordItem;
}

/**
 * Builds the item of a whole format string: a record where a field has a name, the one scalar or record that fills it, else a sequence.
 *
 * @param raw - the fields in their order
 * @param size - bytes of the whole, trailing padding included
 * @param text - the format string, for errors about its values
 * @param source - the same with numpy's names
 */
export function topItem(fields: readonly RawField[], size: number, text: string, source: string): Item {
  if (fields.some((field) => field.name !== null)) return recordOf(fields, size, text, source);
  const first = fields[0];
  if (first !== undefined && fields.length === 1 && first.dims === null && first.count === 1) {
    if (first.offset === 0 && first.nbytes === size) return first.item;
  }
  return sequenceOf(fields, size);
}

/**
 * A record of fields. A count is one more dimension of the field's sub-array.
 *
 * @param text - the format of the record alone
 * @param source - the same with numpy's names
 */
export function recordOf(raw: readonly RawField[], size: number, text: string, source: string): RecordItem {
  const named = raw.some((field) => field.name !== null);
  const keys = fieldKeysOf(raw);
  const fields = raw.map((field, i): Field => {
    const { name, title, nested, offset, nbytes, item } = field;
    const shape = field.count === 1 ? (field.dims ?? []) : [...(field.dims ?? []), field.count];
    return Object.freeze({
      name,
      key: keys[i]!,
      title,
      offset,
      shape: Object.freeze(shape),
      nested,
      count: 1,
      nbytes,
      item,
    });
  });
  return Object.freeze({ kind: 'record', named, fields: Object.freeze(fields), size, text, source });
}

/** A sequence of fields, whose counts are flat unless a shape makes an array of them. */
function sequenceOf(raw: readonly RawField[], size: number): Sequence {
  const keys = fieldKeysOf(raw);
  let valueCount = 0;
  const fields = raw.map((field, i): Field => {
    const { name, offset, nbytes, item, dims } = field;
    const flat = dims === null || field.count === 1;
    const shape = dims === null ? [] : flat ? dims : [...dims, field.count];
    const count = dims === null ? field.count : 1;
    valueCount += count;
    return Object.freeze({
      name,
      key: keys[i]!,
      title: null,
      offset,
      shape: Object.freeze(shape),
      nested: field.nested,
      count,
      nbytes,
      item,
    });
  });
  return Object.freeze({ kind: 'sequence', fields: Object.freeze(fields), size, valueCount });
}

/** Each field's name, and for the nameless the first free of `f0`, `f1`, …, as numpy names them. */
function fieldKeysOf(raw: readonly RawField[]): string[] {
  const taken = new Set(raw.map((field) => field.name));
  let next = 0;
  return raw.map(({ name }) => {
    if (name !== null) return name;
    while (taken.has(`f${next}`)) next++;
    return `f${next++}`;
  });
}
