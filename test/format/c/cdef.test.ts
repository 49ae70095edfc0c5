/** `cdef`: the formats of a text, and the refusal of declarations without a format. */
import { describe, expect, it } from 'vitest';
import { cdef, declarationsFor } from '../../../src/format/c/cdef.js';
import { LLP64 } from '../../../src/format/c/type.js';
import { formatInfo } from '../../../src/format/info.js';
import { onWindows } from '../../posix.js';

function failure(text: string): { code: unknown; message: string } {
  try {
    cdef(text);
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a declaration', () => {
  it('of a struct is a record with the compiler’s offsets', () => {
    const { point } = cdef('typedef struct { int x, y; double w[3]; const char *name; } point;');
    expect(point).toBe('T{i:x:i:y:(3)d:w:P:name:}');
    expect(formatInfo(point).itemsize).toBe(40);
  });

  it('takes every scalar type that a format has', () => {
    const types: Record<string, string> = {
      char: 'c',
      'signed char': 'b',
      'unsigned char': 'B',
      'short int': 'h',
      'unsigned short': 'H',
      int: 'i',
      unsigned: 'I',
      'long int': onWindows ? 'i' : 'l',
      'unsigned long': onWindows ? 'I' : 'L',
      'long long': 'q',
      'int long unsigned long': 'Q',
      float: 'f',
      double: 'd',
      'long double': onWindows ? 'd' : 'g',
      _Bool: '?',
      'float _Complex': 'Zf',
      'double _Complex': 'Zd',
      _Float16: 'e',
      int8_t: 'b',
      uint16_t: 'H',
      int32_t: 'i',
      uint64_t: 'Q',
      size_t: 'N',
      ssize_t: 'n',
      ptrdiff_t: 'n',
      uintptr_t: 'N',
      char16_t: 'u',
      char32_t: 'w',
      'void *': 'P',
    };
    for (const [type, format] of Object.entries(types)) {
      expect(cdef(`typedef const ${type} volatile_type;`).volatile_type, type).toBe(format);
    }
  });

  it('of an array of characters is a text, of any other array a sub-array', () => {
    const { row } = cdef(
      'typedef struct { char name[16], names[4][8]; unsigned char raw[16]; char16_t u[3]; } row;',
    );
    expect(row).toBe('T{16s:name:(4)8s:names:(16)B:raw:3u:u:}');
  });

  it('reads pointers, functions and arrays of them from the inside out', () => {
    const all = cdef(`
      typedef int (*callback)(void *, const char *, int (*)(int));
      typedef double (*table[3])(double), matrix[2][3], *pointer, **pointers[4], (*to_array)[7];
    `);
    expect(all).toEqual({
      callback: 'P',
      table: '(3)P',
      matrix: '(2,3)d',
      pointer: 'P',
      pointers: '(4)P',
      to_array: 'P',
    });
  });

  it('puts the members of an anonymous struct into the struct around it', () => {
    const { outer } = cdef(
      'struct outer { char a; struct { int b; struct { char c; short d; }; }; char e; };',
    );
    expect(formatInfo(outer).fields.map(({ name, offset }) => [name, offset])).toEqual([
      ['a', 0],
      ['b', 4],
      ['c', 8],
      ['d', 10],
      ['e', 12],
    ]);
  });

  it('has tags, typedefs, enumerators and #defines by name, and a tag with its keyword where the name is taken', () => {
    const all = cdef(`
      #define WIDTH 4
      #define AREA (WIDTH * WIDTH)
      #define SUM WIDTH + 1
      #define TWICE SUM * 2
      #define MASK 0xFFFFFFFFFFFFFFFFull
      #define TEXT "no integer"
      #define MIN(a, b) ((a) < (b) ? (a) : (b))
      enum color { RED, GREEN = 'A', BLUE, LAST = BLUE << 2 };
      struct stat { int size; };
      typedef long stat;
      typedef struct later later;
      struct later { struct later *next; enum color color; char name[AREA]; };
    `);
    expect(all).toEqual({
      WIDTH: 4,
      AREA: 16,
      SUM: 5,
      TWICE: 6,
      MASK: 0xffffffffffffffffn,
      RED: 0,
      GREEN: 65,
      BLUE: 66,
      LAST: 264,
      color: onWindows ? 'i' : 'I',
      'struct stat': 'T{i:size:}',
      stat: onWindows ? 'i' : 'l',
      later: `T{P:next:${onWindows ? 'i' : 'I'}:color:16s:name:}`,
    });
    expect(Object.isFrozen(all)).toBe(true);
  });

  it('may follow functions, variables, attributes and directives without a layout', () => {
    const all = cdef(`
      #pragma once
      #include <stdint.h>
      #include <stddef.h>
      extern int printf(const char *restrict format, ...) __attribute__((format(printf, 1, 2)));
      static inline int twice(int x) { if (x > 1) { return 2 * x; } return 0; }
      extern const char *names[]; static int table[2][2] = { { 1, 2 }, { 3, 4 } };
      [[nodiscard]] int modern(void);
      int renamed(void) __asm__("other_name");
      _Static_assert(sizeof(uint16_t[3]) == 6 && _Alignof(double) == 8, "sizes");
      typedef struct __attribute__((__may_alias__)) { uint16_t a; } only;
      _Static_assert(sizeof(only) == 2);
    `);
    expect(all).toEqual({ only: 'T{H:a:}' });
  });

  it('has a member with a flexible length as an empty sub-array', () => {
    const { packet } = cdef('struct packet { uint16_t length; uint32_t words[]; };');
    expect(packet).toBe('T{H:length:(0)I:words:}');
  });

  it('that names a property of every object is read as any other', () => {
    const all = cdef('typedef int __proto__; typedef short constructor; struct toString { char a; };');
    expect(Object.keys(all)).toEqual(['toString', '__proto__', 'constructor']);
  });
});

