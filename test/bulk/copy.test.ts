/** Many elements at once: copyFrom, fill, byteswap, copy and toBytes. */
import { describe, expect, it } from 'vitest';
import { allocate, array, type MemoryView, memoryview, NativeMemory, zeros } from '../../src/index.js';
import { expectThrown, wrong } from '../view/thrown.js';

const square = (): MemoryView<'i'> =>
  array(
    [
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ],
    'i',
  );

describe('copyFrom', () => {
  it('is Python’s m[:] = source, for any layout', () => {
    const target = zeros([3, 3], 'i');
    target.copyFrom(square());
    expect(target.equals(square())).toBe(true);
    target.T.copyFrom(square());
    expect(target.get(2, 0)).toBe(2);
    target.flip().copyFrom(square().T);
    expect(target.get(0, 0)).toBe(8);
    target.slice(':, ::2').copyFrom(square().slice(':, 1:'));
    expect(target.slice(':, 0').toArray()).toEqual([1, 4, 7]);
    const point = zeros([], 'i');
    point.copyFrom(square().slice(2, 2));
    expect(point.get()).toBe(8);
    zeros([0, 3]).copyFrom(zeros([0, 3]));
  });

  it('takes any exporter', () => {
    const view = zeros(3, 'B');
    view.copyFrom(Buffer.from('abc'));
    expect(view.decode()).toBe('abc');
    view.copyFrom(new Uint8Array([1, 2, 3]).buffer);
    expect(view.toArray()).toEqual([1, 2, 3]);
    const memory = allocate(3);
    view.copyFrom(memory);
    expect(view.toArray()).toEqual([0, 0, 0]);
  });

  it('takes a format that differs by "@" alone', () => {
    const view = zeros(2, 'i');
    view.copyFrom(array([1, 2], '@i'));
    expect(view.toArray()).toEqual([1, 2]);
    expectThrown(() => view.copyFrom(array([1, 2], '<i')), 'ERR_OUT_OF_RANGE', /convert: true/);
    expectThrown(() => view.copyFrom(array([1, 2], 'I')), 'ERR_OUT_OF_RANGE');
  });

  it.each([
    ['itself reversed', '::-1', ':', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['one step up', ':9', '1:', [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['one step down', '1:', ':9', [1, 2, 3, 4, 5, 6, 7, 8, 9, 9]],
    ['every other', '::2', '1::2', [0, 0, 2, 2, 4, 4, 6, 6, 8, 8]],
    ['half reversed', '4::-1', ':5', [4, 3, 2, 1, 0, 5, 6, 7, 8, 9]],
  ])('is safe where both overlap: %s', (_, from, to, expected) => {
    for (const format of ['B', 'h', 'i', 'q', '3s']) {
      const values = Array.from({ length: 10 }, (_, i) => (format === '3s' ? Buffer.from([i, i, i]) : i));
      const view = array(values, format);
      view.slice(to).copyFrom(view.slice(from));
      expect(
        view
          .viewAs(format === '3s' ? 'T{B:a:2x}' : format)
          .toArray()
          .map(first),
      ).toEqual(expected);
    }
  });

  function first(value: unknown): number {
    return Number(typeof value === 'object' ? Object.values(value as object)[0] : value);
  }

  it('is safe where a transpose is copied onto itself', () => {
    const view = square();
    view.copyFrom(view.T);
    expect(view.equals(square().T)).toBe(true);
    const bytes = new ArrayBuffer(8);
    memoryview(bytes).copyFrom(Buffer.from([0, 1, 2, 3, 4, 5, 6, 7]));
    memoryview(new Uint8Array(bytes, 2)).copyFrom(new Uint8Array(bytes, 0, 6));
    expect([...new Uint8Array(bytes)]).toEqual([0, 1, 0, 1, 2, 3, 4, 5]);
  });

  it('stretches with broadcast as numpy does', () => {
    const view = zeros([2, 3], 'i');
    view.copyFrom(array([1, 2, 3], 'i'), { broadcast: true });
    expect(view.slice(1).toArray()).toEqual([1, 2, 3]);
    view.copyFrom(array([[7], [8]], 'i'), { broadcast: true });
    expect(view.slice(':, 2').toArray()).toEqual([7, 8]);
    view.copyFrom(array([[[9]]], 'i'), { broadcast: true });
    expect(view.get(0, 0)).toBe(9);
    expectThrown(() => view.copyFrom(array([1, 2], 'i'), { broadcast: true }), 'ERR_SHAPE');
    expectThrown(() => view.copyFrom(array([1, 2, 3], 'i')), 'ERR_SHAPE', /broadcast: true/);
    expect(view.get(0, 0)).toBe(9);
  });

  it('converts by value, all or nothing', () => {
    const view = zeros(3, 'B');
    view.copyFrom(array([1, 2, 255]), { convert: true });
    expect(view.toArray()).toEqual([1, 2, 255]);
    expectThrown(() => view.copyFrom(array([7, 256, 7], 'i'), { convert: true }), 'ERR_OUT_OF_RANGE');
    expectThrown(() => view.copyFrom(array([7, -1, 7], 'q'), { convert: true }), 'ERR_OUT_OF_RANGE');
    expect(view.toArray()).toEqual([1, 2, 255]);
    view.newByteOrder('>').copyFrom(memoryview(Uint8Array.of(4, 5, 6)), { convert: true });
    expect(view.toArray()).toEqual([4, 5, 6]);
    const half = zeros(2, 'e');
    half.copyFrom(array([0.1, 65504]), { convert: true });
    expect(half.get(0)).toBeCloseTo(0.1, 3);
    expectThrown(() => half.copyFrom(array([1, 70000]), { convert: true }), 'ERR_OUT_OF_RANGE');
    expectThrown(
      () => view.copyFrom(memoryview(Buffer.alloc(24), { format: 'O' }), { convert: true }),
      'ERR_UNSUPPORTED',
    );
    expectThrown(() => view.copyFrom(array(['a', 'b', 'c'], 'c'), { convert: true }), 'ERR_INVALID_ARG');
  });

  it.each([1, 200])('keeps every bit of %i numbers that change their byte order', (count) => {
    // A signalling NaN, which a JavaScript number can't hold.
    const bytes = Buffer.alloc(4 * count, Uint8Array.of(0x7f, 0x80, 0, 1));
    const target = zeros(count, '<f');
    target.copyFrom(memoryview(bytes, { format: '>f' }), { convert: true });
    expect(target.toBytes()).toEqual(Buffer.alloc(4 * count, Uint8Array.of(1, 0, 0x80, 0x7f)));
    const mirrored = memoryview(bytes, { format: '>f' });
    mirrored.newByteOrder('<').flip().copyFrom(mirrored, { convert: true });
    expect(bytes).toEqual(target.toBytes());
  });

  it('converts onto itself, and leaves padding as it was', () => {
    const memory = allocate(16);
    const ints = memory.view('i', [4]);
    ints.copyFrom(Int32Array.of(1, 2, 3, 4));
    memory.view('f', [4]).copyFrom(ints, { convert: true });
    expect(memory.view('f').toArray()).toEqual([1, 2, 3, 4]);
    const records = zeros(2, 'T{b:a:3xi:b:}');
    records.viewAs('B').fill(0xee);
    records.copyFrom(
      array(
        [
          [1, 2],
          [3, 4],
        ],
        'T{h:a:h:b:}',
      ),
      { convert: true },
    );
    expect(records.get(1)).toEqual({ a: 3, b: 4 });
    expect(records.viewAs('B').slice('1:4').toArray()).toEqual([0xee, 0xee, 0xee]);
  });

  it('refuses a read-only target, sources that offer nothing, and wrong options', () => {
    const view = zeros(2, 'i');
    expectThrown(() => view.toReadonly().copyFrom(view), 'ERR_READONLY');
    for (const source of [null, undefined, 5, 'text', [1, 2], {}]) {
      expectThrown(() => view.copyFrom(source), 'ERR_INVALID_ARG');
    }
    expectThrown(() => view.copyFrom(view, wrong({ broadcast: 1 })), 'ERR_INVALID_ARG');
    expectThrown(
      () => view.copyFrom(view, wrong({ Convert: true })),
      'ERR_INVALID_ARG',
      /did you mean "convert"/,
    );
    expectThrown(() => view.copyFrom(view, wrong(null)), 'ERR_INVALID_ARG');
    view.copyFrom(view.toReadonly());
  });
});

describe('fill and byteswap', () => {
  it('fill what the view shows, and nothing between', () => {
    const view = square();
    view.slice('::2, ::2').fill(-1);
    expect(view.toArray()).toEqual([
      [-1, 1, -1],
      [3, 4, 5],
      [-1, 7, -1],
    ]);
    view.T.slice(0).fill(9);
    expect(view.slice(0).toArray()).toEqual([9, 1, -1]);
    const records = zeros(2, 'T{b:a:3xi:b:}');
    records.viewAs('B').fill(0xee);
    records.fill(wrong({ a: 1, b: 2 }));
    expect(records.viewAs('B').get(1)).toBe(0xee);
    expect(records.get(1)).toEqual({ a: 1, b: 2 });
    zeros([0], 'i').fill(1);
  });

  it('write elements that are repeated once, however often that is', async () => {
    const memory = array([1, 2, 3, 4], 'i');
    const many = memory.asStrided([2 ** 40, 2], [0, 4]);
    const source = array([7, 8], 'i').broadcastTo([2 ** 40, 2]);
    many.fill(9);
    expect(memory.toArray()).toEqual([9, 9, 3, 4]);
    many.copyFrom(source);
    expect(memory.toArray()).toEqual([7, 8, 3, 4]);
    many.copyFrom(array([5, 6], '>h'), { broadcast: true, convert: true });
    expect(memory.toArray()).toEqual([5, 6, 3, 4]);
    await many.copyFromAsync(source);
    expect(memory.toArray()).toEqual([7, 8, 3, 4]);
    await expect(
      many.copyFromAsync(array([1.5, 2]), { broadcast: true, convert: true }),
    ).rejects.toMatchObject({ code: 'ERR_INVALID_ARG' });
    expect(memory.toArray()).toEqual([7, 8, 3, 4]);
    const records = zeros(2, 'T{i:x:4xd:y:}');
    records.asStrided([2 ** 40], [0]).fill({ x: 1, y: 2 });
    expect(records.toArray()).toEqual([
      { x: 1, y: 2 },
      { x: 0, y: 0 },
    ]);
    // In the order of the view: of repeated elements the last one stays.
    memory.asStrided([3], [0]).copyFrom(array([1, 2, 3], 'i'));
    expect(memory.get(0)).toBe(3);
  });

  it('byteswap swaps each part by itself', () => {
    const view = array([{ re: 1, im: 2 }], 'Zd');
    view.byteswap();
    expect(view.newByteOrder('>').toArray()).toEqual([{ re: 1, im: 2 }]);
    const records = array([{ a: 1, b: [2, 3] }], 'T{h:a:(2)i:b:}');
    records.byteswap();
    expect(records.newByteOrder('>').toArray()).toEqual([{ a: 1, b: [2, 3] }]);
    const strided = array([1, 2, 3], 'h');
    strided.slice('::2').byteswap();
    expect(strided.toArray()).toEqual([0x0100, 2, 0x0300]);
    const text = memoryview(Buffer.from('abcd'), { format: '4s' });
    text.byteswap();
    expect(text.decode()).toBe('abcd');
  });
});

describe('copy and toBytes', () => {
  it('of a transposed matrix hold each item, whatever the lengths', () => {
    for (const kind of [Uint8Array, Uint16Array, Uint32Array, Float64Array]) {
      for (const columns of [8, 15, 17, 33, 64]) {
        for (let rows = 1; rows <= 66; rows++) {
          const items = Float64Array.from({ length: rows * columns }, (_, i) => (i * 7 + 1) % 251);
          const view = memoryview(kind.from(items), { shape: [rows, columns] });
          const wanted = Array.from(items, (_, i) => items[(i % rows) * columns + Math.floor(i / rows)]);
          expect(view.T.copy().reshape(-1).toArray(), `${kind.name} ${rows} × ${columns}`).toEqual(wanted);
        }
      }
    }
  });

  it('copy into new native memory, contiguous in the order asked for', () => {
    const view = square().slice('::-1');
    const made = view.copy();
    expect([made.strides, made.equals(view), made.readonly]).toEqual([[12, 4], true, false]);
    expect(made.obj).toBeInstanceOf(NativeMemory);
    expect(made.obj).not.toBe(view.obj);
    expect(view.copy({ order: 'F' }).strides).toEqual([4, 12]);
    expect(view.T.copy({ order: 'A' }).strides).toEqual([12, 4]);
    expect(square().T.copy({ order: 'A' }).strides).toEqual([4, 12]);
    expect(view.toReadonly().copy().readonly).toBe(false);
    expect(zeros([0, 2]).copy().shape).toEqual([0, 2]);
    expect(zeros(1, 'B').broadcastTo([3]).copy().strides).toEqual([1]);
  });

  it('write the bytes in C, Fortran or the view’s own order', () => {
    const view = array(
      [
        [1, 2],
        [3, 4],
      ],
      'B',
    );
    const hex = (order?: 'C' | 'F' | 'A' | null): string => view.toBytes(order).toString('hex');
    expect([hex(), hex('C'), hex(null), hex('A'), hex('F')]).toEqual([
      '01020304',
      '01020304',
      '01020304',
      '01020304',
      '01030204',
    ]);
    expect(view.T.toBytes('A').toString('hex')).toBe('01020304');
    expect(view.T.toBytes().toString('hex')).toBe('01030204');
    expectThrown(() => view.toBytes(wrong('K')), 'ERR_OUT_OF_RANGE');
    expectThrown(() => view.toBytes(wrong(1)), 'ERR_INVALID_ARG');
    expectThrown(() => view.copy({ order: wrong('') }), 'ERR_OUT_OF_RANGE');
    expectThrown(
      () =>
        zeros(1)
          .broadcastTo([2 ** 45])
          .toBytes(),
      'ERR_OUT_OF_MEMORY',
    );
    expectThrown(
      () =>
        zeros(1)
          .broadcastTo([2 ** 45])
          .copy(),
      'ERR_OUT_OF_MEMORY',
    );
  });

  it('are copies', () => {
    const view = square();
    const bytes = view.toBytes();
    const made = view.copy();
    view.fill(-1);
    expect(bytes.readInt32LE(4)).toBe(1);
    expect(made.get(0, 1)).toBe(1);
  });

  it('of several MiB are whole, in any order of the axes', () => {
    const view = zeros([1024, 1024]);
    const values = view.asTypedArray();
    for (let i = 0; i < values.length; i++) values[i] = i;
    const bytes = view.T.toBytes();
    const turned = new Float64Array(bytes.buffer, bytes.byteOffset, values.length);
    let wrongs = 0;
    for (let i = 0; i < 1024; i++)
      for (let j = 0; j < 1024; j++) if (turned[i * 1024 + j] !== j * 1024 + i) wrongs++;
    expect([wrongs, view.toBytes().equals(Buffer.from(values.buffer))]).toEqual([0, true]);
  });
});
