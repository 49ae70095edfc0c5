/**
 * Random cases: a base memory with a view on it and operations, in the form of the conformance vectors. What operation may
 * follow is steered by running the case here as it grows; what it should come to, only CPython and numpy say.
 */
import { formatInfo, type MemoryView, struct } from '../../src/index.js';
import { reshaped, takeBase } from '../contract/machine.js';
import { argument, type Base, type Encoded, type Op } from '../contract/vectors.js';
import {
  anyNumpyFormat,
  anyValue,
  cpythonFormat,
  fittingValue,
  layoutFormat,
  NATIVE,
  numpyFormat,
  structFormat,
} from './formats.js';
import type { Random } from './random.js';

export interface Case {
  readonly source: 'cpython' | 'numpy';
  readonly base: Base | null;
  readonly ops: readonly Op[];
}

/** The operation that is made by looking at a view; none where looking throws, which the case without it will tell. */
function seen(make: () => Op | null): Op | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** One random case. */
export function randomCase(random: Random): Case {
  return random.weighted([
    [24, cpythonView],
    [38, numpyView],
    [10, cpythonWrite],
    [14, numpyWrite],
    [9, structCall],
    [5, layoutCall],
  ])(random);
}

// --- bases -----------------------------------------------------------------------------------------------------------

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

