/** The same bytes under another format: casts as CPython makes them, dtype views, fields and byte orders as numpy has them. */
import { nearest, readBoolean, readInteger, readList, readOptions, readString } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { Format } from '../format/format.js';
import { arrayedRecord, type FieldLocation, fieldNamed, fieldNames } from '../format/info.js';
import { formatOfName } from '../format/names.js';
import { parseFormat } from '../format/parse.js';
import { withByteOrder } from '../format/swap.js';
import {
  checkReach,
  checkSize,
  cStrides,
  elementCount,
  fStrides,
  isCContiguous,
  isFContiguous,
  type Layout,
  MAX_NDIM,
  productOf,
  reach,
  readPositiveShape,
  readShape,
  readStrides,
  shownShape,
} from '../layout/layout.js';
import { isFortran, readOrder } from '../layout/order.js';
import { checkLive, type Span } from '../span/span.js';

/** A format and the layout that its elements have. */
export interface Retyped {
  readonly format: Format;
  readonly layout: Layout;
}

/** A format that can type a view. @throws TypeError `ERR_FORMAT` for one of size 0 */
export function viewFormat(subject: string, text: unknown): Format {
  const format = parseFormat(text);
  if (format.itemsize === 0) {
    throw typeError(
      'ERR_FORMAT',
      `${subject}: format ${shown(format.text)} has size 0, expected at least 1 byte an element`,
    );
  }
  return format;
}

const CASTABLE = /^@?[cbBhHiIlLqQnNefd?P]$/;
const BYTE = /^@?[cbB]$/;

/** `memoryview.cast` of a C-contiguous layout; the checks stand in CPython's order. */
export function cast(from: Format, layout: Layout, to: unknown, shape: unknown, order: unknown): Retyped {
  if (typeof to !== 'string') {
    throw typeError('ERR_FORMAT', `cast: format is ${shown(to)}, expected a string`);
  }
  const text = formatOfName(to) ?? to;
  const axes = readOrder('cast', order);
  const ndim = layout.shape.length;
  if ((shape !== undefined || ndim !== 1) && layout.shape.includes(0)) {
    throw typeError('ERR_CAST', `cast: shape ${shownShape(layout.shape)} has a length of 0, expected none`);
  }
  const lengths = shape === undefined ? null : readList('cast: shape', shape, MAX_NDIM);
  if (lengths !== null && ndim !== 1 && lengths.length !== 1) {
    throw typeError(
      'ERR_CAST',
      `cast: from ${ndim} to ${lengths.length} dimensions, expected 1 on one side; cast to 1 first, or reshape`,
    );
  }
  if (!CASTABLE.test(text)) {
    throw typeError(
      'ERR_FORMAT',
      `cast: format ${shown(text)} given, expected one of "c b B h H i I l L q Q n N e f d ? P"; viewAs takes others`,
    );
  }
  const format = viewFormat('cast', text);
  if (!BYTE.test(from.text) && !BYTE.test(text)) {
    throw typeError(
      'ERR_CAST',
      `cast: from ${shown(from.text)} to ${shown(text)}, expected "b", "B" or "c" on one side; cast to "B" first, or use viewAs`,
    );
  }
  const nbytes = elementCount(layout.shape) * from.itemsize;
  if (nbytes % format.itemsize !== 0) {
    throw typeError(
      'ERR_CAST',
      `cast: ${nbytes} bytes given, expected a multiple of ${format.itemsize}, the itemsize of ${shown(text)}`,
    );
  }
  const { offset } = layout;
  if (lengths === null) {
    return { format, layout: { offset, shape: [nbytes / format.itemsize], strides: [format.itemsize] } };
  }
  const wanted = readPositiveShape('cast', lengths);
  if (elementCount(wanted) * format.itemsize !== nbytes) {
    throw typeError(
      'ERR_CAST',
      `cast: shape ${shownShape(wanted)} has ${elementCount(wanted) * format.itemsize} bytes, expected ${nbytes}`,
    );
  }
  const first = isFortran(axes, layout, from.itemsize);
  const strides = first ? fStrides(wanted, format.itemsize) : cStrides(wanted, format.itemsize);
  return { format, layout: { offset, shape: wanted, strides } };
}

/** numpy's `a.view(dtype)`: with another itemsize the last axis changes its length. */
export function viewAs(from: Format, layout: Layout, text: unknown): Retyped {
  const format = viewFormat('viewAs', text);
  const { offset, shape, strides } = layout;
  const last = shape.length - 1;
  if (format.itemsize === from.itemsize) return { format, layout };
  if (last < 0) {
    throw rangeError(
      'ERR_SHAPE',
      `viewAs: a 0-d view of ${from.itemsize} bytes, expected a format of that size; reshape to [1] first`,
    );
  }
  if (shape[last] !== 1 && !shape.includes(0) && strides[last] !== from.itemsize) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      `viewAs: the last axis has stride ${strides[last]}, expected ${from.itemsize}; copy() it`,
    );
  }
  const nbytes = shape[last]! * from.itemsize;
  const divides =
    from.itemsize > format.itemsize ? from.itemsize % format.itemsize === 0 : nbytes % format.itemsize === 0;
  if (!divides) {
    throw rangeError(
      'ERR_SHAPE',
      `viewAs: ${nbytes} bytes along the last axis, expected a multiple of ${format.itemsize}`,
    );
  }
  return {
    format,
    layout: {
      offset,
      shape: shape.with(last, nbytes / format.itemsize),
      strides: strides.with(last, format.itemsize),
    },
  };
}

