/**
 * Random index parts, as lists and as text in Python's syntax, and lists of axes.
 */
import type { Encoded } from '../contract/vectors.js';
import type { Random } from './random.js';

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

export function span(random: Random, length: number): Encoded {
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
  // Mostly a range with elements, written from either end.
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

/** A range of so many elements, if the length has them. */
export function spanOfCount(random: Random, length: number, count: number): Encoded {
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

/** Parts for numpy's basic indexing, a few of them wrong. */
export function randomParts(random: Random, shape: readonly number[]): Encoded[] {
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

/** The parts as Python writes them, some with a typing error. */
export function textOf(random: Random, parts: readonly Encoded[]): string {
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
export function isArithmetic(text: string): boolean {
  return /[\w.]\s*[-+]/.test(text);
}

export function axis(random: Random, ndim: number): number {
  if (random.percent(4) || ndim === 0) return random.pick([ndim, -ndim - 1]);
  return random.int(-ndim, ndim - 1);
}

export function axes(random: Random, ndim: number): number[] {
  return random.shuffled(Array.from({ length: ndim }, (_, i) => (random.percent(20) ? i - ndim : i)));
}

/** A shape of so many elements. */
export function factors(random: Random, count: number): number[] {
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
