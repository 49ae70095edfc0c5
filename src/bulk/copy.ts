/**
 * Copies between spans on this thread: item by item in any layout, safe where both overlap, and never wider than the items.
 * async-copy.ts builds on it.
 */
import { constants } from 'node:buffer';
import { readBoolean, readOptions } from '../arguments.js';
import { rangeError, shown } from '../errors.js';
import { type Codec, codecOf } from '../format/codec.js';
import type { Format } from '../format/format.js';
import { parseFormat } from '../format/parse.js';
import { swapUnits } from '../format/swap.js';
import { typedArrayOf } from '../format/typed-array.js';
import { sameByteRule, valueBytesOf } from '../format/value-bytes.js';
import {
  equivalentShape,
  isCContiguous,
  isFContiguous,
  type Layout,
  reach,
  sameShape,
  shownShape,
} from '../layout/layout.js';
import { type CopyOrder, type Order, stridesIn } from '../layout/order.js';
import { stretch } from '../layout/transform.js';
import { allocateUnset } from '../memory/allocate.js';
import { fillItems } from '../span/items.js';
import { spanOf } from '../span/offer.js';
import { memoryRegion, Region } from '../span/region.js';
import {
  checkLive,
  denseSpan,
  directSpans,
  itemCount,
  nbytesOf,
  onceWith,
  rowSpan,
  type Span,
} from '../span/span.js';
import { COPY_FROM, COPY_RUN_FROM, copyNatively, LOOK_FROM, preferHugePages } from './kernels.js';
import { overlap } from './overlap.js';
import { copyStrided, eachOffset } from './strided.js';

/** How `copyFrom` treats a source that is not just like its target. */
export interface CopyOptions {
  /** Stretches the source to the target's shape, as numpy's assignment does. */
  readonly broadcast?: boolean;
  /** Takes a source of any format that can be decoded, by value; the fields of records by their names. */
  readonly convert?: boolean;
}

/** `m[:] = source`. `recheck` runs after the last of the caller's code and before the first byte. */
export function copyFrom(
  subject: string,
  target: Span,
  source: unknown,
  options: unknown,
  recheck: () => void,
): void {
  const { broadcast = false, convert = false } = readOptions(subject, options, ['broadcast', 'convert']);
  const stretches = readBoolean(`${subject}: broadcast`, broadcast);
  const converts = readBoolean(`${subject}: convert`, convert);
  copyFitted(target, fittedSource(subject, target, source, stretches, converts, recheck), recheck);
}

/** A source that has the shape of its target, and how its items become the target's. */
export interface Fitted {
  readonly source: Span;
  /** Bytes of each part of an item that the copy reverses, 1 for none; null where items have to be decoded. */
  readonly swap: number | null;
}

/** Copies a source that was fitted to its target. */
export function copyFitted(target: Span, { source, swap }: Fitted, recheck: () => void): void {
  const to = onceWith(target, source);
  const from = onceWith(source, target);
  if (swap === 1) copyItems(to, from);
  else if (swap === null) convertItems(to, from, recheck);
  else copySwapped(to, from, swap);
}

/** Reads a source and fits it to its target. `recheck` runs after the last of the caller's code. */
export function fittedSource(
  subject: string,
  target: Span,
  source: unknown,
  stretches: boolean,
  converts: boolean,
  recheck: () => void,
): Fitted {
  const given = spanOf(subject, source);
  recheck();
  const fitted = withShapeOf(subject, target, given, stretches);
  if (!converts) checkSameFormat(subject, target.format, given.format);
  else if (bareText(target.format) !== bareText(given.format)) {
    return { source: fitted, swap: swapBetween(target.format, given.format) };
  }
  return { source: fitted, swap: 1 };
}

/** The source with the target's shape. */
function withShapeOf(subject: string, target: Span, source: Span, stretches: boolean): Span {
  checkLive(subject, source);
  const { shape } = target.layout;
  if (stretches ? sameShape(shape, source.layout.shape) : equivalentShape(shape, source.layout.shape))
    return source;
  if (!stretches) {
    throw rangeError(
      'ERR_SHAPE',
      `${subject}: the source has shape ${shownShape(source.layout.shape)}, expected ${shownShape(shape)}; { broadcast: true } stretches it`,
    );
  }
  const direct = source.indirect === null ? source : gatheredSpan(subject, source);
  return { ...direct, layout: stretch(subject, direct.layout, shape) };
}

function checkSameFormat(subject: string, target: Format, source: Format): void {
  if (bareText(target) === bareText(source) && target.itemsize === source.itemsize) return;
  throw rangeError(
    'ERR_OUT_OF_RANGE',
    `${subject}: the source has format ${shown(source.text)}, expected ${shown(target.text)}; { convert: true } converts by value`,
  );
}

function bareText(format: Format): string {
  return format.text.startsWith('@') ? format.text.slice(1) : format.text;
}

