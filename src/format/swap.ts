/** Byte order of whole formats: which runs of bytes swap, and the same item read in another order. */
import { rangeError, shown, typeError } from '../errors.js';
import type { Field, Format, Item, RecordItem, Scalar, Sequence } from './format.js';
import { nameText, shapesOf } from './names.js';
import { parseFormat } from './parse.js';

/** A run of bytes that is reversed when the byte order changes. */
export interface SwapUnit {
  /** Bytes from the start of the item. */
  readonly offset: number;
  /** Bytes, at least 2. */
  readonly size: number;
}

const MAX_UNITS = 2 ** 20;

/**
 * The runs of bytes of an item that a swap reverses: each number, each half of a complex number, each character of `u` and
 * `w`; numpy's `byteswap`.
 *
 * @throws TypeError `ERR_UNSUPPORTED` for a code whose parts are not known (`O & X g t`); RangeError `ERR_OUT_OF_MEMORY` for an
 *   item of more than a million parts
 */
export function swapUnits(format: Format): readonly SwapUnit[] {
  const units: SwapUnit[] = [];
  const addScalar = (scalar: Scalar, at: number): void => {
    const size = unitSize(format, scalar);
    if (size < 2) return;
    for (let offset = at; offset < at + scalar.size; offset += size) units.push({ offset, size });
    if (units.length > MAX_UNITS) {
      throw rangeError(
        'ERR_OUT_OF_MEMORY',
        `byteswap: format ${shown(format.text)} has over ${MAX_UNITS} parts, expected fewer`,
      );
    }
  };
  const add = (item: Item, at: number): void => {
    if (item.kind === 'scalar') addScalar(item, at);
    else for (const field of item.fields) addField(field, at + field.offset);
  };
  const addField = (field: Field, at: number): void => {
    if (!hasOrder(field.item)) return;
    for (let offset = 0; offset < field.nbytes; offset += field.item.size) add(field.item, at + offset);
  };
  add(format.item, 0);
  return units;
}

/** Bytes of a part that is swapped as a unit; 1 for parts without a byte order. */
function unitSize(format: Format, { code, size }: Scalar): number {
  switch (code) {
    case 'x':
    case 'c':
    case 's':
    case 'p':
      return 1;
    case 'u':
      return 2;
    case 'w':
      return 4;
    case 'Zf':
      return 4;
    case 'Zd':
      return 8;
    case 'O':
    case '&':
    case 'X':
    case 'g':
    case 'Zg':
    case 't':
      throw typeError(
        'ERR_UNSUPPORTED',
        `format ${shown(format.text)}: the parts of code ${shown(code)} are not known, expected a code that can be decoded`,
      );
    default:
      return size;
  }
}

function hasOrder(item: Item): boolean {
  if (item.kind === 'scalar') return item.size > 1 && !'csp'.includes(item.code) && item.code !== 'x';
  return item.fields.some((field) => field.nbytes > 0 && hasOrder(field.item));
}

/**
 * The same items read in another byte order, as numpy's `newbyteorder`: sizes and offsets stay, so a native `l` becomes `q`, and
 * alignment padding is written out. A format without byte order stays as it is.
 *
 * @param order - the mark of the new order
 * @throws TypeError `ERR_UNSUPPORTED` where a code cannot be decoded, since its bytes have no known order
 */
export function withByteOrder(format: Format, order: '<' | '>' | '='): Format {
  const { item } = format;
  if (!format.comparable) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `format ${shown(format.text)}: it holds a code whose bytes have no known order, expected one that can be decoded`,
    );
  }
  if (!hasOrder(item)) return format;
  return parseFormat(item.kind === 'sequence' ? bodyText(item, order) : order + elementText(item));
}

function elementText(item: Field['item']): string {
  if (item.kind === 'record') return `T{${bodyText(item)}}`;
  const { code, size, word } = item;
  if (word !== null) return word;
  switch (code) {
    case 's':
    case 'p':
    case 'x':
      return `${size}${code}`;
    case 'u':
      return `${size / 2}u`;
    case 'w':
      return `${size / 4}w`;
    case 'l':
    case 'n':
      return size === 8 ? 'q' : 'l';
    case 'L':
    case 'N':
    case 'P':
      return size === 8 ? 'Q' : 'L';
    default:
      return code;
  }
}

/** The fields with their padding written out; `mark` comes before the first code, after its shape. */
function bodyText(body: RecordItem | Sequence, mark = ''): string {
  let text = '';
  let pending = mark;
  let end = 0;
  for (const { offset, shape, nested, count, item, name, title, nbytes } of body.fields) {
    if (offset > end) {
      text += `${pending}${offset - end}x`;
      pending = '';
    }
    for (const part of shapesOf(shape, nested)) text += `(${part.join(',')})`;
    const named = name === null ? '' : `:${nameText(name, title)}:`;
    text += `${pending}${count === 1 ? '' : count}${elementText(item)}${named}`;
    pending = '';
    end = offset + nbytes;
  }
  return body.size > end ? `${text}${body.size - end}x` : text;
}
