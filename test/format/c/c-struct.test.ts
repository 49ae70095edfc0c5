/** `cStruct`: formats to C, and back through `cdef`. */
import { describe, expect, it } from 'vitest';
import { cStruct } from '../../../src/format/c/c-struct.js';
import { cdef } from '../../../src/format/c/cdef.js';
import { type FieldInfo, formatInfo } from '../../../src/format/info.js';
import { RandomC } from './random-c.js';

/** Names, offsets and sizes, padding aside. */
function shapeOf(fields: readonly FieldInfo[]): unknown[] {
  return fields
    .filter(({ name }) => !name.startsWith('_pad'))
    .map(({ name, offset, itemsize, shape, fields: inner }) => [
      name,
      offset,
      itemsize,
      shape,
      shapeOf(inner ?? []),
    ]);
}

describe('cStruct', () => {
  it('writes a record as a typedef', () => {
    expect(cStruct('T{i:x:(3)d:w:16s:name:P:next:T{h:a:}:in:}', 'point')).toBe(
      'typedef struct point {\n  int x;\n  double w[3];\n  char name[16];\n  void *next;\n  struct {\n    short a;\n  } in;\n} point;\n',
    );
    expect(cStruct('(2,3)f', 'matrix')).toBe('typedef float matrix[2][3];\n');
    expect(cStruct('q', 'id')).toBe('typedef long long id;\n');
  });

  it('packs misaligned structs, and writes out padding that C does not add', () => {
    expect(cStruct('<T{b:a:i:b:}', 's')).toBe(
      'typedef struct __attribute__((packed)) s {\n  signed char a;\n  int b;\n} s;\n',
    );
    expect(cStruct('T{i:a:12xi:b:}', 's')).toBe(
      'typedef struct s {\n  int a;\n  uint8_t _pad0[12];\n  int b;\n} s;\n',
    );
  });

  it('comes back through cdef with the same names, offsets, sizes and shapes', () => {
    const formats = [
      'hi',
      'T{b:tag:(2,3)f:m:3s:name:q}',
      '=T{b:a:q:b:}',
      'T{Zd:z:?:b:e:h:}',
      '4h',
      'T{5w:t:(2,3)?:p:}',
      'd',
    ];
    const random = new RandomC(3);
    const samples = Array.from({ length: 60 }, () => random.sample());
    const record: Readonly<Record<string, unknown>> = cdef(samples.map(({ text }) => text).join('\n'));
    formats.push(...samples.map(({ name }) => String(record[name])));
    for (const format of formats) {
      const back: Readonly<Record<string, unknown>> = cdef(cStruct(format, 'back'));
      const [before, after] = [formatInfo(format), formatInfo(back.back)];
      expect(after.itemsize, format).toBe(before.itemsize);
      expect(shapeOf(after.fields), format).toEqual(shapeOf(before.fields));
    }
  });

  it('refuses a format that C cannot express', () => {
    expect(() => cStruct('T{>i:x:}', 's')).toThrow(
      'cStruct: "x" is big-endian, which no C type of this machine is',
    );
    expect(() => cStruct('T{i:a b:}', 's')).toThrow(
      'cStruct: the field "a b" has a name that C does not allow',
    );
    expect(() => cStruct('T{i:int:}', 's')).toThrow(
      'cStruct: the field "int" has a name that C does not allow',
    );
    expect(() => cStruct('d', '2d')).toThrow('cStruct: the name is "2d", expected a C identifier');
    expect(() => cStruct('T{', 's')).toThrow('has no closing "}"');
  });
});
