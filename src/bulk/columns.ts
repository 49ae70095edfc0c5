/**
 * Fields of records as columns: one pass over the records' memory, in blocks that stay in the second-level cache while each field is
 * gathered from them. Field by field over everything would read the memory once for each.
 */
import { narrowed } from '../layout/layout.js';
import { itemCount, type Span } from '../span/span.js';
import { copyItems } from './copy.js';

/** Bytes of records in a block: half of a small second-level cache. Half and twice as many take the same time. */
const BLOCK = 2 ** 18;

/** A column, and the field of the records that it is copied from. */
export interface Column {
  readonly to: Span;
  readonly from: Span;
}

/** Copies fields of `records` into columns; `from` has the dimensions of the records, and then its own. */
export function copyColumns(records: Span, columns: readonly Column[]): void {
  const [length = 1] = records.layout.shape;
  const nbytes = itemCount(records) * records.format.itemsize;
  if (nbytes <= BLOCK || columns.length < 2) {
    for (const { to, from } of columns) copyItems(to, from);
    return;
  }
  const step = Math.max(1, Math.floor((BLOCK * length) / nbytes));
  for (let low = 0; low < length; low += step) {
    const count = Math.min(step, length - low);
    for (const { to, from } of columns) copyItems(rows(to, low, count), rows(from, low, count));
  }
}

function rows(span: Span, low: number, count: number): Span {
  return { ...span, layout: narrowed(span.layout, 0, low, count) };
}
