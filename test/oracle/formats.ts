/**
 * Random formats, and values for them.
 */
import type { Encoded } from '../contract/vectors.js';
import type { Random } from './random.js';

/** Native codes of memoryview. */
export const NATIVE: readonly string[] = [...'cbB?hHiIlLqQnNfdP'];

/** Codes that numpy reads as one element. */
const NUMPY = ['?', ...'bBhHiIlLqQefd', 'Zf', 'Zd', 'c', '3s', '1s'];

/** Formats that CPython's memoryview carries but does not read. */
const OPAQUE = [
  '<i',
  '>d',
  '=q',
  '!H',
  '<b',
  'hi',
  '2h',
  '3s',
  'xB',
  'T{i:a:d:b:}',
  'Zd',
  '<e',
  'e',
  '>Zf',
  'hxxi',
];

const MARKS = ['', '', '', '<', '>', '=', '!', '@', '^'];

export function cpythonFormat(random: Random): string {
  if (random.percent(15)) return random.pick(OPAQUE);
  return (random.percent(10) ? '@' : '') + random.pick(NATIVE);
}

/** A format of one element without a name. */
export function numpyFormat(random: Random): string {
  return random.pick(MARKS) + random.pick(NUMPY);
}

/** A numpy format, a record in some cases; `isTight` leaves out padding, which a copy of numpy's need not carry. */
export function anyNumpyFormat(random: Random, isTight = false): string {
  return random.percent(20) ? recordFormat(random, isTight) : numpyFormat(random);
}

/** A record with names, sub-arrays and nested records. */
export function recordFormat(random: Random, isTight = false, depth = 0): string {
  const names = random.shuffled([...'abcdefg']);
  const fields = random.many(random.int(1, 4), () => {
    const isNested = depth < 2 && random.percent(15);
    const mark = isTight ? '' : random.pick(MARKS);
    const shape = random.percent(20) ? random.pick(['(2)', '(2,3)', '(1,2)', '(3)']) : '';
    const item = isNested ? recordFormat(random, isTight, depth + 1) : random.pick(NUMPY);
    return `${shape}${mark}${item}:${names.pop()}:`;
  });
  return `${isTight && depth === 0 ? random.pick(['<', '>', '=', '^']) : ''}T{${fields.join('')}}`;
}

/** A PEP 3118 string as numpy reads it: padding, counts and unnamed fields among the rest. */
export function layoutFormat(random: Random, depth = 0): string {
  const count = depth === 0 && random.percent(30) ? 1 : random.int(1, 5);
  const items = random.many(count, () => {
    const shape = random.percent(20)
      ? `(${random.many(random.int(1, 3), () => random.int(1, 3)).join(',')})`
      : '';
    const mark = random.pick(MARKS);
    const isNested = depth < 3 && random.percent(18);
    const repeat = random.percent(20) ? String(random.int(1, 3)) : '';
    const code = isNested
      ? layoutFormat(random, depth + 1)
      : random.pick(['?', ...'bBhHiIlLqQefd', 'Zf', 'Zd', 's', 'x', 'w', 'c']);
    const name = random.percent(60)
      ? `:${random.pick(['a', 'b', 'c', 'x1', 'y_2', 'val', 'long name', 'é'])}:`
      : '';
    return `${shape}${mark}${repeat}${code}${name}`;
  });
  const text = items.join('');
  return depth > 0 || random.percent(70) ? `T{${text}}` : text;
}

/** A string of the struct module, now and then a wrong one. */
export function structFormat(random: Random): string {
  const codes = [...'xcbB?hHiIlLqQefdsp'];
  const mark = random.pick(['', '', '@', '=', '<', '>', '!']);
  if (mark === '' || mark === '@') codes.push('n', 'N', 'P');
  const items = random.many(random.int(0, 5), () => {
    const count = random.percent(35) ? String(random.int(0, 5)) : '';
    const code = random.pick(codes);
    // CPython 3.11 returns the item 0p with a SystemError.
    return `${code === 'p' && count === '0' ? '1' : count}${code}${random.percent(10) ? random.pick([' ', '\t', '\n']) : ''}`;
  });
  const text = mark + items.join('');
  if (!random.percent(8)) return text;
  const at = random.int(0, text.length);
  const odd = random.pick([
    '<',
    '@',
    '1',
    ' ',
    'T',
    '(',
    'z',
    '{',
    '-',
    'Z',
    'O',
    '\u00e9',
    '99999999999999999999',
    '\u00a0',
    '.',
  ]);
  return text.slice(0, at) + odd + text.slice(at);
}

