/**
 * Tells which formats have values that their bytes alone determine. Whole blocks of these can be compared, searched and converted without
 * decoding an item.
 */
import { type Format, hostIsLittleEndian, type Scalar } from './format.js';

/** How the bytes of one item make its value. */
export interface ValueBytes {
  /** Integers and bytes are equal where their bytes are; floats by IEEE 754; booleans as zero or not. */
  readonly kind: 'signed' | 'unsigned' | 'bytes' | 'float' | 'truth';
  /** Bytes of each number in the item: a complex one holds two. */
  readonly part: number;
  /** Whether the parts are in the byte order that is not this machine's. */
  readonly swapped: boolean;
}

/** How a format's items hold their values; null where an item has to be decoded: records, text, Pascal strings. */
export function valueBytesOf({ item }: Format): ValueBytes | null {
  return item.kind === 'scalar' ? scalarValueBytes(item) : null;
}

function scalarValueBytes({ code, size, littleEndian }: Scalar): ValueBytes | null {
  const of = (kind: ValueBytes['kind'], part = size): ValueBytes => {
    return { kind, part, swapped: part > 1 && kind !== 'bytes' && littleEndian !== hostIsLittleEndian };
  };
  if ('bhilqn'.includes(code)) return of('signed');
  if ('BHILQNP'.includes(code)) return of('unsigned');
  if ('efd'.includes(code)) return of('float');
  switch (code) {
    case 'Zf':
    case 'Zd':
      return of('float', size / 2);
    case 's':
    case 'c':
      return of('bytes');
    case '?':
      return of('truth');
    default:
      return null;
  }
}

/** Whether two formats hold the same values in the same way, byte order aside. */
export function sameByteRule(a: Format, b: Format): boolean {
  const ours = valueBytesOf(a);
  const theirs = valueBytesOf(b);
  return (
    ours !== null &&
    theirs !== null &&
    ours.kind === theirs.kind &&
    ours.part === theirs.part &&
    a.itemsize === b.itemsize
  );
}
