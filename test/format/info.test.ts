import { describe, expect, it } from 'vitest';
import { fieldNamed, fieldNames, formatInfo } from '../../src/format/info.js';
import { parseFormat } from '../../src/format/parse.js';

describe('formatInfo', () => {
  it('tells the size and alignment of a scalar, which has no fields', () => {
    expect(formatInfo('d')).toMatchObject({
      format: 'd',
      dtype: 'float64',
      itemsize: 8,
      alignment: 8,
      shape: [],
      fields: [],
    });
    expect(formatInfo('<3s')).toMatchObject({
      format: '<3s',
      dtype: 'bytes24',
      itemsize: 3,
      alignment: 1,
      shape: [],
      fields: [],
    });
  });

  it('tells each field of a record', () => {
    expect(formatInfo('T{b:tag:(2,3)f:m:3s:name:q}')).toEqual({
      format: 'T{b:tag:(2,3)f:m:3s:name:q}',
      dtype: null,
      itemsize: 40,
      alignment: 8,
      shape: [],
      fields: [
        { name: 'tag', offset: 0, format: 'b', shape: [], itemsize: 1 },
        { name: 'm', offset: 4, format: 'f', shape: [2, 3], itemsize: 24 },
        { name: 'name', offset: 28, format: '3s', shape: [], itemsize: 3 },
        { name: 'f0', offset: 32, format: 'q', shape: [], itemsize: 8 },
      ],
    });
  });

  it('tells the fields of records in records', () => {
    const { fields } = formatInfo('T{b:a:2T{h:x:h:y:}:points:}');
    expect(fields[1]).toEqual({
      name: 'points',
      offset: 2,
      format: 'T{h:x:h:y:}',
      shape: [2],
      itemsize: 8,
      fields: [
        { name: 'x', offset: 0, format: 'h', shape: [], itemsize: 2 },
        { name: 'y', offset: 2, format: 'h', shape: [], itemsize: 2 },
      ],
    });
  });

  it('gives each field a format that is complete by itself', () => {
    const { fields } = formatInfo('T{>i:a:h:b:=T{b:x:l:y:}:c:l:d:^2l:e:@l:f:}');
    expect(fields.map(({ format }) => format)).toEqual(['>i', '>h', '=T{b:x:l:y:}', '=l', '^l', 'l']);
    for (const { format, itemsize, shape } of fields) {
      const count = shape.reduce((product, length) => product * length, 1);
      expect(formatInfo(format).itemsize * count).toBe(itemsize);
    }
  });

  it('sees the items of a bare sequence as fields, and a lone array as an array', () => {
    expect(formatInfo('2hi')).toMatchObject({
      itemsize: 8,
      shape: [],
      fields: [
        { name: 'f0', offset: 0, format: 'h', shape: [2], itemsize: 4 },
        { name: 'f1', offset: 4, format: 'i', shape: [], itemsize: 4 },
      ],
    });
    expect(formatInfo('(2,3)i')).toMatchObject({ itemsize: 24, shape: [2, 3], fields: [] });
    expect(formatInfo('4h')).toMatchObject({ itemsize: 8, shape: [4], fields: [] });
    expect(formatInfo('(3)2i')).toMatchObject({ shape: [3, 2], fields: [] });
    expect(formatInfo('2T{b:a:}')).toMatchObject({ shape: [2], fields: [{ name: 'a' }] });
    expect(formatInfo('3x')).toMatchObject({ itemsize: 3, shape: [], fields: [] });
    expect(formatInfo('xi')).toMatchObject({ itemsize: 8, fields: [{ name: 'f0', offset: 4 }] });
    expect(formatInfo('')).toMatchObject({ format: '', itemsize: 0, alignment: 1, shape: [], fields: [] });
  });

  it('refuses a value that is not a format', () => {
    for (const value of [undefined, 1, 'T{', {}]) {
      expect(() => formatInfo(value)).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_FORMAT' }),
      );
    }
  });

  it('gives objects that a caller may change without changing anything else', () => {
    const info = formatInfo('T{2h:a:}');
    (info.fields as unknown[]).push('x');
    (info.fields[0]!.shape as number[]).push(9);
    expect(formatInfo('T{2h:a:}').fields).toEqual([
      { name: 'a', offset: 0, format: 'h', shape: [2], itemsize: 4 },
    ]);
  });
});

describe('a field by name', () => {
  it('has its offset, its shape and the format of an element', () => {
    const record = parseFormat('T{b:a:(2,3)>h:m:T{i:x:}:r:}');
    expect(fieldNamed(record, 'm')).toMatchObject({ offset: 1, shape: [2, 3], format: { text: '>h' } });
    expect(fieldNamed(record, 'r')).toMatchObject({ offset: 13, shape: [], format: { text: '>T{i:x:}' } });
    expect(fieldNames(record)).toEqual(['a', 'm', 'r']);
  });

  it('is found in a bare sequence too, where a count is a dimension', () => {
    expect(fieldNamed(parseFormat('b2h'), 'f1')).toMatchObject({
      offset: 2,
      shape: [2],
      format: { text: 'h' },
    });
  });

  it('of padding reads its bytes', () => {
    expect(fieldNamed(parseFormat('T{3x:pad:}'), 'pad')).toMatchObject({ offset: 0, format: { text: '3s' } });
  });

  it('is null where there is none', () => {
    expect(fieldNamed(parseFormat('T{b:a:}'), 'b')).toBeNull();
    expect(fieldNamed(parseFormat('d'), 'f0')).toBeNull();
    expect(fieldNames(parseFormat('d'))).toEqual([]);
  });
});
