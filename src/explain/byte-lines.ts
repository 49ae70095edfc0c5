/**
 * The memory around the elements of a view in lines of bytes: the element that each byte belongs to, and the brackets under it. Pure
 * integers; as in extents, the size of a picture bounds the work.
 */
import type { Layout } from '../layout/layout.js';
import type { DrawnField, Extent } from './extents.js';

/** Lanes of brackets under a line of bytes: overlapping elements and fields beyond them are left out. */
const MAX_LANES = { element: 8, field: 3, part: 8 } as const;
/**
 * Lines of bytes and gaps, and the rows of text that they take with the brackets under them, for the only memory of a view and for one of
 * several; a third of them is kept for the end.
 */
const ONLY_MEMORY = { lines: 18, height: 100 } as const;
const ONE_OF_SEVERAL = { lines: 6, height: 33 } as const;
/** An element of more bytes is shortened to its first and last ones. */
const LONG_ELEMENT = 64;
const FIRST_BYTES = 16;
const LAST_BYTES = 8;

/** The part of an extent in one line, in cells from the line's first. */
export interface Bracket {
  readonly extent: Extent;
  readonly from: number;
  readonly to: number;
  /** Whether the extent begins, and ends, in this line. */
  readonly opens: boolean;
  readonly closes: boolean;
}

/** One byte. */
export interface Cell {
  /** The element that takes it, the first where several do; null for a byte of none. */
  readonly owner: Extent | null;
  /** Whether it is a byte of the element that no field takes. */
  readonly isPadding: boolean;
}

/** Neighbouring bytes, and the brackets under them. */
export interface ByteLine {
  readonly kind: 'line';
  /** Bytes from the first byte of the memory. */
  readonly low: number;
  readonly cells: readonly Cell[];
  readonly lanes: readonly (readonly Bracket[])[];
}

/** Bytes that are left out. */
export interface Gap {
  readonly kind: 'gap';
  readonly low: number;
  readonly high: number;
}

/**
 * The number of bytes in a line: as many as fit, rounded down so that the rows of a view stand under one another, or else so that no
 * element is broken.
 *
 * @param most - how many fit
 */
export function bytesPerLine(layout: Layout, itemsize: number, most: number): number {
  const fits = (unit: number): boolean => unit > 0 && unit <= most;
  const outer = layout.strides
    .filter((_, d) => layout.shape[d]! > 1)
    .map(Math.abs)
    .filter((stride) => fits(stride) && stride > itemsize);
  const unit = outer.length > 0 ? Math.max(...outer) : 8 % itemsize === 0 && fits(8) ? 8 : itemsize;
  return fits(unit) ? unit * Math.floor(most / unit) : Math.max(1, most);
}

/**
 * The bytes of the memory around the extents, in lines; long stretches that belong to no element become gaps.
 *
 * @param nbytes - of the memory
 * @param perLine - bytes
 * @param fields - the fields of an element; empty for an element without fields
 * @param isOneOfSeveral - whether the view lies in other memory too: then there are fewer lines of each
 */
export function stripOf(
  extents: readonly Extent[],
  nbytes: number,
  perLine: number,
  fields: readonly DrawnField[],
  isOneOfSeveral = false,
): (ByteLine | Gap)[] {
  const elements = extents.filter(({ kind }) => kind === 'element');
  const ranges = joined(elements.flatMap(drawnRanges), nbytes, perLine);
  const rows: (ByteLine | Gap)[] = [];
  let end = 0;
  const skipTo = (low: number): void => {
    if (low > end) rows.push({ kind: 'gap', low: end, high: low });
  };
  for (const { low, high } of ranges) {
    skipTo(low);
    for (let at = low; at < high; at += perLine) {
      rows.push(lineOf(extents, elements, fields, at, Math.min(high, at + perLine)));
    }
    end = high;
  }
  skipTo(nbytes);
  return shortenedLines(rows, isOneOfSeveral ? ONE_OF_SEVERAL : ONLY_MEMORY);
}

interface CellRange {
  readonly low: number;
  readonly high: number;
}

function drawnRanges({ low, high }: Extent): CellRange[] {
  if (high - low <= LONG_ELEMENT) return [{ low, high }];
  return [
    { low, high: low + FIRST_BYTES },
    { low: high - LAST_BYTES, high },
  ];
}

/** Ranges in order, joined where less than a line lies between them, and with either end of the memory. */
function joined(ranges: readonly CellRange[], nbytes: number, perLine: number): CellRange[] {
  if (ranges.length === 0) return nbytes === 0 ? [] : [{ low: 0, high: Math.min(nbytes, perLine) }];
  const sorted = [...ranges].sort((a, b) => a.low - b.low);
  const result: { low: number; high: number }[] = [];
  let end = 0;
  for (const { low, high } of sorted) {
    const last = result.at(-1);
    if (last === undefined) result.push({ low: low - end <= perLine ? 0 : low, high });
    else if (low - last.high <= perLine) last.high = Math.max(last.high, high);
    else result.push({ low, high });
    end = Math.max(end, high);
  }
  const last = result.at(-1)!;
  if (nbytes - last.high <= perLine) last.high = Math.max(last.high, nbytes);
  return result;
}

