/** Python's struct over exporters. */
import { describe, expect, it } from 'vitest';
import { allocate, memoryview, struct, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

describe('struct.calcsize', () => {
  it('is Python’s', () => {
    expect(['', 'b', 'bi', '<bi', 'i0q', '@bq', '10s', '3x', 'ci', '=l', 'l'].map(struct.calcsize)).toEqual([
      0, 1, 8, 5, 8, 16, 10, 3, 8, 4, 8,
    ]);
  });

  it('refuses formats that Python’s struct lacks', () => {
    for (const format of ['T{i}', 'Zd', '(2)i', 'i:x:', 'w', 'O', '<n', '<P', 'k', '3', '1 0s', 'i<i']) {
      expectThrown(() => struct.calcsize(format), 'ERR_FORMAT');
    }
    expectThrown(() => struct.calcsize(wrong(5)), 'ERR_FORMAT');
  });
});

describe('struct.pack and unpack', () => {
  it('turn values into bytes and back, always a flat list', () => {
    expect(struct.pack('<hiq', -1, 2, 3n).toString('hex')).toBe('ffff020000000300000000000000');
    expect(struct.unpack('<hiq', struct.pack('<hiq', -1, 2, 3))).toEqual([-1, 2, 3n]);
    expect(struct.unpack('>d', struct.pack('>d', 1.5))).toEqual([1.5]);
    expect(struct.unpack('2h', struct.pack('2h', 1, 2))).toEqual([1, 2]);
    expect(
      struct.unpack('3s2p?c', struct.pack('3s2p?c', Buffer.from('a'), Buffer.from('xyz'), 1, 'z')),
    ).toEqual([Buffer.from('a\0\0'), Buffer.from('x'), true, 'z']);
    expect(struct.pack('')).toHaveLength(0);
    expect(struct.unpack('', Buffer.alloc(0))).toEqual([]);
  });

  it('write padding as zeros', () => {
    expect(struct.pack('@bi', -1, -1).toString('hex')).toBe('ff000000ffffffff');
    const target = Buffer.alloc(8, 0xaa);
    struct.packInto('@bi', target, 0, 1, 1);
    expect(target.toString('hex')).toBe('0100000001000000');
  });

  it('refuse a wrong number of values, and values that do not fit', () => {
    expectThrown(() => struct.pack('2h', 1), 'ERR_INVALID_ARG', /1 value given, expected 2/);
    expectThrown(() => struct.pack('h', 1, 2), 'ERR_INVALID_ARG');
    expectThrown(() => struct.pack('B', 256), 'ERR_OUT_OF_RANGE');
    expectThrown(() => struct.pack('B', -1), 'ERR_OUT_OF_RANGE');
    expectThrown(() => struct.pack('i', 1.5), 'ERR_INVALID_ARG');
    expectThrown(() => struct.pack('i', 'x'), 'ERR_INVALID_ARG');
    expectThrown(() => struct.pack('e', 70000), 'ERR_OUT_OF_RANGE');
    expectThrown(() => struct.pack('4s', 'text'), 'ERR_INVALID_ARG');
    expectThrown(() => struct.unpack('i', Buffer.alloc(5)), 'ERR_OUT_OF_RANGE', /5 bytes given, expected 4/);
  });

  it('refuse more bytes than there are', () => {
    expectThrown(() => struct.pack('9007199254740991x'), 'ERR_OUT_OF_MEMORY');
  });
});

describe('struct.packInto and unpackFrom', () => {
  it('work at an offset in any exporter, negative from the end', () => {
    const memory = allocate(16);
    struct.packInto('<i', memory, 4, 7);
    struct.packInto('<i', memory, -4, 9);
    expect(struct.unpackFrom('<i', memory, 4)).toEqual([7]);
    expect(struct.unpackFrom('<i', memory, -4)).toEqual([9]);
    expect(struct.unpackFrom('<i', memory)).toEqual([0]);
    expect(struct.unpackFrom('<i', memoryview(memory).slice('4:8'))).toEqual([7]);
    expect(struct.unpackFrom('<i', new Float64Array(1))).toEqual([0]);
    expect(struct.unpackFrom('<2i', zeros([2, 2], 'h').T.T)).toEqual([0, 0]);
  });

  it('refuse offsets outside, and write nothing', () => {
    const target = Buffer.alloc(8, 1);
    for (const offset of [5, 8, 9, -3, -9, 2 ** 40]) {
      expectThrown(() => struct.packInto('i', target, offset, 0), 'ERR_OUT_OF_RANGE', /offset/);
      expectThrown(() => struct.unpackFrom('i', target, offset), 'ERR_OUT_OF_RANGE');
    }
    for (const offset of [0.5, Number.NaN, '0', null, true]) {
      expectThrown(() => struct.packInto('i', target, wrong(offset), 0), 'ERR_INVALID_ARG');
      expectThrown(() => struct.unpackFrom('i', target, wrong(offset)), 'ERR_INVALID_ARG');
    }
    expectThrown(() => struct.packInto('bb', target, 0, 1, 200), 'ERR_OUT_OF_RANGE');
    expect(target).toEqual(Buffer.alloc(8, 1));
  });

  it('refuse memory that is read-only, not contiguous, released, or none', () => {
    const view = zeros(8, 'B');
    expectThrown(() => struct.packInto('b', wrong(view.toReadonly()), 0, 1), 'ERR_READONLY');
    expectThrown(() => struct.packInto('b', wrong(view.slice('::2')), 0, 1), 'ERR_NOT_CONTIGUOUS');
    expectThrown(() => struct.unpackFrom('b', wrong(view.slice('::2'))), 'ERR_NOT_CONTIGUOUS');
    expectThrown(() => struct.unpack('b', wrong(5)), 'ERR_INVALID_ARG');
    expectThrown(() => struct.unpack('b', wrong('x')), 'ERR_INVALID_ARG');
    view.release();
    expectThrown(() => struct.unpackFrom('b', wrong(view)), 'ERR_RELEASED');
  });
});

describe('struct.iterUnpack', () => {
  it('reads item after item', () => {
    const bytes = Buffer.from([1, 0, 2, 3, 0, 4]);
    expect([...struct.iterUnpack('<HB', bytes)]).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect([...struct.iterUnpack('i', Buffer.alloc(0))]).toEqual([]);
  });

  it('sees bytes that are written meanwhile, and ends once', () => {
    const bytes = Buffer.alloc(3);
    const items = struct.iterUnpack('B', bytes);
    expect(items.next()).toEqual({ done: false, value: [0] });
    bytes[1] = 9;
    expect(items.next().value).toEqual([9]);
    expect([...items]).toEqual([[0]]);
    expect(items.next()).toEqual({ done: true, value: undefined });
  });

  it('refuses bytes that are no multiple of an item, and items of no bytes, at once', () => {
    expectThrown(() => struct.iterUnpack('i', Buffer.alloc(5)), 'ERR_OUT_OF_RANGE', /5 bytes.*multiple of 4/);
    expectThrown(() => struct.iterUnpack('', Buffer.alloc(0)), 'ERR_OUT_OF_RANGE', /at least 1 byte/);
  });
});
