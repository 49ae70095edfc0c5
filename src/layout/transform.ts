/**
 * Further layouts over the same elements: numpy's shape and axis functions, none of which copies.
 * Each reads the caller's arguments here; none reads memory.
 */
import { isList, readInteger, readList } from '../arguments.js';
import { rangeError, typeError } from '../errors.js';
import {
  checkReach,
  checkSize,
  cStrides,
  elementCount,
  fStrides,
  isCContiguous,
  isFContiguous,
  type Layout,
  MAX_NDIM,
  productOf,
  readAxis,
  readShape,
  readShapeToInfer,
  readStrides,
  sameShape,
  shownShape,
} from './layout.js';
import { isFortran, readOrder } from './order.js';

function readAxes(subject: string, value: unknown, ndim: number, mayRepeat: boolean): number[] {
  const given = isList(value) ? readList(`${subject}: axes`, value, MAX_NDIM) : [value];
  const axes = given.map((axis) => readAxis(subject, axis, ndim));
  if (!mayRepeat && new Set(axes).size !== axes.length) {
    throw rangeError('ERR_SHAPE', `${subject}: axes ${shownShape(axes)} given, expected each at most once`);
  }
  return axes;
}

/**
 * Lays the same elements out in another shape, as numpy's `reshape` where it need not copy.
 *
 * @param itemsize - bytes of an element
 * @param shape - the lengths, or a lone one; one may be -1, to be inferred
 * @param order - which index of both shapes counts as the fastest: `'C'` the last (default), `'F'` the first, `'A'` the first
 *   where the layout is Fortran-contiguous only
 * @throws TypeError `ERR_NOT_CONTIGUOUS` where it would need a copy, `ERR_INVALID_ARG` for another kind of argument; RangeError
 *   `ERR_SHAPE` for a shape of another number of elements
 */
export function reshape(layout: Layout, itemsize: number, shape: unknown, order?: unknown): Layout {
  const asked = readShapeToInfer('reshape', shape);
  const word = readOrder('reshape', order);
  const count = elementCount(layout.shape);
  const wanted = inferred(asked, count);
  if (wanted === null) {
    const expected = `expected ${count} elements, as in ${shownShape(layout.shape)}`;
    throw rangeError('ERR_SHAPE', `reshape: shape ${shownShape(asked)} given, ${expected}`);
  }
  if (sameShape(wanted, layout.shape)) return layout;
  checkSize('reshape', wanted, productOf(wanted), itemsize);
  const isC = isCContiguous(layout, itemsize);
  const isF = isFContiguous(layout, itemsize);
  const first = isFortran(word, layout, itemsize);
  const strides = first
    ? isF
      ? fStrides(wanted, itemsize)
      : splitStrides(layout, wanted, itemsize, true)
    : isC
      ? cStrides(wanted, itemsize)
      : splitStrides(layout, wanted, itemsize, false);
  if (strides === null) {
    const why = `strides ${shownShape(layout.strides)} of shape ${shownShape(layout.shape)} do not fit`;
    const target = `shape ${shownShape(wanted)} without a copy; copy() first`;
    throw typeError('ERR_NOT_CONTIGUOUS', `reshape: ${why} ${target}`);
  }
  return { offset: layout.offset, shape: wanted, strides };
}

function inferred(asked: readonly number[], count: number): number[] | null {
  const at = asked.indexOf(-1);
  if (at < 0) return elementCount(asked) === count ? [...asked] : null;
  const known = -elementCount(asked);
  if (known === 0 || count % known !== 0) return null;
  return asked.with(at, count / known);
}

/**
 * The strides for a shape of as many elements where those can stay in place, else null. Walks both shapes from the slow end
 * (C) or the fast one (F), pairing the smallest groups of axes with equal products: a group of old axes can be split anew only
 * if its axes run on into each other.
 */
