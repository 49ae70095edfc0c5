/** The values of a view as nested arrays: Python's `tolist`. */
import { rangeError } from '../errors.js';
import { costOf } from '../format/codec.js';
import type { Access } from '../span/access.js';
import type { Region } from '../span/region.js';
import { itemCount, pointerFirst, rowSpan, type Span } from '../span/span.js';
import { heapRoom } from './heap-room.js';

/** Bytes that a slot of a list takes; costOf counts in slots. */
const SLOT = 8;
const SURE_TO_FIT = 2 ** 20;

/** Nested arrays of the values, the scalar itself for a 0-d view. @throws RangeError `ERR_OUT_OF_MEMORY` for more than the heap holds */
export function nestedValues(subject: string, span: Span, access: Access): unknown {
  const { codec } = access;
  checkHeapRoom(subject, span);
  if (span.indirect !== null) return indirectValues(subject, span, access);
  const { region } = span;
  const { shape, strides, offset } = span.layout;
  if (shape.length === 0) return codec.read(region.data, offset);
  const items = directItems(region, access, span);
  const last = shape.length - 1;
  const row = (at: number): unknown[] => {
    const length = shape[last]!;
    const stride = strides[last]!;
    const list = new Array<unknown>(length);
    if (items !== null) {
      const { bytes } = access.kind!;
      const step = stride / bytes;
      for (let i = 0, k = at / bytes; i < length; i++, k += step) list[i] = items[k];
    } else {
      const { data } = region;
      for (let i = 0; i < length; i++) list[i] = codec.read(data, at + i * stride);
    }
    return list;
  };
  const nested = (d: number, at: number): unknown[] => {
    if (d === last) return row(at);
    const list = new Array<unknown>(shape[d]!);
    for (let i = 0; i < list.length; i++) list[i] = nested(d + 1, at + i * strides[d]!);
    return list;
  };
  return nested(0, offset);
}

function directItems(region: Region, access: Access, { layout }: Span): ArrayLike<number | bigint> | null {
  const { kind } = access;
  if (kind === null || layout.offset % kind.bytes !== 0 || layout.strides.some((s) => s % kind.bytes !== 0))
    return null;
  return region.items(kind);
}

function indirectValues(subject: string, span: Span, access: Access): unknown {
  const { axis, rows } = span.indirect!;
  const inner = pointerFirst(span);
  let values: unknown = rows.map((_, i) => nestedValues(subject, rowSpan(inner, i), access));
  for (let d = axis - 1; d >= 0; d--) values = span.layout.shape[d] === 0 ? [] : [values];
  return values;
}

function checkHeapRoom(subject: string, span: Span): void {
  const { shape } = span.layout;
  // Outer lists that hold empty ones are built too.
  let lists = 0;
  let rows = 1;
  for (const length of shape) {
    rows *= length;
    lists += rows;
  }
  checkHeap(subject, itemCount(span), itemCount(span) * costOf(span.format.item) + lists);
}

/**
 * Refuses a result that does not fit into the heap: V8 would end the process and throw nothing.
 *
 * @param slots - the size of `count` values, in slots of a list
 * @throws RangeError `ERR_OUT_OF_MEMORY`
 */
export function checkHeap(subject: string, count: number, slots: number): void {
  if (slots <= SURE_TO_FIT) return;
  const room = heapRoom();
  if (slots * SLOT > room) {
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `${subject}: ${count} values need about ${slots * SLOT} bytes of heap, expected at most ${room}, half of what is free; slice the view`,
    );
  }
}
