/** mismatch: the first element that differs, by Python's ==. */
import { describe, expect, it } from 'vitest';
import { allocate, array, type MemoryView, memoryview, MemoryView as Views, zeros } from '../../src/index.js';
import { expectThrown, wrong } from '../view/thrown.js';

/** The index in C order of the first difference, one element after the other. */
function byHand(a: MemoryView, b: MemoryView): number {
  const [x, y] = [a, b].map((view) => [view.toArray()].flat(view.ndim) as unknown[]);
  return x!.findIndex((value, i) => value !== y![i]);
}

describe('mismatch', () => {
  it.each(['i', '>i', 'd', '>d', 'B', 'q', '?', 'e'])(
    'of format %s is what a search by hand finds',
    (format) => {
      const value = format === '?' ? true : 1;
      for (const size of [3, 40]) {
        const base = zeros([size, 3, 5], format);
        for (const at of [
          [0, 0, 0],
          [0, 2, 4],
          [size - 1, 1, 3],
          [size >> 1, 0, 0],
        ]) {
          const other = base.copy();
          other.set(...at, wrong(value));
          other.set(size - 1, 2, 4, wrong(value));
          expect(base.mismatch(other)).toBe(byHand(base, other));
          expect(base.T.mismatch(other.T)).toBe(byHand(base.T, other.T));
          expect(base.mismatch(other.copy({ order: 'F' }))).toBe(byHand(base, other));
          expect(base.flip().mismatch(other.flip())).toBe(byHand(base.flip(), other.flip()));
        }
        expect(base.mismatch(base.copy())).toBe(-1);
      }
    },
  );

  it('compares by value, across formats, and finds NaN unlike itself', () => {
    expect(array([1, 2, 3], 'i').mismatch(new Float64Array([1, 2, 3]))).toBe(-1);
    expect(array([1, 2, 3], 'i').mismatch(new Float64Array([1, 2.5, 3]))).toBe(1);
    expect(array([1, Number.NaN]).mismatch(array([1, Number.NaN]))).toBe(1);
    expect(array([-0]).mismatch(array([0]))).toBe(-1);
    expect(array([1], 'i').mismatch(array(['a'], 'c'))).toBe(0);
    expect(zeros(2, 'O').mismatch(zeros(2, 'O'))).toBe(0);
    expect(zeros(0).mismatch(zeros(0, 'c'))).toBe(-1);
    expect(array([[1, 2]], 'T{h:a:h:b:}').mismatch(array([[1, 3]], 'T{h:a:h:b:}'))).toBe(0);
    expect(zeros([]).mismatch(array(1))).toBe(0);
  });

  it('looks at elements that are repeated once, and answers an index of the whole', () => {
    const [ours, theirs] = [array([[0], [0], [0]]), array([[0], [0], [1]])];
    expect(ours.broadcastTo([3, 2 ** 30]).mismatch(theirs.broadcastTo([3, 2 ** 30]))).toBe(2 ** 31);
    expect(
      array([1])
        .broadcastTo([2 ** 40])
        .mismatch(array([1]).broadcastTo([2 ** 40])),
    ).toBe(-1);
  });

  it('goes through the rows of an indirect view', () => {
    const rows = Views.indirect([new Uint8Array([1, 2]), new Uint8Array([3, 4])]);
    expect(rows.mismatch(memoryview(new Uint8Array([1, 2, 3, 5]), { shape: [2, 2] }))).toBe(3);
    expect(rows.mismatch(rows.copy())).toBe(-1);
  });

  it('is refused for another shape, and for a value that is not an exporter', () => {
    expectThrown(() => zeros(2).mismatch(zeros(3)), 'ERR_SHAPE');
    for (const other of [1, null, 'a', {}, [0, 0]])
      expectThrown(() => zeros(2).mismatch(wrong(other)), 'ERR_INVALID_ARG');
    const memory = allocate(8);
    const view = memory.view();
    memory.release();
    expectThrown(() => zeros(8, 'B').mismatch(view), 'ERR_RELEASED');
  });
});
