/** Equality of views by value: Python's `==` of memoryviews, across formats, byte orders and layouts. */
import { rangeError } from '../errors.js';
import { codecOf, hasTooManyValues } from '../format/codec.js';
import { type Equality, equalityOf, NEVER } from '../format/equality.js';
import type { Format } from '../format/format.js';
import { itemsEqual } from '../format/piecewise.js';
import { sameByteRule, valueBytesOf } from '../format/value-bytes.js';
import { equivalentShape, narrowed, shownShape } from '../layout/layout.js';
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
  const oursOnce = onceWith(ours, theirs);
  const theirsOnce = onceWith(theirs, ours);
  return equalBlocks(oursOnce, theirsOnce) ?? everyValue(oursOnce, theirsOnce, equal);
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
  const oursOnce = onceWith(ours, theirs);
  const theirsOnce = onceWith(theirs, ours);
  const found = differenceIn(oursOnce, theirsOnce, equal);
  return found < 0 ? -1 : indexInWhole(found, oursOnce.layout.shape, shape);
}

/** Halves the spans while blocks of them can be compared without decoding; the halves add up to the work of two comparisons. */
function differenceIn(ours: Span, theirs: Span, equal: Equality): number {
  const whole = equalBlocks(ours, theirs);
  if (whole === true) return -1;
  if (whole === null) return differenceByItem(ours, theirs, equal);
  const axis = ours.layout.shape.findIndex((length) => length > 1);
  if (axis < 0) return 0;
  const half = Math.ceil(ours.layout.shape[axis]! / 2);
  const found = differenceIn(spanBetween(ours, axis, 0, half), spanBetween(theirs, axis, 0, half), equal);
  if (found >= 0) return found;
  const [lower, upper] = [spanBetween(ours, axis, 0, half), spanBetween(ours, axis, half)];
  return itemCount(lower) + differenceIn(upper, spanBetween(theirs, axis, half), equal);
}

/** The items of a direct span with indices `from` to `to` along an axis. */
function spanBetween(span: Span, axis: number, from: number, to?: number): Span {
  const { layout } = span;
  return { ...span, layout: narrowed(layout, axis, from, (to ?? layout.shape[axis]!) - from) };
}

function differenceByItem(ours: Span, theirs: Span, equal: Equality): number {
  const equalItems = itemEquality(ours.format, theirs.format, equal);
  const others = locationsOf(theirs);
  let i = 0;
  for (const { data, at } of locationsOf(ours)) {
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
  const rule = valueBytesOf(format)!;
  const theirRule = valueBytesOf(theirs.format)!;
  return equalNatively(region, layout, rule, theirs.region, theirs.layout, theirRule, format.itemsize);
}

type ItemEquality = (ourData: DataView, ourAt: number, theirData: DataView, theirAt: number) => boolean;

/** Compares one item with another in place. */
export function itemEquality(ours: Format, theirs: Format, equal: Equality): ItemEquality {
  if (hasTooManyValues(ours) || hasTooManyValues(theirs)) {
    return (ourData, ourAt, theirData, theirAt) =>
      itemsEqual(ours, ourData, ourAt, theirs, theirData, theirAt);
  }
  const { read: readOurs } = codecOf(ours);
  const { read: readTheirs } = codecOf(theirs);
  return (ourData, ourAt, theirData, theirAt) =>
    equal(readOurs(ourData, ourAt), readTheirs(theirData, theirAt));
}

function everyValue(ours: Span, theirs: Span, equal: Equality): boolean {
  const equalItems = itemEquality(ours.format, theirs.format, equal);
  if (ours.indirect === null && theirs.indirect === null) {
    const ourData = ours.region.data;
    const theirData = theirs.region.data;
    return everyPair(ours.layout, theirs.layout, (ourAt, theirAt) =>
      equalItems(ourData, ourAt, theirData, theirAt),
    );
  }
  // The rows of an indirect view follow one another in C order, so both sides can be walked item by item.
  const others = locationsOf(theirs);
  for (const { data, at } of locationsOf(ours)) {
    const other = others.next().value!;
    if (!equalItems(data, at, other.data, other.at)) return false;
  }
  return true;
}

/** Where an item is. */
export interface ItemLocation {
  readonly data: DataView;
  readonly at: number;
}

/** Where each item is, in C order. */
export function* locationsOf(span: Span): Generator<ItemLocation, void> {
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
