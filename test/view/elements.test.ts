/** Single elements: get, set, fill, iteration and toArray, in every format. */
import { describe, expect, it } from 'vitest';
import { allocate, array, ellipsis, MemoryView, memoryview, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

describe('get and set', () => {
  it('count an index that is undefined', () => {
    const line = zeros(3);
    const square = zeros([3, 3]);
    const cube = zeros([3, 3, 3]);
    for (const read of [
      () => line.get(0, wrong(undefined)),
      () => line.get(wrong(undefined)),
      () => square.get(0, wrong(undefined)),
      () => square.get(0),
      () => square.get(0, 0, wrong(undefined)),
      () => cube.get(0, 0, wrong(undefined)),
      () => cube.get(0, 0),
      () => cube.get(0),
      () => cube.get(0, 0, 0, wrong(undefined)),
      () => zeros([]).get(wrong(undefined)),
    ])
      expectThrown(read, 'ERR_INVALID_ARG');
  });

  it('reach the last of 2^31 - 1 elements', () => {
    const view = array([7], 'i').broadcastTo([2 ** 31 - 1]);
    expect([view.get(-1), view.get(2 ** 31 - 2), view.get(1 - 2 ** 31), view.get(-0)]).toEqual([7, 7, 7, 7]);
    for (const i of [2 ** 31 - 1, -(2 ** 31), 0.5, Number.NaN]) expect(() => view.get(i)).toThrow();
  });

  const roundTrips: [format: string, value: unknown, read?: unknown][] = [
    ['b', -128],
    ['B', 255],
    ['h', -32768],
    ['H', 65535],
    ['i', -2147483648],
    ['I', 4294967295],
    ['l', -(2n ** 63n)],
    ['L', 2n ** 64n - 1n],
    ['<l', -2147483648],
    ['q', 2n ** 63n - 1n],
    ['Q', 2n ** 64n - 1n],
    ['n', -1n],
    ['N', 1n],
    ['P', 2n ** 48n],
    ['P', -1n, 2n ** 64n - 1n],
    ['e', 65504],
    ['f', 0.5],
    ['f', 1e300, Number.POSITIVE_INFINITY],
    ['f', 0.1, Math.fround(0.1)],
    ['d', 5e-324],
    ['d', -0],
    ['d', Number.NaN],
    ['d', 2n ** 60n, 2 ** 60],
    ['>d', 1.5],
    ['>i', 1],
    ['?', true],
    ['?', 'text', true],
    ['?', 0n, false],
    ['?', Number.NaN, false],
    ['c', 'a'],
    ['c', Buffer.from([0xff]), 'ÿ'],
    ['3s', Buffer.from('abc')],
    ['3s', Buffer.from('a'), Buffer.from('a\0\0')],
    ['3s', Buffer.from('abcd'), Buffer.from('abc')],
    ['4p', Buffer.from('ab')],
    ['2w', '😀a'],
    ['3w', 'ab'],
    ['2u', 'é!'],
    ['Zd', { re: 1, im: -0 }],
    ['Zf', { re: 0.5, im: 2 }],
    ['Zd', 3, { re: 3, im: 0 }],
    ['2h3i', [1, 2, 3, 4, 5]],
    [
      '(2,2)h',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['T{h:a:T{b:x:b:y:}:p:}', { a: 1, p: { x: 2, y: 3 } }],
    ['T{h:a:h:b:}', [1, 2], { a: 1, b: 2 }],
    ['T{hh}', [1, 2]],
    ['i', true, 1],
    ['q', 7, 7n],
    ['i', 7n, 7],
    ['i', -0, 0],
  ];

  it.each(roundTrips)('in format %s take %o', (format, value, read = value) => {
    const view = zeros(3, format);
    view.set(1, wrong(value));
    expect(view.get(1)).toEqual(read);
    expect(view.slice([null, null, -1]).get(1)).toEqual(read);
    expect(view.toArray()[1]).toEqual(read);
    expect([...view][1]).toEqual(read);
    expect(view.get(0)).toEqual(zeros(1, format).get(0));
    view.fill(wrong(value));
    expect(view.get(-1)).toEqual(read);
    const square = zeros([2, 2], format);
    square.set(1, -2, wrong(value));
    expect(square.get(-1, 0)).toEqual(read);
    const point = zeros([], format);
    point.set(wrong(value));
    expect(point.get()).toEqual(read);
    expect(point.toArray()).toEqual(read);
  });

  const refused: [
    format: string,
    value: unknown,
    code: 'ERR_OUT_OF_RANGE' | 'ERR_INVALID_ARG' | 'ERR_SHAPE',
  ][] = [
    ['b', 128, 'ERR_OUT_OF_RANGE'],
    ['B', -1, 'ERR_OUT_OF_RANGE'],
    ['H', 65536n, 'ERR_OUT_OF_RANGE'],
    ['i', 2 ** 31, 'ERR_OUT_OF_RANGE'],
    ['I', 2 ** 53, 'ERR_OUT_OF_RANGE'],
    ['i', Number.POSITIVE_INFINITY, 'ERR_INVALID_ARG'],
    ['q', 2n ** 63n, 'ERR_OUT_OF_RANGE'],
    ['q', 2 ** 63, 'ERR_OUT_OF_RANGE'],
    ['Q', -1, 'ERR_OUT_OF_RANGE'],
    ['i', 1.5, 'ERR_INVALID_ARG'],
    ['i', Number.NaN, 'ERR_INVALID_ARG'],
    ['q', 0.5, 'ERR_INVALID_ARG'],
    ['i', '1', 'ERR_INVALID_ARG'],
    ['i', null, 'ERR_INVALID_ARG'],
    ['i', undefined, 'ERR_INVALID_ARG'],
    ['i', [1], 'ERR_INVALID_ARG'],
    ['i', Symbol('s'), 'ERR_INVALID_ARG'],
    ['d', '1', 'ERR_INVALID_ARG'],
    ['d', { re: 1, im: 0 }, 'ERR_INVALID_ARG'],
    ['d', 10n ** 400n, 'ERR_OUT_OF_RANGE'],
    ['e', 65520, 'ERR_OUT_OF_RANGE'],
    ['c', 'ab', 'ERR_OUT_OF_RANGE'],
    ['c', '', 'ERR_OUT_OF_RANGE'],
    ['c', 97, 'ERR_INVALID_ARG'],
    ['3s', 'abc', 'ERR_INVALID_ARG'],
    ['2w', 5, 'ERR_INVALID_ARG'],
    ['Zd', { re: 1 }, 'ERR_INVALID_ARG'],
    ['Zd', '1', 'ERR_INVALID_ARG'],
    ['2h', [1], 'ERR_SHAPE'],
    ['2h', 1, 'ERR_INVALID_ARG'],
    ['(2)h', [1, 2, 3], 'ERR_SHAPE'],
    ['T{h:a:}', { b: 1 }, 'ERR_INVALID_ARG'],
    ['T{h:a:}', { a: 1, b: 2 }, 'ERR_INVALID_ARG'],
    ['T{h:a:h:b:}', { a: 1 }, 'ERR_INVALID_ARG'],
    ['T{h:a:h:b:}', { a: 1, b: 99999 }, 'ERR_OUT_OF_RANGE'],
    ['T{h:a:}', null, 'ERR_INVALID_ARG'],
  ];

  it.each(refused)('in format %s refuse %o, and write nothing', (format, value, code) => {
    const view = zeros([2], format);
    view.viewAs('B').fill(1);
    const before = view.toBytes();
    expectThrown(() => view.set(0, wrong(value)), code);
    expectThrown(() => view.fill(wrong(value)), code);
    expectThrown(() => view.reshape([1, 2]).set(0, 1, wrong(value)), code);
    expect(view.toBytes()).toEqual(before);
  });

  it('take one index for each dimension, negative from the end, as number or bigint', () => {
    const view = array(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'i',
    );
    expect([view.get(1, 2), view.get(-1, -1), view.get(-2, 0), view.get(1n, -3n), view.get(-0, 0)]).toEqual([
      6, 6, 1, 4, 1,
    ]);
    const cube = view.reshape([1, 2, 3]);
    expect([cube.get(0, 1, 2), cube.get(-1, -1, -1), cube.reshape([1, 1, 2, 3]).get(0, 0, 1, 0)]).toEqual([
      6, 6, 4,
    ]);
    cube.set(0, 1, 1, 50);
    expect(view.get(1, 1)).toBe(50);
  });

  it.each([
    ['too large', [2, 0], 'ERR_OUT_OF_BOUNDS'],
    ['too small', [-3, 0], 'ERR_OUT_OF_BOUNDS'],
    ['out of the second dimension', [0, 3], 'ERR_OUT_OF_BOUNDS'],
    ['2^53', [2 ** 53, 0], 'ERR_OUT_OF_BOUNDS'],
    ['2^32', [2 ** 32, 0], 'ERR_OUT_OF_BOUNDS'],
    ['a huge bigint', [10n ** 30n, 0], 'ERR_OUT_OF_BOUNDS'],
    ['too few', [0], 'ERR_INVALID_ARG'],
    ['too many', [0, 0, 0], 'ERR_INVALID_ARG'],
    ['none', [], 'ERR_INVALID_ARG'],
    ['NaN', [Number.NaN, 0], 'ERR_INVALID_ARG'],
    ['a fraction', [0, 0.5], 'ERR_INVALID_ARG'],
    ['infinity', [Number.POSITIVE_INFINITY, 0], 'ERR_INVALID_ARG'],
    ['a string', ['0', 0], 'ERR_INVALID_ARG'],
    ['a boolean', [true, 0], 'ERR_INVALID_ARG'],
    ['null', [null, 0], 'ERR_INVALID_ARG'],
    ['undefined', [0, undefined], 'ERR_INVALID_ARG'],
    ['a list', [[0, 0], 0], 'ERR_INVALID_ARG'],
    ['a symbol', [Symbol('s'), 0], 'ERR_INVALID_ARG'],
  ] as const)('refuse indices that are %s, and write nothing', (_, indices, code) => {
    const view = zeros([2, 3], 'i');
    expectThrown(() => Reflect.apply(view.get, view, indices), code);
    expectThrown(() => Reflect.apply(view.set, view, [...indices, 9]), code);
    const odd = memoryview(new ArrayBuffer(25), { format: '>i', shape: [2, 3], byteOffset: 1 });
    expectThrown(() => Reflect.apply(odd.get, odd, indices), code);
    expect(view.toBytes()).toEqual(Buffer.alloc(24));
  });

  it('name the dimension as CPython does', () => {
    expectThrown(() => zeros([2, 4]).get(0, 9), 'ERR_OUT_OF_BOUNDS', /index 9 .* dimension 2 with length 4/);
    expectThrown(() => Reflect.apply(zeros(1).set, zeros(1), []), 'ERR_INVALID_ARG', /no value/);
  });

  it('carry items that they cannot decode', () => {
    const view = memoryview(Buffer.alloc(16, 1), { format: 'O' });
    for (const call of [
      () => view.get(0),
      () => view.set(0, 1),
      () => view.toArray(),
      () => [...view],
      () => view.fill(1),
    ]) {
      expectThrown(call, 'ERR_UNSUPPORTED');
    }
    expect(view.slice(1).toBytes()).toEqual(Buffer.alloc(8, 1));
    expect(view.cast('B').length).toBe(16);
    expect(view.copy().toBytes()).toEqual(Buffer.alloc(16, 1));
    expect(view.equals(view)).toBe(false);
  });
});

describe('iteration', () => {
  it('goes over the elements of one dimension, the sub-views of more', () => {
    expect([...array([1, 2], 'q')]).toEqual([1n, 2n]);
    const rows = [...zeros([2, 3], 'i')] as unknown[];
    expect(rows).toHaveLength(2);
    const second = memoryview(wrong(rows[1]));
    expect([second.shape, second.byteOffset]).toEqual([[3], 12]);
    expect([...zeros([0, 3])]).toEqual([]);
    expectThrown(() => [...zeros([])], 'ERR_INVALID_ARG', /0 dimensions/);
  });

  it('sees values that are written meanwhile', () => {
    const view = array([1, 2, 3], 'i');
    const seen: number[] = [];
    for (const value of view) {
      seen.push(value);
      view.fill(9);
    }
    expect(seen).toEqual([1, 9, 9]);
  });

  it('goes over values and entries, in every layout and kind of format', () => {
    const records = memoryview(new Float64Array([1, 2, 3, 4, 5, 6]), { format: 'T{d:x:d:y:}', shape: [3] });
    const resizable: ArrayBuffer = Reflect.construct(ArrayBuffer, [16, { maxByteLength: 32 }]);
    const views: [{ values(): Iterable<unknown>; entries(): Iterable<unknown> }, unknown[]][] = [
      [array([1, 2, 3]).slice([null, null, -1]), [3, 2, 1]],
      [array([7]).broadcastTo(3), [7, 7, 7]],
      [records.field('y'), [2, 4, 6]],
      [memoryview(Buffer.from([0, 0, 1, 0, 2]), { format: '>H', byteOffset: 1, shape: [2] }), [1, 2]],
      [memoryview(new Uint8Array(17), { format: 'd', byteOffset: 1, shape: [2] }), [0, 0]],
      [memoryview(resizable, { format: 'd' }), [0, 0]],
      [array([1, 2], 'h'), [1, 2]],
      [array([1, 2], 'Q'), [1n, 2n]],
      [array([true, false], '?'), [true, false]],
      [MemoryView.indirect([new Uint8Array([1, 2]), new Uint8Array([3, 4])]).slice(ellipsis, 1), [2, 4]],
      [zeros(0), []],
    ];
    for (const [view, values] of views) {
      expect([...view.values()]).toEqual(values);
      expect([...view.entries()]).toEqual([...values.entries()]);
    }
    const matrix: MemoryView = array([
      [1, 2],
      [3, 4],
    ]);
    const rows = [...matrix.entries()].map(([i, row]) => [i, row instanceof MemoryView && row.toArray()]);
    expect(rows).toEqual([
      [0, [1, 2]],
      [1, [3, 4]],
    ]);
    expectThrown(() => zeros([]).values(), 'ERR_INVALID_ARG', /0 dimensions/);
    expectThrown(() => zeros([]).entries(), 'ERR_INVALID_ARG', /0 dimensions/);
    expectThrown(() => zeros(0, 'O').values(), 'ERR_UNSUPPORTED');
  });

  it('makes iterators that stay at their end, make a new result each time and iterate themselves', () => {
    const iterator = array([1]).values();
    expect(iterator[Symbol.iterator]()).toBe(iterator);
    const first = iterator.next();
    const end = iterator.next();
    expect([first, end, iterator.next()]).toEqual([
      { done: false, value: 1 },
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(iterator.next()).not.toBe(end);
    const helper: unknown = Reflect.get(Reflect.get(globalThis, 'Iterator')?.prototype ?? {}, 'map');
    expect(Reflect.get(iterator, 'map')).toBe(helper);
  });

  it.each(['values', 'entries'] as const)(
    'by %s throws ERR_RELEASED after a release, at the end too',
    (name) => {
      for (const format of ['d', 'i', 'h', '>h', '?']) {
        for (const steps of [0, 1, 2]) {
          for (const whole of [true, false]) {
            const memory = allocate(16);
            const view = memory.view(format).slice([0, 2]);
            const iterator = view[name]();
            for (let i = 0; i < steps; i++) iterator.next();
            if (whole) memory.release();
            else view.release();
            expectThrown(() => iterator.next(), 'ERR_RELEASED');
          }
        }
      }
    },
  );

  it('is destructured, and spread into calls', () => {
    const [first, ...rest] = array([1, 2, 3]);
    expect([first, rest]).toEqual([1, [2, 3]]);
    expect(Math.max(...array([1, 7, 3]))).toBe(7);
    expect(Array.from(array([1, 2]), (x) => x * 2)).toEqual([2, 4]);
  });
});

describe('toArray', () => {
  it('nests by shape', () => {
    expect(zeros([2, 0, 3]).toArray()).toEqual([[], []]);
    expect(zeros([0, 3]).toArray()).toEqual([]);
    expect(array([[[1]], [[2]]], 'b').T.toArray()).toEqual([[[1, 2]]]);
  });

  it('is refused where the heap can not hold it, instead of filling it', () => {
    expectThrown(
      () =>
        zeros(1)
          .broadcastTo([2 ** 40])
          .toArray(),
      'ERR_OUT_OF_MEMORY',
      /slice the view/,
    );
    expectThrown(
      () =>
        zeros([0])
          .reshape([2 ** 40, 0])
          .toArray(),
      'ERR_OUT_OF_MEMORY',
    );
  });
});
