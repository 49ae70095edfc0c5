/**
 * Cases for memoryview: slices, casts, values and comparison, and writing.
 */
import { formatInfo, type MemoryView, struct } from '../../src/index.js';
import { reshaped } from '../contract/machine.js';
import { argument, type Base, type Encoded, type Op } from '../contract/vectors.js';
import { randomBase, randomShape } from './bases.js';
import { type Case, grown, seen } from './case.js';
import { anyValue, cpythonFormat, NATIVE } from './formats.js';
import { factors, span, spanOfCount } from './index-cases.js';
import type { Random } from './random.js';

export function cpythonView(random: Random): Case {
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
  // JSON would write a large float as an integer.
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) return { $float: String(number) };
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

export function cpythonWrite(random: Random): Case {
  const format = random.percent(90)
    ? (random.percent(10) ? '@' : '') + random.pick(NATIVE)
    : cpythonFormat(random);
  const shape = random.percent(75) ? [random.int(0, 8)] : randomShape(random, formatInfo(format).itemsize);
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
