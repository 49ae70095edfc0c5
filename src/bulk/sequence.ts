/** Search for several elements in a row, in 1-D views: bytes as Buffer's `indexOf` does, elements of other formats by Python's `==`. */
import { types } from 'node:util';
import { isList } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { type Equality, equalityOf, NEVER } from '../format/equality.js';
import type { Format } from '../format/format.js';
import { firstBytes } from '../format/own-bytes.js';
import { sameByteRule, valueBytesOf } from '../format/value-bytes.js';
import { readBound } from '../layout/index-parts.js';
import { isCContiguous } from '../layout/layout.js';
import { clampSlice } from '../layout/slice.js';
import { spanOf } from '../span/offer.js';
import { Region } from '../span/region.js';
import { checkLive, denseSpan, itemCount, nbytesOf, type Span } from '../span/span.js';
import { type ItemLocation, itemEquality, locationsOf } from './compare.js';
import { gather } from './copy.js';
import { nestedShape, storeNested } from './from-array.js';

/** Whether elements are single bytes, of which a Uint8Array is a sequence. */
function areBytes({ code, itemsize }: Format): boolean {
  return itemsize === 1 && (code === 'B' || code === 'b' || code === 'c');
}

/** A copy of the bytes that a caller searches for; null where the value is one element. Runs no code of the caller's. */
export function byteSequenceOf(format: Format, value: unknown): Buffer | null {
  if (!areBytes(format)) return null;
  if (types.isUint8Array(value)) return Buffer.from(firstBytes(value));
  return types.isUint8ClampedArray(value)
    ? Buffer.from(spanBytes('indexOf', spanOf('indexOf', value)))
    : null;
}

/** The bytes of a direct span in C order: its own where they are contiguous, else a copy. */
function spanBytes(subject: string, span: Span): Buffer {
  const isRow = span.indirect === null && isCContiguous(span.layout, span.format.itemsize);
  // An empty span may lie anywhere, also outside of the buffer.
  if (!isRow || itemCount(span) === 0) return gather(subject, span, 'C');
  return Buffer.from(span.region.buffer, span.layout.offset, nbytesOf(span));
}

function startFrom(subject: string, from: unknown, length: number): number {
  return clampSlice(from === undefined ? null : readBound(`${subject}: from`, from), null, 1, length).start;
}

/** Whether all elements are one by stride 0. There may be 2^40 of them, too many to walk. */
const repeats = ({ indirect, layout }: Span): boolean => indirect === null && layout.strides[0] === 0;

/** The index at which a sequence of bytes begins, or -1. An empty one begins where the search does. */
export function findBytes(subject: string, span: Span, needle: Buffer, from: unknown): number {
  const length = span.layout.shape[0]!;
  const start = startFrom(subject, from, length);
  if (needle.length > length - start) return -1;
  if (needle.length === 0) return start;
  if (!repeats(span)) return spanBytes(subject, span).indexOf(needle, start);
  const byte = span.region.bytes(span.layout.offset, span.layout.offset + 1)[0];
  return needle.every((wanted) => wanted === byte) ? start : -1;
}

/** Counts a sequence of bytes, without overlaps: Python's `bytes.count`. */
export function countBytes(subject: string, span: Span, needle: Buffer): number {
  const length = span.layout.shape[0]!;
  if (needle.length === 0) return length + 1;
  if (repeats(span)) return findBytes(subject, span, needle, 0) < 0 ? 0 : Math.floor(length / needle.length);
  const bytes = spanBytes(subject, span);
  let count = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + needle.length)) count++;
  return count;
}

/**
 * The index at which the elements of a sequence stand one after another, or -1.
 *
 * @param sequence - any exporter of one dimension, or an array of values of the view's format
 */
