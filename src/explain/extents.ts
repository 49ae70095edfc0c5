/**
 * Which bytes belong to which element: the model that pictures of a view are drawn from. Pure integers: it reads no memory. The size of
 * a picture, not of the view, bounds its work. byte-lines puts the memory around the elements into lines.
 */
import { elementCount, type Layout, reach } from '../layout/layout.js';

/** The most elements that are drawn, and the most of a view of three or more dimensions that is shortened anyway. */
const MAX_ELEMENTS = 64;
const MAX_SHORTENED_ELEMENTS = 48;
/** The longest axis that is drawn whole, alone and beside others; and the indices that are drawn of a longer one. */
const MAX_ROW_LENGTH = 16;
const MAX_AXIS_LENGTH = 8;
const SHORTENED_AXIS = 6;
/** Marks where indices of an axis are left out. */
export const LEFT_OUT = -1;

/** An element that is drawn. */
export interface Element {
  readonly index: readonly number[];
  /** Its first byte, counted from the first byte of the memory. */
  readonly start: number;
  /** The number of its colour: elements on the same bytes by stride 0 have the same. */
  readonly color: number;
}

/** A range of bytes that has a name: an element, a field of one, or all of a sub-view. */
export interface Extent {
  readonly kind: 'element' | 'field' | 'part';
  readonly low: number;
  readonly high: number;
  readonly name: string;
  readonly color: number;
  /** How many elements take exactly these bytes. */
  readonly count: number;
}

/** A field of a record format, and where it lies in an element. */
export interface DrawnField {
  readonly name: string;
  readonly offset: number;
  readonly nbytes: number;
}

/**
 * The indices of each axis that are drawn, {@link LEFT_OUT} where some are not. Their product is small for any shape: the last axes are
 * served first.
 */
export function picksOf(shape: readonly number[]): readonly (readonly number[])[] {
  const longest = shape.length === 1 ? MAX_ROW_LENGTH : MAX_AXIS_LENGTH;
  const picks = new Array<readonly number[]>(shape.length);
  let left = shape.length > 2 && elementCount(shape) > MAX_ELEMENTS ? MAX_SHORTENED_ELEMENTS : MAX_ELEMENTS;
  for (let d = shape.length - 1; d >= 0; d--) {
    const room = Math.max(1, Math.min(longest, left));
    picks[d] = pickedIndices(shape[d]!, room, Math.min(SHORTENED_AXIS, room));
    left = Math.floor(left / Math.max(1, picks[d]!.length));
  }
  return picks;
}

function pickedIndices(length: number, room: number, shortened: number): number[] {
  const all = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  if (length <= room) return all(0, length);
  const last = Math.floor(shortened / 2);
  return [...all(0, shortened - last), LEFT_OUT, ...all(length - last, length)];
}

/** The elements at the picked indices, in C order. @param layout - its offset counts from the first byte of the memory */
export function elementsAt(layout: Layout, picks: readonly (readonly number[])[]): Element[] {
  const { offset, shape, strides } = layout;
  const found: Element[] = [];
  const colored = strides.findIndex((stride, d) => stride !== 0 && shape[d]! > 1);
  const at = (d: number, index: readonly number[], start: number): void => {
    if (d === picks.length) {
      found.push({ index, start, color: index[colored] ?? 0 });
      return;
    }
    for (const i of picks[d]!) if (i !== LEFT_OUT) at(d + 1, [...index, i], start + i * strides[d]!);
  };
  at(0, [], offset);
  return found;
}

/**
 * The extents of elements, one for those that take the same bytes, then those of their fields, and of the sub-views where elements are
 * shared between them (windows).
 */
export function extentsOf(
  layout: Layout,
  itemsize: number,
  picks: readonly (readonly number[])[],
  elements: readonly Element[],
  fields: readonly DrawnField[],
): Extent[] {
  const { shape, strides } = layout;
  const repeats = elementCount(shape.filter((_, d) => strides[d] === 0));
  const groups = new Map<number, { readonly first: Element; count: number }>();
  for (const element of elements) {
    if (element.index.some((i, d) => i > 0 && strides[d] === 0)) continue;
    const group = groups.get(element.start);
    if (group === undefined) groups.set(element.start, { first: element, count: 1 });
    else group.count++;
  }
  // Elements that are left out may take the same bytes too.
  const isExact = !picks.some((list, d) => strides[d] !== 0 && list.includes(LEFT_OUT));
  const own: Extent[] = [];
  let isShared = false;
  for (const { first, count } of groups.values()) {
    isShared ||= count > 1;
    const name = shape.length === 0 ? '()' : first.index.join(',');
    const times = count * repeats;
    const suffix = times === 1 ? '' : ` ×${times}${isExact || count === 1 ? '' : '+'}`;
    const { start } = first;
    own.push({
      kind: 'element',
      low: start,
      high: start + itemsize,
      name: name + suffix,
      color: first.color,
      count: times,
    });
  }
  own.sort((a, b) => a.low - b.low);
  const inner = own.flatMap(({ low, color }) =>
    fields.map(
      ({ name, offset, nbytes }): Extent => ({
        kind: 'field',
        low: low + offset,
        high: low + offset + nbytes,
        name,
        color,
        count: 1,
      }),
    ),
  );
  return [...own, ...inner, ...(isShared ? subviewExtents(layout, itemsize, picks) : [])];
}

/** The extents of `view[0]`, `view[1]`, … */
function subviewExtents(layout: Layout, itemsize: number, picks: readonly (readonly number[])[]): Extent[] {
  const { offset, shape, strides } = layout;
  if (strides[0] === 0) return [];
  return picks[0]!
    .filter((i) => i !== LEFT_OUT)
    .map((i): Extent => {
      const part = { offset: offset + i * strides[0]!, shape: shape.slice(1), strides: strides.slice(1) };
      return { kind: 'part', ...reach(part, itemsize), name: `[${i}]`, color: i, count: 1 };
    });
}

/** As many of the picks as there is room for, left out in the middle. */
export function fitting(picks: readonly number[], room: number): readonly number[] {
  if (picks.length <= room) return picks;
  if (room < 3) return picks.slice(0, room);
  const last = Math.floor((room - 1) / 2);
  const ends = [...picks.slice(0, room - 1 - last), LEFT_OUT, ...picks.slice(picks.length - last)];
  return ends.filter((i, n) => i !== LEFT_OUT || ends.indexOf(LEFT_OUT) === n);
}
