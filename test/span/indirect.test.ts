/** Views whose first dimension picks rows that lie apart (PEP 3118 suboffsets). */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { allocate, array, MemoryView, memoryview, newAxis, range, zeros } from '../../src/index.js';
import { expectThrown, wrong } from '../view/thrown.js';

function rows(): [Int16Array<ArrayBuffer>, Int16Array<ArrayBuffer>, Int16Array<ArrayBuffer>] {
  return [Int16Array.of(1, 2, 3), Int16Array.of(4, 5, 6), Int16Array.of(7, 8, 9)];
}

function image(): MemoryView<'h'> {
  return MemoryView.indirect<'h'>(rows());
}

describe('MemoryView.indirect', () => {
  it('looks at equally shaped rows as at one view', () => {
    const of = rows();
    const view = MemoryView.indirect(of);
    expect([view.format, view.ndim, view.shape, view.strides]).toEqual(['h', 2, [3, 3], [8, 2]]);
    expect(view.suboffsets).toEqual([0, -1]);
    expect([view.cContiguous, view.fContiguous, view.contiguous]).toEqual([false, false, false]);
    expect([view.nbytes, view.length, view.readonly]).toEqual([18, 3, false]);
    expect(view.obj).toBe(of[0]);
    expect(view.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
  });

  it('reads and writes through to the rows, negative indices too', () => {
    const of = rows();
    const view = MemoryView.indirect(of);
    expect([view.get(1, 2), view.get(-1, -3)]).toEqual([6, 7]);
    view.set(-1, 0, 70);
    expect(of[2][0]).toBe(70);
    expectThrown(() => view.get(3, 0), 'ERR_OUT_OF_BOUNDS', /dimension 1 with length 3/);
    expectThrown(() => view.get(0), 'ERR_INVALID_ARG');
  });

  it('slices in every dimension without a copy', () => {
    const of = rows();
    const view = MemoryView.indirect(of);
    expect(view.slice('::-1, ::2').toArray()).toEqual([
      [7, 9],
      [4, 6],
      [1, 3],
    ]);
    expect(view.slice(range(null), 1).toArray()).toEqual([2, 5, 8]);
    expect(view.slice('1:, 1:').suboffsets).toEqual([2, -1]);
    const row = view.slice(1);
    expect([row.suboffsets, row.contiguous, row.toArray()]).toEqual([[], true, [4, 5, 6]]);
    row.set(0, 40);
    expect(of[1][0]).toBe(40);
    expect(view.slice(2, 2).get()).toBe(9);
    expect(view.slice('1:1').toArray()).toEqual([]);
    expect(view.slice('1:1').toBytes()).toHaveLength(0);
  });

  it('takes new axes, and empty ranges of them', () => {
    const view = image();
    expect(view.slice(newAxis).toArray()).toEqual([view.toArray()]);
    expect(view.slice(newAxis, newAxis).shape).toEqual([1, 1, 3, 3]);
    expect(view.slice(newAxis, newAxis).toArray()).toEqual([[view.toArray()]]);
    expect(inspect(view.slice(newAxis))).toMatch(/\[\[\[1, 2, 3\],\n {2}\[4, 5, 6\],\n {2}\[7, 8, 9\]\]\]$/);
    expect(view.slice(newAxis).equals(array([view.toArray()], 'h'))).toBe(true);
    expect(view.slice(newAxis).copy().toArray()).toEqual([view.toArray()]);
    const none = view.slice(newAxis).slice('0:0');
    expect(none.shape).toEqual([0, 3, 3]);
    expect(none.toArray()).toEqual([]);
    expect(none.toBytes()).toHaveLength(0);
    expect(view.slice(newAxis).slice(0).toArray()).toEqual(view.toArray());
  });

  it('refuses the methods that need one block of memory', () => {
    const view = image();
    const calls: (() => unknown)[] = [
      () => view.cast('B'),
      () => view.viewAs('H'),
      () => view.reshape([9]),
      () => view.transpose(),
      () => view.T,
      () => view.swapAxes(0, 1),
      () => view.moveAxis(0, 1),
      () => view.flip(),
      () => view.squeeze(),
      () => view.diagonal(),
      () => view.broadcastTo([1, 3, 3]),
      () => view.windows([1, 1]),
      () => view.asStrided([1], [2]),
      () => view.field('f0'),
      () => view.asTypedArray(),
      () => view.asBuffer(),
      () => view.asDataView(),
      () => memoryview(view, { shape: [9] }),
    ];
    for (const call of calls) expectThrown(call, 'ERR_NOT_CONTIGUOUS');
  });

  it('copies, fills, swaps and compares row by row', () => {
    const of = rows();
    const view = MemoryView.indirect(of);
    const dense = array(
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      'h',
    );
    expect(view.equals(dense)).toBe(true);
    expect(dense.equals(view)).toBe(true);
    expect(view.equals(image())).toBe(true);
    expect(view.equals(zeros([3, 3], 'h'))).toBe(false);
    expect(view.toBytes()).toEqual(dense.toBytes());
    expect(view.toBytes('F')).toEqual(dense.toBytes('F'));
    expect(view.toBytes('A')).toEqual(dense.toBytes('C'));
    expect(view.copy().equals(dense)).toBe(true);
    expect(view.copy().suboffsets).toEqual([]);
    view.copyFrom(dense.flip());
    expect([...of[0]]).toEqual([9, 8, 7]);
    dense.copyFrom(view);
    expect(dense.get(0, 0)).toBe(9);
    view.slice('::2').fill(-1);
    expect(of.map((row) => row[0])).toEqual([-1, 6, -1]);
    view.slice(1).byteswap();
    expect(of[1][0]).toBe(0x0600);
    view.byteswap();
    expect(of[1][0]).toBe(6);
  });

  it('is safe where it is copied onto a view that shares its rows', () => {
    const of = rows();
    const view = MemoryView.indirect(of);
    view.copyFrom(view.slice('::-1'));
    expect(of.map((row) => row[0])).toEqual([7, 4, 1]);
    view.copyFrom(view.slice(':, ::-1'));
    expect([...of[0]]).toEqual([9, 8, 7]);
  });

  it('converts and broadcasts on the way in and out', () => {
    const view = image();
    const wide = zeros([2, 3, 3], 'd');
    wide.copyFrom(view, { convert: true, broadcast: true });
    expect(wide.get(1, 2, 0)).toBe(7);
    view.copyFrom(array([10, 20, 30]), { convert: true, broadcast: true });
    expect(view.toArray()).toEqual([
      [10, 20, 30],
      [10, 20, 30],
      [10, 20, 30],
    ]);
  });

  it('searches, iterates and keeps 0-d rows', () => {
    const cells = [1, 2, 3].map((value) => memoryview(Uint8Array.of(value)).slice(0));
    const view = MemoryView.indirect(cells);
    expect([view.shape, view.toArray(), [...view]]).toEqual([[3], [1, 2, 3], [1, 2, 3]]);
    expect([view.indexOf(3), view.includes(5), view.count(1)]).toEqual([2, false, 1]);
    expect([...image()].map((row) => memoryview(wrong(row)).get(0))).toEqual([1, 4, 7]);
  });

  it('lays a layout over each row first', () => {
    const view = MemoryView.indirect([Buffer.alloc(8, 1), Buffer.alloc(8, 2)], {
      format: '<H',
      shape: [2, 2],
    });
    expect([view.shape, view.get(1, 1, 1)]).toEqual([[2, 2, 2], 0x0202]);
    expect(view.suboffsets).toEqual([0, -1, -1]);
  });

  it('is read-only as soon as one row is', () => {
    const view = MemoryView.indirect([Buffer.alloc(2), memoryview(Buffer.alloc(2)).toReadonly()]);
    expect(view.readonly).toBe(true);
    expectThrown(() => view.set(0, 0, 1), 'ERR_READONLY');
  });

  it('ends with any of its rows, also when it shows none of them', () => {
    const memory = allocate(4);
    const other = allocate(4);
    const view = MemoryView.indirect([other, memory]);
    const none = MemoryView.indirect([memory, other]).slice('0:0');
    memory.release();
    expect(view.released).toBe(true);
    expectThrown(() => view.get(0, 0), 'ERR_RELEASED');
    expectThrown(() => view.toArray(), 'ERR_RELEASED');
    expect(none.released).toBe(true);
    expectThrown(() => none.toArray(), 'ERR_RELEASED');
  });

  it('pins no row where one of them is released', () => {
    const memories = [allocate(3), allocate(3), allocate(3)] as const;
    const view = MemoryView.indirect(memories);
    memories[2].release();
    expectThrown(() => view.borrow(() => 1), 'ERR_RELEASED');
    for (const memory of memories) memory.release();
  });

  it('pins every row while it is borrowed', () => {
    const memories = [allocate(2), allocate(2)];
    const view = MemoryView.indirect(memories);
    view.borrow(() => {
      for (const memory of memories) expectThrown(() => memory.release(), 'ERR_EXPORTED');
      expectThrown(() => view.release(), 'ERR_EXPORTED');
    });
    for (const memory of memories) memory.release();
    expectThrown(() => view.borrow(() => 1), 'ERR_RELEASED');
  });

  it('refuses rows that differ, no rows, and a value that is not a list', () => {
    expectThrown(() => MemoryView.indirect([]), 'ERR_SHAPE', /no rows/);
    expectThrown(() => MemoryView.indirect([Buffer.alloc(2), Buffer.alloc(3)]), 'ERR_SHAPE', /row 1/);
    expectThrown(() => MemoryView.indirect([Buffer.alloc(2), new Int8Array(2)]), 'ERR_SHAPE', /format "b"/);
    const strided = memoryview(Buffer.alloc(4)).slice('::2');
    expectThrown(() => MemoryView.indirect([Buffer.alloc(2), strided]), 'ERR_SHAPE', /strides/);
    expectThrown(() => MemoryView.indirect([image(), image()]), 'ERR_UNSUPPORTED');
    for (const bad of [null, undefined, 5, 'ab', {}, Buffer.alloc(2)]) {
      expectThrown(() => MemoryView.indirect(wrong(bad)), 'ERR_INVALID_ARG');
    }
    expectThrown(() => MemoryView.indirect(new Array(2 ** 31)), 'ERR_SHAPE', /2147483648 entries/);
    const deep = zeros(new Array<number>(64).fill(1), 'B');
    expectThrown(() => MemoryView.indirect([deep]), 'ERR_SHAPE', /65/);
  });

  it('is not made of a row that a later row takes away', () => {
    const memory = allocate(2);
    const taker = {
      [Symbol.for('memoryview.buffer')]: () => {
        memory.release();
        return Buffer.alloc(2);
      },
    };
    expectThrown(() => MemoryView.indirect([memory, taker]), 'ERR_RELEASED');
  });

  it('takes time that grows with the rows only, for copies, elements, parts and comparisons', () => {
    const time = (count: number): number => {
      const rows = (): MemoryView =>
        MemoryView.indirect(Array.from({ length: count }, () => new Uint8Array(2)));
      const [a, b] = [rows(), rows()];
      const start = performance.now();
      b.fill(1);
      a.copyFrom(b);
      a.copyFrom(a.slice('::-1'));
      for (let i = 0; i < count; i++) a.set(i, 1, a.get(i, 0));
      let sum = 0;
      for (const row of a) sum += Number((row as MemoryView).get(1));
      expect([sum, a.equals(b), a.mismatch(b)]).toEqual([count, true, -1]);
      return performance.now() - start;
    };
    const best = (count: number): number => Math.min(...Array.from({ length: 5 }, () => time(count)));
    best(500);
    // Sixteen times the rows take 256 times as long where the time is quadratic.
    expect(best(16_000) / best(1000)).toBeLessThan(64);
  });

  it('of many rows reads and writes those that are there, and ends as a whole with any', () => {
    const buffers = Array.from({ length: 100 }, () => new ArrayBuffer(2));
    const view = MemoryView.indirect(buffers);
    structuredClone(buffers[3], { transfer: [buffers[3]!] });
    expect(view.released).toBe(true);
    for (const call of [
      () => view.get(3, 0),
      () => view.set(3, 0, 1),
      () => view.slice(3),
      () => view.slice('2:5'),
      () => view.toBytes(),
      () => view.copyFrom(view),
      () => view.shape,
    ])
      expectThrown(call, 'ERR_RELEASED');
    view.set(4, 1, 7);
    expect([view.get(4, 1), view.slice('4:6').toArray()]).toEqual([
      7,
      [
        [0, 7],
        [0, 0],
      ],
    ]);
  });
});
