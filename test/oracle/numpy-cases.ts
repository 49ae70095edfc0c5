/**
 * Cases for numpy's views: indexing, shapes and axes, byte orders, fields, and reinterpreted items.
 */
import { formatInfo, type MemoryView } from '../../src/index.js';
import { takeBase } from '../contract/machine.js';
import { argument, type Base, type Encoded, type Op } from '../contract/vectors.js';
import { randomBase } from './bases.js';
import { type Case, grown, seen } from './case.js';
import { anyNumpyFormat, numpyFormat } from './formats.js';
import { axes, axis, factors, isArithmetic, randomParts, textOf } from './index-cases.js';
import type { Random } from './random.js';

export function numpyView(random: Random): Case {
  const base = randomBase(random, anyNumpyFormat(random));
  const { ops, view } = grown(random, base, random.int(1, 4), numpyOp);
  const last = view === null ? null : seen(() => numpyValue(random, view));
  return { source: 'numpy', base, ops: last === null ? ops : [...ops, last] };
}

function numpyValue(random: Random, view: MemoryView): Op | null {
  return random.weighted<() => Op | null>([
    [70, () => null],
    [15, () => ['tobytes', random.pick(['C', 'F', 'A'])]],
    [5, () => ['tolist']],
    [10, () => ['eq', { base: argument(numpySimilar(random, view)) }]],
  ])();
}

/** A base of the same values as a view in the same format, or of another byte order, or with one byte changed. */
function numpySimilar(random: Random, view: MemoryView): Base {
  const { format, itemsize } = view;
  const base = { format, itemsize, shape: [...view.shape], strides: null, offset: 0, readonly: true };
  const bytes = view.toBytes();
  if (bytes.length > 0 && random.percent(25))
    bytes[random.int(0, bytes.length - 1)]! ^= 1 << random.int(0, 7);
  if (!random.percent(25) || !/^[@=<>!^]?[bBhHiIlLqQefd]$/.test(format))
    return { ...base, bytes: bytes.toString('hex') };
  const swapped = takeBase({ ...base, bytes: bytes.toString('hex'), readonly: false }).view;
  swapped.byteswap();
  const other = swapped.newByteOrder(/^[>!]/.test(format) ? '<' : '>');
  return { ...base, bytes: swapped.toBytes().toString('hex'), format: other.format };
}

function numpyOp(view: MemoryView, random: Random): Op | null {
  const { shape } = view;
  const ndim = shape.length;
  const count = shape.reduce((product, length) => product * length, 1);
  const fields = formatInfo(view.format).fields;
  const isRecord = fields.length > 0;
  return random.weighted<() => Op | null>([
    [30, () => ['slice', randomParts(random, shape)]],
    [16, () => textOp(random, shape)],
    [
      5,
      () =>
        random.percent(30)
          ? ['transpose']
          : ['transpose', random.percent(95) ? axes(random, ndim) : [axis(random, ndim), 0]],
    ],
    [4, () => ['swapaxes', axis(random, ndim), axis(random, ndim)]],
    [4, () => moveOp(random, ndim)],
    [12, () => reshapeOp(random, shape, count)],
    [5, () => broadcastOp(random, shape)],
    [
      5,
      () =>
        ndim < 2 && !random.percent(5)
          ? null
          : [
              'diagonal',
              ...random.pick([
                [],
                [random.int(-3, 3)],
                [random.int(-3, 3), axis(random, ndim), axis(random, ndim)],
              ]),
            ],
    ],
    [4, () => squeezeOp(random, shape)],
    [
      4,
      () => ['expand_dims', random.percent(70) ? axis(random, ndim + 1) : axes(random, ndim + 2).slice(0, 2)],
    ],
    [
      5,
      () =>
        random.percent(40)
          ? ['flip']
          : [
              'flip',
              random.percent(60) ? axis(random, ndim) : axes(random, ndim).slice(0, random.int(0, ndim)),
            ],
    ],
    [4, () => stridedOp(random, view)],
    // Windows multiply: those of long axes would fill the heap.
    [5, () => (shape.some((length) => length > 10) ? null : windowOp(random, shape))],
    [
      6,
      () => [
        'newbyteorder',
        random.pick(isRecord || view.itemsize === 1 ? ['<', '>', '='] : ['<', '>', '=', 'S']),
      ],
    ],
    [
      8,
      () =>
        isRecord && random.percent(50)
          ? null
          : ['viewas', random.percent(90) ? numpyFormat(random) : anyNumpyFormat(random)],
    ],
    [isRecord ? 40 : 0, () => ['field', random.percent(97) ? random.pick(fields).name : 'zz']],
    [3, () => ['toreadonly']],
  ])();
}

