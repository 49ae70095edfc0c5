/** Which runs of bytes of an item have a byte order. */
import { rangeError, shown, typeError } from '../errors.js';
import type { Field, Format, Item, Scalar } from './format.js';

/** A run of bytes that is reversed when the byte order changes. */
export interface SwapUnit {
  /** Bytes from the start of the item. */
  readonly offset: number;
  /** Bytes, at least 2. */
  readonly size: number;
}

const MOST_UNITS = 2 ** 20;

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
    if (units.length > MOST_UNITS) {
      throw rangeError(
        'ERR_OUT_OF_MEMORY',
        `byteswap: format ${shown(format.text)} has over ${MOST_UNITS} parts, expected fewer`,
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

/** Bytes of a part that swaps by itself; 1 for what has no byte order. */
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

/** Whether an item reads differently in another byte order. */
export function hasOrder(item: Item): boolean {
  if (item.kind === 'scalar') return item.size > 1 && !'csp'.includes(item.code) && item.code !== 'x';
  return item.fields.some((field) => field.nbytes > 0 && hasOrder(field.item));
}
