/** The layout that memoryview takes: format, shape, strides, byteOffset and readonly, as numpy.ndarray takes them. */
import { describe, expect, it } from 'vitest';
import { allocate, array, type MemoryView, memoryview, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

const bytes = (): Buffer => Buffer.from(Uint8Array.from({ length: 24 }, (_, i) => i));

describe('a layout over an exporter', () => {
  it('lays a format over the bytes, one dimension to the end', () => {
    const view = memoryview(bytes(), { format: '<H' });
    expect([view.shape, view.strides, view.itemsize, view.get(1)]).toEqual([[12], [2], 2, 0x0302]);
    expect(memoryview(bytes(), { format: '>H', byteOffset: 20 }).toArray()).toEqual([0x1415, 0x1617]);
    expect(memoryview(bytes(), {}).format).toBe('B');
    expect(memoryview(new Int32Array(2), { shape: [2, 1] }).format).toBe('i');
  });

  it('takes a shape, in C order without strides, and bytes to spare', () => {
    const view = memoryview(bytes(), { shape: [2, 3] });
    expect([view.strides, view.nbytes, view.get(1, 2)]).toEqual([[3, 1], 6, 5]);
    expect(memoryview(bytes(), { shape: 5 }).shape).toEqual([5]);
    expect(memoryview(bytes(), { shape: [] }).get()).toBe(0);
    expect(memoryview(bytes(), { shape: [0, 5] }).nbytes).toBe(0);
  });

  it('takes strides of any sign, and 0', () => {
    expect(memoryview(bytes(), { shape: [3], strides: [8] }).toArray()).toEqual([0, 8, 16]);
    expect(memoryview(bytes(), { shape: [3], strides: [-1], byteOffset: 2 }).toArray()).toEqual([2, 1, 0]);
    expect(memoryview(bytes(), { shape: [2, 2], strides: [0, 1] }).toArray()).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(memoryview(bytes(), { format: '<H', shape: [3], strides: [1] }).get(1)).toBe(0x0201);
  });

  it('allows a stride that no element takes', () => {
    expect(memoryview(bytes(), { shape: [1], strides: [10 ** 6] }).toArray()).toEqual([0]);
    expect(memoryview(bytes(), { shape: [0, 3], strides: [10 ** 6, 10 ** 6] }).toArray()).toEqual([]);
  });

  it('reads misaligned elements', () => {
    const view = memoryview(bytes(), { format: '<I', byteOffset: 1, shape: [2] });
    expect(view.toArray()).toEqual([0x04030201, 0x08070605]);
    view.set(0, 0xffffffff);
    expect(view.get(0)).toBe(0xffffffff);
    expectThrown(
      () => memoryview(new ArrayBuffer(9), { format: 'i', byteOffset: 1 }).asTypedArray(),
      'ERR_NOT_CONTIGUOUS',
    );
  });

  it('makes a view read-only, and refuses to undo that', () => {
    const view = memoryview(bytes(), { readonly: true });
    expect(view.readonly).toBe(true);
    expectThrown(() => view.set(0, 1), 'ERR_READONLY');
    expectThrown(() => memoryview(view, { readonly: false }), 'ERR_READONLY');
    expect(memoryview(bytes(), { readonly: false }).readonly).toBe(false);
    expect(memoryview(view, { format: 'b' }).readonly).toBe(true);
  });

  it('counts from the first element of a MemoryView, and stays inside of it', () => {
    const part = memoryview(bytes()).slice('4:12');
    const view = memoryview(part, { byteOffset: 2, shape: [6] });
    expect([view.byteOffset, view.get(0), view.obj]).toEqual([6, 6, part.obj]);
    expectThrown(() => memoryview(part, { byteOffset: 2, shape: [7] }), 'ERR_OUT_OF_BOUNDS');
    expectThrown(() => memoryview(part, { byteOffset: 9 }), 'ERR_OUT_OF_BOUNDS');
    expectThrown(() => memoryview(part, { shape: [2], strides: [-1] }), 'ERR_OUT_OF_BOUNDS');
    expect(memoryview(part, { byteOffset: 8 }).length).toBe(0);
  });

  it('needs a contiguous view, in C or Fortran order', () => {
    const view = zeros([2, 3], 'h');
    expect(memoryview(view.T, { shape: [6] }).length).toBe(6);
    expectThrown(() => memoryview(view.slice(':, ::2'), { shape: [2] }), 'ERR_NOT_CONTIGUOUS', /copy\(\)/);
    expectThrown(() => memoryview(view.flip(), {}), 'ERR_NOT_CONTIGUOUS');
  });

  it('lays records', () => {
    const view = memoryview(bytes(), { format: 'T{<H:x:2x<I:y:}', shape: [3] });
    expect(view.get(0)).toEqual({ x: 0x0100, y: 0x07060504 });
    expect(view.field('y').strides).toEqual([8]);
  });
});

describe('a wrong layout', () => {
  it.each([
    ['a negative offset', { byteOffset: -1 }, 'ERR_OUT_OF_BOUNDS'],
    ['an offset beyond the end', { byteOffset: 25 }, 'ERR_OUT_OF_BOUNDS'],
    ['an offset of 2^53', { byteOffset: 2 ** 53 }, 'ERR_OUT_OF_BOUNDS'],
    ['NaN as offset', { byteOffset: Number.NaN }, 'ERR_INVALID_ARG'],
    ['a fraction as offset', { byteOffset: 0.5 }, 'ERR_INVALID_ARG'],
    ['a string as offset', { byteOffset: '0' }, 'ERR_INVALID_ARG'],
    ['null as offset', { byteOffset: null }, 'ERR_INVALID_ARG'],
    ['a shape that is too long', { shape: [25] }, 'ERR_OUT_OF_BOUNDS'],
    ['a shape beyond 2^53', { shape: [2 ** 27, 2 ** 27] }, 'ERR_SHAPE'],
    ['a negative length', { shape: [-1] }, 'ERR_SHAPE'],
    ['a fraction as length', { shape: [1.5] }, 'ERR_INVALID_ARG'],
    ['65 dimensions', { shape: new Array(65).fill(1) }, 'ERR_SHAPE'],
    ['a string as shape', { shape: '3' }, 'ERR_INVALID_ARG'],
    ['null as shape', { shape: null }, 'ERR_INVALID_ARG'],
    ['strides that reach below', { shape: [2], strides: [-1] }, 'ERR_OUT_OF_BOUNDS'],
    ['strides that reach beyond', { shape: [2], strides: [24] }, 'ERR_OUT_OF_BOUNDS'],
    ['strides beyond 2^53', { shape: [2], strides: [2 ** 53] }, 'ERR_OUT_OF_BOUNDS'],
    ['huge strides that cancel out', { shape: [3, 3], strides: [2 ** 52, -(2 ** 52)] }, 'ERR_OUT_OF_BOUNDS'],
    ['more strides than lengths', { shape: [2], strides: [1, 1] }, 'ERR_SHAPE'],
    ['a lone integer as strides', { shape: [2], strides: 1 }, 'ERR_INVALID_ARG'],
    ['a rest that is no whole element', { format: 'd', byteOffset: 1 }, 'ERR_SHAPE'],
    ['a format that is none', { format: 'k' }, 'ERR_FORMAT'],
    ['a format of size 0', { format: '0B' }, 'ERR_FORMAT'],
    ['a number as format', { format: 5 }, 'ERR_FORMAT'],
    ['a number as readonly', { readonly: 1 }, 'ERR_INVALID_ARG'],
    ['null for all of it', null, 'ERR_INVALID_ARG'],
    ['a string for all of it', 'd', 'ERR_INVALID_ARG'],
    ['a list for all of it', ['d'], 'ERR_INVALID_ARG'],
  ] as const)('is an error with a code: %s', (_, layout, code) => {
    const of = bytes();
    expectThrown(() => memoryview(of, wrong(layout)), code);
    const memory = allocate(24);
    expectThrown(() => memoryview(memory, wrong(layout)), code);
    expectThrown(() => memoryview(memory.view(), wrong(layout)), code);
  });

  it('has strides without a shape', () => {
    expectThrown(() => memoryview(bytes(), { strides: [1] }), 'ERR_SHAPE', /strides.*without a shape/);
  });

  it('has an unknown option: the nearest right one is named', () => {
    expectThrown(
      () => memoryview(bytes(), wrong({ fromat: 'd' })),
      'ERR_INVALID_ARG',
      /did you mean "format"\?/,
    );
    expectThrown(
      () => memoryview(bytes(), wrong({ strids: [1] })),
      'ERR_INVALID_ARG',
      /did you mean "strides"\?/,
    );
    expectThrown(
      () => memoryview(bytes(), wrong({ offset: 1 })),
      'ERR_INVALID_ARG',
      /did you mean "byteOffset"\?/,
    );
    expectThrown(
      () => memoryview(bytes(), wrong({ readOnly: true })),
      'ERR_INVALID_ARG',
      /did you mean "readonly"\?/,
    );
    const call = (view: MemoryView, options: object): void => view.copyFrom(view, options);
    expectThrown(() => call(array([1]), { covert: true }), 'ERR_INVALID_ARG', /did you mean "convert"\?/);
    expectThrown(() => array([1]).copy(wrong({ ordre: 'C' })), 'ERR_INVALID_ARG', /did you mean "order"\?/);
    expectThrown(() => array([1]).asBuffer(wrong({ allowWrite: true })), 'ERR_INVALID_ARG', /"allowWrites"/);
  });
});