function splitStrides(
  layout: Layout,
  wanted: readonly number[],
  itemsize: number,
  isFirst: boolean,
): number[] | null {
  const axes = layout.shape.map((_, i) => i).filter((i) => layout.shape[i] !== 1);
  const lengths = axes.map((i) => layout.shape[i]!);
  const steps = axes.map((i) => layout.strides[i]!);
  const strides = new Array<number>(wanted.length).fill(itemsize);
  let from = 0;
  let to = 0;
  while (from < lengths.length && to < wanted.length) {
    let oldEnd = from + 1;
    let newEnd = to + 1;
    let oldCount = lengths[from]!;
    let newCount = wanted[to]!;
    while (oldCount !== newCount) {
      if (newCount < oldCount) newCount *= wanted[newEnd++]!;
      else oldCount *= lengths[oldEnd++]!;
    }
    for (let i = from; i < oldEnd - 1; i++) {
      const runsOn = isFirst
        ? steps[i + 1] === lengths[i]! * steps[i]!
        : steps[i] === lengths[i + 1]! * steps[i + 1]!;
      if (!runsOn) return null;
    }
    if (isFirst) {
      strides[to] = steps[from]!;
      for (let i = to + 1; i < newEnd; i++) strides[i] = strides[i - 1]! * wanted[i - 1]!;
    } else {
      strides[newEnd - 1] = steps[oldEnd - 1]!;
      for (let i = newEnd - 1; i > to; i--) strides[i - 1] = strides[i]! * wanted[i]!;
    }
    from = oldEnd;
    to = newEnd;
  }
  // Only lengths of 1 are left; their stride is never used, but equals that of a contiguous tail.
  const tail = to > 0 ? strides[to - 1]! * (isFirst ? wanted[to - 1]! : 1) : itemsize;
  strides.fill(tail, to);
  return strides;
}

/**
 * Reorders the dimensions, as numpy's `transpose`.
 *
 * @param axes - the axis that comes to stand in each place, as arguments or one array of them; none reverses the order
 * @throws RangeError `ERR_SHAPE` for another count of axes or a repeated one, `ERR_OUT_OF_BOUNDS` for one out of range; TypeError
 *   `ERR_INVALID_ARG` for another kind
 */
export function transpose(layout: Layout, axes: readonly unknown[]): Layout {
  const ndim = layout.shape.length;
  const lone = axes.length === 1 ? axes[0] : undefined;
  if (axes.length === 0 || (axes.length === 1 && (lone === undefined || lone === null))) {
    return { offset: layout.offset, shape: layout.shape.toReversed(), strides: layout.strides.toReversed() };
  }
  const given = isList(lone) ? lone : axes;
  const order = readAxes('transpose', given, ndim, true);
  if (order.length !== ndim) {
    const expected = `expected ${ndim}, one for each dimension`;
    throw rangeError('ERR_SHAPE', `transpose: ${order.length} axes given, ${expected}`);
  }
  if (new Set(order).size !== ndim) {
    throw rangeError('ERR_SHAPE', `transpose: axes ${shownShape(order)} given, expected each once`);
  }
  return reordered(layout, order);
}

function reordered(layout: Layout, order: readonly number[]): Layout {
  return {
    offset: layout.offset,
    shape: order.map((axis) => layout.shape[axis]!),
    strides: order.map((axis) => layout.strides[axis]!),
  };
}

/**
 * Exchanges two dimensions, as numpy's `swapaxes`.
 *
 * @throws RangeError `ERR_OUT_OF_BOUNDS` for an axis out of range; TypeError `ERR_INVALID_ARG` for a value that is not an integer
 */
export function swapAxes(layout: Layout, a: unknown, b: unknown): Layout {
  const ndim = layout.shape.length;
  const first = readAxis('swapAxes', a, ndim);
  const second = readAxis('swapAxes', b, ndim);
  const order = layout.shape.map((_, i) => (i === first ? second : i === second ? first : i));
  return reordered(layout, order);
}

/**
 * Moves dimensions to other places while the rest keep their order, as numpy's `moveaxis`.
 *
 * @param from - an axis or an array of them
 * @param to - the place of each in the result
 * @throws RangeError `ERR_SHAPE` for counts that differ or a repeated axis, `ERR_OUT_OF_BOUNDS` for one out of range; TypeError
 *   `ERR_INVALID_ARG` for another kind
 */
export function moveAxis(layout: Layout, from: unknown, to: unknown): Layout {
  const ndim = layout.shape.length;
  const sources = readAxes('moveAxis', from, ndim, false);
  const places = readAxes('moveAxis', to, ndim, false);
  if (sources.length !== places.length) {
    const counts = `${sources.length} axes and ${places.length} places given`;
    throw rangeError('ERR_SHAPE', `moveAxis: ${counts}, expected as many of each`);
  }
  const order = layout.shape.map((_, i) => i).filter((i) => !sources.includes(i));
  const moves = places.map((place, i) => ({ place, source: sources[i]! })).sort((a, b) => a.place - b.place);
  for (const { place, source } of moves) order.splice(place, 0, source);
  return reordered(layout, order);
}

