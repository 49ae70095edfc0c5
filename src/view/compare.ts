/** Equality of views by value: Python's `==` of memoryviews, across formats, byte orders and layouts. */
import { codecOf } from '../format/codec.js';
import { type Equality, equalityOf, sameBytes } from '../format/equality.js';
import { equivalentShape, isCContiguous } from '../layout/layout.js';
import { spanOf } from './exporter.js';
import { directSpans, isGone, itemCount, nbytesOf, type Span } from './span.js';
import { everyPair } from './strided.js';

/** Whether `other` offers memory of equal shape and values. Never throws. */
export function equalSpans(ours: Span, other: unknown): boolean {
  let theirs: Span;
  try {
    theirs = spanOf('equals', other);
  } catch {
    // Python's == answers False for what is no exporter, and for one whose memory has gone.
    return false;
  }
  // The other's own method may have released either.
  if (isGone(ours) || isGone(theirs)) return false;
  if (!equivalentShape(ours.layout.shape, theirs.layout.shape)) return false;
  const equal = equalityOf(ours.format, theirs.format);
  if (equal === null) return false;
  if (itemCount(ours) === 0) return true;
  if (sameBytes(ours.format, theirs.format) && isDense(ours) && isDense(theirs)) {
    return Buffer.compare(bytesOf(ours), bytesOf(theirs)) === 0;
  }
  return everyValue(ours, theirs, equal);
}

function isDense(span: Span): boolean {
  return span.indirect === null && isCContiguous(span.layout, span.format.itemsize);
}

function bytesOf(span: Span): Uint8Array {
  return span.region.bytes(span.layout.offset, span.layout.offset + nbytesOf(span));
}

function everyValue(ours: Span, theirs: Span, equal: Equality): boolean {
  const a = codecOf(ours.format);
  const b = codecOf(theirs.format);
  if (ours.indirect === null && theirs.indirect === null) {
    const dataA = ours.region.data;
    const dataB = theirs.region.data;
    return everyPair(ours.layout, theirs.layout, (atA, atB) => equal(a.read(dataA, atA), b.read(dataB, atB)));
  }
  // The rows of an indirect view follow one another in C order, so both sides can be walked item by item.
  const others = itemsOf(theirs, b.read);
  for (const value of itemsOf(ours, a.read)) if (!equal(value, others.next().value)) return false;
  return true;
}

function* itemsOf(span: Span, read: (data: DataView, at: number) => unknown): Generator<unknown, void> {
  for (const part of directSpans(span)) {
    const { shape, strides, offset } = part.layout;
    const { data } = part.region;
    const count = itemCount(part);
    for (let n = 0; n < count; n++) {
      let at = offset;
      for (let d = shape.length - 1, rest = n; d >= 0; d--) {
        at += (rest % shape[d]!) * strides[d]!;
        rest = Math.floor(rest / shape[d]!);
      }
      yield read(data, at);
    }
  }
}
