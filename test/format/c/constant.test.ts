/** Constant expressions of C: each value is the one that GCC gives. */
import { describe, expect, it } from 'vitest';
import { cdef } from '../../../src/format/c/cdef.js';
import { leaveOutOnWindows, onWindows } from '../../posix.js';

const STRUCT =
  'typedef struct pair { int first; struct { char pad[3]; short inner; } part; double last; } pair;';

function constantOf(expression: string): unknown {
  return cdef(`${STRUCT} enum { KNOWN = 3 };\n#define VALUE ${expression}\n`).VALUE;
}

describe('a constant expression', () => {
  it.each<[string, number | bigint]>([
    ['1 ? 7 : 9', 7],
    ['0 ? 7 : 1 ? 8 : 9', 8],
    ['(0 ? 1 : -1u) == 4294967295u', 1],
    ['!KNOWN', 0],
    ['!0 + +2', 3],
    ['~0', -1],
    ['~0u', 4294967295],
    ['-KNOWN', -3],
    ['1 != 2', 1],
    ['1 < 2', 1],
    ['-1 < 0u', 0],
    ['2 > 2', 0],
    ['2 <= 2', 1],
    ['1 >= 2', 0],
    ['0xf0 | 0x0f', 255],
    ['0xff ^ 0x0f', 240],
    ['0xff & 0x3c', 60],
    ['5 - 7', -2],
    ['5u - 7u', 4294967294],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['1 << 4 >> 2', 4],
    ['1 && 0 || 1', 1],
    ['(unsigned char)300', 44],
    ['(signed char)200', -56],
    ['(short)-1 < 0', 1],
    ['(unsigned long)-1', onWindows ? 4294967295 : 18446744073709551615n],
    ['sizeof(pair)', 24],
    ['sizeof(double[3])', 24],
    ['_Alignof(double)', 8],
    ['offsetof(pair, last)', 16],
    ['offsetof(pair, part.inner)', 8],
    ["'A'", 65],
    ["'\\n'", 10],
    ["'\\x41'", 65],
    ["'\\xff'", -1],
    ["L'\\xff'", 255],
    ["'\\101'", 65],
    ["'\\''", 39],
  ])('%s is %s', (expression, value) => {
    expect(constantOf(expression)).toBe(value);
  });

  it.each([
    ['(double)1', /casts a constant to a type that is not an integer/],
    ["'ab'", /expected one character/],
    ['offsetof(pair, none)', /not a member/],
    ['1 / 0', /./],
  ])('%s is refused by an assertion, with its line', (expression, message) => {
    const text = `${STRUCT}\n_Static_assert(${expression}, "");`;
    expect(() => cdef(text)).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
    expect(() => cdef(text)).toThrow(/line 2/);
  });
});

describe('an integer type', () => {
  it.each([
    ['QI', 'b'],
    ['HI', 'h'],
    ['SI', 'i'],
    ['DI', 'q'],
  ])('of the mode %s has its size', (mode, format) => {
    expect(cdef(`typedef int t __attribute__((mode(${mode})));`).t).toBe(format);
    expect(cdef(`typedef unsigned t __attribute__((__mode__(__${mode}__)));`).t).toBe(format.toUpperCase());
  });

  it('of a floating mode is a float', () => {
    expect(cdef('typedef float t __attribute__((mode(DF)));').t).toBe('d');
    expect(cdef('typedef double t __attribute__((mode(SF)));').t).toBe('f');
  });

  it('of a mode without a format is refused', () => {
    expect(() => cdef('typedef int t __attribute__((mode(TI)));')).toThrow(/has the mode "TI"/);
  });

  it('of an enum is the first that holds all values', (context) => {
    leaveOutOnWindows(context, 'every enum is an int');
    expect(cdef('enum e { A = 1 };').e).toBe('I');
    expect(cdef('enum e { A = -1 };').e).toBe('i');
    expect(cdef('enum e { A = 1ll << 40 };').e).toBe('Q');
    expect(cdef('enum e { A = -1, B = 1ll << 40 };').e).toBe('q');
    expect(cdef('enum __attribute__((packed)) e { A = 200 };').e).toBe('B');
    expect(cdef('enum __attribute__((packed)) e { A = -200 };').e).toBe('h');
  });
});
