/** Python's `struct` module over exporters: the format floor's packing, with bounds and liveness. */
import { readInteger } from '../arguments.js';
import { rangeError, typeError } from '../errors.js';
import { calcsize, type Struct, structOf } from '../format/struct.js';
import { isCContiguous } from '../layout/layout.js';
import { spanOf } from '../span/offer.js';
import { goneError } from '../span/region.js';
import { checkLive, nbytesOf, type Span, startOf } from '../span/span.js';
import type { Exporter } from './exporter.js';

/** The contiguous bytes of an exporter. */
interface Bytes {
  readonly span: Span;
  /** The first byte, in the region's buffer. */
  readonly start: number;
  readonly nbytes: number;
}

function contiguousBytesOf(subject: string, exporter: unknown): Bytes {
  const span = spanOf(subject, exporter);
  if (span.indirect !== null || !isCContiguous(span.layout, span.format.itemsize)) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      `${subject}: the memory is not C-contiguous, expected one run of bytes; copy() it`,
    );
  }
  return { span, start: startOf(span), nbytes: nbytesOf(span) };
}

/** Where an item of a struct begins in the exporter's bytes; a negative offset counts from the end. */
function placeOf(subject: string, { itemsize }: Struct, { nbytes }: Bytes, offset: unknown): number {
  const given = readInteger(`${subject}: offset`, offset);
  const at = given < 0 ? given + nbytes : given;
  if (at < 0 || at + itemsize > nbytes) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: ${itemsize} bytes at offset ${given} asked for, expected a range within ${nbytes} bytes`,
    );
  }
  return at;
}

function pack(format: string, ...values: unknown[]): Buffer {
  const struct = structOf(format);
  const encoded = struct.encode('pack', values);
  const bytes = zeroedBytes('pack', struct.itemsize);
  struct.store(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, encoded);
  return bytes;
}

function zeroedBytes(subject: string, nbytes: number): Buffer {
  try {
    return Buffer.alloc(nbytes);
  } catch {
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `${subject}: ${nbytes} bytes needed, and the system has no room for them`,
    );
  }
}

function packInto(format: string, exporter: Exporter, offset: number, ...values: unknown[]): void {
  const struct = structOf(format);
  const bytes = contiguousBytesOf('packInto', exporter);
  if (bytes.span.readonly)
    throw typeError('ERR_READONLY', 'packInto: the memory is read-only, expected a writable exporter');
  const at = placeOf('packInto', struct, bytes, offset);
  const encoded = struct.encode('packInto', values);
  checkLive('packInto', bytes.span);
  struct.store(bytes.span.region.data, bytes.start + at, encoded);
}

function unpack(format: string, exporter: Exporter): unknown[] {
  const struct = structOf(format);
  const bytes = contiguousBytesOf('unpack', exporter);
  if (bytes.nbytes !== struct.itemsize) {
    throw rangeError('ERR_OUT_OF_RANGE', `unpack: ${bytes.nbytes} bytes given, expected ${struct.itemsize}`);
  }
  return struct.read(bytes.span.region.data, bytes.start);
}

function unpackFrom(format: string, exporter: Exporter, offset: number = 0): unknown[] {
  const struct = structOf(format);
  const bytes = contiguousBytesOf('unpackFrom', exporter);
  const at = placeOf('unpackFrom', struct, bytes, offset);
  return struct.read(bytes.span.region.data, bytes.start + at);
}

function iterUnpack(format: string, exporter: Exporter): IterableIterator<unknown[]> {
  const struct = structOf(format);
  const { itemsize } = struct;
  const { span, start, nbytes } = contiguousBytesOf('iterUnpack', exporter);
  if (itemsize === 0) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      'iterUnpack: the format has items of 0 bytes, expected at least 1 byte an item',
    );
  }
  if (nbytes % itemsize !== 0) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `iterUnpack: ${nbytes} bytes given, expected a multiple of ${itemsize}`,
    );
  }
  const { data } = span.region;
  const end = start + nbytes;
  let at = start;
  return {
    next(): IteratorResult<unknown[]> {
      if (at >= end) return { done: true, value: undefined };
      const value = readLive(struct, span, data, at);
      at += itemsize;
      return { done: false, value };
    },
    [Symbol.iterator]() {
      return this;
    },
  };
}

/** Reads one item; the engine's own refusal of memory that has gone is the liveness check, and costs nothing while it is there. */
function readLive(struct: Struct, span: Span, data: DataView, at: number): unknown[] {
  try {
    return struct.read(data, at);
  } catch (error) {
    if (span.region.isGone(at + struct.itemsize)) throw goneError('iterUnpack', span.region);
    throw error;
  }
}

/** The functions of Python's `struct` module: its own grammar (PEP 3118's additions are `ERR_FORMAT`), and always a flat array of values. */
export interface PythonStruct {
  /**
   * Says how many bytes an item has: `struct.calcsize`.
   *
   * @param format - of an item
   * @throws TypeError `ERR_FORMAT`
   */
  calcsize(format: string): number;

  /**
   * Packs values into a new Buffer: `struct.pack`.
   *
   * @param format - of an item
   * @param values - one for each that the format has; pad bytes have none
   * @throws RangeError `ERR_OUT_OF_RANGE` for a value that does not fit; TypeError `ERR_INVALID_ARG` for a wrong kind or count,
   *   `ERR_FORMAT`
   * @example struct.pack('>Ih', 1, -2)
   */
  pack(format: string, ...values: unknown[]): Buffer;

  /**
   * Reads one item that fills the exporter exactly: `struct.unpack`.
   *
   * @param format - of an item
   * @param exporter - any, C-contiguous
   * @throws RangeError `ERR_OUT_OF_RANGE` for another number of bytes; TypeError `ERR_FORMAT`, `ERR_NOT_CONTIGUOUS`; BufferError
   *   `ERR_RELEASED`
   * @example struct.unpack('>Ih', Buffer.from('00000001fffe', 'hex')) // [1, -2]
   */
  unpack(format: string, exporter: Exporter): unknown[];

  /**
   * Packs values into an exporter's memory: `struct.pack_into`.
   *
   * @param format - of an item
   * @param exporter - any, C-contiguous and writable
   * @param offset - bytes from its first; a negative one counts from the end
   * @param values - one for each that the format has
   * @throws TypeError `ERR_READONLY`, `ERR_INVALID_ARG`, `ERR_FORMAT`; RangeError `ERR_OUT_OF_RANGE`; BufferError `ERR_RELEASED`. Nothing
   *   is written then.
   * @example struct.packInto('<I', memory, 16, 7)
   */
  packInto(format: string, exporter: Exporter, offset: number, ...values: unknown[]): void;

  /**
   * Reads one item from some byte on: `struct.unpack_from`.
   *
   * @param format - of an item
   * @param exporter - any, C-contiguous
   * @param offset - bytes from its first, 0 by default; a negative one counts from the end
   * @throws RangeError `ERR_OUT_OF_RANGE`; TypeError `ERR_FORMAT`, `ERR_NOT_CONTIGUOUS`; BufferError `ERR_RELEASED`
   * @example struct.unpackFrom('<I', memory, 16)
   */
  unpackFrom(format: string, exporter: Exporter, offset?: number): unknown[];

  /**
   * Reads item after item to the exporter's end: `struct.iter_unpack`.
   *
   * @param format - of an item, of 1 byte at least
   * @param exporter - any, C-contiguous
   * @throws RangeError `ERR_OUT_OF_RANGE` where its bytes are no multiple of the item's; TypeError `ERR_FORMAT`, `ERR_NOT_CONTIGUOUS`;
   *   BufferError `ERR_RELEASED`, also in the middle
   * @example for (const [id, price] of struct.iterUnpack('<Id', file)) total += price
   */
  iterUnpack(format: string, exporter: Exporter): IterableIterator<unknown[]>;
}

/** Python's `struct` over exporters. */
export const struct: PythonStruct = Object.freeze({
  calcsize,
  pack,
  unpack,
  packInto,
  unpackFrom,
  iterUnpack,
});
