/**
 * Single items of typed arrays. One line for each kind keeps every read monomorphic however many formats a process uses: a read
 * that sees more than four kinds of typed array costs 7 ns, through this switch 1 (Node 20).
 */
import type { ScalarCode } from '../format/format.js';
import type { TypedArrayKind } from '../format/typed-array.js';
import type { Items } from '../memory/buffer-arrays.js';

export type { Items } from '../memory/buffer-arrays.js';

/** Array objects over numbers. */
export type Numbers = Exclude<Items, BigInt64Array | BigUint64Array>;

/** An empty array, from which a view reads if it has no typed array, or has ended. */
export const NO_ITEMS: Numbers = new Uint32Array(0);

/** By their number. Doubles are 0, so that hot callers can test for them before the switch: that saves 0.5 of 2.7 ns. */
const CODES_BY_INDEX: readonly ScalarCode[] = ['d', 'f', 'B', 'b', 'h', 'H', 'i', 'I', 'q', 'Q'];

/** The index of a kind in the switch of {@link itemAt}. */
export function kindIndexOf(kind: TypedArrayKind | null): number {
  return kind === null ? CODES_BY_INDEX.length : CODES_BY_INDEX.indexOf(kind.code);
}

/** The array itself if it holds numbers, else the empty one. */
export function numbersIn(items: Items): Numbers {
  return items instanceof BigInt64Array || items instanceof BigUint64Array ? NO_ITEMS : items;
}

/** Reads one item; undefined past the end. */
export function itemAt(items: Items, kindIndex: number, at: number): number | bigint | undefined {
  switch (kindIndex) {
    case 0:
      return items[at];
    case 1:
      return items[at];
    case 2:
      return items[at];
    case 3:
      return items[at];
    case 4:
      return items[at];
    case 5:
      return items[at];
    case 6:
      return items[at];
    case 7:
      return items[at];
    case 8:
      return items[at];
    case 9:
      return items[at];
    default:
      return items[at];
  }
}

/** Fills items `first` to `end`; false for a value that is no item of such an array. */
export function fillItems(items: Items, value: number | bigint, first: number, end: number): boolean {
  if (items instanceof BigInt64Array || items instanceof BigUint64Array) {
    if (typeof value !== 'bigint') return false;
    items.fill(value, first, end);
  } else {
    if (typeof value !== 'number') return false;
    items.fill(value, first, end);
  }
  return true;
}

/** Stores one number that fits; does nothing past the end. */
export function storeItem(items: Items, kindIndex: number, at: number, value: number): void {
  switch (kindIndex) {
    case 0:
      items[at] = value;
      break;
    case 1:
      items[at] = value;
      break;
    case 2:
      items[at] = value;
      break;
    case 3:
      items[at] = value;
      break;
    case 4:
      items[at] = value;
      break;
    case 5:
      items[at] = value;
      break;
    case 6:
      items[at] = value;
      break;
    case 7:
      items[at] = value;
      break;
    default:
      items[at] = value;
  }
}