describe('a layout that asks for more or less', () => {
  it('is packed by attribute, of the struct or of a member, and by #pragma pack', () => {
    const { a, b, c, d } = cdef(`
      struct __attribute__((packed)) a { char x; int y; };
      struct b { char x; int y __attribute__((packed)); double z; };
      #pragma pack(push, 2)
      struct c { char x; int y; };
      #pragma pack(pop)
      struct d { char x; int y; };
    `);
    expect([a, c, d]).toEqual(['^T{c:x:i:y:}', 'T{c:x:1x^i:y:}', 'T{c:x:i:y:}']);
    expect(formatInfo(b).fields.map(({ offset }) => offset)).toEqual([0, 1, 8]);
    expect(formatInfo(b).itemsize).toBe(16);
  });

  it('has what `aligned(n)` changes in its offsets, and the alignment beside the formats', () => {
    const all = cdef(
      'struct a { char x; int y __attribute__((aligned(32))); }; typedef short __attribute__((aligned(8))) b;',
    );
    expect(formatInfo(all.a).fields.map(({ offset }) => offset)).toEqual([0, 32]);
    expect(formatInfo(all.a).itemsize).toBe(64);
    expect(all.alignof).toEqual({ a: 32, b: 8 });
    expect(Object.keys(all)).not.toContain('alignof');
  });

  it('keeps a packed struct inside an aligned one', () => {
    const { out } = cdef(
      'struct __attribute__((packed)) in { char a; int b; }; struct out { short s; struct in i; double d; };',
    );
    const { fields, itemsize, alignment } = formatInfo(out);
    expect([itemsize, alignment, ...fields.map(({ offset }) => offset)]).toEqual([16, 8, 0, 2, 8]);
    expect(fields[1]?.fields?.map(({ offset }) => offset)).toEqual([0, 1]);
  });

  it('on Windows has a long of 4 bytes, and signed enums', () => {
    const text =
      'enum e { A }; struct s { char a; long b; long double c; wchar_t d[2]; void *p; enum e e; };';
    const record = declarationsFor(text, LLP64);
    expect(record).toEqual({ A: 0, e: 'i', s: 'T{c:a:i:b:d:c:2u:d:P:p:i:e:}' });
  });
});

