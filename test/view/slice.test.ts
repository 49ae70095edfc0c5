/** slice: numpy's basic indexing, as parts or as Python text. */
import { describe, expect, it } from 'vitest';
import { array, ellipsis, memoryview, newAxis, range, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

const line = array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 'i');
const cube = array(
  Array.from({ length: 24 }, (_, i) => i),
  'i',
).reshape([2, 3, 4]);

describe('slice', () => {
  it.each([
    ['2:5', [2, 3, 4]],
    ['::-1', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['::3', [0, 3, 6, 9]],
    ['-3:', [7, 8, 9]],
    [':-8', [0, 1]],
    ['8:2:-2', [8, 6, 4]],
    ['5:2', []],
    ['-100:100', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['99999999999999999999:', []],
    [':-99999999999999999999:-1', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['...', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [' 1 : 3 ', [1, 2]],
  ])('of %s is Python’s', (text, expected) => {
    expect(line.slice(text).toArray()).toEqual(expected);
  });

  it('takes ranges as lists, range(), and with bounds left out', () => {
    expect(line.slice([2, 5]).toArray()).toEqual([2, 3, 4]);
    expect(line.slice([null, null, -4]).toArray()).toEqual([9, 5, 1]);
    expect(line.slice([7]).toArray()).toEqual([7, 8, 9]);
    expect(line.slice([]).length).toBe(10);
    expect(line.slice([undefined, 2n]).toArray()).toEqual([0, 1]);
    expect(line.slice(range(2)).toArray()).toEqual([0, 1]);
    expect(line.slice(range(1, null, 4)).toArray()).toEqual([1, 5, 9]);
    expect(line.slice(range(2n ** 70n, -(2n ** 70n), -5)).toArray()).toEqual([9, 4]);
    expect(line.slice().toArray()).toEqual(line.toArray());
  });

  it('drops a dimension for an integer, keeps one for a range', () => {
    expect(cube.slice(1).shape).toEqual([3, 4]);
    expect(cube.slice(-1, 0).toArray()).toEqual([12, 13, 14, 15]);
    expect(cube.slice([0, 2], 1, [1, 3]).toArray()).toEqual([
      [5, 6],
      [17, 18],
    ]);
    const point = cube.slice(1, 2, 3);
    expect([point.ndim, point.shape, point.get(), point.length]).toEqual([0, [], 23, 1]);
    point.set(99);
    expect(cube.get(1, 2, 3)).toBe(99);
    point.set(23);
  });

  it('takes an ellipsis and new axes, anywhere', () => {
    expect(cube.slice(ellipsis, 0).shape).toEqual([2, 3]);
    expect(cube.slice(0, ellipsis, 0).toArray()).toEqual([0, 4, 8]);
    expect(cube.slice('..., 0, :').shape).toEqual([2, 4]);
    expect(cube.slice(newAxis).shape).toEqual([1, 2, 3, 4]);
    expect(cube.slice(ellipsis, newAxis).shape).toEqual([2, 3, 4, 1]);
    expect(cube.slice('None, 0, newaxis').shape).toEqual([1, 1, 3, 4]);
    expect(cube.slice(0, 0, 0, ellipsis).ndim).toBe(0);
    expect(zeros([]).slice(ellipsis).ndim).toBe(0);
    expect(zeros([]).slice(newAxis).shape).toEqual([1]);
  });

  it('looks at the same memory', () => {
    const owner = new Int16Array(6);
    const view = memoryview(owner).slice('::-2');
    view.set(0, 7);
    expect([...owner]).toEqual([0, 0, 0, 0, 0, 7]);
    expect([view.strides, view.byteOffset, view.obj]).toEqual([[-4], 10, owner]);
    expect(view.address).toBe(memoryview(owner).address + 10n);
    const empty = memoryview(owner).slice('3:3:5');
    expect([empty.strides, empty.shape]).toEqual([[10], [0]]);
  });

  it('slices a slice', () => {
    expect(line.slice('::2').slice('::-1').slice('1:3').toArray()).toEqual([6, 4]);
    expect(cube.slice(':, 1').slice(1).toArray()).toEqual([16, 17, 18, 19]);
  });

  it.each([
    ['an index out of bounds', [10], 'ERR_OUT_OF_BOUNDS'],
    ['a negative one', [-11], 'ERR_OUT_OF_BOUNDS'],
    ['a text index out of bounds', ['10'], 'ERR_OUT_OF_BOUNDS'],
    ['a huge bigint', [2n ** 70n], 'ERR_OUT_OF_BOUNDS'],
    ['step 0', [[0, 1, 0]], 'ERR_OUT_OF_RANGE'],
    ['a text step of 0', ['::0'], 'ERR_OUT_OF_RANGE'],
    ['too many parts', [0, 0], 'ERR_INVALID_ARG'],
    ['two ellipses', [ellipsis, ellipsis], 'ERR_INVALID_ARG'],
    ['two written ellipses', ['...,...'], 'ERR_INVALID_ARG'],
    ['text beside other parts', ['0', 0], 'ERR_INVALID_ARG'],
    ['text that is not Python’s', ['1:2:3:4'], 'ERR_INVALID_ARG'],
    ['an empty text', [''], 'ERR_INVALID_ARG'],
    ['a name', ['x'], 'ERR_INVALID_ARG'],
    ['a float in text', ['1.0'], 'ERR_INVALID_ARG'],
    ['a fraction', [1.5], 'ERR_INVALID_ARG'],
    ['NaN', [Number.NaN], 'ERR_INVALID_ARG'],
    ['a boolean', [true], 'ERR_INVALID_ARG'],
    ['null', [null], 'ERR_INVALID_ARG'],
    ['undefined', [undefined], 'ERR_INVALID_ARG'],
    ['an object', [{}], 'ERR_INVALID_ARG'],
    ['a symbol', [Symbol('s')], 'ERR_INVALID_ARG'],
    ['a range of four', [[0, 1, 2, 3]], 'ERR_INVALID_ARG'],
    ['a bound that is no integer', [['0', 1]], 'ERR_INVALID_ARG'],
    ['a fraction as step', [[0, 1, 0.5]], 'ERR_INVALID_ARG'],
  ] as const)('refuses %s', (_, parts, code) => {
    expectThrown(() => Reflect.apply(line.slice, line, parts), code);
  });

  it('refuses more than 64 dimensions, and revoked proxies', () => {
    expectThrown(() => line.slice(...new Array<typeof newAxis>(64).fill(newAxis)), 'ERR_SHAPE');
    const { proxy, revoke } = Proxy.revocable([0, 1], {});
    expect(line.slice(wrong(proxy)).toArray()).toEqual([0]);
    revoke();
    expectThrown(() => line.slice(wrong(proxy)), 'ERR_INVALID_ARG');
  });
});
