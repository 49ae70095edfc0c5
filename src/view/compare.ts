/** Equality of views by value: Python's `==` of memoryviews, across formats, byte orders and layouts. */
import { codecOf } from '../format/codec.js';
import { type Equality, equalityOf } from '../format/equality.js';
import { sameWay, valueBytesOf } from '../format/value-bytes.js';
import { equivalentShape } from '../layout/layout.js';
import { spanOf } from './exporter.js';
import { equalNatively, LOOK_FROM } from './kernels.js';
import { directSpans, isGone, itemCount, type Span } from './span.js';
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
  return equalBlocks(ours, theirs) ?? everyValue(ours, theirs, equal);
}

/** Equality without decoding an item; null where the formats, the layouts or the size do not allow it. */
function equalBlocks(ours: Span, theirs: Span): boolean | null {
  if (itemCount(ours) < LOOK_FROM || ours.indirect !== null || theirs.indirect !== null) return null;
  if (!sameWay(ours.format, theirs.format)) return null;
  const { region, layout, format } = ours;
  const a = valueBytesOf(format)!;
  const b = valueBytesOf(theirs.format)!;
  return equalNatively(region, layout, a, theirs.region, theirs.layout, b, format.itemsize);
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
