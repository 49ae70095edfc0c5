/** Columns from records of any layout: every field equals a slow copy of it. */
import { describe, expect, it } from 'vitest';
import { allocate, array, fromRecords, MemoryView, memory, memoryview, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

const POINT = 'T{d:x:i:a:(2)h:pair:3s:text:}';

/** Records with other bytes in each. */
function filled(length: number): MemoryView<typeof POINT> {
  const view = zeros(length, POINT);
  const bytes = memoryview(view, { format: 'B' }).asTypedArray();
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7 + (i >> 8)) & 63;
  return view;
}

describe('fromRecords', () => {
  it('copies each field of all records into contiguous memory of its own', () => {
    // More than a block, and no multiple of one.
    const records = filled(30_001);
    const columns = fromRecords(records);
    expect(Object.keys(columns)).toEqual(['x', 'a', 'pair', 'text']);
    for (const [name, column] of Object.entries(columns)) {
      const field = records.field(name);
      expect([column.format, column.shape, column.cContiguous]).toEqual([field.format, field.shape, true]);
      expect(column.toBytes().equals(field.toBytes())).toBe(true);
      expect(column.obj).not.toBe(records.obj);
    }
    expect(columns.pair.shape).toEqual([30_001, 2]);
    expect(columns.x.asTypedArray()).toHaveLength(30_001);
  });

  it('takes any strides, dimensions and number of records', () => {
    const records = filled(24);
    const views = [
      records.slice('::-2'),
      records.reshape([2, 3, 4]).transpose(2, 0, 1),
      records.reshape([4, 6]).slice('1:3, ::3'),
      records.slice(3),
      records.slice('5:5'),
      records.slice(0).broadcastTo([2, 3]),
      filled(20_000).reshape([2, 10_000]).T,
      filled(20_000).reshape([1, 20_000]),
    ];
    for (const view of views) {
      for (const [name, column] of Object.entries(fromRecords(view))) {
        expect(column.shape).toEqual(view.field(name).shape);
        expect(column.cContiguous).toBe(true);
        expect(column.toBytes().equals(view.field(name).toBytes())).toBe(true);
      }
    }
  });

  it('takes the fields that are asked for, by their names, and options of memory', () => {
    const records = filled(5);
    const columns = fromRecords(records, { fields: ['text', 'x'], label: 'columns', alignment: 128 });
    expect(Object.keys(columns)).toEqual(['text', 'x']);
    expect([columns.x.obj, columns.text.obj]).toMatchObject([{ label: 'columns' }, { label: 'columns' }]);
    expectThrown(() => fromRecords(records, { alignment: 3 }), 'ERR_OUT_OF_RANGE');
    expect(fromRecords(records, { fields: [] })).toEqual({});
    expect(Object.keys(fromRecords(zeros(2, 'T{hi}')))).toEqual(['f0', 'f1']);
    expect(Object.keys(fromRecords(zeros(2, 'T{h:__proto__:i:constructor:}')))).toEqual([
      '__proto__',
      'constructor',
    ]);
  });

  it('keeps the byte order, and formats that can not be decoded', () => {
    const records = zeros(3, 'T{>h:a:O:b:}');
    const { a, b } = fromRecords(records);
    expect([a?.format, b?.format, b?.nbytes]).toEqual([
      '>h',
      records.field('b').format,
      records.field('b').nbytes,
    ]);
  });

  it('refuses other formats than records, unknown and repeated fields, and indirect views', () => {
    expectThrown(() => fromRecords(array([1])), 'ERR_INVALID_ARG', /fromRecords: format "d" is not a record/);
    expectThrown(() => fromRecords(wrong('x')), 'ERR_INVALID_ARG');
    const records = filled(2);
    expectThrown(() => fromRecords(records, { fields: [wrong('xx')] }), 'ERR_INVALID_ARG', /no field "xx"/);
    expectThrown(() => fromRecords(records, { fields: ['x', 'x'] }), 'ERR_SHAPE', /twice/);
    expectThrown(() => fromRecords(records, { fields: wrong('x') }), 'ERR_INVALID_ARG');
    expectThrown(
      () => fromRecords(records, wrong({ field: ['x'] })),
      'ERR_INVALID_ARG',
      /did you mean "fields"/,
    );
    expectThrown(() => fromRecords(MemoryView.indirect([records])), 'ERR_NOT_CONTIGUOUS');
  });

  it('sees a release by code that runs while its options are read, and keeps no memory when it throws', () => {
    const owner = allocate(64);
    const records = owner.view('T{d:x:d:y:}');
    const before = memory.stats().blocks;
    const fields = ['x', 'y'] as const;
    const releasing = {
      get fields(): typeof fields {
        owner.release();
        return fields;
      },
    };
    expectThrown(() => fromRecords(records, releasing), 'ERR_RELEASED');
    expectThrown(
      () => fromRecords(zeros(1, 'T{d:x:d:y:}'), { fields: ['x', wrong('z')] }),
      'ERR_INVALID_ARG',
    );
    expect(memory.stats().blocks).toBeLessThanOrEqual(before);
  });
});
