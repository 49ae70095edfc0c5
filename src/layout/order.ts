/** The memory order of a result's elements, by numpy's names: how a caller's is read, and its strides. */
import { rangeError, shown, typeError } from '../errors.js';
import { cStrides, fStrides, isCContiguous, isFContiguous, type Layout } from './layout.js';

/** The order of the elements in a result: C, Fortran, or `'A'`: Fortran where the view is contiguous in that order only, else C. */
export type Order = 'C' | 'F' | 'A';

/** An order of a copy; `'K'` keeps the axes in the order of the view's strides. */
export type CopyOrder = Order | 'K';

/** Reads an order; undefined and null are C. @throws TypeError `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_RANGE` for another word */
export function readOrder(subject: string, order: unknown): Order {
  return readWord(subject, order, isOrder, '"C", "F" or "A"');
}

/** As {@link readOrder}, for a copy. */
export function readCopyOrder(subject: string, order: unknown): CopyOrder {
  return readWord(subject, order, isCopyOrder, '"C", "F", "A" or "K"');
}

const isOrder = (word: string): word is Order => word === 'C' || word === 'F' || word === 'A';
const isCopyOrder = (word: string): word is CopyOrder => word === 'K' || isOrder(word);

function readWord<W extends string>(
  subject: string,
  order: unknown,
  is: (word: string) => word is W,
  expected: string,
): W | 'C' {
  if (order === undefined || order === null) return 'C';
  if (typeof order !== 'string') {
    throw typeError('ERR_INVALID_ARG', `${subject}: order is ${shown(order)}, expected ${expected}`);
  }
  if (is(order)) return order;
  throw rangeError('ERR_OUT_OF_RANGE', `${subject}: order ${shown(order)} given, expected ${expected}`);
}

/** Whether an order means that the first index is the fastest, for a view of this layout. */
export function isFortran(order: CopyOrder, layout: Layout, itemsize: number): boolean {
  if (order === 'F' || order === 'C') return order === 'F';
  return isFContiguous(layout, itemsize) && !isCContiguous(layout, itemsize);
}

/**
 * The strides (bytes) of a copy without gaps.
 *
 * @param layout - of the source
 */
export function stridesIn(order: CopyOrder, layout: Layout, itemsize: number): number[] {
  const { shape, strides } = layout;
  if (isFortran(order, layout, itemsize)) return fStrides(shape, itemsize);
  if (order !== 'K' || isCContiguous(layout, itemsize)) return cStrides(shape, itemsize);
  // numpy's rule: the axis with the smallest step becomes the fastest, and equal ones stay in order.
  const axes = shape.map((_, axis) => axis);
  axes.sort((a, b) => Math.abs(strides[b]!) - Math.abs(strides[a]!) || a - b);
  const kept = new Array<number>(shape.length);
  let step = itemsize;
  for (const axis of axes.reverse()) {
    kept[axis] = step;
    step *= shape[axis]!;
  }
  return kept;
}
