/** Equality of views by value: Python's `==` of memoryviews, across formats, byte orders and layouts. */
import { rangeError } from '../errors.js';
import { codecOf, hasTooManyValues } from '../format/codec.js';
import { type Equality, equalityOf, NEVER } from '../format/equality.js';
import type { Format } from '../format/format.js';
import { itemsEqual } from '../format/piecewise.js';
import { sameByteRule, valueBytesOf } from '../format/value-bytes.js';
import { equivalentShape, shownShape } from '../layout/layout.js';
import { spanOf } from '../span/offer.js';
import { checkLive, directSpans, isGone, itemCount, onceWith, type Span } from '../span/span.js';
import { equalNatively, LOOK_FROM } from './kernels.js';
import { everyPair } from './strided.js';

/** Whether `other` offers memory of equal shape and values. Never throws. */
export function equalSpans(ours: Span, other: unknown): boolean {
  let theirs: Span;
  try {
    theirs = spanOf('equals', other);
  } catch {
    // Python's == returns False for a value that is not an exporter, and for one whose memory has gone.
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

/**
 * The index, in C order of the whole shape, of the first item that differs, or -1.
 *
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not an exporter; RangeError `ERR_SHAPE` for another shape; BufferError `ERR_RELEASED`
 */
export function firstDifference(ours: Span, other: unknown): number {
  const theirs = spanOf('mismatch', other);
  checkLive('mismatch', ours);
  checkLive('mismatch', theirs);
  const { shape } = ours.layout;
  if (!equivalentShape(shape, theirs.layout.shape)) {
    throw rangeError(
      'ERR_SHAPE',
      `mismatch: the other has shape ${shownShape(theirs.layout.shape)}, expected ${shownShape(shape)}`,
    );
  }
  if (itemCount(ours) === 0) return -1;
  const equal = equalityOf(ours.format, theirs.format);
  if (equal === null || equal === NEVER) return 0;
  const a = onceWith(ours, theirs);
  const b = onceWith(theirs, ours);
  const found = differenceIn(a, b, equal);
  return found < 0 ? -1 : indexInWhole(found, a.layout.shape, shape);
}

/** Halves spans for as long as blocks of them can be compared at once: in all as much work as two comparisons. */
function differenceIn(a: Span, b: Span, equal: Equality): number {
  const whole = equalBlocks(a, b);
  if (whole === true) return -1;
  if (whole === null) return differenceByItem(a, b, equal);
  const axis = a.layout.shape.findIndex((length) => length > 1);
  if (axis < 0) return 0;
  const half = Math.ceil(a.layout.shape[axis]! / 2);
  const found = differenceIn(partOf(a, axis, 0, half), partOf(b, axis, 0, half), equal);
  if (found >= 0) return found;
  const [lower, upper] = [partOf(a, axis, 0, half), partOf(a, axis, half)];
  return itemCount(lower) + differenceIn(upper, partOf(b, axis, half), equal);
}

/** The items of a direct span with indices `from` to `to` along an axis. */
function partOf(span: Span, axis: number, from: number, to?: number): Span {
  const { offset, shape, strides } = span.layout;
  const length = (to ?? shape[axis]!) - from;
  return {
    ...span,
    layout: { offset: offset + from * strides[axis]!, shape: shape.with(axis, length), strides },
  };
}

function differenceByItem(a: Span, b: Span, equal: Equality): number {
  const equalItems = itemEquality(a.format, b.format, equal);
  const others = placesOf(b);
  let i = 0;
  for (const { data, at } of placesOf(a)) {
    const other = others.next().value!;
    if (!equalItems(data, at, other.data, other.at)) return i;
    i++;
  }
  return -1;
}

/** The index in `whole` of the item with index `at` in a shape in which some of its lengths are 1. */
function indexInWhole(at: number, shape: readonly number[], whole: readonly number[]): number {
  let index = 0;
  let step = 1;
  let rest = at;
  for (let d = shape.length - 1; d >= 0; d--) {
    index += (rest % shape[d]!) * step;
    rest = Math.floor(rest / shape[d]!);
    step *= whole[d]!;
  }
  return index;
}

/** Equality without decoding an item; null where the formats, the layouts or the size do not allow it. */
function equalBlocks(ours: Span, theirs: Span): boolean | null {
  if (itemCount(ours) < LOOK_FROM || ours.indirect !== null || theirs.indirect !== null) return null;
  if (!sameByteRule(ours.format, theirs.format)) return null;
  const { region, layout, format } = ours;
  const a = valueBytesOf(format)!;
  const b = valueBytesOf(theirs.format)!;
  return equalNatively(region, layout, a, theirs.region, theirs.layout, b, format.itemsize);
}

type ItemEquality = (dataA: DataView, atA: number, dataB: DataView, atB: number) => boolean;

/** Compares one item with another where they lie. */
export function itemEquality(a: Format, b: Format, equal: Equality): ItemEquality {
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

/** Where an item lies. */
export interface Place {
  readonly data: DataView;
  readonly at: number;
}

/** The places of all items, in C order. */
export function* placesOf(span: Span): Generator<Place, void> {
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
