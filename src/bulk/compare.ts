/** Equality of views by value: Python's `==` of memoryviews, across formats, byte orders and layouts. */
import { codecOf, hasTooManyValues } from '../format/codec.js';
import { type Equality, equalityOf, NEVER } from '../format/equality.js';
import type { Format } from '../format/format.js';
import { itemsEqual } from '../format/piecewise.js';
import { sameWay, valueBytesOf } from '../format/value-bytes.js';
import { equivalentShape } from '../layout/layout.js';
import { spanOf } from '../span/offer.js';
import { directSpans, isGone, itemCount, onceWith, type Span } from '../span/span.js';
import { equalNatively, LOOK_FROM } from './kernels.js';
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
  if (equal === NEVER) return false;
  const a = onceWith(ours, theirs);
  const b = onceWith(theirs, ours);
  return equalBlocks(a, b) ?? everyValue(a, b, equal);
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

type ItemEquality = (dataA: DataView, atA: number, dataB: DataView, atB: number) => boolean;

/** Compares one item with another where they lie. */
function itemEquality(a: Format, b: Format, equal: Equality): ItemEquality {
  if (hasTooManyValues(a) || hasTooManyValues(b)) {
    return (dataA, atA, dataB, atB) => itemsEqual(a, dataA, atA, b, dataB, atB);
  }
  const { read: readA } = codecOf(a);
  const { read: readB } = codecOf(b);
  return (dataA, atA, dataB, atB) => equal(readA(dataA, atA), readB(dataB, atB));
}

function everyValue(ours: Span, theirs: Span, equal: Equality): boolean {
  const equalItems = itemEquality(ours.format, theirs.format, equal);
  if (ours.indirect === null && theirs.indirect === null) {
    const dataA = ours.region.data;
    const dataB = theirs.region.data;
    return everyPair(ours.layout, theirs.layout, (atA, atB) => equalItems(dataA, atA, dataB, atB));
  }
  // The rows of an indirect view follow one another in C order, so both sides can be walked item by item.
  const others = placesOf(theirs);
  for (const { data, at } of placesOf(ours)) {
    const other = others.next().value!;
    if (!equalItems(data, at, other.data, other.at)) return false;
  }
  return true;
}

function* placesOf(span: Span): Generator<{ data: DataView; at: number }, void> {
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
      yield { data, at };
    }
  }
}