function lineOf(
  extents: readonly Extent[],
  elements: readonly Extent[],
  fields: readonly DrawnField[],
  low: number,
  high: number,
): ByteLine {
  const cells = Array.from({ length: high - low }, (_, i) => cellAt(elements, fields, low + i));
  const lanes = (['element', 'field', 'part'] as const).flatMap((kind) =>
    lanesOf(
      extents.filter((extent) => extent.kind === kind),
      low,
      high,
    ),
  );
  return { kind: 'line', low, cells, lanes };
}

function cellAt(elements: readonly Extent[], fields: readonly DrawnField[], at: number): Cell {
  const owners = elements.filter(({ low, high }) => low <= at && at < high);
  const owner = owners[0] ?? null;
  const isInField = owners.some(({ low }) =>
    fields.some(({ offset, nbytes }) => low + offset <= at && at < low + offset + nbytes),
  );
  return {
    owner,
    isPadding: owner !== null && fields.length > 0 && !isInField,
  };
}

/** Puts each extent into the first lane in which it meets no other. */
function lanesOf(extents: readonly Extent[], low: number, high: number): Bracket[][] {
  const lanes: Bracket[][] = [];
  for (const extent of extents) {
    if (extent.high <= low || extent.low >= high) continue;
    const bracket: Bracket = {
      extent,
      from: Math.max(extent.low, low) - low,
      to: Math.min(extent.high, high) - low,
      opens: extent.low >= low,
      closes: extent.high <= high,
    };
    const lane = lanes.find((others) =>
      others.every(({ from, to }) => to <= bracket.from || bracket.to <= from),
    );
    if (lane !== undefined) lane.push(bracket);
    else if (lanes.length < MAX_LANES[extent.kind]) lanes.push([bracket]);
  }
  return lanes;
}

/** The meanings of the marks in rows of bytes, for those that occur. */
export interface Marks {
  /** Bytes that no element takes. */
  readonly free: boolean;
  readonly padding: boolean;
  /** Bytes that several elements take. */
  readonly shared: boolean;
  readonly parts: boolean;
}

/** Finds the marks that rows have. */
export function marksOf(rows: readonly (ByteLine | Gap)[]): Marks {
  const lines = rows.filter((row) => row.kind === 'line');
  const has = (test: (cell: Cell) => boolean): boolean => lines.some(({ cells }) => cells.some(test));
  return {
    free: has(({ owner }) => owner === null),
    padding: has(({ isPadding }) => isPadding),
    shared: has(({ owner }) => owner !== null && owner.count > 1),
    parts: lines.some(({ lanes }) => lanes.some((lane) => lane.some(({ extent }) => extent.kind === 'part'))),
  };
}

/**
 * The width of a byte's cell: the names of elements fit under their bytes, and those of fields do where elements still fit into a line.
 *
 * @param room - for a line, in the unit of the other arguments
 * @param narrowest - and `widest`, of a cell
 * @param widthOf - the columns of a name
 */
export function cellWidth(
  extents: readonly Extent[],
  itemsize: number,
  room: number,
  [narrowest, widest]: readonly [number, number],
  widthOf: (name: string) => number,
): number {
  const wanted = (kind: Extent['kind']): number =>
    extents
      .filter((extent) => extent.kind === kind)
      .reduce((most, { name, low, high }) => Math.max(most, widthOf(name) / (high - low)), 0);
  const bounded = (width: number): number =>
    Math.min(Math.max(narrowest, Math.min(Math.ceil(width), widest)), Math.max(narrowest, room));
  const forElements = bounded(wanted('element'));
  const forFields = bounded(Math.max(forElements, wanted('field')));
  return itemsize * forFields <= room ? forFields : forElements;
}

/** Leaves out lines in the middle, where there are too many, or too many brackets under them. */
function shortenedLines(
  rows: readonly (ByteLine | Gap)[],
  { lines, height }: { readonly lines: number; readonly height: number },
): (ByteLine | Gap)[] {
  if (rows.length <= lines && heightOf(rows) <= height) return [...rows];
  const first = leading(rows, lines - lines / 3 - 1, height - height / 3);
  const last = leading(rows.toReversed(), lines / 3, height / 3).reverse();
  if (first.length + last.length >= rows.length) return [...rows];
  if (first.at(-1)!.kind === 'gap') first.pop();
  if (last[0]!.kind === 'gap') last.shift();
  const before = first.at(-1);
  const low =
    before === undefined ? 0 : before.kind === 'gap' ? before.high : before.low + before.cells.length;
  return [...first, { kind: 'gap', low, high: last[0]!.low }, ...last];
}

function heightOf(rows: readonly (ByteLine | Gap)[]): number {
  return rows.reduce((sum, row) => sum + 1 + (row.kind === 'line' ? row.lanes.length : 0), 0);
}

/** The first rows, as many as fit, but at least up to the first line of bytes. */
function leading(rows: readonly (ByteLine | Gap)[], lines: number, height: number): (ByteLine | Gap)[] {
  let count = rows.findIndex(({ kind }) => kind === 'line') + 1;
  while (count < lines && heightOf(rows.slice(0, count + 1)) <= height) count++;
  return rows.slice(0, count);
}
