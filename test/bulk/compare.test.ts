/** equals: Python's == by value, across formats, byte orders and layouts. */
import { describe, expect, it } from 'vitest';
import { allocate, array, buffer, MemoryView, memoryview, zeros } from '../../src/index.js';

describe('equals', () => {
  it('compares by value across formats and byte orders', () => {
    const view = array([1, 2, 3], 'i');
    for (const format of [
      'b',
      'B',
      'h',
      'H',
      'I',
      'l',
      'L',
      'q',
      'Q',
      'n',
      'N',
      'P',
      'e',
      'f',
      'd',
      '>i',
      '<d',
      'Zd',
    ]) {
      expect(view.equals(array([1, 2, 3], format)), format).toBe(true);
      expect(array([1, 2, 3], format).equals(view), format).toBe(true);
      expect(view.equals(array([1, 2, 4], format)), format).toBe(false);
    }
    expect(array([1, 0], 'B').equals(array([true, false], '?'))).toBe(true);
  });

  it('compares big integers with floats exactly', () => {
    expect(array([2n ** 53n + 1n], 'q').equals(array([2 ** 53]))).toBe(false);
    expect(array([2n ** 53n], 'q').equals(array([2 ** 53]))).toBe(true);
    expect(array([2n ** 64n - 1n], 'Q').equals(array([-1n], 'q'))).toBe(false);
  });

  it('finds NaN unequal, -0 and 0 equal', () => {
    const view = array([Number.NaN]);
    expect(view.equals(view)).toBe(false);
    expect(array([-0]).equals(array([0]))).toBe(true);
  });

  it('compares shapes, and what follows a common length of 0 does not matter', () => {
    expect(zeros([2, 3]).equals(zeros([3, 2]))).toBe(false);
    expect(zeros([2]).equals(zeros([2, 1]))).toBe(false);
    expect(zeros([], 'i').equals(zeros([], 'd'))).toBe(true);
    expect(zeros([0, 3]).equals(zeros([0, 5]))).toBe(true);
    expect(zeros([3, 0]).equals(zeros([4, 0]))).toBe(false);
    expect(zeros([0]).equals(array([], 'q'))).toBe(true);
  });

  it('looks through any layout', () => {
    const view = array(
      [
        [1, 2],
        [3, 4],
      ],
      'i',
    );
    expect(
      view.T.equals(
        array(
          [
            [1, 3],
            [2, 4],
          ],
          'i',
        ),
      ),
    ).toBe(true);
    expect(
      view.flip().equals(
        array(
          [
            [4, 3],
            [2, 1],
          ],
          'd',
        ),
      ),
    ).toBe(true);
    expect(view.slice(':, 0').equals(array([1, 3], 'i'))).toBe(true);
  });

  it('compares elements that are repeated once, however often that is', () => {
    const many = (...values: number[]): MemoryView =>
      array(values, 'd').broadcastTo([2 ** 40, values.length]);
    expect(many(1, 2, 3).equals(many(1, 2, 3))).toBe(true);
    expect(many(1, 2, 3).equals(many(1, 2, 4))).toBe(false);
    expect(many(1, Number.NaN).equals(many(1, Number.NaN))).toBe(false);
    expect(many(1, 2).equals(array([1n, 2n], '>q').broadcastTo([2 ** 40, 2]))).toBe(true);
    const records = zeros([1], 'T{i:x:d:y:}').broadcastTo([2 ** 40]);
    expect(records.equals(zeros([1], 'T{q:x:f:y:}').broadcastTo([2 ** 40]))).toBe(true);
    // Only one side repeats.
    expect(
      array([5], 'i')
        .broadcastTo([3])
        .equals(array([5, 5, 6], 'i')),
    ).toBe(false);
  });

  it('compares characters and bytes with each other, never with text or numbers', () => {
    expect(array(['a'], 'c').equals(array([Buffer.from('a')], '1s'))).toBe(true);
    expect(array(['a'], 'c').equals(array([97], 'B'))).toBe(false);
    expect(array(['a'], 'w').equals(array(['a'], 'u'))).toBe(true);
    expect(array(['a'], 'w').equals(array(['a'], 'c'))).toBe(false);
    expect(array([Buffer.from('a')], '2s').equals(array([Buffer.from('a')], '1s'))).toBe(false);
  });

  it('compares records value by value, ignoring padding and names', () => {
    const a = array([{ x: 1, y: 2 }], 'T{b:x:i:y:}');
    const b = array([{ p: 1, q: 2 }], 'T{<i:p:<q:q:}');
    a.viewAs('B').set(1, 0xff);
    expect(a.equals(b)).toBe(true);
    expect(a.equals(array([{ x: 1, y: 3 }], 'T{b:x:i:y:}'))).toBe(false);
    expect(array([[1, 2]], '2h').equals(array([[1, 2]], 'T{hh}'))).toBe(true);
  });

  it('takes any exporter', () => {
    const view = memoryview(Buffer.from('abc'));
    expect(view.equals(Buffer.from('abc'))).toBe(true);
    expect(view.equals(new Uint8Array([97, 98, 99]).buffer)).toBe(true);
    expect(view.equals(buffer('abc'))).toBe(true);
    expect(view.equals(Uint16Array.of(97, 98, 99))).toBe(true);
    expect(view.equals('abc')).toBe(false);
    expect(view.equals([97, 98, 99])).toBe(false);
  });

  it('finds items that cannot be decoded unequal, even to themselves', () => {
    for (const format of ['O', '&i', 'X{}', 'g']) {
      const view = memoryview(Buffer.alloc(64), { format, shape: [1] });
      expect(view.equals(view), format).toBe(false);
    }
  });

  it('finds a released view equal to itself only', () => {
    const memory = allocate(4);
    const [a, b] = [memory.view(), memory.view()];
    const live = zeros(4, 'B');
    memory.release();
    expect([a.equals(a), a.equals(b), a.equals(live), live.equals(a)]).toEqual([true, false, false, false]);
  });

  it('compares items of more values than a list could hold', () => {
    const [long, other] = [zeros(1, '35000000bx35000000?'), zeros(1, '70000000B')];
    expect(long.equals(other)).toBe(true);
    other.cast('B').set(40, 1);
    expect(long.equals(other)).toBe(false);
    expect(MemoryView.indirect([long]).equals(MemoryView.indirect([other]))).toBe(false);
    expect(long.equals(zeros(1, '70000001B'))).toBe(false);
    expect(long.equals(zeros(1, '70000000c'))).toBe(false);
  });

  it('never throws', () => {
    const view = zeros(1);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const other of [undefined, null, Symbol('s'), proxy, () => 1, 2n ** 70n, Object.create(null)]) {
      expect(view.equals(other)).toBe(false);
    }
  });
});