const INTEGER_BYTES: { readonly [code: string]: number } = {
  b: 1,
  B: 1,
  h: 2,
  H: 2,
  i: 4,
  I: 4,
  l: 8,
  L: 8,
  q: 8,
  Q: 8,
  n: 8,
  N: 8,
  P: 8,
};

function encodedInteger(value: bigint): Encoded {
  return Number.isSafeInteger(Number(value)) ? Number(value) : { $int: String(value) };
}

/** An integer that fits the code, one of its limits in some cases. */
export function fittingInteger(random: Random, code: string, standard = false): Encoded {
  const bytes = standard && /[lL]/.test(code) ? 4 : INTEGER_BYTES[code]!;
  const bits = BigInt(8 * bytes);
  const isSigned = /[bhilqn]/.test(code);
  const low = isSigned ? -(1n << (bits - 1n)) : 0n;
  const high = isSigned ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  const any = BigInt.asUintN(
    64,
    BigInt(Math.floor(random.next() * 2 ** 53)) * BigInt(Math.floor(random.next() * 2 ** 53)),
  );
  const value = random.weighted([
    [3, BigInt(random.int(0, 100))],
    [1, low],
    [1, high],
    [2, isSigned ? BigInt.asIntN(Number(bits), any) : BigInt.asUintN(Number(bits), any)],
  ]);
  return encodedInteger(value);
}

const FLOATS: readonly Encoded[] = [
  { $float: 'nan' },
  { $float: 'inf' },
  { $float: '-inf' },
  { $float: '-0.0' },
  0.1,
  -2.75,
  1.5,
  65504.5,
  1e-7,
  6.103515625e-5,
  3.4e38,
  0.30000000000000004,
];

function float(random: Random, code: string): Encoded {
  if (code === 'e')
    return random.percent(40) ? random.pick(FLOATS.slice(0, 7)) : (random.int(-4000, 4000) + 0.5) / 8;
  return random.percent(50) ? random.pick(FLOATS) : (random.next() - 0.5) * 2 ** random.int(-20, 60) + 1e-9;
}

/** A value that fits the code of a format, with its mark, if any. */
export function fittingValue(random: Random, format: string): Encoded {
  const mark = /^[@=<>!^]/.test(format) ? format[0] : '';
  const code = format.replace(/^[@=<>!^]/, '');
  if (INTEGER_BYTES[code] !== undefined) return fittingInteger(random, code, /[=<>!]/.test(mark!));
  if (/^[efd]$/.test(code)) return float(random, code);
  if (code === '?') return random.percent(50);
  if (code === 'c') return { $bytes: random.hex(1) };
  if (/^Z[fd]$/.test(code)) {
    const part = (): Encoded => random.pick([0.5, -1.25, 3.75, { $float: 'inf' }, { $float: '-0.0' }]);
    return { $complex: [part(), part()] };
  }
  return { $bytes: random.hex(Number(/\d+/.exec(code)?.[0] ?? 1)) };
}

/** A value of any kind, most of them wrong for most formats. Integral floats are left out: JavaScript has none. */
export function anyValue(random: Random, format: string): Encoded {
  if (random.percent(40)) return fittingValue(random, format);
  const value = random.pick<Encoded>([
    0,
    1,
    -1,
    127,
    128,
    255,
    256,
    -128,
    -129,
    32767,
    32768,
    65535,
    65536,
    -32769,
    2147483647,
    2147483648,
    4294967295,
    4294967296,
    { $int: '9223372036854775807' },
    { $int: '9223372036854775808' },
    { $int: '18446744073709551615' },
    { $int: '18446744073709551616' },
    { $int: '-9223372036854775808' },
    { $int: '-9223372036854775809' },
    { $int: '-1' },
    { $int: `1${'0'.repeat(400)}` },
    { $int: '9007199254740993' },
    0.5,
    -1.75,
    { $float: 'nan' },
    { $float: 'inf' },
    { $float: '-inf' },
    true,
    false,
    null,
    'a',
    '',
    'ab',
    { $bytes: '61' },
    { $bytes: '6162' },
    { $complex: [0.5, 1.5] },
  ]);
  // NaN is true in Python and false in JavaScript.
  if (format.endsWith('?') && typeof value === 'object') return true;
  // A string is how a `c` is written here; in Python it is of the wrong kind.
  return /c$/.test(format) && typeof value === 'string' ? null : value;
}
