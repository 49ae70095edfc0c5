/** Python's `struct` module over exporters: the format floor's packing, with bounds and liveness. */
import { readInteger } from '../arguments.js';
import { rangeError, typeError } from '../errors.js';
import { type Struct, structOf } from '../format/struct.js';
import { isCContiguous } from '../layout/layout.js';
import { spanOf } from '../span/offer.js';
import { goneError } from '../span/region.js';
import { checkLive, nbytesOf, type Span, startOf } from '../span/span.js';

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
function itemOffset(subject: string, { itemsize }: Struct, { nbytes }: Bytes, offset: unknown): number {
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

export function pack(format: string, ...values: unknown[]): Buffer {
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

export function packInto(format: string, exporter: unknown, offset: number, ...values: unknown[]): void {
  const struct = structOf(format);
  const bytes = contiguousBytesOf('packInto', exporter);
  if (bytes.span.readonly)
    throw typeError('ERR_READONLY', 'packInto: the memory is read-only, expected a writable exporter');
  const at = itemOffset('packInto', struct, bytes, offset);
  const encoded = struct.encode('packInto', values);
  checkLive('packInto', bytes.span);
  struct.store(bytes.span.region.data, bytes.start + at, encoded);
}

export function unpack(format: string, exporter: unknown): unknown[] {
  const struct = structOf(format);
  const bytes = contiguousBytesOf('unpack', exporter);
  if (bytes.nbytes !== struct.itemsize) {
    throw rangeError('ERR_OUT_OF_RANGE', `unpack: ${bytes.nbytes} bytes given, expected ${struct.itemsize}`);
  }
  return struct.read(bytes.span.region.data, bytes.start);
}

export function unpackFrom(format: string, exporter: unknown, offset: number = 0): unknown[] {
  const struct = structOf(format);
  const bytes = contiguousBytesOf('unpackFrom', exporter);
  const at = itemOffset('unpackFrom', struct, bytes, offset);
  return struct.read(bytes.span.region.data, bytes.start + at);
}

export function iterUnpack(format: string, exporter: unknown): IterableIterator<unknown[]> {
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
