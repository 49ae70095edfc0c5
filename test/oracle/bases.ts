/**
 * Random memories with a view on each: shapes and strides of every kind, and bytes among which special floats are frequent.
 */
import { formatInfo } from '../../src/index.js';
import type { Base } from '../contract/vectors.js';
import type { Random } from './random.js';

const SPECIAL_BYTES: { readonly [size: number]: readonly string[] } = {
  2: ['0000', '0080', '007c', '00fc', '003c', '007e', '0100', 'ff7b'],
  4: ['00000000', '00000080', '0000807f', '000080ff', '0000803f', '0000c07f', '01000000', 'ffff7f7f'],
  8: [
    '0000000000000000',
    '0000000000000080',
    '000000000000f07f',
    '000000000000f0ff',
    '000000000000f03f',
    '000000000000f87f',
    '0100000000000000',
    'ffffffffffffef7f',
  ],
};

function content(random: Random, count: number, itemsize: number, offset: number): string {
  const special = SPECIAL_BYTES[itemsize];
  if (special !== undefined && random.percent(40)) {
    const items = Math.ceil(count / itemsize) + 1;
    const text = random
      .many(items, () => (random.percent(70) ? random.pick(special) : random.hex(itemsize)))
      .join('');
    const start = (itemsize - (offset % itemsize)) % itemsize;
    return text.slice(2 * start, 2 * start + 2 * count);
  }
  if (random.percent(30))
    return random.many(count, () => random.int(0, 2).toString(16).padStart(2, '0')).join('');
  return random.hex(count);
}

export function randomShape(random: Random, itemsize = 8): number[] {
  const ndim = random.weighted([
    [8, 0],
    [34, 1],
    [30, 2],
    [20, 3],
    [8, 4],
  ]);
  // Long axes bring the work on many items to the addon, whose loops have edges of their own.
  if (ndim > 0 && random.percent(6)) {
    return random.percent(60) ? longShape(random, ndim) : edgeShape(random, ndim, itemsize);
  }
  return random.many(ndim, () =>
    random.weighted([
      [3, 0],
      [14, 1],
      [25, 2],
      [25, 3],
      [16, 4],
      [10, 5],
      [5, 7],
    ]),
  );
}

const MAX_ITEMS = 3000;

function longShape(random: Random, ndim: number): number[] {
  let items = 1;
  const lengths = random.many(ndim, () => {
    const most = Math.max(1, Math.min(150, Math.floor(MAX_ITEMS / items)));
    const length = random.percent(30) ? random.int(1, Math.min(4, most)) : random.int(1, most);
    items *= length;
    return length;
  });
  return random.shuffled(lengths);
}

/** Lengths (items) at which a loop of native/core/kernels ends a vector, a block or a piece, for one size of items or another. */
const EDGES = [8, 16, 32, 64, 128, 256, 510, 512, 1020, 1024, 2040, 2048, 4080, 4096, 5461, 8192, 16384];
/** A little more than the largest block of a loop that runs on one thread. */
const MAX_EDGE_BYTES = 17 * 1024;

function edgeShape(random: Random, ndim: number, itemsize: number): number[] {
  let room = Math.max(1, Math.floor(MAX_EDGE_BYTES / Math.max(1, itemsize)));
  const lengths = random.many(ndim, () => {
    const edges = EDGES.filter((edge) => edge < room);
    const length =
      edges.length > 0 && random.percent(60)
        ? random.pick(edges) + random.int(-1, 1)
        : random.int(1, Math.min(4, room));
    room = Math.max(1, Math.floor(room / length));
    return length;
  });
  return random.shuffled(lengths);
}

/** Strides of every kind; `isApart` gives each element bytes of its own, for views that are written to. */
function randomStrides(
  random: Random,
  shape: readonly number[],
  itemsize: number,
  isApart: boolean,
): number[] | null {
  if (random.percent(35)) return null;
  const strides = new Array<number>(shape.length).fill(0);
  const order = random.percent(30) ? shape.map((_, i) => i) : random.shuffled(shape.map((_, i) => i));
  let step = itemsize;
  for (const axis of order) {
    if (random.percent(30)) step += random.percent(70) ? itemsize : random.int(1, 3);
    strides[axis] = random.percent(35) ? -step : step;
    step *= Math.max(1, shape[axis]!);
    if (isApart) continue;
    if (random.percent(5)) strides[axis] = 0;
    if (random.percent(5)) strides[axis] = random.int(-9, 9);
  }
  return strides;
}

export function randomBase(
  random: Random,
  format: string,
  shape: number[] = randomShape(random, formatInfo(format).itemsize),
  isApart = false,
): Base {
  const { itemsize } = formatInfo(format);
  const strides = randomStrides(random, shape, itemsize, isApart);
  let low = 0;
  let high = itemsize;
  if (strides !== null) {
    for (const [i, stride] of strides.entries()) {
      const span = Math.max(0, shape[i]! - 1) * stride;
      if (span < 0) low += span;
      else high += span;
    }
  } else
    high =
      itemsize *
      Math.max(
        1,
        shape.reduce((product, length) => product * length, 1),
      );
  const isEmpty = shape.includes(0);
  const offset = random.percent(40) ? random.int(0, 9) : 0;
  const start = isEmpty ? offset : offset - low;
  const size = isEmpty
    ? offset + random.int(0, 8)
    : offset + high - low + (random.percent(50) ? random.int(0, 9) : 0);
  const bytes = content(random, size, itemsize, start);
  return { bytes, format, itemsize, shape, strides, offset: start, readonly: !isApart && random.percent(30) };
}