describe('a declaration that no format can express', () => {
  it('is refused by name and line: unions, bit-fields, variadic macros, conditionals', () => {
    for (const [text, message] of [
      ['\nunion number { int i; float f; };', 'line 2 has union "number", whose members share an offset'],
      [
        'struct s {\n  int a;\n  unsigned b : 3;\n};',
        'line 3 has struct "s", in which "b" has no format (line 3 has the bit-field "b"',
      ],
      [
        'struct s { union { int i; float f; } value; };',
        'line 1 has struct "s", in which "value" has no format (line 1 has the union',
      ],
      ['\n#define LOG(format, ...) printf(format, __VA_ARGS__)\n', 'line 2 has the variadic macro "LOG"'],
      ['typedef int v4 __attribute__((vector_size(16)));', 'line 1 has the attribute "vector_size"'],
      ['#ifdef A\n#endif', 'line 1 has the directive "#ifdef"'],
      ['#include "mine.h"\n', 'line 1 includes "mine.h"'],
    ] as const) {
      const { code, message: found } = failure(text);
      expect([code, found], text).toEqual(['ERR_UNSUPPORTED', expect.stringContaining(`cdef: ${message}`)]);
    }
  });

  it('is a property that throws, in a text that a preprocessor printed', () => {
    const header: string =
      '# 1 "/usr/include/number.h" 1 3 4\nunion number { int i; float f; };\nstruct user { union number n; };\nstruct fine { int a; };\n' +
      'struct odd { int a[sizeof(missing)]; };\nstruct last { char c[sizeof(union number)]; };';
    const record = cdef(header);
    expect(record).toEqual({ fine: 'T{i:a:}', last: 'T{4s:c:}' });
    expect(() => record.number).toThrow('cdef: line 1 of "/usr/include/number.h" has union "number"');
    expect(() => record.user).toThrow(
      'line 2 of "/usr/include/number.h" has struct "user", in which "n" has no format',
    );
    expect(() => record.odd).toThrow(
      'line 4 of "/usr/include/number.h" begins a declaration that cdef does not read',
    );
  });
});

describe('a text that is not C', () => {
  it('is an error that names the line', () => {
    for (const [text, message] of [
      ['struct s { int a }', 'line 1 has "}" where ";" must come'],
      ['struct s { int a;', 'line 1 has no closing "}"'],
      ['struct s { int a; long a; };', 'line 1 has struct "s", which has two members named "a"'],
      ['struct s { struct t t; };', 'which has the member "t" of struct "t", which has no size'],
      ['struct s { int a; };\nstruct s { int a; };', 'line 2 defines struct "s" twice'],
      ['typedef int a;\ntypedef long long a;', 'line 2 defines "a" twice'],
      ['\n\nuint24_t x;', 'line 3 has no type "uint24_t"'],
      ['int a[-1];', 'line 1 has an array of -1 elements'],
      ['int a[1 / 0];', 'line 1 divides by zero'],
      ['int a[1 << 40];', 'line 1 shifts a value of 32 bits by 40'],
      ['typedef void a[3];', 'line 1 has an array of void, which has no size'],
      ['_Static_assert(sizeof(int) == 8, "wide");', 'line 1 has a _Static_assert that is false: "wide"'],
      ['/* never closed', 'line 1 has a comment without "*/"'],
      ['int a @ b;', 'line 1 has "@" where ";" must come'],
      ['struct s { char a[1 << 30][1 << 30]; };', 'has a size beyond 2^53 bytes'],
      ['unsigned float x;', 'where a type must come'],
      ['int a __attribute__((aligned(3)));', 'aligns to 3 bytes'],
    ] as const) {
      const { code, message: found } = failure(text);
      expect([code, found], text).toEqual(['ERR_FORMAT', expect.stringContaining(message)]);
      expect(found).toMatch(/^cdef: line \d+ /);
    }
  });

  it('is ERR_INVALID_ARG where it is no text', () => {
    for (const wrong of [undefined, null, 1, {}, ['int a;']]) {
      expect(() => Reflect.apply(cdef, undefined, [wrong])).toThrow(
        /^cdef: .* given, expected the text of C declarations/,
      );
    }
  });
});
