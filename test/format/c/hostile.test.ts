/** Hostile C text: coded errors, in time that grows as the text does. */
import { expect, test } from 'vitest';
import { cdef } from '../../../src/format/c/cdef.js';
import { Random } from '../../oracle/random.js';
import { RandomC } from './random-c.js';

const count = Number(process.env.CDEF_MUTATIONS ?? 1000);
const PIECES = [
  ...[
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ';',
    ',',
    '*',
    '"',
    "'",
    '/*',
    '*/',
    '//',
    '#define A ',
    '#pragma pack(1)',
    '\n',
    '\\',
    '\0',
  ],
  ...[
    'struct',
    'union',
    'enum',
    'typedef',
    'int',
    'long',
    'unsigned',
    '__attribute__((',
    'aligned(',
    'sizeof(',
    '0x',
    '1e9',
  ],
  ...[
    '99999999999',
    '<<',
    '?',
    ':',
    't1',
    't2',
    '_Static_assert(',
    '# 1 "a.h"\n',
    '...',
    '\ud800',
    '=',
    '_Atomic(',
    'A',
  ],
];

function mutated(text: string, random: Random): string {
  let result = text;
  for (let i = random.int(1, 4); i > 0; i--) {
    const at = random.int(0, result.length);
    const end = Math.min(result.length, at + random.pick([0, 0, 1, 1, 3, 20]));
    result =
      result.slice(0, at) + random.pick([...PIECES, '', result.slice(at, at + 30)]) + result.slice(end);
  }
  return result;
}

test(`${count} mutated texts are read or refused by a code`, { timeout: 600_000 }, () => {
  const random = new Random(Number(process.env.CDEF_SEED ?? 5));
  let read = 0;
  for (let i = 0; i < count; i++) {
    const samples = new RandomC(random.int(0, 1e9));
    const text = mutated(Array.from({ length: 3 }, () => samples.sample().text).join('\n'), random);
    try {
      cdef(text);
      read++;
    } catch (error) {
      const coded =
        error instanceof TypeError &&
        'code' in error &&
        /^ERR_(FORMAT|UNSUPPORTED)$/.test(String(error.code));
      if (!coded) throw new Error(`seed text ${JSON.stringify(text)}`, { cause: error });
    }
  }
  expect(read).toBeGreaterThan(count / 100);
});

const n = 1_200;
const HARD: Record<string, (n: number) => string> = {
  'open parentheses': (n) => `int a[${'('.repeat(n)}`,
  'open braces': (n) => 'struct a {'.repeat(n),
  'nested declarators': (n) => `int ${'(*'.repeat(n)}`,
  'unary operators': (n) => `int a[${'-'.repeat(n)}`,
  'unclosed comments': (n) => '/* '.repeat(n),
  'unclosed strings': (n) => '"\\"'.repeat(n),
  'a long number': (n) => `int a[${'9'.repeat(n)}]`,
  'a long hexadecimal number': (n) => `int a[0x${'e'.repeat(n)}+1]`,
  exponents: (n) => `int a[${'1e+'.repeat(n)}]`,
  'a macro that doubles': (n) =>
    `#define A0 x\n${Array.from({ length: n / 100 }, (_, i) => `#define A${i + 1} A${i} A${i}\n`).join('')}A${n / 100 - 1}`,
  'macros in a chain': (n) =>
    `#define A0 1\n${Array.from({ length: n / 10 }, (_, i) => `#define A${i + 1} (A${i})\n`).join('')}`,
  'structs that double': (n) =>
    `struct s0 { int a, b; };${Array.from({ length: n / 100 }, (_, i) => `struct s${i + 1} { struct s${i} a, b; };`).join('')}`,
  'structs that nest': (n) =>
    `struct s0 { int a, b; };${Array.from({ length: n / 100 }, (_, i) => `struct s${i + 1} { struct s${i} a; };`).join('')}`,
  'many members': (n) => `struct s { ${Array.from({ length: n }, (_, i) => `int a${i};`).join('')} };`,
  'many typedefs of one tag': (n) =>
    `${Array.from({ length: n }, (_, i) => `typedef struct s t${i};`).join('')} struct s { int a; };`,
  'many pushes': (n) => '#pragma pack(push)\n'.repeat(n),
  'refused declarations': (n) => `# 1 "a.h"\n${'int a[sizeof(b)];\n'.repeat(n)}`,
  'refused declarations that end nowhere': (n) => `# 1 "a.h"\n${'struct {'.repeat(n)}`,
  atomics: (n) => '_Atomic('.repeat(n),
  'sizes of arrays of sizes': (n) => `int a[${'sizeof(int['.repeat(n)}`,
  'enums of enums': (n) => 'enum e : '.repeat(n),
  attributes: (n) => `int a __attribute__((${'aligned(sizeof(int __attribute__(('.repeat(n)}`,
  'unions in a chain': (n) =>
    `# 1 "a.h"\nunion u0 { int a; };${Array.from({ length: n / 10 }, (_, i) => `struct u${i + 1} { ${i === 0 ? 'union' : 'struct'} u${i} a; };`).join('')}`,
  'line continuations': (n) => '\\\n'.repeat(n),
  'line comments that go on': (n) => '// \\\n'.repeat(n),
  slashes: (n) => `#define a ${'/ '.repeat(n)}`,
  initializers: (n) => `int a = ${'{'.repeat(n)}`,
  dimensions: (n) => `int a${'[1]'.repeat(n)};`,
};

test.each(Object.entries(HARD))('%s cost no more than the length of the text', (_name, make) => {
  const time = (text: string): number => {
    const start = performance.now();
    try {
      cdef(text);
    } catch (error) {
      expect(error).toHaveProperty('code', expect.stringMatching(/^ERR_(FORMAT|UNSUPPORTED)$/));
    }
    return performance.now() - start;
  };
  time(make(n));
  const short = Math.min(...Array.from({ length: 3 }, () => time(make(n))));
  const long = Math.min(...Array.from({ length: 2 }, () => time(make(8 * n))));
  // Eight times the text: eight times the time, 64 times where it is quadratic. Short times are mostly noise.
  expect(long).toBeLessThan(Math.max(400, 40 * short));
});