/** Writes the source's values in the target's format; all of them are encoded before the first byte is written. */
export function convertItems(target: Span, source: Span, recheck: () => void): void {
  const read = codecOf(source.format);
  const write = codecOf(target.format);
  // A copy of the target, so that padding between fields stays as it is.
  const staged = gatheredSpan('copyFrom', target);
  const offsets = offsetsOf(staged);
  let i = 0;
  for (const part of directSpans(source)) {
    const { data } = part.region;
    eachOffset(part.layout, (at) => {
      write.store(staged.region.data, offsets(i++), write.encode(read.read(data, at)));
    });
  }
  recheck();
  copyItems(target, staged);
}

/** How one format's items become another's, as {@link Fitted} has it: where both hold one kind of number, every value fits. */
function swapBetween(to: Format, from: Format): number | null {
  const rule = valueBytesOf(to);
  if (rule === null || rule.kind === 'truth' || rule.kind === 'bytes' || !sameByteRule(to, from)) return null;
  return rule.swapped === valueBytesOf(from)!.swapped ? 1 : rule.part;
}

/** Copies with the byte order changed. It swaps bytes and decodes nothing, since a NaN that is decoded loses its payload. */
function copySwapped(target: Span, source: Span, swap: number): void {
  const direct = target.indirect === null && source.indirect === null;
  if (direct && nbytesOf(target) >= COPY_FROM) {
    const apart = overlap(target, source) ? gatheredSpan('copyFrom', source) : source;
    if (copiedNatively(target, apart, swap)) return;
  }
  const staged = gatheredSpan('copyFrom', source);
  swapBytes(staged);
  copyItems(target, staged);
}

function offsetsOf(dense: Span): (i: number) => number {
  const { offset } = dense.layout;
  const { itemsize } = dense.format;
  return (i) => offset + i * itemsize;
}

/**
 * Copies every item of `source` to the same place of `target`. Both have one shape and itemsize; the result is as if the source
 * had been read whole before the first write.
 */
export function copyItems(target: Span, source: Span): void {
  if (itemCount(target) === 0) return;
  const { itemsize } = target.format;
  const whole = target.indirect === null && source.indirect === null;
  const inOneOrder =
    whole &&
    ((isCContiguous(target.layout, itemsize) && isCContiguous(source.layout, itemsize)) ||
      (isFContiguous(target.layout, itemsize) && isFContiguous(source.layout, itemsize)));
  if (inOneOrder) {
    const bytes = nbytesOf(target);
    if (bytes >= COPY_RUN_FROM && !overlap(target, source) && copiedNatively(target, source)) return;
    // One run of bytes: TypedArray.set moves as memmove does.
    const to = target.region.bytes(target.layout.offset, target.layout.offset + bytes);
    to.set(source.region.bytes(source.layout.offset, source.layout.offset + bytes));
    return;
  }
  copyApart(target, overlap(target, source) ? gatheredSpan('copyFrom', source) : source);
}

/** Copies between direct spans in the addon; `swap` as {@link copyNatively} has it. */
function copiedNatively(target: Span, source: Span, swap = 1): boolean {
  const { region, layout, format } = target;
  return copyNatively(region, layout, source.region, source.layout, format.itemsize, swap);
}

function copyApart(target: Span, source: Span): void {
  for (const [to, from] of directPairs(target, source)) {
    copyStrided(to.region, to.layout, from.region, from.layout, to.format.itemsize);
  }
}

/** The direct parts of two spans of one shape, in pairs. */
export function directPairs(target: Span, source: Span): (readonly [target: Span, source: Span])[] {
  if (target.indirect !== null) {
    const { axis, rows } = target.indirect;
    return rows.flatMap((_, i) => directPairs(rowSpan(target, i), pickedSpan(source, axis, i)));
  }
  if (source.indirect !== null) {
    const { axis, rows } = source.indirect;
    return rows.flatMap((_, i) => directPairs(pickedSpan(target, axis, i), rowSpan(source, i)));
  }
  return [[target, source]];
}

/** A span with one index along `axis` picked and the dimension dropped. */
function pickedSpan(span: Span, axis: number, index: number): Span {
  if (span.indirect !== null && span.indirect.axis === axis) return rowSpan(span, index);
  const { offset, shape, strides } = span.layout;
  const layout: Layout = {
    offset: offset + index * strides[axis]!,
    shape: shape.filter((_, d) => d !== axis),
    strides: strides.filter((_, d) => d !== axis),
  };
  return { ...span, layout };
}

/** A dense C-ordered copy of a span in memory of the engine's. */
function gatheredSpan(subject: string, span: Span): Span {
  const bytes = gather(subject, span, 'C');
  return denseSpan(
    new Region(bytes, bytes.buffer, bytes.byteOffset, bytes.length),
    span.format,
    span.layout.shape,
    bytes.byteOffset,
  );
}

/**
 * Copies the items of a span into a new Buffer.
 *
 * @throws RangeError `ERR_OUT_OF_MEMORY`
 */