/**
 * Reverses the elements along dimensions, as numpy's `flip`.
 *
 * @param axis - an axis or an array of them; all when left out
 * @throws RangeError `ERR_OUT_OF_BOUNDS` for an axis out of range, `ERR_SHAPE` for a repeated one; TypeError `ERR_INVALID_ARG`
 *   for another kind
 */
export function flip(layout: Layout, axis?: unknown): Layout {
  const ndim = layout.shape.length;
  const axes =
    axis === undefined || axis === null ? layout.shape.keys() : readAxes('flip', axis, ndim, false);
  const strides = [...layout.strides];
  let { offset } = layout;
  for (const i of axes) {
    const length = layout.shape[i]!;
    if (length > 1) offset += (length - 1) * strides[i]!;
    strides[i] = 0 - strides[i]!;
  }
  return { offset, shape: [...layout.shape], strides };
}

/**
 * Drops dimensions of length 1, as numpy's `squeeze`.
 *
 * @param axis - an axis or an array of them; all of length 1 when left out
 * @throws RangeError `ERR_SHAPE` for a dimension of another length or a repeated axis, `ERR_OUT_OF_BOUNDS` for one out of range;
 *   TypeError `ERR_INVALID_ARG` for another kind
 */
export function squeeze(layout: Layout, axis?: unknown): Layout {
  const { shape } = layout;
  const all = shape.map((_, i) => i);
  if (axis === undefined || axis === null) {
    return reordered(
      layout,
      all.filter((i) => shape[i] !== 1),
    );
  }
  const dropped = readAxes('squeeze', axis, shape.length, false);
  for (const i of dropped) {
    if (shape[i] === 1) continue;
    throw rangeError('ERR_SHAPE', `squeeze: dimension ${i + 1} has length ${shape[i]}, expected 1`);
  }
  return reordered(
    layout,
    all.filter((i) => !dropped.includes(i)),
  );
}

/**
 * Takes the elements whose indices along two axes differ by `offset`, as numpy's `diagonal`: both axes go, and one along the
 * diagonal comes last.
 *
 * @param offset - how far above the main diagonal, in elements; negative is below
 * @param axis1 - the axis of the rows, 0 by default
 * @param axis2 - the axis of the columns, 1 by default
 * @throws RangeError `ERR_SHAPE` for fewer than two dimensions or one axis twice, `ERR_OUT_OF_BOUNDS` for an axis out of range;
 *   TypeError `ERR_INVALID_ARG` for a value that is not an integer
 */
export function diagonal(layout: Layout, offset?: unknown, axis1?: unknown, axis2?: unknown): Layout {
  const { shape, strides } = layout;
  const ndim = shape.length;
  const above = offset === undefined ? 0 : readInteger('diagonal: offset', offset);
  if (ndim < 2) throw rangeError('ERR_SHAPE', `diagonal: ${ndim} dimensions, expected at least 2`);
  const rows = readAxis('diagonal', axis1 ?? 0, ndim);
  const columns = readAxis('diagonal', axis2 ?? 1, ndim);
  if (rows === columns) {
    throw rangeError('ERR_SHAPE', `diagonal: axis ${rows} given twice, expected two different axes`);
  }
  const height = above < 0 ? shape[rows]! + above : shape[rows]!;
  const width = above > 0 ? shape[columns]! - above : shape[columns]!;
  const length = Math.max(0, Math.min(height, width));
  const skipped = above < 0 ? -above * strides[rows]! : above * strides[columns]!;
  const rest = reordered(
    layout,
    shape.map((_, i) => i).filter((i) => i !== rows && i !== columns),
  );
  return {
    offset: length > 0 ? layout.offset + skipped : layout.offset,
    shape: [...rest.shape, length],
    strides: [...rest.strides, strides[rows]! + strides[columns]!],
  };
}

/**
 * Repeats the elements to fill a shape, with strides of 0, as numpy's `broadcast_to`. A view of it must be read-only.
 *
 * @param itemsize - bytes of an element
 * @param shape - the lengths, or a lone one
 * @throws RangeError `ERR_SHAPE` for a shape that the elements cannot fill; TypeError `ERR_INVALID_ARG` for another kind
 */
export function broadcastTo(layout: Layout, itemsize: number, shape: unknown): Layout {
  const wanted = readShape('broadcastTo', shape);
  checkSize('broadcastTo', wanted, productOf(wanted), itemsize);
  return repeated('broadcastTo', layout, wanted);
}

/**
 * Stretches the source of an assignment over its target, as numpy does in `target[...] = source`: as {@link broadcastTo}, and
 * leading dimensions of length 1 that the target lacks are dropped.
 *
 * @param subject - the call, for the message
 * @param layout - of the source
 * @param shape - of the target
 * @throws RangeError `ERR_SHAPE` where the source does not fit
 */
