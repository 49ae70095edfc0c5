/**
 * Indirect views: the first dimension picks a row that has memory of its own, as PIL's images have them (PEP 3118 suboffsets).
 * Rows are never joined; only `toBytes`, `toArray` and copies gather them.
 */
import { readList } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { PlainPart } from '../layout/index-parts.js';
import { type Layout, MAX_NDIM, sameShape, shownShape } from '../layout/layout.js';
import { readIndex } from '../layout/read-parts.js';
import { sliceLayout } from '../layout/slice.js';
import type { Region } from './region.js';
import { checkLive, type Row, type Span } from './span.js';

/** Bytes of a pointer: the stride of the row table. */
const POINTER_BYTES = 8;
/** The most rows: each has objects of its own, and many more would fill the heap, which ends the process. */
const MAX_ROWS = 2 ** 20;

/**
 * A span over rows that lie apart.
 *
 * @param rows - the caller's list of exporters
 * @param rowOf - reads one of them, with the caller's layout
 */
export function indirectSpan(rows: unknown, rowOf: (row: unknown) => Span): Span {
  const spans = readList('indirect: rows', rows, MAX_ROWS).map(rowOf);
  const [first] = spans;
  if (first === undefined) {
    throw rangeError('ERR_SHAPE', 'indirect: no rows given, expected at least one');
  }
  for (const [i, span] of spans.entries()) {
    checkLive('indirect', span);
    checkAlike(first, span, i);
  }
  const { shape, strides } = first.layout;
  if (shape.length + 1 > MAX_NDIM) {
    throw rangeError('ERR_SHAPE', `indirect: ${shape.length + 1} dimensions, expected at most ${MAX_NDIM}`);
  }
  return {
    region: first.region,
    format: first.format,
    layout: { offset: 0, shape: [spans.length, ...shape], strides: [POINTER_BYTES, ...strides] },
    readonly: spans.some((span) => span.readonly),
    indirect: {
      axis: 0,
      rows: spans.map((span): Row => ({ region: span.region, offset: span.layout.offset })),
    },
  };
}

function checkAlike(first: Span, span: Span, i: number): void {
  if (span.indirect !== null) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `indirect: row ${i} is indirect itself, expected a view of one block of memory`,
    );
  }
  if (span.format.text !== first.format.text) {
    throw rangeError(
      'ERR_SHAPE',
      `indirect: row ${i} has format ${shown(span.format.text)}, expected ${shown(first.format.text)} as row 0`,
    );
  }
  const { shape, strides } = span.layout;
  if (!sameShape(shape, first.layout.shape) || strides.some((s, d) => s !== first.layout.strides[d])) {
    throw rangeError(
      'ERR_SHAPE',
      `indirect: row ${i} has shape ${shownShape(shape)} and strides ${shownShape(strides)}, expected ` +
        `${shownShape(first.layout.shape)} and ${shownShape(first.layout.strides)} as row 0`,
    );
  }
}

/** PEP 3118's suboffsets of a span: none, or the bytes to add after following the pointer, negative where there is none. */
export function suboffsetsOf({ indirect, layout }: Span): number[] {
  if (indirect === null) return [];
  return layout.shape.map((_, d) => (d === indirect.axis ? layout.offset : -1));
}

/** Where one element of an indirect span is. */
export function indirectItem(
  subject: string,
  span: Span,
  indices: ArrayLike<unknown>,
): { region: Region; at: number } {
  const { axis, rows } = span.indirect!;
  const { offset, shape, strides } = span.layout;
  let at = offset;
  let picked = 0;
  for (let d = 0; d < shape.length; d++) {
    const index = readIndex(subject, indices[d], d, shape[d]!);
    if (d === axis) picked = index;
    else at += index * strides[d]!;
  }
  const row = rows[picked]!;
  return { region: row.region, at: row.offset + at };
}

/** A part of an indirect span; one row of it where the pointer dimension is dropped. */
export function indirectSlice(span: Span, parts: readonly PlainPart[]): Span {
  const { axis, rows } = span.indirect!;
  const { offset, shape, strides } = span.layout;
  // Two slices are made: one of a layout that steps only along the pointer dimension, for the picked rows, and one of a layout that steps
  // along all others, for the elements within a row.
  const picked = sliceLayout(
    { offset: 0, shape, strides: strides.map((_, d) => (d === axis ? 1 : 0)) },
    parts,
  );
  const inRow = sliceLayout({ offset, shape, strides: strides.map((s, d) => (d === axis ? 0 : s)) }, parts);
  const newAxis = picked.strides.findIndex((step) => step !== 0);
  if (newAxis < 0) {
    const row = rows[picked.offset]!;
    const layout: Layout = { ...inRow, offset: row.offset + inRow.offset };
    return { ...span, region: row.region, layout, indirect: null };
  }
  const step = picked.strides[newAxis]!;
  const kept = Array.from({ length: picked.shape[newAxis]! }, (_, i) => rows[picked.offset + i * step]!);
  return {
    ...span,
    region: kept[0]?.region ?? span.region,
    layout: { ...inRow, strides: inRow.strides.with(newAxis, strides[axis]! * step) },
    indirect: { axis: newAxis, rows: kept },
  };
}
