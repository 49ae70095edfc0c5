/** buffer(): Python 2's read-only window of bytes. */
import { describe, expect, it } from 'vitest';
import { allocate, buffer, memoryview, PyBuffer, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

describe('buffer', () => {
  it('is a window over a string’s UTF-8 bytes', () => {
    const window = buffer('Hello world', 6, 5);
    expect([window.length, window.toString(), String(window)]).toEqual([5, 'world', 'world']);
    expect([window.get(0), window.get(-1), [...window]]).toEqual(['w', 'd', ['w', 'o', 'r', 'l', 'd']]);
    expect(buffer('héllo').length).toBe(6);
    expect(buffer('héllo').toString()).toBe('héllo');
    expect(buffer('é').get(0)).toBe('Ã');
    expect(window).toBeInstanceOf(PyBuffer);
  });

  it('is latin-1 over bytes, and sees them change', () => {
    const bytes = Buffer.from('abc');
    const window = buffer(bytes, 1);
    bytes[1] = 0xe9;
    expect([window.toString(), window.get(0)]).toEqual(['éc', 'é']);
  });

  it('clamps at each access, not when it is made', () => {
    const bytes = Buffer.from('abc');
    expect(buffer(bytes, 1, 99).toString()).toBe('bc');
    expect(buffer(bytes, 99).length).toBe(0);
    expect(buffer(bytes, 99, 5).toString()).toBe('');
    expect(buffer(bytes, 0, 0).length).toBe(0);
    expect(buffer(bytes, 2n, 1n).toString()).toBe('c');
    expect(buffer(bytes, 1, 2n ** 63n - 1n).toString()).toBe('bc');
    expect(buffer(buffer(bytes, 2 ** 60), 2n ** 62n, 2 ** 53).length).toBe(0);
  });

  it('takes any contiguous exporter', () => {
    expect(buffer(allocate(3)).length).toBe(3);
    expect(buffer(Int16Array.of(1, 2), 2).length).toBe(2);
    expect(buffer(memoryview(Buffer.from('abcd')).slice('1:3')).toString()).toBe('bc');
    expect(buffer(memoryview(Buffer.from('abcd')).slice('1:3'), 1, 9).toString()).toBe('c');
    expect(buffer({ [Symbol.for('memoryview.buffer')]: () => Buffer.from('x') }).toString()).toBe('x');
    expectThrown(() => buffer(memoryview(Buffer.from('abcd')).slice('::2')), 'ERR_NOT_CONTIGUOUS');
    expectThrown(() => buffer(zeros([2, 3]).T), 'ERR_NOT_CONTIGUOUS');
  });

  it('of a buffer looks at the root, no further than the outer one', () => {
    const bytes = Buffer.from('0123456789');
    const outer = buffer(bytes, 2, 5);
    expect(buffer(outer, 1).toString()).toBe('3456');
    expect(buffer(outer, 1, 2).toString()).toBe('34');
    expect(buffer(outer, 1, 99).toString()).toBe('3456');
    expect(buffer(outer, 9).toString()).toBe('');
    expect(buffer(buffer(bytes, 2), 3).toString()).toBe('56789');
    expect(memoryview(buffer(outer, 1)).obj).toBe(bytes);
  });

  it('slices into further windows of the same bytes, clamped as in Python', () => {
    const bytes = Buffer.from('abcdef');
    const window = buffer(bytes, 1);
    expect(window.slice(1, 3).toString()).toBe('cd');
    expect(window.slice(-2).toString()).toBe('ef');
    expect(window.slice(null, -3).toString()).toBe('bc');
    expect(window.slice(3, 1).toString()).toBe('');
    expect(window.slice(-99, 2n ** 70n).toString()).toBe('bcdef');
    const part = window.slice(0, 2);
    bytes[1] = 0x58;
    expect(part.toString()).toBe('Xc');
    for (const bound of [0.5, 'a', true, {}])
      expectThrown(() => window.slice(wrong(bound)), 'ERR_INVALID_ARG');
  });

  it('equals a buffer of the same bytes, and nothing else', () => {
    expect(buffer('abc').equals(buffer(Buffer.from('xabc'), 1))).toBe(true);
    expect(buffer('abc').equals(buffer('abd'))).toBe(false);
    expect(buffer('abc').equals(buffer('ab'))).toBe(false);
    for (const other of ['abc', Buffer.from('abc'), memoryview(Buffer.from('abc')), null, undefined, 5, {}]) {
      expect(buffer('abc').equals(other)).toBe(false);
    }
  });

  it('is read-only wherever it leads', () => {
    const view = memoryview(buffer(Buffer.from('abc')));
    expect(view.readonly).toBe(true);
    expectThrown(() => view.fill(0), 'ERR_READONLY');
    expectThrown(() => view.asBuffer(), 'ERR_READONLY');
    expectThrown(() => memoryview(buffer('abc'), { readonly: false }), 'ERR_READONLY');
  });

  it('ends with its memory', () => {
    const memory = allocate(4);
    const window = buffer(memory);
    const other = buffer('abcd');
    memory.release();
    for (const call of [
      () => window.length,
      () => window.get(0),
      () => window.toString(),
      () => [...window],
    ]) {
      expectThrown(call, 'ERR_RELEASED');
    }
    expect([window.equals(window), window.equals(other), other.equals(window)]).toEqual([true, false, false]);
    expectThrown(() => buffer(memory), 'ERR_RELEASED');
  });

  it.each([
    ['a negative offset', [-1], 'ERR_OUT_OF_RANGE'],
    ['a negative size', [0, -2], 'ERR_OUT_OF_RANGE'],
    ['2^63 as offset', [2 ** 63], 'ERR_OUT_OF_RANGE'],
    ['2^63 as size', [0, 2n ** 63n], 'ERR_OUT_OF_RANGE'],
    ['NaN', [Number.NaN], 'ERR_INVALID_ARG'],
    ['a fraction', [0, 1.5], 'ERR_INVALID_ARG'],
    ['a string', ['1'], 'ERR_INVALID_ARG'],
    ['null', [null], 'ERR_INVALID_ARG'],
    ['a boolean', [true], 'ERR_INVALID_ARG'],
  ] as const)('refuses %s', (_, args, code) => {
    expectThrown(() => Reflect.apply(buffer, undefined, [Buffer.alloc(4), ...args]), code);
  });

  it('refuses indices outside, and objects that offer nothing', () => {
    expectThrown(() => buffer('abc').get(3), 'ERR_OUT_OF_BOUNDS');
    expectThrown(() => buffer('abc').get(-4), 'ERR_OUT_OF_BOUNDS');
    expectThrown(() => buffer('').get(0), 'ERR_OUT_OF_BOUNDS');
    for (const index of [0.5, '0', null, undefined])
      expectThrown(() => buffer('abc').get(wrong(index)), 'ERR_INVALID_ARG');
    for (const object of [5, null, undefined, [], {}])
      expectThrown(() => buffer(wrong(object)), 'ERR_INVALID_ARG');
    expectThrown(() => Reflect.construct(PyBuffer, []), 'ERR_INVALID_ARG');
  });
});