export function gather(subject: string, span: Span, order: Order): Buffer {
  const nbytes = nbytesOf(span);
  const bytes = uninitializedBytes(subject, nbytes);
  const region = new Region(bytes, bytes.buffer, bytes.byteOffset, nbytes);
  copyApartFrom(denseIn(region, span, order, bytes.byteOffset), span);
  return bytes;
}

/** Copies to a target that was just made and so can't overlap the source. */
function copyApartFrom(target: Span, source: Span): void {
  if (itemCount(target) > 0) copyApart(target, source);
}

/** A span like `span`, without gaps and in `order`, at byte `offset` of a region. */
function denseIn(region: Region, span: Span, order: CopyOrder, offset: number): Span {
  const dense = denseSpan(region, span.format, span.layout.shape, offset);
  // The strides of an indirect span count pointers.
  if (order === 'C' || (span.indirect !== null && order !== 'F')) return dense;
  const strides = stridesIn(order, span.layout, span.format.itemsize);
  return { ...dense, layout: { ...dense.layout, strides } };
}

/** An ArrayBuffer of the engine's with arbitrary content. @throws RangeError `ERR_OUT_OF_MEMORY` */
function uninitializedBytes(subject: string, nbytes: number): Buffer {
  try {
    if (nbytes <= constants.MAX_LENGTH) {
      const bytes = Buffer.allocUnsafeSlow(nbytes);
      if (nbytes >= COPY_RUN_FROM) preferHugePages(bytes.buffer);
      return bytes;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw rangeError(
    'ERR_OUT_OF_MEMORY',
    `${subject}: ${nbytes} bytes needed, and the system has no room for them; slice the view`,
  );
}

/** Copies the items of a span into new native memory. */
export function copyToMemory(subject: string, span: Span, order: CopyOrder): Span {
  const made = blankLike(subject, span, order);
  copyApartFrom(made, span);
  return made;
}

/** A dense span like another one, over new native memory with arbitrary content. */
export function blankLike(subject: string, span: Span, order: CopyOrder): Span {
  const nbytes = nbytesOf(span);
  return denseIn(memoryRegion(allocateUnset(nbytes, subject)), span, order, 0);
}

const BYTES = typedArrayOf(parseFormat('B'));

/** Stores one encoded value in every item. */
export function fillSpan(whole: Span, codec: Codec, encoded: unknown): void {
  if (itemCount(whole) === 0) return;
  const span = onceWith(whole, whole);
  const { format } = span;
  if (format.code === null) {
    // A record may have padding, which a fill leaves alone.
    for (const part of directSpans(span)) {
      const { data } = part.region;
      eachOffset(part.layout, (at) => codec.store(data, at, encoded));
    }
    return;
  }
  const item = Buffer.alloc(format.itemsize);
  const region = new Region(item, item.buffer, item.byteOffset, item.length);
  codec.store(region.data, item.byteOffset, encoded);
  const { shape } = span.layout;
  const layout: Layout = { offset: item.byteOffset, shape, strides: shape.map(() => 0) };
  if (
    span.indirect === null &&
    (isCContiguous(span.layout, format.itemsize) || isFContiguous(span.layout, format.itemsize)) &&
    fillRun(span, item)
  ) {
    return;
  }
  copyApart(span, { region, format, layout, readonly: true, indirect: null });
}

/** Fills a run without gaps by the engine's own `fill`; false where no typed array holds such items at that offset. */
function fillRun(span: Span, item: Uint8Array): boolean {
  const { format, layout, region } = span;
  const kind = format.itemsize === 1 ? BYTES : typedArrayOf(format);
  if (kind === null || layout.offset % kind.bytes !== 0) return false;
  const items = region.items(kind);
  if (items === null) return false;
  const value = new kind.constructor(item.buffer, item.byteOffset, 1)[0];
  const first = layout.offset / kind.bytes;
  return value !== undefined && fillItems(items, value, first, first + itemCount(span));
}

/** Swaps the bytes of every part of every item, in place. */
export function swapBytes(span: Span): void {
  const units = swapUnits(span.format);
  if (itemCount(span) === 0) return;
  for (const part of directSpans(span)) {
    // An empty part may lie anywhere, also outside of the buffer.
    if (itemCount(part) === 0) continue;
    const { low, high } = reach(part.layout, part.format.itemsize);
    const bytes = part.region.bytes(low, high);
    const inBlocks = itemCount(part) >= LOOK_FROM;
    for (const { offset, size } of units) {
      const { layout, region } = part;
      const unit = { ...layout, offset: layout.offset + offset };
      if (inBlocks && copyNatively(region, unit, region, unit, size, size)) continue;
      eachOffset(unit, (at) => {
        for (let i = at - low, j = i + size - 1; i < j; i++, j--) {
          const byte = bytes[i]!;
          bytes[i] = bytes[j]!;
          bytes[j] = byte;
        }
      });
    }
  }
}