export function stretch(subject: string, layout: Layout, shape: readonly number[]): Layout {
  let extra = 0;
  while (layout.shape.length - extra > shape.length && layout.shape[extra] === 1) extra++;
  if (extra === 0) return repeated(subject, layout, shape);
  const { offset } = layout;
  const rest = { offset, shape: layout.shape.slice(extra), strides: layout.strides.slice(extra) };
  return repeated(subject, rest, shape);
}

function repeated(subject: string, layout: Layout, wanted: readonly number[]): Layout {
  const added = wanted.length - layout.shape.length;
  const fits = added >= 0 && layout.shape.every((length, i) => length === 1 || length === wanted[i + added]);
  if (!fits) {
    const expected = `expected one that fits ${shownShape(wanted)}: each length the same or 1`;
    throw rangeError('ERR_SHAPE', `${subject}: shape ${shownShape(layout.shape)}, ${expected}`);
  }
  const strides = wanted.map((length, i) => {
    if (i < added) return 0;
    return layout.shape[i - added] === length ? layout.strides[i - added]! : 0;
  });
  return { offset: layout.offset, shape: [...wanted], strides };
}

/**
 * Looks through a window at each place where it fits, as numpy's `sliding_window_view`: the dimensions of the places, then
 * those of the window. An axis may be named more than once, as there: its window is then windowed again.
 *
 * @param itemsize - bytes of an element
 * @param shape - the lengths of the window, or a lone one
 * @param axis - the axis, or an array of as many axes as the window has lengths; by default each axis has one
 * @throws RangeError `ERR_SHAPE` for another count of axes or a window that is longer than its axis, `ERR_OUT_OF_BOUNDS` for
 *   an axis out of range; TypeError `ERR_INVALID_ARG` for another kind
 */
export function windows(layout: Layout, itemsize: number, shape: unknown, axis?: unknown): Layout {
  const ndim = layout.shape.length;
  const lengths = readShape('windows', shape);
  const isWhole = axis === undefined || axis === null;
  const axes = isWhole ? layout.shape.map((_, i) => i) : readAxes('windows', axis, ndim, true);
  if (axes.length !== lengths.length) {
    const expected = `expected ${axes.length}, one for each ${isWhole ? 'dimension' : 'axis given'}`;
    throw rangeError('ERR_SHAPE', `windows: ${lengths.length} lengths given, ${expected}`);
  }
  if (ndim + lengths.length > MAX_NDIM) {
    const count = ndim + lengths.length;
    throw rangeError('ERR_SHAPE', `windows: ${count} dimensions asked for, expected at most ${MAX_NDIM}`);
  }
  const places = [...layout.shape];
  for (const [i, at] of axes.entries()) {
    const left = places[at]! - lengths[i]! + 1;
    if (left <= 0) {
      const expected = `expected at most ${places[at]}, the length of dimension ${at + 1}`;
      throw rangeError('ERR_SHAPE', `windows: a window of ${lengths[i]} given, ${expected}`);
    }
    places[at] = left;
  }
  const result = [...places, ...lengths];
  checkSize('windows', result, productOf(result), itemsize);
  const strides = [...layout.strides, ...axes.map((at) => layout.strides[at]!)];
  return { offset: layout.offset, shape: result, strides };
}

/**
 * Lays any shape and strides over the memory from the first element on, as numpy's `as_strided`, but checked.
 *
 * @param itemsize - bytes of an element
 * @param shape - the lengths, or a lone one; the layout's own when left out
 * @param strides - bytes for each dimension; the layout's own when left out
 * @param low - the first byte of the memory, counted from the layout's origin
 * @param high - the byte after its last one
 * @throws RangeError `ERR_SHAPE` for a shape and strides of different counts, `ERR_OUT_OF_BOUNDS` where an element would lie
 *   outside of the memory; TypeError `ERR_INVALID_ARG` for another kind
 */
export function asStrided(
  layout: Layout,
  itemsize: number,
  shape: unknown,
  strides: unknown,
  low: number,
  high: number,
): Layout {
  const lengths = shape === undefined ? [...layout.shape] : readShape('asStrided', shape);
  checkSize('asStrided', lengths, productOf(lengths), itemsize);
  const { length } = lengths;
  const steps = readStrides('asStrided', strides === undefined ? layout.strides : strides, length);
  const result = { offset: layout.offset, shape: lengths, strides: steps };
  checkReach('asStrided', result, itemsize, low, high);
  return result;
}