/**
 * The elements of one field, the dimensions of its sub-array appended; those of an array of records, as numpy and `formatInfo` have it,
 * come before.
 *
 * @throws TypeError `ERR_INVALID_ARG` for an unknown name
 */
export function field(from: Format, layout: Layout, name: unknown, subject = 'field'): Retyped {
  const wanted = readString(subject, name);
  const array = arrayedRecord(from);
  if (array !== null && fieldNamed(array.format, wanted) !== null) {
    const records = fieldView(subject, layout, array);
    return field(records.format, records.layout, wanted, subject);
  }
  const found = fieldNamed(from, wanted);
  if (found === null) throw unknownField(subject, array?.format ?? from, wanted);
  return fieldView(subject, layout, found);
}

function fieldView(subject: string, { offset, shape, strides }: Layout, place: FieldLocation): Retyped {
  const format = viewFormat(subject, place.format.source);
  const ndim = shape.length + place.shape.length;
  if (ndim > MAX_NDIM) {
    throw rangeError('ERR_SHAPE', `${subject}: ${ndim} dimensions asked for, expected at most ${MAX_NDIM}`);
  }
  return {
    format,
    layout: {
      offset: offset + place.offset,
      shape: [...shape, ...place.shape],
      strides: [...strides, ...cStrides(place.shape, format.itemsize)],
    },
  };
}

function unknownField(subject: string, from: Format, wanted: string): Error {
  const names = fieldNames(from);
  if (names.length === 0) {
    return typeError(
      'ERR_INVALID_ARG',
      `${subject}: format ${shown(from.text)} is not a record, expected one with fields`,
    );
  }
  const best = nearest(wanted, names);
  const hint =
    best === null
      ? `expected one of ${names.map((n) => shown(n)).join(', ')}`
      : `did you mean ${shown(best)}?`;
  return typeError('ERR_INVALID_ARG', `${subject}: no field ${shown(wanted)}; ${hint}`);
}

/** The same items in another byte order. @throws RangeError `ERR_OUT_OF_RANGE` for another mark */
export function newByteOrder(from: Format, order: unknown): Format {
  const mark = readString('newByteOrder', order);
  if (mark !== '<' && mark !== '>' && mark !== '=') {
    throw rangeError('ERR_OUT_OF_RANGE', `newByteOrder: ${shown(mark)} given, expected "<", ">" or "="`);
  }
  return withByteOrder(from, mark);
}

const LAYOUT_OPTIONS = ['format', 'shape', 'strides', 'byteOffset', 'readonly'] as const;

/** A layout of the caller's over the contiguous memory of a span: format, shape, strides, byteOffset and readonly, checked. */
export function laidOver(subject: string, base: Span, options: unknown): Span {
  const given = readOptions(subject, options, LAYOUT_OPTIONS);
  const format = given.format === undefined ? base.format : viewFormat(subject, given.format);
  const offset =
    given.byteOffset === undefined
      ? 0
      : readInteger(`${subject}: byteOffset`, given.byteOffset, {
          min: 0,
          max: Number.MAX_SAFE_INTEGER,
          code: 'ERR_OUT_OF_BOUNDS',
        });
  const shape = given.shape === undefined ? null : readShape(subject, given.shape);
  if (given.strides !== undefined && shape === null) {
    throw rangeError(
      'ERR_SHAPE',
      `${subject}: strides ${shown(given.strides)} given without a shape, expected both; pass the shape too`,
    );
  }
  const strides = given.strides === undefined ? null : readStrides(subject, given.strides, shape!.length);
  const readonly =
    given.readonly === undefined ? base.readonly : readBoolean(`${subject}: readonly`, given.readonly);
  if (!readonly && base.readonly) {
    throw typeError('ERR_READONLY', `${subject}: readonly is false, but the memory is read-only`);
  }
  checkLive(subject, base);
  const { low, high } = contiguousBytes(subject, base);
  if (offset > high - low) {
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `${subject}: byteOffset ${offset} given, expected 0 to ${high - low}`,
    );
  }
  const lengths = shape ?? [wholeLength(subject, high - low - offset, format)];
  checkSize(subject, lengths, productOf(lengths), format.itemsize);
  const layout: Layout = {
    offset: low + offset,
    shape: lengths,
    strides: strides ?? cStrides(lengths, format.itemsize),
  };
  checkReach(subject, layout, format.itemsize, low, high);
  return { region: base.region, format, layout, readonly, indirect: null };
}

/** The bytes of a contiguous span, which a new layout may reach. */
function contiguousBytes(subject: string, { layout, format, indirect }: Span): { low: number; high: number } {
  if (
    indirect !== null ||
    !(isCContiguous(layout, format.itemsize) || isFContiguous(layout, format.itemsize))
  ) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      `${subject}: the view is not contiguous, expected one that is; copy() it, or use asStrided`,
    );
  }
  return reach(layout, format.itemsize);
}

function wholeLength(subject: string, nbytes: number, format: Format): number {
  if (nbytes % format.itemsize !== 0) {
    throw rangeError(
      'ERR_SHAPE',
      `${subject}: ${nbytes} bytes to the end, expected a multiple of ${format.itemsize}, the itemsize of ${shown(format.text)}; pass a shape`,
    );
  }
  return nbytes / format.itemsize;
}
