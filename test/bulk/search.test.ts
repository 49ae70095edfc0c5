/** indexOf, includes and count: search by Python's ==. */
import { describe, expect, it } from 'vitest';
import { array, ellipsis, MemoryView, memoryview, zeros } from '../../src/index.js';
import { expectThrown, wrong } from '../view/thrown.js';

describe('indexOf, includes and count', () => {
  it('find a value by Python’s ==', () => {
    const view = array([1, 2, 3, 2], 'i');
    expect([view.indexOf(2), view.includes(2), view.count(2)]).toEqual([1, true, 2]);
    expect([view.indexOf(9), view.includes(9), view.count(9)]).toEqual([-1, false, 0]);
    expect([view.indexOf(2n), view.indexOf(true), view.indexOf(2.5), view.indexOf('2')]).toEqual([
      1, 0, -1, -1,
    ]);
    expect(view.slice('::-1').indexOf(2)).toBe(0);
    expect(array([2n ** 53n + 1n], 'q').indexOf(2 ** 53)).toBe(-1);
    expect(array([true, false], '?').indexOf(0)).toBe(1);
    expect(array([-0]).indexOf(0)).toBe(0);
  });

  it('never find NaN', () => {
    const view = array([Number.NaN]);
    expect([view.indexOf(Number.NaN), view.includes(Number.NaN), view.count(Number.NaN)]).toEqual([
      -1,
      false,
      0,
    ]);
  });

  it('start where they are told, a negative place from the end', () => {
    const view = array([1, 2, 3, 2], 'i');
    expect([view.indexOf(2, 2), view.indexOf(2, -1), view.indexOf(1, -4), view.indexOf(1, 1)]).toEqual([
      3, 3, 0, -1,
    ]);
    expect([view.indexOf(2, 99), view.indexOf(2, -99), view.indexOf(2, 2n ** 70n)]).toEqual([-1, 1, -1]);
    for (const from of [0.5, Number.NaN, '1', true]) {
      expectThrown(() => view.indexOf(2, wrong(from)), 'ERR_INVALID_ARG');
    }
  });

  it('look at an element that is repeated once, however often that is', () => {
    for (const format of ['i', '>i', 'T{i:x:}']) {
      const value = format === 'T{i:x:}' ? { x: 5 } : 5;
      const view = array([value], format).broadcastTo([2 ** 40]);
      expect([view.count(value), view.indexOf(value), view.includes(value)]).toEqual([2 ** 40, 0, true]);
      expect([view.indexOf(value, 7), view.indexOf(value, -1)]).toEqual([7, 2 ** 40 - 1]);
      expect([view.indexOf(value, 2 ** 40), view.count(6), view.indexOf(6)]).toEqual([-1, 0, -1]);
      expect(view.slice('1:1').count(value)).toBe(0);
    }
  });

  it('find characters, bytes, complex numbers and records', () => {
    expect(memoryview(Buffer.from('abc'), { format: 'c' }).indexOf('b')).toBe(1);
    expect(memoryview(Buffer.from('abc'), { format: 'c' }).indexOf(Buffer.from('c'))).toBe(2);
    expect(memoryview(Buffer.from('abc')).indexOf('b')).toBe(-1);
    expect(array([Buffer.from('ab')], '2s').indexOf(new Uint8Array([97, 98]))).toBe(0);
    expect(
      array(
        [
          { re: 1, im: 0 },
          { re: 0, im: 2 },
        ],
        'Zd',
      ).indexOf({ re: 0, im: 2 }),
    ).toBe(1);
    expect(array([{ re: 1, im: 0 }], 'Zd').indexOf(1)).toBe(0);
    const records = array(
      [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
      'T{h:a:h:b:}',
    );
    expect([records.indexOf({ a: 3, b: 4 }), records.indexOf([3, 4])]).toEqual([1, 1]);
  });

  it('need one dimension', () => {
    for (const call of [
      () => zeros([2, 2]).indexOf(0),
      () => zeros([2, 2]).includes(0),
      () => zeros([2, 2]).count(0),
    ])
      expectThrown(call, 'ERR_UNSUPPORTED', /2 dimensions/);
    expectThrown(() => zeros([]).indexOf(0), 'ERR_INVALID_ARG');
    expect(zeros(0).indexOf(0)).toBe(-1);
  });

  it('are refused where nothing can be decoded', () => {
    expectThrown(() => memoryview(Buffer.alloc(8), { format: 'O' }).indexOf(0), 'ERR_UNSUPPORTED');
  });
});

describe('an object that can be no element', () => {
  it.each([
    ['a Uint8Array among numbers', array([1, 2], 'i'), new Uint8Array([1])],
    ['a view among numbers', array([1, 2]), array([1])],
    ['an array among numbers', array([1, 2]), [1]],
    ['an array of another length among records', array([[1, 2]], 'T{h:a:h:b:}'), [3]],
    ['an object with other keys among records', array([[1, 2]], 'T{h:a:h:b:}'), { a: 1, c: 2 }],
    ['a function among bytes', array([1], 'B'), () => 1],
    ['a Uint16Array among bytes', array([1], 'B'), new Uint16Array([1])],
  ])('is a TypeError: %s', (_, view, needle) => {
    for (const name of ['indexOf', 'includes', 'count'] as const)
      expectThrown(() => view[name](needle), 'ERR_INVALID_ARG', /expected an element/);
  });

  it('is not found where it is a primitive', () => {
    for (const needle of ['b', null, undefined, Symbol('x'), 2.5, 256]) {
      const view = array([1, 98], 'B');
      expect([view.indexOf(needle), view.includes(needle), view.count(needle)]).toEqual([-1, false, 0]);
    }
  });
});

describe('a complex number', () => {
  it.each(['c', '3s', '?', 'd', 'Zd'])('that no item of format %s equals is not found', (format) => {
    const view = memoryview(new Uint8Array(48)).cast('B').viewAs(format);
    const needle = { re: 0.5, im: 1.5 };
    expect([view.indexOf(needle), view.includes(needle), view.count(needle)]).toEqual([-1, false, 0]);
  });
});

describe('a sequence in a view of bytes', () => {
  const text = Buffer.from('abcabcabd ababab');
  const layouts: [string, MemoryView][] = [
    ['in a row', memoryview(text)],
    ['of signed bytes', memoryview(text, { format: 'b' })],
    ['of characters', memoryview(text, { format: 'c' })],
    ['with gaps', zeros([text.length, 3], 'B').slice(ellipsis, 1)],
    ['backwards', array(Uint8Array.from(text).reverse()).slice('::-1')],
    [
      'in rows of their own',
      MemoryView.indirect(Array.from(text, (byte) => new Uint8Array([byte]))).slice(ellipsis, 0),
    ],
  ];
  layouts[3]![1].copyFrom(text);

  it.each(layouts)('is found as Buffer finds it: bytes %s', (_, view) => {
    for (const needle of ['abd', 'abc', 'ab', 'b', 'abx', 'ababab', 'd ', `${text}`, `${text}a`]) {
      const bytes = Buffer.from(needle);
      expect(view.indexOf(bytes)).toBe(text.indexOf(bytes));
      expect(view.indexOf(bytes, 4)).toBe(text.indexOf(bytes, 4));
      expect(view.indexOf(bytes, -6)).toBe(text.indexOf(bytes, -6));
      expect(view.includes(bytes)).toBe(text.includes(bytes));
      expect(view.count(bytes)).toBe(`${text}`.split(needle).length - 1);
    }
    expect(view.indexOf(new Uint8ClampedArray([97, 98, 100]))).toBe(6);
  });

  it('that is empty is found where the search begins, and once more than there are bytes', () => {
    const view = memoryview(text);
    const empty = new Uint8Array(0);
    expect([view.indexOf(empty), view.indexOf(empty, 5), view.indexOf(empty, 99)]).toEqual([0, 5, 16]);
    expect([view.includes(empty), view.count(empty)]).toEqual([true, 17]);
  });

  it('is looked for once in a byte that is repeated', () => {
    const view = array([7], 'B').broadcastTo([2 ** 40]);
    expect([view.indexOf(new Uint8Array([7, 7])), view.indexOf(new Uint8Array([7, 8]))]).toEqual([0, -1]);
    expect([view.indexOf(new Uint8Array([7, 7]), -2), view.indexOf(new Uint8Array([7, 7]), -1)]).toEqual([
      2 ** 40 - 2,
      -1,
    ]);
    expect(view.count(new Uint8Array([7, 7]))).toBe(2 ** 39);
    expect(view.find([7, 7, 7])).toBe(0);
  });
});

describe('find', () => {
  it.each(['b', 'B', 'h', '<i', '>i', 'q', 'f', '>d', 'e', '?', 'T{h:a:h:b:}', '2h'])(
    'finds elements of format %s in a row, as a search by hand does',
    (format) => {
      const bits = Array.from({ length: 60 }, (_, i) => (i * i * 7) % 3 === 1);
      const values = bits.map((bit) =>
        /T|2/.test(format) ? [Number(bit), 1] : format === '?' ? bit : Number(bit),
      );
      for (const view of [array(values, format), array(values.toReversed(), format).slice('::-1')]) {
        for (let from = 0; from < 60; from += 7) {
          for (let count = 1; count < 9; count++) {
            for (const start of [0, 11, 40]) {
              const needle = values.slice(start, start + count);
              const same = (at: number): boolean =>
                needle.every((value, i) => JSON.stringify(value) === JSON.stringify(values[at + i]));
              const expected = values.findIndex((_, at) => at >= from && at + count <= 60 && same(at));
              expect(view.find(wrong(needle), from)).toBe(expected);
              expect(view.find(array(needle, format), from)).toBe(expected);
            }
          }
        }
      }
    },
  );

  it('compares by value, across formats', () => {
    const view = array([1, 2, 3, 4], 'i');
    expect([view.find(new Float64Array([3, 4])), view.find(array([3n, 4n], 'q'))]).toEqual([2, 2]);
    expect(view.find(new Float64Array([3.5]))).toBe(-1);
    expect(array([1, Number.NaN, 2]).find([Number.NaN])).toBe(-1);
    expect(array([-0, 1]).find([0, 1])).toBe(0);
    expect(array([1], 'i').find(array(['a'], 'c'))).toBe(-1);
    expect(view.find([])).toBe(0);
    expect(view.find([], 3)).toBe(3);
    expect(view.find([1, 2, 3, 4, 5])).toBe(-1);
  });

  it('takes time that grows with both lengths only, whatever they hold', () => {
    const view = zeros(200_000, '>d');
    const needle = new Float64Array(50_000);
    needle[49_999] = 1;
    expect(view.find(needle)).toBe(-1);
    view.set(150_000, 1);
    expect(view.find(needle)).toBe(100_001);
  });

  it('is refused for several dimensions, for a value that is not a sequence and for one that does not fit', () => {
    expectThrown(() => zeros([2, 2]).find([0]), 'ERR_UNSUPPORTED');
    expectThrown(() => zeros([]).find([0]), 'ERR_INVALID_ARG');
    expectThrown(() => zeros(2).find(zeros([2, 2])), 'ERR_INVALID_ARG', /2 dimensions/);
    expectThrown(() => zeros(2, 'B').find([256]), 'ERR_OUT_OF_RANGE');
    for (const needle of [0, '0', null, {}])
      expectThrown(() => zeros(2).find(wrong(needle)), 'ERR_INVALID_ARG');
  });
});

describe('a search of many floats', () => {
  const specials = [0, -0, 1, -1, 65504, -65504, 2 ** -24, 0.5, Number.NaN];
  const infinities = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  it.each(['e', '<e', '>e', 'f', '>f', 'd', '>d'])('in format %s finds what == finds', (format) => {
    const values = Array.from({ length: 500 }, (_, i) => [...specials, ...infinities][i % 11]!);
    for (const view of [
      array(values, format),
      array(values, format).slice('::-1'),
      zeros([500, 2], format),
    ]) {
      const column = view.ndim === 1 ? view : view.slice(ellipsis, 1);
      if (view.ndim === 2) column.copyFrom(array(values, format));
      const list = column.toArray();
      for (const wanted of [...specials, ...infinities, 3]) {
        expect(column.indexOf(wanted)).toBe(list.indexOf(wanted));
        expect(column.count(wanted)).toBe(list.filter((each) => each === wanted).length);
      }
    }
  });
});