export function findSequence(span: Span, sequence: unknown, from: unknown): number {
  const needle = sequenceSpan(span.format, sequence);
  checkLive('find', span);
  const length = span.layout.shape[0]!;
  const start = startFrom('find', from, length);
  const count = itemCount(needle);
  if (count > length - start) return -1;
  if (count === 0) return start;
  const equal = equalityOf(span.format, needle.format);
  const same = equalityOf(needle.format, needle.format);
  if (equal === null || same === null || equal === NEVER) return -1;
  if (repeats(span)) {
    const [first] = locationsOf({ ...span, layout: { ...span.layout, shape: [1] } });
    const is = itemEquality(span.format, needle.format, equal);
    for (const place of locationsOf(needle)) if (!is(first!.data, first!.at, place.data, place.at)) return -1;
    return start;
  }
  return findRun(span, needle, start) ?? findEach(span, needle, start, equal, same);
}

function sequenceSpan(format: Format, sequence: unknown): Span {
  const span = isList(sequence) ? encodedSpan(format, sequence) : spanOf('find', sequence);
  checkLive('find', span);
  if (span.layout.shape.length === 1) return span;
  throw typeError(
    'ERR_INVALID_ARG',
    `find: ${shown(sequence)} has ${span.layout.shape.length} dimensions, expected a sequence of one; indexOf() looks for an element`,
  );
}

function encodedSpan(format: Format, values: readonly unknown[]): Span {
  const nested = nestedShape(values, format);
  const bytes = Buffer.alloc(nested.values.length * format.itemsize);
  const region = new Region(bytes, bytes.buffer, bytes.byteOffset, bytes.length);
  const span = denseSpan(region, format, nested.shape, bytes.byteOffset);
  storeNested(span, nested.values);
  return span;
}

/** Search by bytes, if equal bytes are equal values; else null. */
function findRun(span: Span, needle: Span, start: number): number | null {
  const ours = valueBytesOf(span.format);
  const theirs = valueBytesOf(needle.format);
  if (ours === null || theirs === null || !sameByteRule(span.format, needle.format)) return null;
  if (ours.kind === 'float' || ours.kind === 'truth' || ours.swapped !== theirs.swapped) return null;
  const { itemsize } = span.format;
  if (span.indirect !== null || !isCContiguous(span.layout, itemsize)) return null;
  const bytes = spanBytes('find', span);
  const wanted = spanBytes('find', needle);
  let at = bytes.indexOf(wanted, start * itemsize);
  // A run may begin in the middle of an element.
  while (at >= 0 && at % itemsize !== 0) at = bytes.indexOf(wanted, at + 1);
  return at < 0 ? -1 : at / itemsize;
}

/** Knuth, Morris and Pratt: each element is read a bounded number of times, for any sequence. */
function findEach(span: Span, needle: Span, start: number, equal: Equality, same: Equality): number {
  const wanted = [...locationsOf(needle)];
  const isSame = itemEquality(needle.format, needle.format, same);
  const is = itemEquality(span.format, needle.format, equal);
  // NaN does not equal itself.
  const equalWanted = (a: ItemLocation, b: ItemLocation): boolean => isSame(a.data, a.at, b.data, b.at);
  if (!wanted.every((place) => equalWanted(place, place))) return -1;
  const fallback = fallbackOf(wanted, equalWanted);
  let matched = 0;
  let i = 0;
  for (const { data, at } of locationsOf(span)) {
    if (i++ < start) continue;
    while (matched > 0 && !is(data, at, wanted[matched]!.data, wanted[matched]!.at))
      matched = fallback[matched - 1]!;
    if (is(data, at, wanted[matched]!.data, wanted[matched]!.at)) matched++;
    if (matched === wanted.length) return i - matched;
  }
  return -1;
}

/** For each prefix of a sequence, the length of the longest shorter one that it ends with. */
function fallbackOf(
  wanted: readonly ItemLocation[],
  equal: (a: ItemLocation, b: ItemLocation) => boolean,
): number[] {
  const fallback = [0];
  for (let i = 1, length = 0; i < wanted.length; i++) {
    while (length > 0 && !equal(wanted[i]!, wanted[length]!)) length = fallback[length - 1]!;
    if (equal(wanted[i]!, wanted[length]!)) length++;
    fallback.push(length);
  }
  return fallback;
}
