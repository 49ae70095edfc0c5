/** Python's `struct` module over exporters: the format floor's packing, with bounds and liveness. */
import { readInteger } from '../arguments.js';
import { rangeError, typeError } from '../errors.js';
import { calcsize, type Struct, structOf } from '../format/struct.js';
import { isCContiguous } from '../layout/layout.js';
import { type Exporter, spanOf } from './exporter.js';
import { goneError } from './region.js';
import { checkLive, nbytesOf, type Span, startOf } from './span.js';

/** The contiguous bytes of an exporter. */
interface Bytes {
  readonly span: Span;
  /** The first byte, in the region's buffer. */
  readonly start: number;
  readonly nbytes: number;
}

function bytesOf(subject: string, exporter: unknown): Bytes {
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
      `${subject}: ${itemsize} bytes at offset ${given} asked for, expected them inside of ${nbytes} bytes`,
    );
  }
  return at;
}

/** Packs values into a new Buffer. @throws RangeError `ERR_OUT_OF_RANGE`; TypeError `ERR_INVALID_ARG`, `ERR_FORMAT` */
function pack(format: string, ...values: unknown[]): Buffer {
  const struct = structOf(format);
  const encoded = struct.encode('pack', values);
  const bytes = allocated('pack', struct.itemsize);
  struct.store(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, encoded);
  return bytes;
}

function allocated(subject: string, nbytes: number): Buffer {
  try {
    return Buffer.alloc(nbytes);
  } catch {
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `${subject}: ${nbytes} bytes needed, and the system has no room for them`,
    );
  }
}

/**
 * Packs values into an exporter's memory.
 *
 * @param offset - bytes from its first; a negative one counts from the end
 * @throws TypeError `ERR_READONLY`, `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_RANGE`; BufferError `ERR_RELEASED`. Nothing is written then.
 */
function packInto(format: string, exporter: Exporter, offset: number, ...values: unknown[]): void {
  const struct = structOf(format);
  const bytes = bytesOf('packInto', exporter);
  if (bytes.span.readonly)
    throw typeError('ERR_READONLY', 'packInto: the memory is read-only, expected a writable exporter');
  const at = placeOf('packInto', struct, bytes, offset);
  const encoded = struct.encode('packInto', values);
  checkLive('packInto', bytes.span);
  struct.store(bytes.span.region.data, bytes.start + at, encoded);
}

/** Reads one item that fills the exporter exactly. @throws RangeError `ERR_OUT_OF_RANGE` for another number of bytes */
function unpack(format: string, exporter: Exporter): unknown[] {
  const struct = structOf(format);
  const bytes = bytesOf('unpack', exporter);
  if (bytes.nbytes !== struct.itemsize) {
    throw rangeError('ERR_OUT_OF_RANGE', `unpack: ${bytes.nbytes} bytes given, expected ${struct.itemsize}`);
  }
  return struct.read(bytes.span.region.data, bytes.start);
}

/** Reads one item at `offset` bytes; a negative one counts from the end. @throws RangeError `ERR_OUT_OF_RANGE` */
function unpackFrom(format: string, exporter: Exporter, offset: number = 0): unknown[] {
  const struct = structOf(format);
  const bytes = bytesOf('unpackFrom', exporter);
  const at = placeOf('unpackFrom', struct, bytes, offset);
  return struct.read(bytes.span.region.data, bytes.start + at);
}

/**
 * Reads item after item to the exporter's end.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` where its bytes are no multiple of the item's; BufferError `ERR_RELEASED`, also in the middle
 */
function iterUnpack(format: string, exporter: Exporter): IterableIterator<unknown[]> {
  const struct = structOf(format);
  const { itemsize } = struct;
  const { span, start, nbytes } = bytesOf('iterUnpack', exporter);
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

/** Python's `struct`: its own grammar, and always a flat array of values. */
export const struct: {
  /** Bytes of an item. @throws TypeError `ERR_FORMAT` */
  readonly calcsize: (format: string) => number;
  readonly pack: typeof pack;
  readonly unpack: typeof unpack;
  readonly packInto: typeof packInto;
  readonly unpackFrom: typeof unpackFrom;
  readonly iterUnpack: typeof iterUnpack;
} = Object.freeze({ calcsize, pack, unpack, packInto, unpackFrom, iterUnpack });
