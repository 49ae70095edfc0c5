/** The same bytes read otherwise: cast, viewAs, field, newByteOrder, and numpy's shape and axis methods on views. */
import { describe, expect, it } from 'vitest';
import { array, type MemoryView, memoryview, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

const six = (): MemoryView<'i'> =>
  array(
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
    'i',
  );

describe('cast', () => {
  it('goes from bytes to any native code and back, keeping the memory', () => {
    const view = zeros(8, 'B');
    const doubles = view.cast('d');
    doubles.set(0, 1);
    expect([doubles.shape, doubles.format, view.get(7), doubles.obj]).toEqual([[1], 'd', 0x3f, view.obj]);
    expect(doubles.cast('B').equals(view)).toBe(true);
    for (const format of 'cbBhHiIlLqQnNefd?P') expect(view.cast(format).nbytes).toBe(8);
    expect(view.cast('@i').format).toBe('@i');
  });

  it('goes from one dimension to several and back, in C or Fortran order', () => {
    const view = zeros(24, 'B').cast('i', [2, 3]);
    expect([view.shape, view.strides]).toEqual([
      [2, 3],
      [12, 4],
    ]);
    expect(zeros(24, 'B').cast('i', [2, 3], 'F').strides).toEqual([4, 8]);
    expect(view.cast('B').shape).toEqual([24]);
    expect(zeros(1, 'B').cast('b', []).ndim).toBe(0);
    expect(zeros([], 'i').cast('B').shape).toEqual([4]);
    expect(zeros([2, 3], 'B').cast('b', [6]).shape).toEqual([6]);
  });

  it.each([
    ['between two formats that are no bytes', () => zeros(2, 'i').cast('f'), 'ERR_CAST'],
    ['to a size that does not divide', () => zeros(7, 'B').cast('i'), 'ERR_CAST'],
    ['to a shape of another size', () => zeros(8, 'B').cast('B', [3, 3]), 'ERR_CAST'],
    ['from several dimensions to several', () => zeros([2, 2], 'B').cast('B', [4, 1]), 'ERR_CAST'],
    ['of a length of 0 with a shape', () => zeros(0, 'B').cast('B', [0]), 'ERR_CAST'],
    [
      'of a length of 0 with no shape',
      () => zeros(0, 'B').cast('B', new Array<number>(65).fill(1)),
      'ERR_CAST',
    ],
    ['to a length of 0 and to no length', () => zeros(4, 'B').cast('B', [0, wrong('4')]), 'ERR_SHAPE'],
    ['to no length and to a length of 0', () => zeros(4, 'B').cast('B', [wrong('4'), 0]), 'ERR_INVALID_ARG'],
    ['to a length of 0', () => zeros(4, 'B').cast('B', [0, 4]), 'ERR_SHAPE'],
    ['to a negative length', () => zeros(4, 'B').cast('B', [-1]), 'ERR_SHAPE'],
    ['to a standard size', () => zeros(4, 'B').cast('<i'), 'ERR_FORMAT'],
    ['to a record', () => zeros(4, 'B').cast('T{i:x:}'), 'ERR_FORMAT'],
    ['to complex numbers', () => zeros(16, 'B').cast('Zd'), 'ERR_FORMAT'],
    ['to nothing', () => zeros(4, 'B').cast(''), 'ERR_FORMAT'],
    ['to a number', () => zeros(4, 'B').cast(wrong(5)), 'ERR_FORMAT'],
    ['of what is not contiguous', () => zeros(8, 'B').slice('::2').cast('i'), 'ERR_NOT_CONTIGUOUS'],
    ['of a Fortran order', () => zeros([2, 3], 'B').T.cast('B'), 'ERR_NOT_CONTIGUOUS'],
    ['in an order that is none', () => zeros(4, 'B').cast('B', [4], wrong('K')), 'ERR_OUT_OF_RANGE'],
    ['to a lone integer as shape', () => zeros(4, 'B').cast('B', wrong(4)), 'ERR_INVALID_ARG'],
  ] as const)('is refused %s', (_, call, code) => {
    expectThrown(call, code);
  });
});

describe('viewAs', () => {
  it('reinterprets items as numpy’s view(dtype): the last axis changes its length', () => {
    const view = six();
    expect(view.viewAs('B').shape).toEqual([2, 12]);
    expect(view.viewAs('f').shape).toEqual([2, 3]);
    expect(zeros([2, 4], 'h').viewAs('i').shape).toEqual([2, 2]);
    expect(view.T.viewAs('I').strides).toEqual([4, 12]);
    expect(view.slice(':, ::-1').viewAs('f').strides).toEqual([12, -4]);
    expect(zeros(2, 'q').viewAs('T{d:x:}').toArray()).toEqual([{ x: 0 }, { x: 0 }]);
    expect(zeros(2, 'q').viewAs('O').format).toBe('O');
    expect(zeros([2, 0], 'h').viewAs('i').shape).toEqual([2, 0]);
  });

  it('is refused where the sizes do not fit', () => {
    expectThrown(() => six().viewAs('q'), 'ERR_SHAPE', /12 bytes/);
    expectThrown(() => six().T.viewAs('B'), 'ERR_NOT_CONTIGUOUS');
    expectThrown(() => six().slice(':, ::2').viewAs('h'), 'ERR_NOT_CONTIGUOUS');
    expectThrown(() => zeros([], 'i').viewAs('B'), 'ERR_SHAPE', /0-d/);
    expectThrown(() => six().viewAs('0i'), 'ERR_FORMAT');
    expectThrown(() => six().viewAs(wrong(null)), 'ERR_FORMAT');
  });
});

describe('field', () => {
  const records = (): MemoryView =>
    array(
      [
        {
          x: 1,
          p: [
            [1, 2],
            [3, 4],
          ],
        },
        {
          x: 5,
          p: [
            [5, 6],
            [7, 8],
          ],
        },
      ],
      'T{h:x:(2,2)i:p:}',
    );

  it('looks at one field, with the dimensions of a sub-array appended', () => {
    const view = records();
    expect([view.field('x').toArray(), view.field('x').strides]).toEqual([[1, 5], [20]]);
    expect(view.field('p').shape).toEqual([2, 2, 2]);
    view.field('p').set(1, 0, 1, 60);
    expect(view.get(1)).toEqual({
      x: 5,
      p: [
        [5, 60],
        [7, 8],
      ],
    });
    expect(view.slice(0).field('x').get()).toBe(1);
  });

  it('goes into nested records, foreign byte orders and unnamed fields', () => {
    const nested = memoryview(Buffer.from([9, 1, 2, 3, 4]), { format: 'T{B:a:T{>H:u:>H:v:}:in:}' });
    expect(nested.field('in').field('v').get(0)).toBe(0x0304);
    expect(zeros(1, 'T{h:a:i}').field('f0').format).toContain('i');
  });

  it('goes into an array of records, whose dimensions come before those of the field', () => {
    const view = zeros(4, '(2,3)T{h:id:(5)i:v:}');
    expect(view.field('id').shape).toEqual([4, 2, 3]);
    expect([view.field('v').shape, view.field('v').strides]).toEqual([
      [4, 2, 3, 5],
      [144, 72, 24, 4],
    ]);
    view.field('v').set(1, 1, 2, 4, 9);
    expect(view.get(1)).toHaveProperty([1, 2], { id: 0, v: [0, 0, 0, 0, 9] });
    expect(view.field('f0').field('id').equals(view.field('id'))).toBe(true);
    expectThrown(() => view.field('ids'), 'ERR_INVALID_ARG', /did you mean "id"\?/);
  });

  it('refuses a field with which there would be more than 64 dimensions', () => {
    const view = zeros(new Array<number>(64).fill(1), 'T{(2)i:a:i:b:}');
    expectThrown(() => view.field('a'), 'ERR_SHAPE', /65 dimensions/);
    expect(view.field('b').ndim).toBe(64);
  });

  it('names the nearest field where there is none', () => {
    expectThrown(() => records().field('X'), 'ERR_INVALID_ARG', /did you mean "x"\?/);
    expectThrown(() => zeros(1, 'T{i:width:}').field('witdh'), 'ERR_INVALID_ARG', /did you mean "width"\?/);
    expectThrown(() => zeros(1, 'i').field('x'), 'ERR_INVALID_ARG', /is not a record/);
    expectThrown(() => records().field(wrong(0)), 'ERR_INVALID_ARG');
    expectThrown(() => records().field('__proto__'), 'ERR_INVALID_ARG');
  });
});

describe('newByteOrder', () => {
  it('reads the same bytes in that order, sizes kept', () => {
    const view = memoryview(Buffer.from([1, 2, 3, 4]), { format: '<H' });
    expect(view.newByteOrder('>').toArray()).toEqual([0x0102, 0x0304]);
    expect(zeros(1, 'l').newByteOrder('>').itemsize).toBe(8);
    expect(zeros(1, 'T{b:a:i:b:}').newByteOrder('>').itemsize).toBe(8);
    view.newByteOrder('>').set(0, 1);
    expect(view.get(0)).toBe(0x0100);
  });

  it('refuses another mark', () => {
    for (const mark of ['!', '@', '', '<>'])
      expectThrown(() => zeros(1).newByteOrder(wrong(mark)), 'ERR_OUT_OF_RANGE');
    expectThrown(() => zeros(1).newByteOrder(wrong(1)), 'ERR_INVALID_ARG');
  });
});

describe('shape and axis methods', () => {
  it('are views with numpy’s meaning', () => {
    const view = six();
    expect(view.reshape([3, -1]).toArray()).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(view.reshape(6).shape).toEqual([6]);
    expect(view.T.reshape(-1, 'F').toArray()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(view.T.toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(view.transpose(1, 0).equals(view.transpose([1, 0]))).toBe(true);
    expect(view.flip(1).toArray()).toEqual([
      [2, 1, 0],
      [5, 4, 3],
    ]);
    expect(view.flip().get(0, 0)).toBe(5);
    expect(view.diagonal().toArray()).toEqual([0, 4]);
    expect(view.diagonal(1).toArray()).toEqual([1, 5]);
    expect(view.diagonal(-5).toArray()).toEqual([]);
    expect(view.reshape([1, 2, 1, 3]).squeeze().shape).toEqual([2, 3]);
    expect(view.reshape([1, 2, 1, 3]).squeeze(0).shape).toEqual([2, 1, 3]);
    expect(zeros([2, 3, 4]).swapAxes(0, -1).shape).toEqual([4, 3, 2]);
    expect(zeros([2, 3, 4]).moveAxis(0, -1).shape).toEqual([3, 4, 2]);
    expect(zeros([2, 3, 4]).moveAxis([0, 1], [2, 0]).shape).toEqual([3, 4, 2]);
  });

  it('write through to the memory', () => {
    const view = six();
    view.T.set(2, 1, 50);
    view.reshape(6).flip().set(5, 10);
    view.diagonal().fill(7);
    expect(view.toArray()).toEqual([
      [7, 1, 2],
      [3, 7, 50],
    ]);
  });

  it('broadcast read-only, and slide windows', () => {
    const view = array([1, 2, 3], 'i').broadcastTo([2, 3]);
    expect([view.strides, view.readonly, view.get(1, 2)]).toEqual([[0, 4], true, 3]);
    expectThrown(() => view.set(0, 0, 1), 'ERR_READONLY');
    expect(array([0, 1, 2, 3], 'i').windows(2).toArray()).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(six().windows([1, 2]).shape).toEqual([2, 2, 1, 2]);
    expect(six().windows(2, 1).shape).toEqual([2, 2, 2]);
  });

  it('lay strides from the first element on, bounded by the memory and not by the view', () => {
    const view = array([0, 1, 2, 3, 4, 5], 'i').slice('2:4');
    expect(view.asStrided([4], [4]).toArray()).toEqual([2, 3, 4, 5]);
    expect(view.asStrided([3], [-4]).toArray()).toEqual([2, 1, 0]);
    expectThrown(() => view.asStrided([5], [4]), 'ERR_OUT_OF_BOUNDS');
    expectThrown(() => view.asStrided([4], [-4]), 'ERR_OUT_OF_BOUNDS');
    const part = memoryview(new Uint8Array(new ArrayBuffer(8), 2, 4));
    expectThrown(() => part.asStrided([5], [1]), 'ERR_OUT_OF_BOUNDS');
    expectThrown(() => part.asStrided([2], [-1]), 'ERR_OUT_OF_BOUNDS');
  });

  it.each([
    ['reshape to another size', (v: MemoryView) => v.reshape([4]), 'ERR_SHAPE'],
    ['reshape with two -1', (v: MemoryView) => v.reshape([-1, -1]), 'ERR_SHAPE'],
    ['reshape that would copy', (v: MemoryView) => v.T.reshape(6), 'ERR_NOT_CONTIGUOUS'],
    ['reshape in Fortran order that would copy', (v: MemoryView) => v.reshape(6, 'F'), 'ERR_NOT_CONTIGUOUS'],
    ['reshape in an order that is none', (v: MemoryView) => v.reshape(6, wrong('Z')), 'ERR_OUT_OF_RANGE'],
    ['transpose of a repeated axis', (v: MemoryView) => v.transpose(0, 0), 'ERR_SHAPE'],
    ['transpose of a missing axis', (v: MemoryView) => v.transpose(0), 'ERR_SHAPE'],
    ['transpose out of range', (v: MemoryView) => v.transpose(0, 2), 'ERR_OUT_OF_BOUNDS'],
    ['swapAxes out of range', (v: MemoryView) => v.swapAxes(0, 2), 'ERR_OUT_OF_BOUNDS'],
    ['swapAxes without axes', (v: MemoryView) => Reflect.apply(v.swapAxes, v, []), 'ERR_INVALID_ARG'],
    ['moveAxis of different counts', (v: MemoryView) => v.moveAxis([0, 1], 0), 'ERR_SHAPE'],
    ['moveAxis of a repeated axis', (v: MemoryView) => v.moveAxis([0, -2], [0, 1]), 'ERR_SHAPE'],
    ['flip out of range', (v: MemoryView) => v.flip(-3), 'ERR_OUT_OF_BOUNDS'],
    ['flip of a fraction', (v: MemoryView) => v.flip(0.5), 'ERR_INVALID_ARG'],
    ['squeeze of a long axis', (v: MemoryView) => v.squeeze(0), 'ERR_SHAPE'],
    ['diagonal of one axis', (v: MemoryView) => v.diagonal(0, 1, 1), 'ERR_SHAPE'],
    ['diagonal of one dimension', (v: MemoryView) => v.slice(0).diagonal(), 'ERR_SHAPE'],
    ['broadcastTo another length', (v: MemoryView) => v.broadcastTo([2, 4]), 'ERR_SHAPE'],
    ['broadcastTo fewer dimensions', (v: MemoryView) => v.broadcastTo(3), 'ERR_SHAPE'],
    ['windows longer than the axis', (v: MemoryView) => v.windows([3, 1]), 'ERR_SHAPE'],
    ['windows of too few lengths', (v: MemoryView) => v.windows([1]), 'ERR_SHAPE'],
    ['asStrided without strides for each', (v: MemoryView) => v.asStrided([1], []), 'ERR_SHAPE'],
    ['asStrided by a huge step', (v: MemoryView) => v.asStrided([2], [2 ** 52]), 'ERR_OUT_OF_BOUNDS'],
    ['asStrided by NaN', (v: MemoryView) => v.asStrided([2], [Number.NaN]), 'ERR_INVALID_ARG'],
  ] as const)('refuse %s', (_, call, code) => {
    expectThrown(() => call(six()), code);
  });
});