function textOp(random: Random, shape: readonly number[]): Op | null {
  const parts = randomParts(random, shape);
  const text = textOf(random, parts.length > 0 ? parts : ['...']);
  return isArithmetic(text) ? null : ['slice_text', text];
}

function moveOp(random: Random, ndim: number): Op {
  if (random.percent(60)) return ['moveaxis', axis(random, ndim), axis(random, ndim)];
  const count = random.int(0, ndim);
  return [
    'moveaxis',
    axes(random, ndim).slice(0, count),
    axes(random, ndim).slice(0, random.percent(95) ? count : count + 1),
  ];
}

function reshapeOp(random: Random, shape: readonly number[], count: number): Op {
  let wish: number[];
  // A view can often split and join neighbouring axes.
  if (random.percent(60) && shape.length > 0) {
    const at = random.int(0, shape.length - 1);
    const pair = random.percent(50) && at + 1 < shape.length;
    const product = pair ? shape[at]! * shape[at + 1]! : shape[at]!;
    wish = [
      ...shape.slice(0, at),
      ...(random.percent(50) ? [product] : factors(random, product)),
      ...shape.slice(at + (pair ? 2 : 1)),
    ];
  } else wish = factors(random, count);
  if (random.percent(20) && wish.length > 0) wish[random.int(0, wish.length - 1)] = -1;
  if (random.percent(4)) wish.push(random.int(0, 3));
  if (random.percent(20)) wish.splice(random.int(0, wish.length), 0, 1);
  const lone: Encoded = wish.length === 1 && random.percent(30) ? wish[0]! : wish;
  return random.percent(60) ? ['reshape', lone] : ['reshape', lone, random.pick(['C', 'F', 'F', 'A'])];
}

function broadcastOp(random: Random, shape: readonly number[]): Op {
  const wish = shape.map((length) => (length === 1 && random.percent(70) ? random.int(0, 3) : length));
  if (random.percent(40)) wish.unshift(random.int(0, 3));
  if (random.percent(5)) wish.push(2);
  return ['broadcast_to', wish.length === 1 && random.percent(30) ? wish[0]! : wish];
}

function squeezeOp(random: Random, shape: readonly number[]): Op {
  const ones = shape.flatMap((length, i) => (length === 1 ? [i] : []));
  if (random.percent(30)) return ['squeeze'];
  if (ones.length === 0 || random.percent(10)) return ['squeeze', axis(random, shape.length)];
  return random.percent(50)
    ? ['squeeze', random.pick(ones)]
    : ['squeeze', random.shuffled(ones).slice(0, random.int(0, ones.length))];
}

/** Shapes and strides inside the bytes of the view, because numpy itself does not check them. */
function stridedOp(random: Random, view: MemoryView): Op | null {
  const { itemsize, shape, strides } = view;
  if (shape.includes(0)) return null;
  let below = 0;
  let above = 0;
  for (const [i, stride] of strides.entries()) {
    const reach = (shape[i]! - 1) * stride;
    if (reach < 0) below -= reach;
    else above += reach;
  }
  const wish = random.many(random.int(0, 3), () => random.int(0, 4));
  const steps = wish.map((length) => {
    const isBack = random.percent(40);
    const room = isBack ? below : above;
    const most = length > 1 ? Math.floor(room / (length - 1)) : itemsize;
    const step = random.percent(60) ? Math.min(most, itemsize) : random.int(0, Math.min(most, 4 * itemsize));
    if (length > 1) {
      if (isBack) below -= step * (length - 1);
      else above -= step * (length - 1);
    }
    return isBack ? 0 - step : step;
  });
  return ['as_strided', wish, steps];
}

function windowOp(random: Random, shape: readonly number[]): Op {
  const length = (at: number): number => random.int(0, (shape[at] ?? 1) + (random.percent(5) ? 1 : 0));
  if (shape.length === 1 && random.percent(50)) return ['sliding_window', length(0)];
  if (random.percent(40)) return ['sliding_window', shape.map((_, i) => length(i))];
  if (random.percent(60) && shape.length > 0) {
    const at = random.int(0, shape.length - 1);
    return ['sliding_window', length(at), random.percent(50) ? at : at - shape.length];
  }
  const chosen = axes(random, shape.length).slice(0, random.int(0, shape.length));
  return ['sliding_window', chosen.map((at) => length(at < 0 ? at + shape.length : at)), chosen];
}
