/**
 * A span is all that the bulk operations need to know of a view: a format laid over a layout over a region.
 * Copying, comparing, searching and rendering work on spans, so they never see a view's private state.
 */
import type { Format } from '../format/format.js';
import { cStrides, elementCount, type Layout, reach } from '../layout/layout.js';
import { goneError, type Region } from './region.js';

/** Where one row of an indirect view is. */
export interface Row {
  readonly region: Region;
  /** The row's first byte in its region's buffer. */
  readonly offset: number;
}

/** The pointer dimension of an indirect view (PEP 3118 suboffsets, as PIL has them). */
export interface Indirect {
  /** Which dimension picks the row. */
  readonly axis: number;
  /** One for each index along `axis`, in order. */
  readonly rows: readonly Row[];
}

/** A format over a layout over a region. */
export interface Span {
  readonly region: Region;
  readonly format: Format;
  /** Offset in bytes of the region's buffer; for an indirect span, of each row. */
  readonly layout: Layout;
  readonly readonly: boolean;
  readonly indirect: Indirect | null;
}

/** How many items a span has. */
export function itemCount(span: Span): number {
  return elementCount(span.layout.shape);
}

/** How many bytes the items of a span have together. */
export function nbytesOf(span: Span): number {
  return itemCount(span) * span.format.itemsize;
}

/**
 * The first byte of a contiguous span in its buffer. An empty slice may start outside of the memory, as in CPython; an object over it
 * starts inside.
 */
export function startOf(span: Span): number {
  const { region, layout } = span;
  if (itemCount(span) > 0) return layout.offset;
  return Math.min(Math.max(layout.offset, region.start), region.start + region.nbytes);
}

/** A dense C-contiguous span over a region, from byte `offset` of its buffer. */
export function denseSpan(region: Region, format: Format, shape: readonly number[], offset: number): Span {
  const layout = { offset, shape, strides: cStrides(shape, format.itemsize) };
  return { region, format, layout, readonly: false, indirect: null };
}

/** Whether the memory that a span reaches has gone, wholly or in part. */
export function isGone(span: Span): boolean {
  const { indirect, layout, format } = span;
  if (indirect === null)
    return span.region.isGone(span.region.resizable ? reach(layout, format.itemsize).high : 0);
  // A part without rows still ends with the memory that it was taken of.
  if (indirect.rows.length === 0) return span.region.isGone(0);
  const { high } = reach({ ...layout, strides: inRow(layout.strides, indirect.axis) }, format.itemsize);
  return indirect.rows.some(({ region, offset }) => region.isGone(region.resizable ? offset + high : 0));
}

/** Strides that do not move along the pointer axis, so that a row has the same extent for each index. */
function inRow(strides: readonly number[], axis: number): readonly number[] {
  return strides.with(axis, 0);
}

/** Throws unless all that a span reaches is there. @throws BufferError `ERR_RELEASED` */
export function checkLive(subject: string, span: Span): void {
  if (isGone(span)) throw goneError(subject, span.region);
}

/** The span of one row of an indirect span: the same dimensions but for the pointer axis. */
export function rowSpan(span: Span, index: number): Span {
  const { axis, rows } = span.indirect!;
  const { region, offset } = rows[index]!;
  const { layout } = span;
  return {
    region,
    format: span.format,
    readonly: span.readonly,
    indirect: null,
    layout: {
      offset: offset + layout.offset,
      shape: layout.shape.filter((_, d) => d !== axis),
      strides: layout.strides.filter((_, d) => d !== axis),
    },
  };
}

function standsStill(a: Layout, b: Layout, d: number): boolean {
  return a.shape[d]! > 1 && a.strides[d] === 0 && b.strides[d] === 0;
}

/**
 * A span with a single index along each dimension in which neither it nor `other`, of the same shape, moves (stride 0): the rest are the
 * same pairs of items again, possibly 2^40 times. With an indirect span it stays as it is.
 */
export function onceWith(span: Span, other: Span): Span {
  if (span.indirect !== null || other.indirect !== null) return span;
  const { layout } = span;
  for (let d = 0; d < layout.shape.length; d++) {
    if (!standsStill(layout, other.layout, d)) continue;
    const shape = layout.shape.map((length, i) => (standsStill(layout, other.layout, i) ? 1 : length));
    return { ...span, layout: { ...layout, shape } };
  }
  return span;
}

/** An indirect span without the new axes that stand before its pointer axis; each has length 1, or 0 for a span of size 0. */
export function pointerFirst(span: Span): Span {
  const { axis, rows } = span.indirect!;
  if (axis === 0) return span;
  const { offset, shape, strides } = span.layout;
  const layout = { offset, shape: shape.slice(axis), strides: strides.slice(axis) };
  return { ...span, layout, indirect: { axis: 0, rows } };
}

/**
 * The direct parts of a span in C order of its dimensions: itself, or the rows of an indirect one. The dimensions before the
 * pointer axis have been added by `newAxis` and have length 1, so rows follow one another.
 */
export function directSpans(span: Span): readonly Span[] {
  if (span.indirect === null) return [span];
  return span.indirect.rows.map((_, i) => rowSpan(span, i));
}