function randomShape(random: Random): number[] {
  const ndim = random.weighted([
    [8, 0],
    [34, 1],
    [30, 2],
    [20, 3],
    [8, 4],
  ]);
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
  shape: number[] = randomShape(random),
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

// --- index parts -----------------------------------------------------------------------------------------------------

const HUGE: readonly Encoded[] = [
  1099511627776,
  -1099511627776,
  { $int: '9223372036854775807' },
  { $int: '-9223372036854775808' },
  { $int: '9223372036854775808' },
  { $int: '-1180591620717411303424' },
  { $int: '1180591620717411303424' },
];

function bound(random: Random, length: number): Encoded {
  if (random.percent(30)) return null;
  return random.percent(4) ? random.pick(HUGE) : random.int(-length - 2, length + 2);
}

function span(random: Random, length: number): Encoded {
  const step = random.weighted<Encoded>([
    [45, null],
    [10, 1],
    [14, 2],
    [5, 3],
    [14, -1],
    [7, -2],
    [3, -3],
    [1, 0],
    [1, random.pick(HUGE)],
  ]);
  if (length === 0 || random.percent(25)) return [bound(random, length), bound(random, length), step];
  // Mostly a range that holds something, written from either end.
  const [low, high] = [random.int(0, length - 1), random.int(0, length - 1)].sort((a, b) => a - b) as [
    number,
    number,
  ];
  const isBack = typeof step === 'number' && step < 0;
  const first = isBack ? high : low;
  const end = isBack ? low - 1 : high + 1;
  const start = random.percent(25) ? null : random.percent(40) ? first - length : first;
  const stop = random.percent(25) ? null : end >= 0 && random.percent(60) ? end : end - length;
  return [start, end === length && stop === 0 ? null : stop, step];
}

/** Parts for numpy's basic indexing, a few of them wrong. */
function randomParts(random: Random, shape: readonly number[]): Encoded[] {
  const taken = random.percent(70) ? shape.length : random.int(0, shape.length + (random.percent(5) ? 1 : 0));
  const fromEnd = random.percent(20);
  const parts: Encoded[] = [];
  if (fromEnd) parts.push('...');
  for (let i = 0; i < taken; i++) {
    const length = shape[fromEnd ? shape.length - taken + i : i] ?? 2;
    if (random.percent(5)) parts.push('newaxis');
    if (!random.percent(28)) parts.push(span(random, length));
    else if (random.percent(3)) parts.push(random.pick([length, -length - 1, ...HUGE]));
    else parts.push(length === 0 ? 0 : random.int(-length, length - 1));
  }
  if (random.percent(fromEnd ? 1 : 8)) parts.push('...');
  if (random.percent(4)) parts.push('newaxis');
  return parts;
}

function integerText(random: Random, value: Encoded): string {
  const big =
    typeof value === 'object' && value !== null
      ? BigInt(String(Reflect.get(value, '$int')))
      : BigInt(Number(value));
  const size = big < 0n ? -big : big;
  const digits = random.weighted([
    [80, String(size)],
    [5, `0x${size.toString(16)}`],
    [3, `0b${size.toString(2)}`],
    [3, `0O${size.toString(8)}`],
    [4, String(size).replace(/(\d)(\d)/, '$1_$2')],
  ]);
  const signs = random.weighted([
    [90, big < 0n ? '-' : ''],
    [5, big < 0n ? '+-' : '+'],
    [5, big < 0n ? '- ' : '--'],
  ]);
  if (random.percent(3)) return `~${integerText(random, { $int: String(-big - 1n) })}`;
  return signs + digits;
}

/** The parts as Python writes them, some of them with a slip of the pen. */
function textOf(random: Random, parts: readonly Encoded[]): string {
  const blank = (): string => (random.percent(20) ? random.pick([' ', '  ', '\t']) : '');
  const write = (value: Encoded): string =>
    value === null ? (random.percent(10) ? 'None' : '') : integerText(random, value);
  const written = parts.map((part) => {
    if (part === '...') return random.percent(80) ? '...' : 'Ellipsis';
    if (part === 'newaxis') return random.pick(['None', 'newaxis']);
    if (!Array.isArray(part)) return integerText(random, part);
    const [start, stop, step] = part as readonly Encoded[];
    const tail = step === null && random.percent(80) ? '' : `${blank()}:${blank()}${write(step!)}`;
    return `${write(start!)}${blank()}:${blank()}${write(stop!)}${tail}`;
  });
  const text = written.map((part) => blank() + part + blank()).join(',') + (random.percent(5) ? ',' : '');
  if (!random.percent(12)) return text;
  const at = random.int(0, text.length);
  return (
    text.slice(0, at) +
    random.pick([':', ',', '.', '-', '+', ' ', '0', '1', '_', 'x', 'N', '~']) +
    text.slice(at + random.int(0, 1))
  );
}

/** Whether Python would calculate: `1-1` is an index there, and more than an index here. */
function isArithmetic(text: string): boolean {
  return /[\w.]\s*[-+]/.test(text);
}

// --- views -----------------------------------------------------------------------------------------------------------

/** Grows a case by operations that give views, as long as they work here. */
function grown(
  random: Random,
  base: Base,
  most: number,
  next: (view: MemoryView, random: Random) => Op | null,
): { ops: Op[]; view: MemoryView | null } {
  const ops: Op[] = [];
  let view = takeBase(base).view;
  for (let i = 0; i < most; i++) {
    const op = next(view, random);
    if (op === null) continue;
    ops.push(op);
    try {
      const result = reshaped(view, op);
      if (result === null || result.nbytes > 20_000) return { ops, view: null };
      view = result;
    } catch {
      return { ops, view: null };
    }
  }
  return { ops, view };
}

function cpythonView(random: Random): Case {
  const base = randomBase(random, cpythonFormat(random));
  const { ops, view } = grown(random, base, random.int(0, 3), cpythonOp);
  const last = view === null ? null : seen(() => cpythonValue(random, view, base));
  return { source: 'cpython', base, ops: last === null ? ops : [...ops, last] };
}

function sliceOp(random: Random, shape: readonly number[]): Op | null {
  if (shape.length > 0) return ['slice', [span(random, shape[0]!)]];
  return random.percent(3) ? ['slice', [[0, 1, null]]] : null;
}

function cpythonOp(view: MemoryView, random: Random): Op | null {
  const { shape } = view;
  return random.weighted<() => Op | null>([
    [60, () => sliceOp(random, shape)],
    [22, () => castOp(view, random)],
    [8, () => ['toreadonly']],
    [8, () => ['dup']],
  ])();
}

const BAD_FORMATS = [
  '',
  '@',
  'BB',
  '2B',
  '<i',
  '=i',
  'i ',
  ' i',
  's',
  'x',
  'u',
  'O',
  '@@B',
  'Zd',
  'T{i:a:}',
  '\u00e9',
  '3s',
];

function castOp(view: MemoryView, random: Random): Op | null {
  if (!view.cContiguous && !random.percent(15)) return null;
  const { nbytes } = view;
  if (random.percent(4)) return ['cast', random.pick(BAD_FORMATS)];
  const format =
    (random.percent(5) ? '@' : '') +
    (view.ndim > 1 || random.percent(50) ? random.pick([...'bBc']) : random.pick(NATIVE));
  const { itemsize } = formatInfo(format);
  if (random.percent(view.ndim === 1 ? 50 : 80)) return ['cast', format];
  const count = Math.floor(nbytes / itemsize);
  if (random.percent(15)) {
    return [
      'cast',
      format,
      random.pick<Encoded>([
        [],
        [0],
        [-1],
        [count, -1],
        [count + 1],
        [0.5],
        'x',
        null,
        [null],
        [count, 0],
        ['2'],
      ]),
    ];
  }
  return ['cast', format, factors(random, count)];
}

/** A shape of so many elements. */
function factors(random: Random, count: number): number[] {
  const shape: number[] = [];
  let rest = count;
  while (rest > 1 && shape.length < 3) {
    const divisors = [1, 2, 3, 4, 5, 6, 7, rest].filter((n) => rest % n === 0);
    const length = random.pick(divisors);
    shape.push(length);
    rest /= length;
  }
  if (rest !== 1 || shape.length === 0) shape.push(rest);
  return shape;
}

function cpythonValue(random: Random, view: MemoryView, base: Base): Op | null {
  const { shape } = view;
  const format = view.format.replace('@', '');
  const isNative = NATIVE.includes(format);
  return random.weighted<() => Op | null>([
    [40, () => null],
    [8, () => ['tobytes', random.pick<Encoded>(['C', 'F', 'A', null, 'X', 'c', 1])]],
    [7, () => hexOp(random, view)],
    [5, () => ['tolist']],
    [
      12,
      () =>
        isNative
          ? [
              'index',
              shape.map((length) =>
                random.int(-length - (random.percent(10) ? 1 : 0), Math.max(0, length - 1)),
              ),
            ]
          : null,
    ],
    [3, () => (isNative && shape.length === 1 ? ['iter'] : null)],
    [8, () => (isNative && shape.length === 1 ? searchOp(random, view) : null)],
    [14, () => ['eq', { base: argument(similarBase(random, view, base)) }]],
  ])();
}

function hexOp(random: Random, view: MemoryView): Op {
  if (random.percent(30)) return ['hex'];
  const sep = random.pick<Encoded>([':', ' ', '-', { $bytes: '2e' }, '::', '', '\u00e9', 1]);
  return random.percent(30) ? ['hex', sep] : ['hex', sep, random.int(-view.nbytes - 1, view.nbytes + 1)];
}

function searchOp(random: Random, view: MemoryView): Op {
  const values = view.toArray() as unknown[];
  const found =
    values.length > 0 && random.percent(60)
      ? encodedValue(random.pick(values))
      : anyValue(random, view.format);
  const value = typeof found === 'string' ? { $bytes: Buffer.from(found, 'latin1').toString('hex') } : found;
  const name = random.pick(['contains', 'count', 'index_of']);
  return name === 'index_of' && random.percent(50)
    ? [name, value, random.int(-values.length - 1, values.length + 1)]
    : [name, value];
}

function encodedValue(value: unknown): Encoded {
  if (typeof value === 'bigint') return { $int: String(value) };
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  const number = Number(value);
  if (Number.isNaN(number)) return { $float: 'nan' };
  if (!Number.isFinite(number)) return { $float: number < 0 ? '-inf' : 'inf' };
  return Object.is(number, -0) ? { $float: '-0.0' } : number;
}

/** A base that may well equal a view: of the same values in another format, or nearly the same shape. */
function similarBase(random: Random, view: MemoryView, base: Base): Base {
  const shape = random.percent(85) ? [...view.shape] : randomShape(random);
  const plain = (text: string): boolean => /^[@=<>!]?[bBhHiIlLqQnNfdP?]$/.test(text);
  const format = random.weighted([
    [40, view.format],
    [40, random.pick(['<', '>', '=', '', '']) + random.pick([...'bBhHiIlLqQfd?'])],
    [20, cpythonFormat(random)],
  ]);
  const isSame = shape.join() === view.shape.join();
  if (!isSame || !plain(format) || !plain(view.format)) {
    const other = randomBase(random, format, shape);
    return isSame && other.strides === null && other.format === view.format && random.percent(70)
      ? {
          ...other,
          bytes:
            base.bytes.slice(0, 2 * other.offset).padEnd(2 * other.offset, '0') +
            view.toBytes().toString('hex'),
        }
      : other;
  }
  try {
    const values = (view.reshape(-1, 'C').toArray() as unknown[]).map((value) => value);
    const bytes = Buffer.concat(values.map((value) => packed(format, random.percent(2) ? 1 : value)));
    return {
      bytes: bytes.toString('hex'),
      format,
      itemsize: formatInfo(format).itemsize,
      shape,
      strides: null,
      offset: 0,
      readonly: true,
    };
  } catch {
    return randomBase(random, format, shape);
  }
}

function packed(format: string, value: unknown): Buffer {
  return Reflect.apply(struct.pack, struct, [format, value]);
}

// --- numpy -----------------------------------------------------------------------------------------------------------

function numpyView(random: Random): Case {
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

function axis(random: Random, ndim: number): number {
  if (random.percent(4) || ndim === 0) return random.pick([ndim, -ndim - 1]);
  return random.int(-ndim, ndim - 1);
}

function axes(random: Random, ndim: number): number[] {
  return random.shuffled(Array.from({ length: ndim }, (_, i) => (random.percent(20) ? i - ndim : i)));
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
    [5, () => windowOp(random, shape)],
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
  // Splitting and joining neighbours is what a view can often do.
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

/** Shapes and strides that stay inside of the bytes that the view touches: numpy itself does not look. */
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

// --- writing ---------------------------------------------------------------------------------------------------------

function cpythonWrite(random: Random): Case {
  const format = random.percent(90)
    ? (random.percent(10) ? '@' : '') + random.pick(NATIVE)
    : cpythonFormat(random);
  const shape = random.percent(75) ? [random.int(0, 8)] : randomShape(random);
  const made = randomBase(random, format, shape, true);
  const base = random.percent(8) ? { ...made, readonly: true } : made;
  const { ops, view } = grown(random, base, random.percent(30) ? 1 : 0, (at, r) => sliceOp(r, at.shape));
  if (view === null) return { source: 'cpython', base, ops };
  const isLine = view.ndim === 1;
  if (!isLine || random.percent(50)) {
    const key = view.shape.map((length) =>
      random.int(-length - (random.percent(5) ? 1 : 0), Math.max(0, length - 1)),
    );
    return {
      source: 'cpython',
      base,
      ops: [...ops, ['setitem', key, anyValue(random, format.replace('@', ''))]],
    };
  }
  const target = span(random, view.shape[0]!);
  const source = ((): Encoded => {
    const count = countOf(view, target);
    // Of two errors Python finds that of the value first.
    const isZero = Array.isArray(target) && target[2] === 0;
    if (!isZero && random.percent(5))
      return { value: random.pick<Encoded>([1, 'ab', null, [1, 2], { $bytes: '6162' }]) };
    if (random.percent(55)) {
      const parts = random.percent(80)
        ? spanOfCount(random, base.shape[0]!, count)
        : span(random, base.shape[0]!);
      return { from: 'base', ops: [['slice', [parts]]] };
    }
    const length = random.percent(90) ? count : random.int(0, 8);
    const other = random.percent(85) ? format : cpythonFormat(random);
    return { base: argument(randomBase(random, other, [length])) };
  })();
  return { source: 'cpython', base, ops: [...ops, ['setslice', [target], source]] };
}

function countOf(view: MemoryView, part: Encoded): number {
  try {
    return reshaped(view, ['slice', [part]])!.length;
  } catch {
    return 0;
  }
}

/** A range of so many elements, if the length has them. */
function spanOfCount(random: Random, length: number, count: number): Encoded {
  const most = count > 1 ? Math.max(1, Math.floor((length - 1) / (count - 1))) : 1;
  const step = random.int(1, Math.min(3, most));
  const reach = (count - 1) * step + 1;
  const start = random.int(0, Math.max(0, length - reach));
  if (count > 0 && random.percent(40)) {
    const last = start + (count - 1) * step;
    return [last, start === 0 ? null : start - 1, -step];
  }
  return [start, start + count * step, step];
}

function numpyWrite(random: Random): Case {
  const format = anyNumpyFormat(random, true);
  const base = {
    ...randomBase(random, format, randomShape(random), true),
    ...(random.percent(6) ? { readonly: true } : {}),
  };
  const { ops, view } = grown(random, base, random.int(0, 2), (at, r) => writableOp(at, r));
  const op = view === null ? null : seen(() => numpyMutation(random, view, base));
  return { source: 'numpy', base, ops: op === null ? ops : [...ops, op] };
}

function writableOp(view: MemoryView, random: Random): Op | null {
  const { shape } = view;
  const fields = formatInfo(view.format).fields;
  return random.weighted<() => Op | null>([
    [40, () => ['slice', randomParts(random, shape).filter((part) => part === '...' || Array.isArray(part))]],
    [15, () => ['transpose', axes(random, shape.length)]],
    [15, () => ['flip']],
    [fields.length > 0 ? 40 : 0, () => ['field', random.pick(fields).name]],
    [10, () => ['newbyteorder', random.pick(['<', '>', '='])]],
  ])();
}

const NUMBER = /^[@=<>!^]?[bBhHiIlLqQefd?]$/;

function numpyMutation(random: Random, view: MemoryView, base: Base): Op | null {
  const { format, shape } = view;
  const isRecord = formatInfo(format).fields.length > 0;
  const isFlat = formatInfo(format).shape.length === 0;
  return random.weighted<() => Op | null>([
    [40, () => ['setslice', ['...'], assignSource(random, view, base, shape)]],
    [20, () => partAssign(random, view, base)],
    [isRecord || !isFlat ? 0 : 12, () => ['fill', fittingValue(random, format)]],
    [
      isRecord || !isFlat ? 0 : 12,
      () =>
        shape.includes(0)
          ? null
          : ['setitem', shape.map((length) => random.int(-length, length - 1)), fittingValue(random, format)],
    ],
    [12, () => ['byteswap']],
    [NUMBER.test(format) ? 25 : 0, () => ['convert', convertSource(random, shape)]],
  ])();
}

function partAssign(random: Random, view: MemoryView, base: Base): Op | null {
  const parts = randomParts(random, view.shape).filter((part) => part !== 'newaxis');
  if (parts.filter((part) => part === '...').length > 1) return null;
  try {
    const target = reshaped(view, ['slice', parts]);
    // All integers select one element, which numpy sets as a value, not as an array.
    return target === null ? null : ['setslice', parts, assignSource(random, view, base, target.shape)];
  } catch {
    return null;
  }
}

/** Something to assign to a target of a shape: of that shape, of one that stretches to it, or the same memory. */
function assignSource(random: Random, view: MemoryView, base: Base, shape: readonly number[]): Encoded {
  if (view.format === base.format && random.percent(45)) {
    const ops: Op[] = [];
    if (random.percent(50)) ops.push(['flip']);
    if (random.percent(40)) ops.push(['transpose', axes(random, base.shape.length)]);
    if (base.shape.length > 0 && random.percent(40)) {
      ops.push(['slice', base.shape.map((length, i) => spanOfCount(random, length, shape[i] ?? length))]);
    }
    return { from: 'base', ops: argument(ops) };
  }
  const wish = shape.map((length) => (random.percent(20) ? 1 : length));
  if (random.percent(10)) wish.unshift(1);
  if (random.percent(20)) wish.splice(0, random.int(0, wish.length));
  if (random.percent(4)) wish.push(2);
  return { base: argument(randomBase(random, view.format, wish)) };
}

/** A memory of another format whose values mostly fit a few codes. */
function convertSource(random: Random, shape: readonly number[]): Encoded {
  const format = random.pick(['', '<', '>', '=']) + random.pick([...'bBhHiIqQ?fd']);
  const made = randomBase(random, format, random.percent(95) ? [...shape] : [...shape, 1]);
  const small = random.percent(70) && /[bBhHiIqQ?]$/.test(format);
  // Bytes of 0 and 1 at the low end keep integers small in most formats.
  const bytes = small ? made.bytes.replace(/../g, () => (random.percent(85) ? '00' : '01')) : made.bytes;
  return { base: argument({ ...made, bytes }) };
}

// --- without memory --------------------------------------------------------------------------------------------------

function structCall(random: Random): Case {
  const format = structFormat(random);
  const op = ((): Op => {
    if (random.percent(20)) return ['calcsize', format];
    const size = sizeOf(format);
    if (random.percent(45)) {
      const odd = random.percent(8) ? random.int(-1, 1) : 0;
      const isMany = random.percent(30);
      const count = isMany ? size * random.int(0, 3) : size;
      return [isMany ? 'iter_unpack' : 'unpack', format, random.hex(Math.max(0, count + odd))];
    }
    return ['pack', format, packValues(random, format)];
  })();
  return { source: 'cpython', base: null, ops: [op] };
}

function sizeOf(format: string): number {
  try {
    return Math.min(struct.calcsize(format), 200);
  } catch {
    return 4;
  }
}

function packValues(random: Random, format: string): Encoded[] {
  const mark = /^[@=<>!]/.test(format) ? format[0]! : '';
  const values = [...format.matchAll(/(\d*)([a-zA-Z?])/g)].flatMap(([, count, code]): Encoded[] => {
    if (code === 'x') return [];
    if (code === 's' || code === 'p')
      return [{ $bytes: random.hex(random.int(0, Math.min(Number(count || 1), 20) + 1)) }];
    const n = Math.min(Number(count || 1), 20);
    return random.many(n, () =>
      random.percent(12) ? anyValue(random, mark + code) : fittingValue(random, mark + code!),
    );
  });
  if (random.percent(3)) values.push(1);
  if (random.percent(3)) values.pop();
  return values;
}

function layoutCall(random: Random): Case {
  return { source: 'numpy', base: null, ops: [['layout', layoutFormat(random)]] };
}
