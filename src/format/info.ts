/**
 * Describes a format string as plain objects, for users; and the fields of a record, for views of one field.
 */
import type { Field, Format, RecordItem, Sequence } from './format.js';
import { parseFormat } from './parse.js';

/** One field of a format. */
export interface FieldInfo {
  /** The name; where the format has none, the first free of `f0`, `f1`, … */
  readonly name: string;
  /** Bytes from the start of the enclosing record. */
  readonly offset: number;
  /** The format of one element, complete by itself. */
  readonly format: string;
  /** Dimensions of the field's sub-array in elements, `[]` for a lone element. */
  readonly shape: readonly number[];
  /** Bytes of the field, its whole sub-array. */
  readonly itemsize: number;
  /** The element's own fields, where it is a record. */
  readonly fields?: readonly FieldInfo[];
}

/** The meaning of a format string. */
export interface FormatInfo {
  /** The string as given; for one of numpy's names the format that it means. */
  readonly format: string;
  /** numpy's name of the type (`'float32'`, `'datetime64[us]'`); null for records, and for formats without a numpy type. */
  readonly dtype: string | null;
  /** Bytes of an item. */
  readonly itemsize: number;
  /** Bytes; 1 for unaligned formats. */
  readonly alignment: number;
  /** Dimensions of the item where it is one sub-array (`(2,3)i`, `4h`), else `[]`. */
  readonly shape: readonly number[];
  /** The fields in their order; `[]` for a value that is not a record. */
  readonly fields: readonly FieldInfo[];
}

/**
 * Explains a format string: sizes, alignment, and each field with its offset, as numpy's `dtype.fields`. The items of a
 * bare sequence of several are fields too.
 *
 * @param format - a string of Python's `struct` syntax, or of PEP 3118's additions; or numpy's name of a type
 * @throws TypeError `ERR_FORMAT` for a value that is not a string or not a format
 * @example
 * formatInfo('T{b:tag:i:value:}').fields[1]; // { name: 'value', offset: 4, format: 'i', shape: [], itemsize: 4 }
 */
export function formatInfo(format: unknown): FormatInfo {
  const { text, dtype, itemsize, alignment, item } = parseFormat(format);
  const lone = item.kind === 'sequence' ? loneField(item) : null;
  const record = lone === null ? item : lone.item;
  const shape = lone === null ? [] : fieldShapeOf(lone);
  return {
    format: text,
    dtype,
    itemsize,
    alignment,
    shape,
    fields: record.kind === 'scalar' ? [] : infosOf(record),
  };
}

/** The field that is the whole of a sequence, such as `(2,3)i` or `4h`: then the sequence is an array, not a record. */
function loneField(sequence: Sequence): Field | null {
  const first = sequence.fields[0];
  if (first === undefined || sequence.fields.length > 1) return null;
  return first.offset === 0 && first.nbytes === sequence.size ? first : null;
}

/** A count is one more dimension of a field that is viewed as an array. */
function fieldShapeOf(field: Field): number[] {
  return field.count === 1 ? [...field.shape] : [...field.shape, field.count];
}

function infosOf(record: RecordItem | Sequence): FieldInfo[] {
  return record.fields.map((field) => {
    const { key, offset, item, nbytes } = field;
    const info = { name: key, offset, format: item.text, shape: fieldShapeOf(field), itemsize: nbytes };
    return item.kind === 'record' ? { ...info, fields: infosOf(item) } : info;
  });
}

/** The offset and the elements of a field, for a view of it. */
export interface FieldLocation {
  /** Bytes from the start of the item. */
  readonly offset: number;
  /** Dimensions of its sub-array, to be appended to the view's shape. */
  readonly shape: readonly number[];
  /** The format of one element. */
  readonly format: Format;
}

/**
 * Finds a field by name. The bytes of a named `x` are read as numpy's void, which has a value when it stands alone.
 *
 * @returns null where the format is no record or has no such field; {@link fieldNames} says which there are
 */
export function fieldNamed(format: Format, name: string): FieldLocation | null {
  if (format.item.kind === 'scalar') return null;
  const field = format.item.fields.find(({ key }) => key === name);
  if (field === undefined) return null;
  const { item } = field;
  const text = item.kind === 'scalar' && item.code === 'x' ? `void${8 * item.size}` : item.source;
  return { offset: field.offset, shape: fieldShapeOf(field), format: parseFormat(text) };
}

/** Where the record lies that a format is an array of, as `(2,3)T{…}` is; null for any other format. */
export function arrayedRecord({ item }: Format): FieldLocation | null {
  const lone = item.kind === 'sequence' ? loneField(item) : null;
  if (lone === null || lone.item.kind !== 'record') return null;
  return { offset: lone.offset, shape: fieldShapeOf(lone), format: parseFormat(lone.item.source) };
}

/** The names of a format's fields, `f0`, `f1`, … for those without; `[]` for a scalar. */
export function fieldNames(format: Format): string[] {
  return format.item.kind === 'scalar' ? [] : format.item.fields.map(({ key }) => key);
}
