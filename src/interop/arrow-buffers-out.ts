/** Dense buffers for Arrow: a view's memory in place if its layout fits, else a copy that is swapped or packed. */
import { typeError } from '../errors.js';
import { EXPORTER } from '../memory/adopted.js';
import { spanOf } from '../span/offer.js';
import { startOf } from '../span/span.js';
import { createView, type MemoryView } from '../view/memory-view.js';
import { requireNativeMemory } from '../view/native-exporter.js';
import { blankFrom } from '../view/new-memory.js';

/** The bytes of a dense view, as long as the caller reads or writes them. */
function bytesOf(view: MemoryView): Uint8Array {
  const span = spanOf('toArrow', view);
  const start = startOf(span);
  return span.region.bytes(start, start + view.nbytes);
}

/** New native bytes, zeroed. */
export function freshBytes(nbytes: number): MemoryView {
  requireNativeMemory('toArrow');
  return blankFrom('toArrow', null, [nbytes], 'B', undefined, true);
}

/** New native bytes with some content. */
export function bytesOver(content: Uint8Array): object {
  const made = freshBytes(content.length);
  bytesOf(made).set(content);
  return exporterOf(made)!;
}

function exporterOf(view: MemoryView): object | undefined {
  return Reflect.get(view, EXPORTER) as object | undefined;
}

/** The error for elements that are not dense. */
function gapsError(): Error {
  return typeError(
    'ERR_NOT_CONTIGUOUS',
    'toArrow: the elements have gaps between them, expected dense ones; pass copy: true',
  );
}

/** An exporter of a dense buffer: of the memory itself, or of a copy where the caller allows one. */
export function bufferOf(view: MemoryView, copies: boolean): object {
  const isDense = view.cContiguous;
  if (!isDense && !copies) throw gapsError();
  const direct = isDense ? exporterOf(view) : undefined;
  if (direct !== undefined) return direct;
  requireNativeMemory('toArrow');
  if (!copies) {
    throw typeError(
      'ERR_UNSUPPORTED',
      "toArrow: the memory is the engine's own and can't be pinned, expected native memory; pass copy: true",
    );
  }
  return exporterOf(view.copy())!;
}

/** A copy in this machine's byte order. */
export function swappedBuffer(view: MemoryView): object {
  requireNativeMemory('toArrow');
  const made = view.copy();
  made.byteswap();
  return exporterOf(made)!;
}

/** A bit for each byte that is not 0, lowest first, as Arrow has booleans. */
export function packedBits(view: MemoryView): object {
  const source = bytesOf(view.cContiguous ? view : view.copy());
  const made = freshBytes(Math.ceil(source.length / 8));
  const bits = bytesOf(made);
  for (let i = 0; i < source.length; i++) {
    if (source[i] !== 0) bits[i >>> 3]! |= 1 << (i & 7);
  }
  return exporterOf(made)!;
}

/** A validity bitmap for Arrow. */
export interface Bitmap {
  /** An exporter of the bits. */
  readonly buffer: object;
  /** How many of the elements are missing. It is always counted, because some consumers take an unknown count for 0. */
  readonly nulls: number;
}

/** Counts the bits that are 0 among `length` bits of a dense view of bytes, from bit `first` on. */
export function countZeros(view: MemoryView, first: number, length: number): number {
  const bytes = bytesOf(view);
  let zeros = 0;
  let i = first;
  const end = first + length;
  for (; i < end && (i & 7) !== 0; i++) zeros += (bytes[Math.floor(i / 8)]! >> (i & 7)) & 1 ? 0 : 1;
  for (; i + 8 <= end; i += 8) zeros += ZEROS[bytes[i / 8]!]!;
  for (; i < end; i++) zeros += (bytes[Math.floor(i / 8)]! >> (i & 7)) & 1 ? 0 : 1;
  return zeros;
}

/** Bits that are 0 in each byte. */
const ZEROS = Uint8Array.from({ length: 256 }, (_, byte) => {
  let zeros = 8;
  for (let rest = byte; rest > 0; rest &= rest - 1) zeros--;
  return zeros;
});

/** All elements in one dimension. @throws TypeError `ERR_NOT_CONTIGUOUS` without `copies` */
export function flattened(view: MemoryView, copies: boolean): MemoryView {
  const dense = view.cContiguous || !copies ? view : view.copy();
  if (dense.cContiguous) return dense.reshape([dense.nbytes / dense.itemsize]);
  throw gapsError();
}

/** A view of any exporter. */
export function viewOf(subject: string, exporter: unknown): MemoryView {
  return createView(spanOf(subject, exporter));
}
