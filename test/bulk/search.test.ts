/** indexOf, includes and count: search by Python's ==. */
import { describe, expect, it } from 'vitest';
import { array, ellipsis, memoryview, zeros } from '../../src/index.js';
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
    expect([records.indexOf({ a: 3, b: 4 }), records.indexOf([3, 4]), records.indexOf([3])]).toEqual([
      1, 1, -1,
    ]);
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
